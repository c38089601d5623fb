#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/shared_bytes.hpp"
#include "mproc/job/job.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// Consecutive items, each as one msgpack value. Named items are maps with string keys.
struct ItemBatch {
  std::uint64_t first = 0;
  base::Payload data;
  std::vector<std::uint64_t> ends;  ///< end offset of each item in data
  std::uint64_t count() const { return ends.size(); }
  base::ByteView item(std::uint64_t position) const;
};

/// The items of a job in order. Not thread-safe; may block on I/O.
class ItemSource {
 public:
  virtual ~ItemSource() = default;
  /// How many there are, where that is known without reading them all.
  virtual std::optional<std::uint64_t> count() const = 0;
  /// Whether the job document alone gives any item again (range, list, grid, zip): the journal then need not
  /// keep them.
  virtual bool recomputable() const = 0;
  /// Appends up to `max_items` next items, stopping after `max_bytes` of them (at least one item), to
  /// `batch`. Returns false when there are no more (nothing appended). Throws UserError that names file and
  /// line for input that cannot be read.
  virtual bool read(ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) = 0;
  /// Goes to item `index`, forwards or backwards. The default implementation is not there: every source
  /// can (files reopen).
  virtual void seek(std::uint64_t index) = 0;
  /// What was inferred, one line for the user ("items.csv: 309 rows; year int, count float"), or empty.
  virtual std::string describe() const { return {}; }
};

/// Opens the job's items. Not for `python` generators, which need an interpreter: see is_generator().
/// Throws UserError for empty items, missing files, columns of unequal length.
std::unique_ptr<ItemSource> make_item_source(const Job& job);

/// Every combination of the members of a table, each as read_axis() takes it: maps of their names, the last
/// one fastest. Throws UserError for what cannot be read, and where there is nothing.
std::unique_ptr<ItemSource> open_grid(const Spot& spot);

/// items.python = "module:generator": its name, else nothing.
std::optional<std::string> is_generator(const Job& job);

/// Rolling hash over encoded items, XXH3 64 chained item by item: equal prefixes have equal hashes.
class ItemHash {
 public:
  void add(base::ByteView item);
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace mproc::job
