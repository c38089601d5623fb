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
/// by one. An executor that dies is replaced.
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
    int pid = -1;
    bool failed = false;
  };
  struct Slot {
    std::unique_ptr<SlotLink> link;  // none: no executor yet
    int pid = -1;
    int failed_starts = 0;
  };
  enum class Mode { unknown, warm, cold };

  std::uint32_t spawn_host();
  void tell(const HostProcess& host, HostMessage type, const base::Bytes& payload = {},
            std::uint32_t slot = 0, const std::vector<int>& fds = {});
  void replay(const HostProcess& host);
  void fill_slots();
  void send_to_executors(FrameType type, const base::Bytes& payload);
  bool poll_zygote(PoolListener& listener);
  bool poll_hosts(PoolListener& listener);
  bool poll_host(std::uint32_t id, PoolListener& listener);
  void on_host_message(std::uint32_t id, HostProcess& host, const struct SocketMessage& message,
                       PoolListener& listener);
  void on_death(int pid, int status, PoolListener& listener);
  void on_template_death(int status, PoolListener& listener);
  void on_executor_death(base::SlotId slot, int status, PoolListener& listener);
  void report_slots(PoolListener& listener);

  Zygote zygote_;
  base::Fd bell_;
  base::Watcher& watcher_;
  HostSettings settings_;
  std::vector<job::InitBlock> init_;
  std::vector<job::MapSpec> maps_;
  std::map<std::uint32_t, HostProcess> hosts_;
  std::uint32_t next_host_ = 0;
  std::uint32_t template_ = 0;  // key in hosts_
  Mode mode_ = Mode::unknown;
  bool setup_failed_ = false;
  std::vector<Slot> slots_;
  std::uint32_t reported_slots_ = 0;
  std::map<int, int> early_deaths_;  // pid and status of those that died before we learned whose they were
};

/// How a process ended, as the failure of what it was doing.
base::Failure death_failure(int wait_status, const std::string& last_words);

}  // namespace mproc::exec
