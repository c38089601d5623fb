#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mproc/base/watcher.hpp"
#include "mproc/comm/channel.hpp"
#include "mproc/run/item_feed.hpp"
#include "mproc/run/item_window.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/run/recorder.hpp"
#include "mproc/run/tally.hpp"
#include "mproc/schedule/scheduler.hpp"
#include "mproc/wire/message.hpp"

namespace mproc::run {

/// Central's part of one run of a job: takes workers up as they come, feeds the scheduler with items, carries
/// out its actions, and records outcomes. Runs no user code and never blocks, but for the last sync of the
/// journal.
class Central {
 public:
  struct Environment {
    comm::Channel& channel;
    base::Watcher& watcher;
    Observer& observer;
    std::function<void()> wake;              ///< rings central's own doorbell; from any thread
    std::uint32_t executors_per_worker = 1;  ///< 0: each worker fills its node
    bool watch_silence = true;  ///< a worker on another host that says nothing for a minute is lost
  };
  Central(const job::Job& job, Plan plan, RunOptions options, std::unique_ptr<ItemFeed> feed,
          Environment environment);

  /// Handles all that has come. False when there was nothing.
  bool step(bool descriptors);
  /// Hands out nothing more; running tasks get the job's grace. `status`: drained or interrupted.
  void drain(base::ExitStatus status);
  bool finished() const { return finished_; }
  const RunResult& result() const { return result_; }
  /// A rank was lost, or never came: nobody may call MPI_Finalize.
  bool lossy() const { return lossy_; }
  /// Ranks that messages are waited for from.
  std::vector<base::Rank> peers() const;

 private:
  struct WorkerState {
    wire::Hello hello;
    base::Fd pidfd;  // where it is on this host
    std::uint32_t executors = 0;
    bool set_up = true;  // false: its init code failed
    std::int64_t heard_ns = 0;
  };
  struct ChunkState {
    base::Rank worker;
    base::StageKey stage;
    base::Attempt attempt;
    std::uint64_t open = 0;  // tasks without a report
  };

  void greet(base::Rank rank, const wire::Hello& hello);
  void handle(const comm::Message& message);
  void on_slots(base::Rank rank, std::uint32_t ready);
  void on_setup_failed(base::Rank rank, const base::Failure& failure);
  void on_block(base::Rank rank, const wire::Block& message, base::ByteView block);
  void on_chunk_lost(base::Rank rank, const wire::ChunkLost& lost);
  void record(base::StageKey stage, journal::Origin origin, base::ByteView block,
              const std::vector<std::uint32_t>& retried);
  void close_tasks(ChunkState& chunk, base::ChunkId id, std::uint64_t count);
  bool lose_dead_workers();
  void lose(base::Rank rank, const std::string& why);
  void lose_all(const std::string& why);
  bool read_items();
  void add_tasks(job::ItemBatch batch);
  bool is_todo(std::uint64_t task) const;
  void carry_out_actions();
  void carry_out(const schedule::Send& send);
  void carry_out(const schedule::Recall& recall);
  void carry_out(const schedule::FailLost& fail);
  void carry_out(const schedule::StageDone& done);
  void begin();
  bool can_begin() const;
  void check_limits();
  void keep_house();
  void finish(const std::string& state, base::ExitStatus status, const std::string& text);
  void fail(base::ExitStatus status, const std::string& text);
  Progress progress() const;
  template <class Message>
  void tell(base::Rank rank, const Message& message, base::ByteView payload = {}) {
    env_.channel.send(rank, wire::encode(message, payload));
  }

  const job::Job& job_;
  Plan plan_;
  RunOptions options_;
  std::unique_ptr<ItemFeed> feed_;
  Environment env_;
  schedule::Scheduler scheduler_;
  Recorder recorder_;
  Tally tally_;
  ItemWindow window_;
  job::ItemBatch ahead_;  // read before the run began: its first item is what signatures are checked against
  job::ItemHash hash_;
  std::uint64_t next_item_ = 0;
  job::MapSpec spec_;
  std::string provenance_;
  std::map<base::Rank, WorkerState> workers_;
  std::map<base::ChunkId, ChunkState> chunks_;
  std::map<std::uint64_t, base::Failure> losses_;  // by task: how it was lost last
  std::int64_t started_ns_, last_beat_ns_ = 0;
  std::optional<std::int64_t> drain_deadline_;
  base::ExitStatus drain_status_ = base::ExitStatus::drained;
  std::uint64_t selection_end_;  // tasks from here on are not asked for
  bool items_complete_ = false;  // the source has no more than next_item_
  bool closed_ = false, stage_done_ = false, lossy_ = false, finished_ = false;
  RunResult result_;
};

}  // namespace mproc::run
