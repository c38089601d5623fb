#include "run.hpp"

#include <utility>

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

PreparedMap::PreparedMap(Kernel kernel, const job::MapSpec& spec)
    : kernel_(std::move(kernel)), encoder_(static_cast<job::Encoding>(spec.encoding)), seed_(spec.seed) {
  if (spec.has_seed) seeder_.emplace();
}

void PreparedMap::run(const exec::Chunk& chunk, exec::TaskLoop& loop, RunningTask& task,
                      StandardStreams& streams) {
  Decoder items(chunk.items);
  std::optional<Failure> broken;  // after a damaged item nobody knows where the next one starts
  std::uint32_t at = 0;
  streams.repair();
  while (loop.next()) {
    streams.check();
    ++task.serial;
    task = {true, task.serial, chunk.stage.stage.value, loop.index(), seed_};
    std::optional<Failure> failure = broken;
    try {
      for (; !broken && at < loop.position(); ++at) items.skip();
      if (!broken) failure = run_task(items, loop.values(), task);
    } catch (const base::DecodeError& error) {
      failure = broken = damaged(error.what());
    } catch (const std::exception& error) {
      failure = Failure{.kind = FailureKind::exception, .type = "MemoryError", .message = error.what()};
    }
    ++at;
    if (!failure) continue;
    loop.fail(std::move(*failure));
    streams.repair();
  }
  task.active = false;
}

std::optional<Failure> PreparedMap::run_task(Decoder& items, base::Bytes& values, const RunningTask& task) {
  py::object item, result;
  try {
    item = items.next();
  } catch (py::error_already_set& error) {
    throw base::DecodeError("item cannot be decoded: " + take_failure(FailureKind::item, error).summary());
  }
  try {
    if (seeder_) seeder_->seed(task_seeds(seed_, task.stage, task.index));
    result = kernel_.call(item);
  } catch (const Kernel::ItemMisfit& misfit) {
    return damaged(misfit.message.c_str());
  } catch (py::error_already_set& error) {
    return take_failure(FailureKind::exception, error);
  }
  if (!result) return take_failure(FailureKind::exception);
  return encoder_.append(values, result);
}

}  // namespace mproc::pyembed
