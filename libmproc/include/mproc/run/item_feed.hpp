#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mproc/exec/pool.hpp"
#include "mproc/job/items.hpp"
#include "mproc/run/load_data.hpp"

namespace mproc::run {

/// Where central gets items from without ever blocking on user code: files and lists are read at once, a
/// generator's items come from a helper executor when they are there.
class ItemFeed {
 public:
  virtual ~ItemFeed() = default;
  /// Fills an empty batch with next items, if there are any now. False when there are none now, or no more:
  /// see exhausted().
  virtual bool poll(job::ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) = 0;
  /// Progress without reading; `descriptors` as in exec::Pool::poll. False when nothing happened.
  virtual bool step(bool descriptors) = 0;
  virtual bool exhausted() const = 0;
  virtual std::optional<std::uint64_t> count() const = 0;
  virtual bool recomputable() const = 0;
  /// Init code of a generator's helper, or the generator itself, failed.
  virtual const std::optional<base::Failure>& failure() const = 0;
};

/// Environment variables of the job's executors: its own, the job file's folder on PYTHONPATH, one thread a
/// cpu.
std::vector<std::pair<std::string, std::string>> executor_environment(const job::Job& job);

std::unique_ptr<ItemFeed> feed_from(std::unique_ptr<job::ItemSource> source);

/// `pool` has one executor; it is started here, with the job's data and init code.
std::unique_ptr<ItemFeed> feed_from_generator(const std::string& name, const job::Job& job,
                                              const std::vector<LoadedArray>& data,
                                              std::unique_ptr<exec::Pool> pool,
                                              const exec::HostSettings& settings);

}  // namespace mproc::run
