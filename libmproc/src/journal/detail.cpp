// What is known of single tasks, for those who look into them.
#include <algorithm>

#include "index_impl.hpp"

namespace mproc::journal {
namespace {

/// One record, opened: details of its tasks in ascending order.
class DetailedRecord {
 public:
  explicit DetailedRecord(const StageTable::Record& record) : results_(decode_results(record.body)) {
    block_ = base::decode_block_header(results_.block, values_);
  }

  Index::Detail at(std::uint64_t task) {
    const auto position = static_cast<std::uint32_t>(task - block_.tasks.first);
    const bool failed = std::ranges::binary_search(block_.failed, position);
    Index::Detail detail;
    detail.outcome = {
        failed ? Index::State::failed : Index::State::succeeded, next(values_, value_, position), {}};
    if (!results_.items.empty()) detail.outcome.item = next(results_.items, item_, position);
    detail.origin = {results_.rank, results_.slot, results_.attempt, std::string(results_.host)};
    detail.start_ns = block_.start_ns;
    detail.end_ns = block_.end_ns;
    if (!block_.times.empty()) {
      detail.start_ns += block_.times[position].start_us * 1000;
      detail.end_ns = detail.start_ns + block_.times[position].duration_us * 1000;
    }
    for (const base::Capture& capture : block_.captures)
      if (capture.position == position) detail.capture = capture.text;
    return detail;
  }

 private:
  struct Place {
    std::uint32_t position = 0;
    std::size_t offset = 0;
  };
  static base::ByteView next(base::ByteView list, Place& at, std::uint32_t position) {
    for (; at.position < position; ++at.position) at.offset = base::skip_value(list, at.offset);
    return list.subspan(at.offset, base::skip_value(list, at.offset) - at.offset);
  }

  ResultsView results_;
  base::ByteView values_;
  base::OutcomeBlock block_;
  Place value_, item_;
};

}  // namespace

std::optional<Index::Detail> Index::detail(base::StageKey stage, std::uint64_t task) const {
  const StageTable* const table = impl_->stage(stage);
  const auto place = table ? table->at(task) : StageTable::Place{};
  if (place.state == State::pending) return std::nullopt;
  return DetailedRecord(table->record(place.record)).at(task);
}

std::map<std::uint64_t, std::vector<Index::Detail>> Index::tries(base::StageKey stage,
                                                                 base::TaskRange tasks) const {
  std::map<std::uint64_t, std::vector<Detail>> found;
  if (const StageTable* const table = impl_->stage(stage))
    for (const StageTable::Record& record : table->records()) {
      const std::uint64_t first = std::max(tasks.first, record.tasks.first),
                          end = std::min(tasks.end(), record.tasks.end());
      if (first >= end) continue;
      DetailedRecord open(record);
      for (std::uint64_t task = first; task < end; ++task) found[task].push_back(open.at(task));
    }
  return found;
}

std::vector<std::pair<std::uint64_t, base::ByteView>> Index::retried(base::StageKey stage) const {
  std::vector<std::pair<std::uint64_t, base::ByteView>> found;
  if (const StageTable* const table = impl_->stage(stage))
    for (const StageTable::Record& record : table->records()) {
      if (!record.attempts) continue;
      DetailedRecord open(record);
      for (std::uint64_t task = record.tasks.first; task < record.tasks.end(); ++task)
        found.emplace_back(task, open.at(task).outcome.value);
    }
  return found;
}

void Index::for_each_block(const std::function<void(const Block&)>& use) const {
  for (const auto& [stage, table] : impl_->stages())
    for (const StageTable::Record& record : table.records()) {
      const ResultsView results = decode_results(record.body);
      base::ByteView values;
      use({stage,
           record.epoch,
           {results.rank, results.slot, results.attempt, std::string(results.host)},
           base::decode_block_header(results.block, values)});
    }
}

}  // namespace mproc::journal
