#include <fmt/format.h>

#include <filesystem>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/job/fresh.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

void append_text(base::Bytes& to, std::string_view text) {
  base::pack_to(to, text);
}

/// Series as items. The file is opened when the first one is asked for.
class SeriesItems : public SourceBase {
 public:
  explicit SeriesItems(SeriesSpec spec) : spec_(std::move(spec)) {}
  std::optional<std::uint64_t> count() const override { return std::nullopt; }
  bool recomputable() const override { return true; }
  /// Throws UserError for columns that the file does not have, and where its first series cannot be read.
  std::string describe() const override {
    SeriesGroup first;
    check_any(open_series(spec_)->next(first));
    return fmt::format("{}: {}", spec_.input.filename().string(), shape());
  }

 private:
  std::string shape() const {
    if (spec_.input.extension() == ".npy") return "a series a row";
    if (spec_.wide) return fmt::format("a series a row{}", spec_.id.empty() ? "" : ", by " + spec_.id);
    return fmt::format(
        "series by {}{}{}{}", spec_.id, spec_.kind.empty() ? "" : " and " + spec_.kind,
        spec_.sort.empty() ? "" : ", sorted by " + spec_.sort,
        is_grouped(spec_) ? "" : "; the rows of an id are not together: they are sorted on disk first");
  }

  void check_any(bool any) const { MPROC_CHECK(any, "{}: has no series", spec_.input.string()); }

  SeriesReader& reader() {
    if (!reader_)
      reader_ =
          is_grouped(spec_) ? open_series(spec_) : sort_series(spec_, std::filesystem::temp_directory_path());
    return *reader_;
  }

  bool append_next(base::Bytes& to) override {
    if (next_in_group_ == group_.series.size()) {
      next_in_group_ = 0;
      group_.series.clear();
      const bool any = reader().next(group_);
      check_any(any || next() > 0);
      if (!any) return false;
    }
    const Series& series = group_.series[next_in_group_++];
    base::BytesSink sink(to);
    msgpack::packer<base::BytesSink>(sink).pack_map(series.hours.empty() ? 3 : 4);
    append_text(to, "id");
    append_text(to, group_.id);
    append_text(to, "column");
    append_text(to, series.name);
    append_text(to, "values");
    append_reals(to, series.values);
    if (series.hours.empty()) return true;
    append_text(to, "hours");
    append_reals(to, series.hours);
    return true;
  }

  std::uint64_t approach(std::uint64_t index, std::uint64_t) override {
    group_.series.clear();
    next_in_group_ = 0;
    reader().seek(index);
    return reader().position();
  }

  SeriesSpec spec_;
  std::unique_ptr<SeriesReader> reader_;
  SeriesGroup group_;
  std::size_t next_in_group_ = 0;
};

}  // namespace

std::unique_ptr<ItemSource> open_series_items(const Fresh& fresh) {
  return std::make_unique<SeriesItems>(fresh.series);
}

}  // namespace mproc::job
