#include <unordered_map>

#include "index_impl.hpp"
#include "mproc/base/error.hpp"
#include "token.hpp"

namespace mproc::journal {
namespace {

/// One value per task, one after the other.
class ValueList {
 public:
  explicit ValueList(base::ByteView bytes) : bytes_(bytes) {}

  base::ByteView at(std::uint64_t position) {
    if (position < position_) position_ = begin_ = end_ = 0;
    if (end_ == begin_) end_ = base::skip_value(bytes_, end_);
    for (; position_ < position; ++position_) {
      begin_ = end_;
      end_ = base::skip_value(bytes_, end_);
    }
    return bytes_.subspan(begin_, end_ - begin_);
  }

 private:
  base::ByteView bytes_;
  std::uint64_t position_ = 0;
  std::size_t begin_ = 0, end_ = 0;  // of the value at position_; equal before the first is read
};

struct OpenRecord {
  base::TaskRange tasks;
  ValueList values;
  ValueList items;
  bool has_items;
};

OpenRecord open(const StageTable::Record& record) {
  const ResultsView results = decode_results(record.body);
  base::ByteView values;
  base::decode_block_header(results.block, values);
  return {record.tasks, ValueList(values), ValueList(results.items), !results.items.empty()};
}

}  // namespace

/// Records may overlap (a retried chunk inside a longer one), so several are open at a time: each until its
/// last task has been passed.
class Index::Cursor::Impl {
 public:
  explicit Impl(const StageTable* table) : table_(table) {}

  Outcome at(std::uint64_t task) {
    const auto place = table_ ? table_->at(task) : StageTable::Place{};
    if (place.state == State::pending) return {};
    if (current_ == nullptr || place.record != current_number_) change_to(place.record, task);
    const std::uint64_t position = task - current_->tasks.first;
    Outcome outcome{place.state, current_->values.at(position), {}};
    if (current_->has_items) outcome.item = current_->items.at(position);
    return outcome;
  }

 private:
  void change_to(std::uint32_t number, std::uint64_t task) {
    if (current_ != nullptr && current_->tasks.end() <= task) open_.erase(current_number_);
    current_ = nullptr;
    auto found = open_.find(number);
    if (found == open_.end()) {
      if (open_.size() >= sweep_at_) sweep(task);
      found = open_.emplace(number, open(table_->record(number))).first;
    }
    current_ = &found->second;
    current_number_ = number;
  }

  void sweep(std::uint64_t task) {
    std::erase_if(open_, [task](const auto& entry) { return entry.second.tasks.end() <= task; });
    sweep_at_ = 2 * open_.size() + 64;
  }

  const StageTable* table_;
  std::unordered_map<std::uint32_t, OpenRecord> open_;
  std::size_t sweep_at_ = 64;
  OpenRecord* current_ = nullptr;
  std::uint32_t current_number_ = 0;
};

Index::Cursor::Cursor(const Index& index, base::StageKey stage)
    : impl_(std::make_unique<Impl>(index.impl_->stage(stage))) {}
Index::Cursor::~Cursor() = default;

Index::Outcome Index::Cursor::at(std::uint64_t task) {
  return impl_->at(task);
}

}  // namespace mproc::journal
