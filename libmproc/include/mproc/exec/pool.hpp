#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/exec/host.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/exec/shared_data.hpp"
#include "mproc/exec/slot.hpp"

namespace mproc::exec {

/// A chunk on its way to an executor.
struct ChunkTicket {
  base::ChunkId chunk;
  base::StageKey stage;
  base::TaskRange tasks;
  base::Attempt attempt;
  std::int64_t block_age_ns = 0;  ///< outcomes come no more often, where that is rarer than usual
};

/// What a pool reports. Views are valid during the call only.
class PoolListener {
 public:
  virtual ~PoolListener() = default;
  /// Init code or a kernel could not be loaded. Before on_slots() nothing has run.
  virtual void on_setup_failed(const base::Failure& failure) = 0;
  /// An executor could not be started, again and again, and is given up; `left`: how many are not.
  virtual void on_given_up(base::SlotId /*slot*/, std::uint32_t /*left*/, const base::Failure& /*cause*/) {}
  /// The number of executors that take chunks has changed.
  virtual void on_slots(std::uint32_t ready) = 0;
  /// Outcomes of some tasks of a chunk: an encoded OutcomeBlock.
  virtual void on_block(const ChunkTicket& ticket, base::SlotId slot, const base::PayloadView& block) = 0;
  virtual void on_chunk_end(const ChunkTicket& ticket) = 0;
  /// The last tasks of a chunk are not run here: its executor may run no more than those before.
  virtual void on_left_out(const ChunkTicket& ticket, base::TaskRange tasks) = 0;
  /// The executor died with this chunk; `running`: the task that it died of, if any. Cause: kind crash, or
  /// timeout or memory for a limit of the task's own.
  virtual void on_chunk_lost(const ChunkTicket& ticket, std::optional<std::uint64_t> running,
                             const base::Failure& cause) = 0;
  /// Items of a generator, as values with their end offsets; `more` false at the end.
  virtual void on_items(base::ByteView ends, const base::PayloadView& items, bool more) = 0;
  virtual void on_generator_failed(const base::Failure& failure) = 0;
};

/// The executors of one worker. One thread; nothing blocks.
class Pool {
 public:
  virtual ~Pool() = default;
  /// First of all: from now on init code is loaded as it comes.
  virtual void load(const HostSettings& settings) = 0;
  /// Executors find the array from now on, or do not any more.
  virtual void share(const ArrayPlace& place) = 0;
  virtual void unshare(const std::string& name) = 0;
  virtual void init(const job::InitBlock& block) = 0;
  /// Before start(), a kernel that cannot be loaded is a setup failure; later, its tasks fail with it.
  virtual void prepare(const job::MapSpec& spec) = 0;
  /// No chunk of the map will come any more.
  virtual void forget(base::MapId /*map*/) {}
  /// Starts an executor at each place, once what came by init() and prepare() so far is loaded.
  virtual void start(std::vector<Place> places) = 0;
  /// Queues a chunk at the least loaded executor that has room; false when none has.
  virtual bool submit(const ChunkTicket& ticket, const base::PayloadView& items) = 0;
  /// Takes back what the executor has not claimed from position `keep` on; returns those tasks (count 0:
  /// none).
  virtual base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) = 0;
  /// Ends tasks of the map that run, unless they end soon: nobody waits for them any more.
  virtual void end_tasks(base::MapId /*map*/) {}
  /// A chunk that waits behind another one at its executor while another executor has nothing.
  virtual std::optional<base::ChunkId> misplaced() const { return std::nullopt; }
  /// Asks the first executor for items of a generator; `name` the first time only.
  virtual void generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) = 0;
  /// Reports what has happened. False when nothing had. `descriptors`: the watcher fired since the last call.
  virtual bool poll(PoolListener& listener, bool descriptors) = 0;
  /// When poll() is to be called again although nothing wakes the rank: monotonic ns.
  virtual std::int64_t next_look_ns() const { return std::numeric_limits<std::int64_t>::max(); }
};

}  // namespace mproc::exec
