#include <fmt/ranges.h>

#include "mproc/job/crossval.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

/// The journal keeps them: they can be looked at without the data that they come from.
class CellItems final : public IndexedSource {
 public:
  CellItems(std::shared_ptr<const CrossvalSearch> search, std::string description)
      : IndexedSource(search->cells(), false),
        search_(std::move(search)),
        description_(std::move(description)) {}
  std::string describe() const override { return description_; }

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override { search_->append_cell(to, index); }

  std::shared_ptr<const CrossvalSearch> search_;
  std::string description_;
};

/// "X.npy: 1797 x 64 of <f8; 24 parameter sets, 5 splits", and what else there is to say.
std::string description_of(const Crossval& crossval) {
  const std::uint64_t sets = crossval.plan.candidates.items.count();
  std::vector<std::string> parts{crossval.data.describe,
                                 fmt::format("{} parameter set{}, {} split{}", sets, sets == 1 ? "" : "s",
                                             crossval.sets.splits, crossval.sets.splits == 1 ? "" : "s")};
  for (const auto& notes : {crossval.plan.candidates.notes, crossval.sets.notes})
    parts.insert(parts.end(), notes.begin(), notes.end());
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::unique_ptr<ItemSource> open_cells(std::shared_ptr<const CrossvalSearch> search,
                                       std::string description) {
  return std::make_unique<CellItems>(std::move(search), std::move(description));
}

std::unique_ptr<ItemSource> open_cells(const Crossval& crossval) {
  return open_cells(std::make_shared<CrossvalSearch>(search_of(crossval)), description_of(crossval));
}

}  // namespace mproc::job
