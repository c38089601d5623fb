#pragma once

#include <map>
#include <memory>
#include <vector>

#include "mproc/base/shared_memory.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/pool.hpp"
#include "mproc/exec/slot_link.hpp"
#include "mproc/exec/zygote.hpp"

namespace mproc::exec {

/// Executors as processes, made by a zygote: forked from a warm template where that is safe, else started one
/// by one. An executor that dies is replaced; where none comes up after three tries, there is one fewer.
class ProcessPool : public Pool {
 public:
  /// `bell`: memory of the rank's doorbell, which executors ring. `watcher` wakes the rank for the sockets.
  ProcessPool(Zygote zygote, const base::SharedMemory& bell, base::Watcher& watcher);
  ~ProcessPool() override;

  void load(const HostSettings& settings) override;
  void init(const job::InitBlock& block) override;
  void prepare(const job::MapSpec& spec) override;
  void start(std::uint32_t executors) override;
  bool submit(const ChunkTicket& ticket, base::ByteView items) override;
  base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) override;
  std::optional<base::ChunkId> misplaced() const override;
  void generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) override;
  bool poll(PoolListener& listener, bool descriptors) override;

 private:
  /// A process that loads init code: the template, or an executor-to-be that could not be forked from one.
  struct HostProcess {
    base::Fd control;
    base::Fd capture;  // its stdout and stderr
    int pid = -1;
  };
  struct Map {
    job::MapSpec spec;
    bool late = false;  // came when executors had been started: a failure is that of its tasks alone
  };
  struct Slot {
    std::unique_ptr<SlotLink> link;  // none: no executor yet
    int pid = -1;                    // not known before the zygote or the template has said it
    std::uint32_t host = 0;          // which host becomes its executor; 0: forked from the template
    int failed_starts = 0;
    bool retired = false;  // no executor comes up here
    std::string damage;    // of its shared memory: its executor was told to die
    bool ready() const { return link && pid > 0 && damage.empty() && link->ready(); }
  };
  enum class Mode { unknown, warm, cold };

  std::uint32_t spawn_host();
  void tell(const HostProcess& host, HostMessage type, const base::Bytes& payload = {},
            std::uint32_t slot = 0, const std::vector<int>& fds = {});
  void tell_prepare(const HostProcess& host, const Map& map);
  HostProcess* warm_template();
  void replay(const HostProcess& host);
  void look_again();
  void fill_slots();
  void fill(Slot& slot, std::uint32_t index);
  void send_to_executors(FrameType type, const base::Bytes& payload);
  bool poll_zygote(PoolListener& listener);
  bool poll_hosts(PoolListener& listener);
  bool poll_host(std::uint32_t id, PoolListener& listener);
  bool poll_slot(Slot& slot, base::SlotId id, PoolListener& listener);
  static bool poll_link(Slot& slot, base::SlotId id, PoolListener& listener);
  void on_host_message(std::uint32_t id, const struct SocketMessage& message, PoolListener& listener);
  void on_spawned(std::uint32_t host, std::int64_t pid, PoolListener& listener);
  void on_death(int pid, int status, PoolListener& listener);
  void on_template_death(int status, const std::string& last_words, PoolListener& listener);
  void on_executor_death(base::SlotId slot, int status, PoolListener& listener);
  void start_failed(Slot& slot, base::Failure cause, bool for_good, PoolListener& listener);
  void fail_setup(base::Failure cause, PoolListener& listener);
  void forget_host(std::uint32_t id);
  Slot* slot_of_host(std::uint32_t id);
  void report_slots(PoolListener& listener);

  Zygote zygote_;
  base::Fd bell_;
  base::Watcher& watcher_;
  HostSettings settings_;
  std::vector<job::InitBlock> init_;
  std::vector<Map> maps_;
  std::map<std::uint32_t, HostProcess> hosts_;
  std::uint32_t next_host_ = 0;
  std::uint32_t template_ = 0;  // key in hosts_
  Mode mode_ = Mode::unknown;
  bool setup_failed_ = false;
  std::vector<Slot> slots_;
  std::uint32_t reported_slots_ = 0;
  std::map<int, int>
      early_deaths_;  // pid and status of those that died before the template said whose they were
};

/// How a process ended, as the failure of what it was doing.
base::Failure death_failure(int wait_status, const std::string& last_words);

}  // namespace mproc::exec
