#include "run.hpp"

#include <utility>

#include "debugger.hpp"
#include "failure.hpp"
#include "mproc/base/error.hpp"

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;

Failure damaged(const char* what) {
  return {.kind = FailureKind::item, .message = what};
}

}  // namespace

PreparedMap::PreparedMap(Kernel kernel, const job::MapSpec& spec, bool debug)
    : kernel_(std::move(kernel)),
      encoder_(static_cast<job::Encoding>(spec.encoding)),
      seed_(spec.seed),
      driver_(static_cast<job::Encoding>(spec.encoding) == job::Encoding::driver),
      debug_(debug) {
  if (spec.has_seed) seeder_.emplace();
}

void PreparedMap::run(const exec::Chunk& chunk, exec::TaskLoop& loop, RunningTask& task,
                      StandardStreams& streams) {
  Decoder items(chunk.items, chunk.memory, driver_);
  std::optional<Failure> broken;  // after a damaged item nobody knows where the next one starts
  std::uint32_t at = 0;
  streams.look();
  while (loop.next()) {
    ++task.serial;
    task = {true, task.serial, chunk.stage.stage.value, loop.index(), seed_};
    std::optional<Failure> failure = broken;
    try {
      streams.check();
      for (; !broken && at < loop.position(); ++at) items.skip();
      if (!broken) failure = run_task(items, loop, task);
    } catch (const base::DecodeError& error) {
      failure = broken = damaged(error.what());
    } catch (py::error_already_set& error) {
      failure = take_failure(FailureKind::exception, error);
    } catch (const std::bad_alloc& error) {
      failure = Failure{.kind = FailureKind::exception, .type = "MemoryError", .message = error.what()};
    } catch (const std::exception& error) {
      failure = Failure{.kind = FailureKind::exception, .message = error.what()};
    }
    ++at;
    if (!failure) continue;
    loop.fail(std::move(*failure));
    streams.repair();
  }
  task.active = false;
}

base::Failure PreparedMap::raised(py::error_already_set& error) const {
  const py::object exception = error.value();
  Failure failure = take_failure(FailureKind::exception, error);
  if (!driver_) return failure;
  try {
    failure.exception = py::bytes(Pickler().dump(exception));
  } catch (py::error_already_set&) {  // it travels as text alone
  }
  return failure;
}

std::optional<Failure> PreparedMap::run_task(Decoder& items, exec::TaskLoop& loop, const RunningTask& task) {
  py::object item, result;
  const Decoder start = items;
  try {
    item = items.next();
  } catch (py::error_already_set& error) {
    items = start;
    items.skip();
    return take_failure(FailureKind::item, error);
  }
  try {
    if (seeder_) seeder_->seed(task_seeds(seed_, task.stage, task.index));
    result = kernel_.call(item);
    if (!result) throw py::error_already_set();
  } catch (const Kernel::ItemMisfit& misfit) {
    return damaged(misfit.message.c_str());
  } catch (py::error_already_set& error) {
    loop.leave_if_forked(exit_status(error));
    if (debug_) look_into(error);
    return raised(error);
  }
  return encoder_.append({loop.values(), &loop.outside()}, result);
}

}  // namespace mproc::pyembed
