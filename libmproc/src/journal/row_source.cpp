#include "mproc/journal/row_source.hpp"

#include "mproc/base/error.hpp"
#include "token.hpp"

namespace mproc::journal {

const char* status_text(Index::State state) {
  switch (state) {
    case Index::State::succeeded:
      return "ok";
    case Index::State::failed:
      return "failed";
    case Index::State::pending:
      break;
  }
  return "pending";
}

std::string error_text(const Row& row) {
  if (row.state != Index::State::failed) return {};
  std::size_t offset = 0;
  const Token token = read_token(row.value, offset);
  if (!token.is(base::Ext::failure)) throw base::DecodeError("a failed task without its failure");
  return base::unpack_as<base::Failure>(token.bytes).summary();
}

void RowSource::seek(std::uint64_t task) {
  cursor_ = std::make_unique<Index::Cursor>(*index_, stage_);
  next_ = task;
  batch_ = {.first = task, .data = {}, .ends = {}};
  batch_position_ = 0;
  items_exhausted_ = false;
  if (items_) items_->seek(task);
}

bool RowSource::next(Row& row) {
  if (next_ >= total_) return false;
  const Index::Outcome outcome = cursor_->at(next_);
  row = {next_++, outcome.state, items_ ? next_item() : outcome.item, outcome.value};
  return true;
}

base::ByteView RowSource::next_item() {
  constexpr std::uint64_t items_at_once = 4096;
  constexpr std::size_t bytes_at_once = std::size_t{1} << 20;
  if (batch_position_ == batch_.count() && !items_exhausted_) {
    batch_.first += batch_.count();
    batch_.data.bytes.clear();
    batch_.ends.clear();
    batch_position_ = 0;
    items_exhausted_ = !items_->read(batch_, items_at_once, bytes_at_once);
  }
  return batch_position_ < batch_.count() ? batch_.item(batch_position_++) : base::ByteView{};
}

}  // namespace mproc::journal
