#include "mproc/exec/runtime_set.hpp"

#include <unistd.h>

#include <cstdio>

#include "mproc/base/error.hpp"
#include "mproc/exec/built_in_runtime.hpp"
#include "mproc/exec/command_runtime.hpp"
#include "mproc/exec/native_runtime.hpp"

namespace mproc::exec {

std::optional<base::Failure> RuntimeSet::need_python() {
  if (python_) return std::nullopt;
  try {
    python_ = python_factory_();
    python_->use(data_);
    return std::nullopt;
  } catch (const std::exception& e) {
    base::Failure failure;
    failure.kind = base::FailureKind::init;
    failure.message = e.what();
    return failure;
  }
}

std::optional<base::Failure> RuntimeSet::init(const job::InitBlock& block) {
  if (auto failure = need_python()) return failure;
  return python_->init(block);
}

std::optional<base::Failure> RuntimeSet::prepare(const job::MapSpec& spec) {
  Prepared& map = maps_[spec.map];
  map.failure = prepare(spec, map.runtime);
  return map.failure;
}

std::optional<base::Failure> RuntimeSet::prepare(const job::MapSpec& spec, Runtime*& runtime) {
  if (spec.which() == job::MapSpec::Kernel::command) {
    if (!command_) command_ = std::make_unique<CommandRuntime>();
    runtime = command_.get();
  } else if (spec.which() == job::MapSpec::Kernel::native) {
    if (!native_) native_ = std::make_unique<NativeRuntime>(data_);
    runtime = native_.get();
  } else if (spec.which() == job::MapSpec::Kernel::built_in) {
    if (!built_in_) built_in_ = std::make_unique<BuiltInRuntime>();
    runtime = built_in_.get();
  } else {
    if (auto failure = need_python()) return failure;
    runtime = python_.get();
  }
  return runtime->prepare(spec);
}

void RuntimeSet::forget(std::uint32_t map) {
  const auto prepared = maps_.extract(map);
  if (prepared && prepared.mapped().runtime != nullptr) prepared.mapped().runtime->forget(map);
}

void RuntimeSet::run(const Chunk& chunk, TaskLoop& loop) {
  const auto map = maps_.find(chunk.stage.map.value);
  MPROC_ASSERT(map != maps_.end(), "chunk of map {}, which was never prepared", chunk.stage.map.value);
  if (!map->second.failure) return map->second.runtime->run(chunk, loop);
  while (loop.next()) loop.fail(*map->second.failure);
}

std::optional<base::Failure> RuntimeSet::open_generator(const std::string& name) {
  if (auto failure = need_python()) return failure;
  return python_->open_generator(name);
}

std::optional<base::Failure> RuntimeSet::next_items(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                                    std::uint64_t max_items, std::size_t max_bytes,
                                                    bool& more) {
  if (auto failure = need_python()) return failure;
  return python_->next_items(to, ends, max_items, max_bytes, more);
}

int RuntimeSet::fork() {
  std::fflush(nullptr);  // or both sides write what is buffered
  if (python_) python_->before_fork();
  const int pid = ::fork();
  if (python_ && pid == 0) python_->after_fork_child();
  if (python_ && pid != 0) python_->after_fork_parent();
  return pid;
}

}  // namespace mproc::exec
