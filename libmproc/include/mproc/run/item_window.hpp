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
  /// The items of the tasks where they are many bytes, as they lie in memory or copied there; else empty.
  base::SharedBytes share(base::TaskRange tasks);
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
  /// Calls use(batch's data, begin, end) for each batch that the tasks are in.
  template <class Use>
  void for_each_part(base::TaskRange tasks, Use use) const;

  std::size_t bytes_ = 0;
  std::uint64_t largest_ = 0;  // bytes of one item
  base::SharedPool pool_;
};

}  // namespace mproc::run
