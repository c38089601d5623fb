#pragma once

#include <map>

#include "mproc/exec/command_call.hpp"
#include "mproc/exec/memory_group.hpp"
#include "mproc/exec/runtime.hpp"

namespace mproc::exec {

/// Runs command kernels. A result is a map {exit: 0, stdout, stderr}; another exit status, or death by a
/// signal, is a failure of kind exit whose traceback is what the command wrote to stderr.
class CommandRuntime : public Runtime {
 public:
  std::optional<base::Failure> init(const job::InitBlock& block) override;
  std::optional<base::Failure> prepare(const job::MapSpec& spec) override;
  void forget(std::uint32_t map) override { commands_.erase(map); }
  void run(const Chunk& chunk, TaskLoop& loop) override;

 private:
  void run_one(const CommandCall& call, TaskLoop& loop);
  std::map<std::uint32_t, Command> commands_;  // by map
  std::optional<KernelKills> kernel_kills_;    // not of what was before this process
};

}  // namespace mproc::exec
