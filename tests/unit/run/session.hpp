#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/comm/in_process.hpp"
#include "mproc/exec/task_loop.hpp"
#include "mproc/run/job_run.hpp"
#include "mproc/run/worker.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::run::testing {

/// What a kernel throws to make its executor die.
struct Crash {};
/// What a kernel throws to make its worker die with it.
struct Killed {};
/// What a kernel throws to fail.
struct Raise {
  std::string message;
};
/// The task, which attempt it is (from 0); the result is the returned number.
using Kernel = std::function<std::uint64_t(std::uint64_t task, std::uint32_t attempt)>;

/// Runs a C++ kernel in place of executors, a chunk at each poll().
class KernelPool : public exec::Pool, exec::BlockSink {
 public:
  explicit KernelPool(Kernel kernel, std::optional<base::Failure> setup_failure = {})
      : kernel_(std::move(kernel)), setup_failure_(std::move(setup_failure)) {}

  void load(const exec::HostSettings& settings) override { settings_ = settings; }
  void start(std::vector<exec::Place> places) override {
    executors_ = static_cast<std::uint32_t>(places.size());
    announce_ = true;
  }
  void share(const exec::ArrayPlace& place) override {
    data.add(place);
    loaded.push_back("share " + place.array.name);
  }
  void unshare(const std::string& name) override {
    data.remove(name);
    loaded.push_back("unshare " + name);
  }
  void init(const job::InitBlock& block) override { loaded.push_back("init " + block.name); }
  void prepare(const job::MapSpec& spec) override { loaded.push_back("map " + std::to_string(spec.map)); }
  bool submit(const exec::ChunkTicket& ticket, const base::PayloadView& items) override {
    if (held_.size() >= 2 * executors_) return false;
    Held& held = held_.emplace_back();
    held.ticket = ticket;
    held.claim.open(static_cast<std::uint32_t>(ticket.tasks.count));
    std::size_t offset = 0;
    for (std::uint64_t i = 0; i < ticket.tasks.count; ++i) {  // items are the tasks' own numbers
      EXPECT_EQ(base::unpack_value(items, offset).get().as<std::uint64_t>(), ticket.tasks.first + i);
    }
    return true;
  }
  base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) override {
    for (Held& held : held_)
      if (held.ticket.chunk == chunk) {
        base::TaskRange& tasks = held.ticket.tasks;
        const std::uint32_t end = held.claim.take_back(keep);
        const base::TaskRange back{tasks.first + end, tasks.count - end};
        tasks.count = end;
        return back;
      }
    return {};
  }
  void generate(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool poll(exec::PoolListener& listener, bool) override {
    listener_ = &listener;
    if (announce_) {
      announce_ = false;
      if (setup_failure_)
        listener.on_setup_failed(*setup_failure_);
      else
        listener.on_slots(executors_);
      return true;
    }
    if (held_.empty()) return false;
    run(held_.front());
    return true;
  }

  std::vector<std::string> loaded;  ///< what it was told to, in order
  exec::SharedData data;

 private:
  struct Held {
    exec::ChunkTicket ticket;
    exec::Claim claim;
  };
  void run(Held& held) {
    std::optional<std::uint64_t> crashed;
    {
      exec::TaskLoop loop(held.ticket.tasks, held.claim, stamp_, *this,
                          {settings_.rank, 1, held.ticket.attempt.value, settings_.host});
      while (loop.next()) {
        try {
          base::pack_to(loop.values(), kernel_(loop.index(), held.ticket.attempt.value));
        } catch (const Raise& raise) {
          base::Failure f;
          f.type = "ValueError";
          f.message = raise.message;
          loop.fail(f);
        } catch (const Crash&) {
          crashed = loop.index();
          break;
        }
      }
    }
    const auto ticket = held.ticket;
    held_.pop_front();
    if (!crashed) return listener_->on_chunk_end(ticket);
    base::Failure f;
    f.kind = base::FailureKind::crash;
    f.message = "the executor was killed by SIGSEGV (Segmentation fault)";
    f.rank = settings_.rank;
    f.host = settings_.host;
    listener_->on_chunk_lost(ticket, crashed, f);
  }
  void deliver(const base::OutcomeBlock& block) override {
    base::Bytes bytes;
    base::encode_block(bytes, block);
    listener_->on_block(held_.front().ticket, base::SlotId{0}, bytes);
  }
  std::string take_capture() override { return {}; }

  Kernel kernel_;
  std::optional<base::Failure> setup_failure_;
  exec::HostSettings settings_;
  std::uint32_t executors_ = 0;
  bool announce_ = false;
  std::deque<Held> held_;
  exec::TaskStamp stamp_;
  exec::PoolListener* listener_ = nullptr;
};

/// Central's channel, with ranks that are processes.
class ChannelWithPids : public comm::Channel {
 public:
  ChannelWithPids(comm::Channel& channel, std::map<base::Rank, int> pids)
      : channel_(channel), pids_(std::move(pids)) {}
  base::Rank self() const override { return channel_.self(); }
  int size() const override { return channel_.size(); }
  void send(base::Rank to, base::Bytes body, base::SharedBytes payload) override {
    channel_.send(to, std::move(body), std::move(payload));
  }
  std::optional<comm::Message> receive() override { return channel_.receive(); }
  bool busy() const override { return channel_.busy(); }
  bool rings(base::Rank peer) const override { return channel_.rings(peer); }
  std::optional<int> local_pid(base::Rank peer) const override {
    const auto found = pids_.find(peer);
    return found == pids_.end() ? std::nullopt : std::optional(found->second);
  }
  void forget(base::Rank peer) override { channel_.forget(peer); }

 private:
  comm::Channel& channel_;
  std::map<base::Rank, int> pids_;
};

struct Notes : Observer {
  void began() override { ++runs_begun; }
  void progress(const Progress&) override {}
  void ending() override {}
  void note(const std::string& text) override { notes.push_back(text); }
  void warning(const std::string& text) override { warnings.push_back(text); }
  std::vector<std::string> notes, warnings;
  int runs_begun = 0;
};

using SetupFailures = std::map<base::Rank, base::Failure>;

/// Central's channel, and workers at its other ends, in this thread; each has a process to die with.
class Ranks {
 public:
  /// `setup_failures`: of the workers that have one. `nodes`: of all ranks; none: they are on one.
  Ranks(int workers, const Kernel& kernel, const SetupFailures& setup_failures = {},
        std::vector<std::string> nodes = {})
      : nodes_(std::move(nodes)), channels_(comm::make_in_process(workers + 1)) {
    std::map<base::Rank, int> pids;
    for (int rank = 1; rank <= workers; ++rank) {
      processes_.push_back(std::make_unique<mproc::testing::Child>(mproc::testing::forever));
      pids[base::Rank{rank}] = processes_.back()->pid();
      const auto failure = setup_failures.find(base::Rank{rank});
      pools_.push_back(std::make_unique<KernelPool>(
          kernel, failure == setup_failures.end() ? std::nullopt : std::optional(failure->second)));
      workers_.push_back(std::make_unique<Worker>(
          *channels_[static_cast<std::size_t>(rank)], *pools_.back(), "node" + std::to_string(rank),
          [](const job::Demand&, std::uint32_t executors, std::uint32_t) {
            return std::vector<exec::Place>(executors);
          },
          node_of(rank)));
    }
    channel_ = std::make_unique<ChannelWithPids>(*channels_[0], std::move(pids));
  }

  Central::Environment environment() {
    return {*channel_, watcher_, notes, 1, 0, silence_limit, {}, node_of(0)};
  }
  const KernelPool& pool(int rank) const { return *pools_[static_cast<std::size_t>(rank - 1)]; }
  /// Steps `central` and the workers in turns. False when `condition` takes too long to come true.
  template <class Central, class Condition>
  bool until(Central& central, Condition&& condition) {
    const std::int64_t deadline =
        base::monotonic_ns() + std::chrono::nanoseconds(mproc::testing::patience).count();
    while (!condition() && base::monotonic_ns() < deadline) {
      central.step(true);
      step();
    }
    return condition();
  }
  void step() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      stepping_ = base::Rank{static_cast<std::int32_t>(i) + 1};
      try {
        if (workers_[i] && !workers_[i]->stopped() && !hung_.contains(stepping_)) workers_[i]->step(false);
      } catch (const Killed&) {
        kill(stepping_);
      }
    }
    for (const base::Rank rank : dead_) workers_[static_cast<std::size_t>(rank.value - 1)].reset();
    dead_.clear();
  }
  /// The worker's process dies: at once for central, after the present step for its tasks.
  void kill(base::Rank rank) {
    auto& process = *processes_[static_cast<std::size_t>(rank.value - 1)];
    const base::Fd pidfd = base::open_pidfd(process.pid());
    process.kill();
    EXPECT_TRUE(mproc::testing::eventually([&] { return base::has_ended(pidfd); }));
    dead_.push_back(rank);
  }

  /// The worker's process has died and its parent knows: its number is nobody's.
  void bury(base::Rank rank) {
    auto& process = *processes_[static_cast<std::size_t>(rank.value - 1)];
    process.kill();
    process.wait();
    dead_.push_back(rank);
  }

  /// The worker's process lives on, but does nothing any more.
  void hang(base::Rank rank) { hung_.insert(rank); }
  void go_on(base::Rank rank) { hung_.erase(rank); }

  Notes notes;

 private:
  std::string node_of(int rank) const {
    return nodes_.empty() ? "" : nodes_.at(static_cast<std::size_t>(rank));
  }

  std::vector<std::string> nodes_;
  std::vector<std::unique_ptr<comm::Channel>> channels_;
  std::unique_ptr<ChannelWithPids> channel_;
  std::vector<std::unique_ptr<mproc::testing::Child>> processes_;
  std::vector<std::unique_ptr<KernelPool>> pools_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<base::Rank> dead_;
  base::Rank stepping_;
  std::set<base::Rank> hung_;
  base::Watcher watcher_{[] {}};
};

/// A run of a job of numbered tasks.
class Session : public Ranks {
 public:
  Session(job::Job job, RunOptions options, int workers, const Kernel& kernel,
          const SetupFailures& setup_failures = {})
      : Ranks(workers, kernel, setup_failures), job_(std::move(job)) {
    Plan plan = make_plan(job_, options);
    EXPECT_NE(plan.kind, Plan::Kind::nothing);
    job_run.emplace(job_, std::vector<LoadedArray>{}, std::move(plan), options,
                    feed_from(job::make_item_source(job_)), environment(), [] {});
  }

  /// Until the run has finished, which takes a limited time.
  const RunResult& run() {
    EXPECT_TRUE(until(*job_run, [&] { return job_run->finished(); }));
    return job_run->result();
  }

 private:
  job::Job job_;

 public:
  std::optional<JobRun> job_run;
};

}  // namespace mproc::run::testing
