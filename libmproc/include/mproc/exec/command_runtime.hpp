#pragma once

#include <map>

#include "mproc/base/fd.hpp"
#include "mproc/exec/memory_group.hpp"
#include "mproc/exec/runtime.hpp"

namespace mproc::exec {

/// Runs command kernels: argv with {field} replaced by the item's fields, {} by the item itself, {{ and }} by
/// braces. No shell. A result is a map {exit: 0, stdout, stderr}; another exit status, or death by a signal,
/// is a failure of kind exit whose traceback is what the command wrote to stderr.
class CommandRuntime : public Runtime {
 public:
  std::optional<base::Failure> init(const job::InitBlock& block) override;
  std::optional<base::Failure> prepare(const job::MapSpec& spec) override;
  void forget(std::uint32_t map) override { commands_.erase(map); }
  void run(const Chunk& chunk, TaskLoop& loop) override;

 private:
  void run_one(const std::vector<std::string>& argv, TaskLoop& loop);
  std::map<std::uint32_t, std::vector<std::string>> commands_;  // by map
  std::optional<KernelKills> kernel_kills_;                     // not of what was before this process
};

/// Whether this is a program that can be started: its path, or a name on PATH.
bool is_executable(const std::string& program);

/// One word of a command with its placeholders filled in. Throws DecodeError "the item has no field 'x' ..."
/// where the item does not give one.
std::string expand_word(const std::string& word, const msgpack::object& item);

}  // namespace mproc::exec
