#include <fmt/format.h>

#include "built_in_kernels.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/kernels/fresh/extractor.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"

namespace mproc::exec {
namespace {

class FreshExtract final : public BuiltInRuntime::Kernel {
 public:
  explicit FreshExtract(const base::Json& features)
      : extractor_(kernels::fresh::features_of(features)), results_(extractor_.features().size()) {}

  void run(const msgpack::object& item, base::Bytes& to) override {
    const auto values = job::reals(job::field(item, "values"), "values", values_);
    std::span<const double> hours;
    if (const auto* given = job::find_field(item, "hours")) hours = job::reals(*given, "hours", hours_);
    if (!hours.empty() && hours.size() != values.size())
      throw base::DecodeError(fmt::format("{} hours for {} values", hours.size(), values.size()));
    const std::string_view id = job::text_field(item, "id"), column = job::text_field(item, "column");
    extractor_.extract(values, results_, hours);
    base::BytesSink sink(to);
    msgpack::packer<base::BytesSink> packer(sink);
    packer.pack_map(3).pack(std::string_view("id")).pack(id).pack(std::string_view("column")).pack(column);
    packer.pack(std::string_view("values"));
    job::append_reals(to, results_);
  }

 private:
  kernels::fresh::Extractor extractor_;
  std::vector<double> results_, values_, hours_;
};

}  // namespace

std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_extract(const base::Json& args) {
  MPROC_CHECK(args.contains("features"), "fresh.extract has to be told the features");
  return std::make_unique<FreshExtract>(args.at("features"));
}

}  // namespace mproc::exec
