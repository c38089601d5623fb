#pragma once

#include <unistd.h>

#include <deque>

#include "mproc/exec/pool.hpp"

namespace mproc::exec {

/// One executor in the calling process itself: no isolation, but debuggers work, and fabrics that forbid
/// fork. poll() runs a whole chunk; stdout and stderr are left alone.
class InlinePool : public Pool, BlockSink {
 public:
  explicit InlinePool(const PythonFactory& python) : runtimes_(python) {}

  void load(const HostSettings& settings) override;
  void share(const ArrayPlace& place) override;
  void unshare(const std::string& name) override;
  void init(const job::InitBlock& block) override;
  void prepare(const job::MapSpec& spec) override;
  void forget(base::MapId map) override { runtimes_.forget(map.value); }
  void start(std::vector<Place>) override { started_ = announce_ = true; }
  bool submit(const ChunkTicket& ticket, const base::PayloadView& items) override;
  base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) override;
  void generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) override;
  bool poll(PoolListener& listener, bool descriptors) override;

 private:
  struct Held {
    ChunkTicket ticket;
    base::Bytes items;
    Claim claim;
  };
  struct Request {
    std::string name;
    std::uint64_t max_items, max_bytes;
  };
  void check(std::optional<base::Failure> failure);
  void deliver(const base::OutcomeBlock& block) override;
  std::string take_capture() override { return {}; }
  bool is_forked_by_task() const override { return ::getpid() != pid_; }
  void run(Held& held);
  void run(const Request& request, PoolListener& listener);

  int pid_ = ::getpid();
  RuntimeSet runtimes_;
  HostSettings settings_;
  std::optional<base::Failure> failure_;  // of init code or a kernel: nothing more is loaded
  bool started_ = false, announce_ = false;
  std::deque<Held> chunks_;
  std::deque<Request> requests_;
  TaskStamp stamp_;
  PoolListener* listener_ = nullptr;  // during poll()
};

}  // namespace mproc::exec
