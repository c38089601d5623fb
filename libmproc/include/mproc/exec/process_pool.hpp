#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "mproc/exec/hosts.hpp"
#include "mproc/exec/memory_group.hpp"
#include "mproc/exec/pool.hpp"
#include "mproc/exec/slots.hpp"
#include "mproc/exec/watchdog.hpp"

namespace mproc::exec {

/// Executors as processes, made by a zygote: forked from a warm template where that is safe, else started one
/// by one. An executor that dies is replaced; where three in a row die before their first task, there is one
/// fewer. Call poll() a few times a second at least: tries are delayed by up to a second.
class ProcessPool : public Pool {
 public:
  /// `bell`: memory of the rank's doorbell, which executors ring. `watcher` wakes the rank for the sockets.
  ProcessPool(Zygote zygote, const base::SharedMemory& bell, base::Watcher& watcher);

  void load(const HostSettings& settings) override;
  void share(const ArrayPlace& place) override;
  void unshare(const std::string& name) override;
  void init(const job::InitBlock& block) override;
  void prepare(const job::MapSpec& spec) override;
  void forget(base::MapId map) override;
  void start(std::vector<Place> places) override;
  bool submit(const ChunkTicket& ticket, const base::PayloadView& items) override;
  base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) override;
  void end_tasks(base::MapId map) override { watchdog_.end_tasks(map); }
  std::optional<base::ChunkId> misplaced() const override;
  void generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) override;
  bool poll(PoolListener& listener, bool descriptors) override;
  std::int64_t next_look_ns() const override { return std::min(next_trim_ns_, watchdog_.next_ns()); }

 private:
  void look_again();
  void fill_slots();
  void fill(Slot& slot, std::uint32_t index);
  void clear(Slot& slot);
  bool poll_slot(Slot& slot, base::SlotId id, PoolListener& listener);
  void take(const TemplateLoaded& loaded, PoolListener& listener);
  void take(LoadFailed& failed, PoolListener& listener);
  void take(const NotSpawned& failed, PoolListener& listener);
  void take(const Spawned& spawned, PoolListener& listener);
  void take(const Forked& forked, PoolListener& listener);
  void take(const Died& died, PoolListener& listener);
  void on_host_death(const Died& died, PoolListener& listener);
  void on_executor_death(base::SlotId slot, int status, PoolListener& listener);
  void start_failed(Slot& slot, base::Failure cause, bool for_good, PoolListener& listener);
  void fail_setup(base::Failure cause, PoolListener& listener);
  void report_slots(PoolListener& listener);
  void report_given_up(PoolListener& listener);
  void trim_output(std::int64_t now);
  base::Failure cause_of_death(const Slot& slot, int status) const;

  Hosts hosts_;
  Slots slots_;
  Watchdog watchdog_{hosts_};
  KernelKills kernel_kills_;
  std::vector<HostEvent> events_;
  std::vector<std::pair<base::SlotId, base::Failure>> given_up_;  // slots, not reported yet
  bool setup_failed_ = false;
  bool delayed_ = false;      // a slot waits before its next try
  int failed_templates_ = 0;  // that died as they loaded, one after the other
  static constexpr std::uint32_t unreported = ~std::uint32_t{0};
  std::uint32_t reported_slots_ = 0;
  std::int64_t next_trim_ns_ = 0;
  std::map<int, int>
      early_deaths_;  // pid and status of those that died before the template said whose they were
};

/// How a process ended, as the failure of what it was doing.
base::Failure death_failure(int wait_status, const std::string& last_words);

}  // namespace mproc::exec
