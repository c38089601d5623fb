#pragma once

#include <map>
#include <memory>

#include "mproc/exec/runtime.hpp"

namespace mproc::exec {

/// Runs native kernels: functions that a shared library registers (mproc/kernel.hpp), and any C function by
/// its signature (job::parse_native). What a kernel throws is a failure of kind exception, with the
/// exception's type; an item that is none for its parameters one of kind item.
class NativeRuntime final : public Runtime {
 public:
  explicit NativeRuntime(const SharedData& data);
  ~NativeRuntime() override;
  std::optional<base::Failure> init(const job::InitBlock& block) override;
  std::optional<base::Failure> prepare(const job::MapSpec& spec) override;
  void forget(std::uint32_t map) override;
  void run(const Chunk& chunk, TaskLoop& loop) override;

 private:
  class Map;
  const SharedData& data_;
  std::map<std::uint32_t, std::unique_ptr<Map>> maps_;
};

}  // namespace mproc::exec
