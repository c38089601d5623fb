#pragma once

#include <map>

#include "mproc/base/ids.hpp"
#include "mproc/job/items.hpp"

namespace mproc::run {

/// Items that were read and whose tasks have no outcome yet: what may still have to be sent. Memory follows
/// the tasks under way, not the job.
class ItemWindow {
 public:
  /// `wanted`: how many of its tasks will be run; the batch is dropped when as many have finished.
  void add(job::ItemBatch batch, std::uint64_t wanted);
  /// Appends the items of the tasks, one after the other.
  void copy(base::TaskRange tasks, base::Bytes& to) const;
  /// These tasks have their final outcome.
  void finished(base::TaskRange tasks);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Batch {
    job::ItemBatch items;
    std::uint64_t open = 0;
  };
  std::map<std::uint64_t, Batch> batches_;  // by first task
  std::size_t bytes_ = 0;
};

}  // namespace mproc::run
