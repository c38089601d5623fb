#include <fmt/format.h>

#include "built_in_kernels.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/kernels/fresh/feature_test.hpp"

namespace mproc::exec {
namespace {

using kernels::fresh::LabelTest;
using kernels::fresh::MlTask;
using kernels::fresh::TargetColumn;

/// As the first value is: a list has one type.
TargetColumn column_of(const base::Json& values) {
  MPROC_CHECK(values.is_array() && !values.empty(), "fresh.test has to be told the target");
  const base::Json& first = values.front();
  if (first.is_boolean()) return values.get<std::vector<bool>>();
  if (first.is_number_integer()) return values.get<std::vector<std::int64_t>>();
  if (first.is_number()) return values.get<std::vector<double>>();
  return values.get<std::vector<std::string>>();
}

MlTask ml_task(const std::string& name) {
  if (name == "classification") return MlTask::classification;
  if (name == "regression") return MlTask::regression;
  MPROC_CHECK(name == "auto", "ml_task has to be auto, classification or regression, not '{}'", name);
  return MlTask::automatic;
}

class FreshTest final : public BuiltInRuntime::Kernel {
 public:
  explicit FreshTest(const base::Json& args)
      : rows_(args.at("target").size()),
        target_(
            make_target(column_of(args.at("target")), ml_task(args.value("ml_task", "auto"))),
            args.value("test", "mann") == "smir" ? LabelTest::kolmogorov_smirnov : LabelTest::mann_whitney) {}

  void run(const msgpack::object& item, base::Bytes& to) override {
    const auto values = job::reals(job::field(item, "values"), "values", values_);
    const std::string_view feature = job::text_field(item, "feature");
    if (values.size() != rows_)
      throw base::DecodeError(
          fmt::format("feature '{}' has {} values for {} rows of the target", feature, values.size(), rows_));
    const auto result = target_.test(feature, values);
    base::BytesSink sink(to);
    msgpack::packer<base::BytesSink> packer(sink);
    packer.pack_map(3).pack(std::string_view("feature")).pack(feature);
    packer.pack(std::string_view("type")).pack(kernels::fresh::name_of(result.type));
    packer.pack(std::string_view("p_values"));
    job::append_reals(to, result.p_values);
  }

 private:
  std::size_t rows_;
  kernels::fresh::PreparedTarget target_;
  std::vector<double> values_;
};

}  // namespace

std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_test(const base::Json& args) {
  MPROC_CHECK(args.contains("target"), "fresh.test has to be told the target");
  return std::make_unique<FreshTest>(args);
}

}  // namespace mproc::exec
