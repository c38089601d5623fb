#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mproc/job/axis.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// What all sources share: the next item's index, and batching. A source appends one item after the other.
class SourceBase : public ItemSource {
 public:
  bool read(ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) final;
  void seek(std::uint64_t index) final;

 protected:
  std::uint64_t next() const { return next_; }
  /// Appends item next(), or returns false at the end.
  virtual bool append_next(base::Bytes& to) = 0;
  /// Item next() in memory that is handed on as it is, where it is many bytes; else empty.
  virtual base::SharedBytes share_next() { return {}; }
  /// Makes an item up to `index` the next one, as near to it as is cheap: its index, or `now`.
  virtual std::uint64_t approach(std::uint64_t index, std::uint64_t now) = 0;

 private:
  std::uint64_t next_ = 0;
};

/// Items that can be had in any order, each from its index.
class IndexedSource : public SourceBase {
 public:
  IndexedSource(std::uint64_t count, bool recomputable) : count_(count), recomputable_(recomputable) {}
  std::optional<std::uint64_t> count() const final { return count_; }
  bool recomputable() const final { return recomputable_; }

 protected:
  virtual void append_at(base::Bytes& to, std::uint64_t index) = 0;

 private:
  bool append_next(base::Bytes& to) final {
    if (next() >= count_) return false;
    append_at(to, next());
    return true;
  }
  std::uint64_t approach(std::uint64_t index, std::uint64_t) final { return index < count_ ? index : count_; }

  std::uint64_t count_;
  bool recomputable_;
};

Axis range_axis(const Spot& spot);

// One function an item kind; each refuses at `spot` what it cannot read.
std::unique_ptr<ItemSource> open_list(const Spot& spot);
std::unique_ptr<ItemSource> open_range(const Spot& spot);
std::unique_ptr<ItemSource> open_zip(const Spot& spot);
std::unique_ptr<ItemSource> open_csv(const Spot& spot);
std::unique_ptr<ItemSource> open_jsonl(const Spot& spot);
std::unique_ptr<ItemSource> open_npy(const Spot& spot);
std::unique_ptr<ItemSource> open_lines(const Spot& spot);
std::unique_ptr<ItemSource> open_glob(const Spot& spot);
std::unique_ptr<ItemSource> open_array(const Spot& spot);
std::unique_ptr<ItemSource> open_sources(const Spot& spot);

/// An item is one series: {"id": text, "column": text, "values": array of f8}, and "hours", one more array,
/// where its values have times.
std::unique_ptr<ItemSource> open_series_items(const Fresh& fresh);

/// What the patterns of items.glob match, sorted.
std::vector<std::string> glob_paths(const Spot& spot);

/// The file that a string names: it is there.
std::filesystem::path item_file(const Spot& spot);
/// items.csv's file and options, without reading the file.
void check_csv(const Spot& spot);

[[noreturn]] void refuse_empty(const Spot& spot, const std::string& why);

}  // namespace mproc::job
