#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/exec/shared_data.hpp"
#include "mproc/exec/task_loop.hpp"
#include "mproc/job/kernel.hpp"

namespace mproc::exec {

/// One chunk as an executor gets it.
struct Chunk {
  base::StageKey stage;
  base::TaskRange tasks;
  base::ByteView items;  ///< at least tasks.count msgpack values, one after the other
  /// The items' memory, where it may be kept and written to; else they are gone after the chunk.
  std::shared_ptr<std::byte> memory = {};
};

/// What runs kernels of one kind inside an executor process (or in place, with --inline). One thread only.
/// Nothing throws across this interface: failures are values.
class Runtime {
 public:
  virtual ~Runtime() = default;
  /// First of all: where the arrays are found that tasks share; they come and go. `data` outlives the
  /// runtime.
  virtual void use(const SharedData& /*data*/) {}
  /// From now on a task that raises is looked into by the user, in this process's terminal, before it becomes
  /// a failure.
  virtual void debug() {}
  /// Runs one piece of init code. A failure has kind init and the traceback.
  virtual std::optional<base::Failure> init(const job::InitBlock& block) = 0;
  /// Resolves the kernel and compares its signature with spec.first_item. Kinds lookup and item.
  virtual std::optional<base::Failure> prepare(const job::MapSpec& spec) = 0;
  /// No chunk of the map will come any more.
  virtual void forget(std::uint32_t /*map*/) {}
  /// Runs the tasks that `loop` gives, in order, and puts each one's outcome into loop.values() or
  /// loop.fail().
  virtual void run(const Chunk& chunk, TaskLoop& loop) = 0;

  /// Around fork() of a warm template, in the parent before and in the child after (Python's fork protocol).
  virtual void before_fork() {}
  virtual void after_fork_parent() {}
  virtual void after_fork_child() {}

  /// Item generators: opens "module:generator" (called without arguments); then next_items appends up to
  /// `max_items` msgpack values to `to` with their end offsets. `more` becomes false at the end.
  virtual std::optional<base::Failure> open_generator(const std::string& name);
  virtual std::optional<base::Failure> next_items(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                                  std::uint64_t max_items, std::size_t max_bytes, bool& more);
};

}  // namespace mproc::exec
