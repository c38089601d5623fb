#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::journal {

/// One task as a table shows it. Views live until the next row.
struct Row {
  std::uint64_t index = 0;
  Index::State state = Index::State::pending;
  base::ByteView item;   ///< empty when it is not known
  base::ByteView value;  ///< as in Index::Outcome
};

const char* status_text(Index::State state);
/// Failure::summary() of a failed row, else empty.
std::string error_text(const Row& row);

/// The rows of a table in input order, as often as they are needed.
class RowSource {
 public:
  RowSource(const Index& index, base::StageKey stage, job::ItemSource* items, std::uint64_t total)
      : index_(&index), stage_(stage), items_(items), total_(total) {}

  std::uint64_t total() const { return total_; }
  void rewind() { seek(0); }
  /// The next row is that of this task.
  void seek(std::uint64_t task);
  bool next(Row& row);

 private:
  base::ByteView next_item();

  const Index* index_;
  base::StageKey stage_;
  job::ItemSource* items_;
  std::uint64_t total_;
  std::uint64_t next_ = 0;
  std::unique_ptr<Index::Cursor> cursor_;
  job::ItemBatch batch_;
  std::uint64_t batch_position_ = 0;
  bool items_exhausted_ = false;
};

}  // namespace mproc::journal
