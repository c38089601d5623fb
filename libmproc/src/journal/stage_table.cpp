#include "stage_table.hpp"

#include <algorithm>

namespace mproc::journal {

void StageTable::add(const Record& record, const std::vector<std::uint32_t>& failed) {
  MPROC_ASSERT(records_.size() + 1 < failure_bit, "more records than a journal's index can number");
  records_.push_back(record);
  const auto number = static_cast<Entry>(records_.size());
  const std::uint64_t end = record.tasks.end();
  extent_ = std::max(extent_, end);
  if (const std::uint64_t pages = (end + page_size - 1) >> page_bits; pages > pages_.size())
    pages_.resize(pages);
  std::uint64_t next = record.tasks.first;
  for (const std::uint32_t position : failed) {
    succeed(next, record.tasks.first + position, number);
    fail(record.tasks.first + position, number | failure_bit);
    next = record.tasks.first + position + 1;
  }
  succeed(next, end, number);
}

StageTable::Entry* StageTable::page_of(std::uint64_t task) {
  auto& page = pages_[task >> page_bits];
  if (!page) page = std::make_unique<Entry[]>(page_size);
  return page.get();
}

void StageTable::succeed(std::uint64_t first, std::uint64_t end, Entry entry) {
  while (first < end) {
    Entry* const page = page_of(first);
    const std::uint64_t stop = std::min(end, (first | (page_size - 1)) + 1);
    for (; first < stop; ++first) {
      Entry& winner = page[first & (page_size - 1)];
      if (winner != 0 && (winner & failure_bit) == 0) continue;
      if (winner != 0) --failed_;
      winner = entry;
      ++succeeded_;
    }
  }
}

void StageTable::fail(std::uint64_t task, Entry entry) {
  Entry& winner = page_of(task)[task & (page_size - 1)];
  if (winner != 0 && (winner & failure_bit) == 0) return;
  if (winner == 0) ++failed_;
  winner = entry;
}

StageTable::Place StageTable::place(Entry entry) {
  if (entry == 0) return {};
  const bool failed = (entry & failure_bit) != 0;
  return {failed ? Index::State::failed : Index::State::succeeded, (entry & ~failure_bit) - 1};
}

std::vector<base::TaskRange> StageTable::ranges(Index::State state) const {
  std::vector<base::TaskRange> found;
  const auto add_range = [&found](std::uint64_t first, std::uint64_t count) {
    if (!found.empty() && found.back().end() == first)
      found.back().count += count;
    else
      found.push_back({first, count});
  };
  for (std::uint64_t task = 0; task < extent_;) {
    const std::uint64_t stop = std::min(extent_, (task | (page_size - 1)) + 1);
    if (!pages_[task >> page_bits]) {
      if (state == Index::State::pending) add_range(task, stop - task);
      task = stop;
    }
    for (; task < stop; ++task)
      if (place(entry(task)).state == state) add_range(task, 1);
  }
  return found;
}

}  // namespace mproc::journal
