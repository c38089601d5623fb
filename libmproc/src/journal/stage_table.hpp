#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mproc/journal/index.hpp"

namespace mproc::journal {

/// Which record gives each task's outcome. Tasks are in pages: a run of a few tasks far up costs little.
class StageTable {
 public:
  /// Task numbers a journal can hold; more is damage.
  static constexpr std::uint64_t most_tasks = std::uint64_t{1} << 40;

  struct Record {
    base::ByteView body;
    base::TaskRange tasks;
    base::Epoch epoch{};
    bool attempts = false;  ///< they give no outcome
  };
  /// Where a task's outcome is.
  struct Place {
    Index::State state = Index::State::pending;
    std::uint32_t record = 0;
  };

  /// Records come in the order in which they were written. `failed`: positions of failures, ascending.
  void add(const Record& record, const std::vector<std::uint32_t>& failed);
  void add_attempts(const Record& record) { records_.push_back(record); }

  Place at(std::uint64_t task) const { return place(entry(task)); }
  const Record& record(std::uint32_t number) const { return records_[number]; }
  const std::vector<Record>& records() const { return records_; }
  std::uint64_t extent() const { return extent_; }
  std::uint64_t succeeded() const { return succeeded_; }
  std::uint64_t failed() const { return failed_; }
  std::vector<base::TaskRange> ranges(Index::State state) const;

 private:
  // An entry is 0 (pending) or the record's number plus 1, with the highest bit set for a failure.
  using Entry = std::uint32_t;
  static constexpr Entry failure_bit = Entry{1} << 31;
  static constexpr unsigned page_bits = 14;
  static constexpr std::uint64_t page_size = std::uint64_t{1} << page_bits;

  static Place place(Entry entry);
  Entry entry(std::uint64_t task) const {
    const std::uint64_t page = task >> page_bits;
    return page < pages_.size() && pages_[page] ? pages_[page][task & (page_size - 1)] : 0;
  }
  Entry* page_of(std::uint64_t task);
  void succeed(std::uint64_t first, std::uint64_t end, Entry entry);
  void fail(std::uint64_t task, Entry entry);

  std::vector<Record> records_;
  std::vector<std::unique_ptr<Entry[]>> pages_;
  std::uint64_t extent_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace mproc::journal
