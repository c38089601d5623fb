#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/watcher.hpp"
#include "mproc/comm/channel.hpp"
#include "mproc/run/durations.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/run/relay.hpp"
#include "mproc/run/stage.hpp"
#include "mproc/run/tree.hpp"
#include "mproc/schedule/scheduler.hpp"
#include "mproc/wire/driver_message.hpp"

namespace mproc::run {

/// A rank that has said nothing for so long is lost: each sends a heartbeat every three seconds.
inline constexpr std::chrono::nanoseconds silence_limit = std::chrono::minutes(1);

/// Central's part of a session: takes workers up as they come, hands out the tasks of the stages that are
/// open, and passes on their outcomes. Runs no user code and never blocks.
class Central {
 public:
  /// For whom central works: a job's run.
  class Listener {
   public:
    virtual ~Listener() = default;
    /// Init code failed, or a kernel is not there; the rank gets no tasks. `left`: ranks that do, or may yet.
    virtual void on_setup_failed(base::Rank rank, const std::string& host, const base::Failure& failure,
                                 std::size_t left) = 0;
    /// Nobody is there to run tasks, nor will be.
    virtual void on_no_worker(const std::string& why) = 0;
    /// Something that the run goes on after, said to the observer already.
    virtual void on_event(const std::string& /*text*/) {}
  };
  struct Environment {
    comm::Channel& channel;
    base::Watcher& watcher;
    Observer& observer;
    std::uint32_t executors_per_worker = 1;  ///< 0: each worker fills its node
    std::uint32_t executors = 0;             ///< of all workers, the last of which has fewer; 0: no limit
    std::chrono::nanoseconds silence = silence_limit;  ///< of a worker, until it counts as lost
    job::Demand demand;                                ///< of each executor
    std::string node = {};                             ///< as wire::Hello::node
    std::uint64_t recycle = 0;                         ///< as wire::Setup::recycle
    std::vector<std::uint32_t> executors_each = {};    ///< as wire::Start::each
  };
  /// `variables`: of the executors' environment.
  Central(Environment environment, std::vector<std::pair<std::string, std::string>> variables,
          Listener& listener);

  /// Init code that every executor runs, also those that come later, in the order of the calls.
  void init(const job::InitBlock& block);
  /// An array that executors find in mproc.data from now on, in the place of one of the same name. `memory`
  /// is complete.
  void share(const job::ArraySpec& array, std::shared_ptr<const base::NodeMemory> memory);
  /// Executors do not find the array any more.
  void unshare(const std::string& name);
  /// What executors must know of a map before its first stage is opened.
  void prepare(const job::MapSpec& spec);
  /// No task of the map will be opened any more: soon nobody knows it.
  void forget(base::MapId map);
  /// Executors start, with all that init() and prepare() were given so far: a failure in it comes before any
  /// executor is ready.
  void start();
  /// Tasks of this stage are handed out from now on. The stage stays until it is done or central is gone.
  void open(base::StageKey key, schedule::StageOptions options, Stage& stage);
  /// Nobody wants the stage's outcomes any more: what has not started is taken back, and the stage is not
  /// called again. `end`: what runs is ended, too.
  void cancel(base::StageKey key, bool end = false);
  /// How many tasks the stage will have in the end, where known.
  void set_total(base::StageKey key, std::uint64_t tasks) { scheduler_.set_total(key, tasks); }

  /// Handles all that has come. False when there was nothing. Throws UserError for items that cannot be read.
  bool step(bool descriptors);
  /// Hands out nothing more, and takes back what has not started.
  void drain();
  /// Ends the workers.
  void stop();

  /// Tasks handed out without an outcome.
  std::uint64_t outstanding() const { return scheduler_.outstanding(); }
  /// What nearly all tasks take, ns, by those that ended and those under way; 0: nothing is known.
  std::int64_t task_time() const;
  std::uint32_t workers() const { return static_cast<std::uint32_t>(workers_.size()); }
  std::uint32_t executors() const;
  /// Everything but the tasks' counts.
  wire::SessionState state() const;
  /// Those that take tasks, or may yet: also ranks that have not come.
  std::size_t hopeful_workers() const;
  /// A rank was lost, or has not come: nobody may call MPI_Finalize.
  bool lossy() const { return static_cast<int>(workers_.size()) + 1 < env_.channel.size(); }
  std::size_t lost_workers() const { return lost_.size(); }
  /// Ranks that messages are waited for from: also those that have not come yet.
  std::vector<base::Rank> peers() const;

 private:
  struct WorkerState {
    wire::Hello hello;
    base::Fd pidfd;  // where it is on this host
    std::uint32_t executors = 0;
    bool set_up = true;  // false: its init code failed
    std::int64_t heard_ns = 0;
    std::int64_t worked_ns = 0;  // when an outcome came last
    std::uint64_t tasks = 0;     // that it has ended
    std::int64_t busy_ns = 0;    // which took it so long
  };
  struct ChunkState {
    base::Rank worker;
    base::StageKey stage;
    base::Attempt attempt;
    std::uint64_t next = 0;  // first task without a report: they are run in order
    std::uint64_t open = 0;  // tasks without a report
    std::int64_t sent_ns = 0;
  };
  struct OpenStage {
    Stage* stage;
    std::uint32_t retries;
  };

  void handle(const comm::Message& message);
  void greet(base::Rank rank, const wire::Hello& hello);
  void on_slots(base::Rank rank, std::uint32_t ready);
  void on_setup_failed(base::Rank rank, const base::Failure& failure);
  void on_given_up(base::Rank rank, const wire::GivenUp& given_up);
  void on_block(base::Rank rank, const wire::Block& message, const base::PayloadView& block);
  void on_taken_back(base::Rank rank, const wire::TakenBack& back);
  void on_chunk_lost(base::Rank rank, const wire::ChunkLost& lost);
  void note_loss(base::StageKey stage, std::uint64_t task, base::Attempt attempt, base::Failure cause);
  void report_attempts_lost();
  void forget_losses(base::StageKey stage);
  void forget_maps();
  void note_durations(const base::OutcomeBlock& block);
  void close_tasks(base::ChunkId id, std::uint64_t count);
  bool lose_dead_workers();
  void lose(base::Rank rank, const std::string& why);
  void place(const Tree::Link& link);
  void replace_in_tree(base::Rank rank);
  std::vector<ChunkState> take_running(base::Rank rank, std::uint32_t executors);
  void carry_out_actions();
  void carry_out(const schedule::Send& send);
  void carry_out(const schedule::Recall& recall);
  void carry_out(const schedule::FailLost& fail);
  void carry_out(const schedule::StageDone& done);
  void keep_house();
  template <class Message>
  void tell(base::Rank rank, const Message& message, base::ByteView payload = {}) {
    env_.channel.send(rank, wire::encode(message, payload));
  }
  template <class Message>
  void tell_all(const Message& message) {
    for (const auto& [rank, worker] : workers_) tell(rank, message);
  }
  /// All workers get it, each by the tree.
  template <class Entry>
  void add(const Entry& entry) {
    relay_.append(wire::encode(entry));
  }

  Environment env_;
  Listener& listener_;
  schedule::Scheduler scheduler_;
  Tree tree_;
  Relay relay_;
  std::vector<std::uint32_t> unwanted_maps_;
  std::map<base::StageKey, OpenStage> stages_;
  std::map<base::Rank, WorkerState> workers_;
  std::set<base::Rank> lost_;
  std::map<base::ChunkId, ChunkState> chunks_;
  std::map<std::pair<base::StageKey, std::uint64_t>, base::Failure> losses_;  // how a task was lost last
  Durations durations_;
  std::vector<std::pair<base::StageKey, std::uint64_t>> fresh_losses_;  // not looked at yet
  std::uint64_t lost_executors_ = 0;
  std::int64_t busy_ns_ = 0;
  std::int64_t started_ns_, last_beat_ns_;
  bool draining_ = false, stopped_ = false;
};

}  // namespace mproc::run
