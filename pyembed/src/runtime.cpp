#include <fmt/format.h>

#include <exception>
#include <map>
#include <memory>
#include <utility>

#include "debugger.hpp"
#include "failure.hpp"
#include "function.hpp"
#include "generator.hpp"
#include "init_code.hpp"
#include "interpreter.hpp"
#include "mproc/pyembed/plugin.hpp"
#include "run.hpp"
#include "shared.hpp"
#include "signature.hpp"

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;

/// Everything that holds Python objects.
struct State {
  State() : task(std::make_shared<RunningTask>()), module(register_task_module(task)) {
    add_init_failure(module, names);
    add_resolve(module, names.globals());
  }
  Namespace names;
  std::shared_ptr<RunningTask> task;
  py::object module;  // _mproc
  std::map<std::uint32_t, PreparedMap> maps;
  std::unique_ptr<StandardStreams> streams;  // once init code has run
  std::optional<Generator> generator;
};

std::vector<std::string> start_path(const Environment& environment) {
  std::vector<std::string> path = environment.search_path;
  path.push_back(environment.package_dir);
  return path;
}

class PythonRuntime final : public exec::Runtime {
 public:
  explicit PythonRuntime(const Environment& environment) {
    start_interpreter(environment);
    const Gil gil;
    prepend_search_path(start_path(environment));
    state_ = std::make_unique<State>();
  }
  ~PythonRuntime() override {
    const Gil gil;
    state_.reset();
  }

  void use(const exec::SharedData& data) override {
    const Gil gil;
    register_shared_data(state_->module, data);
  }
  void debug() override {
    guarded(FailureKind::exception, [&]() -> std::optional<Failure> {
      take_interrupts();
      debug_ = true;
      return std::nullopt;
    });
  }
  std::optional<Failure> init(const job::InitBlock& block) override {
    return guarded(FailureKind::init, [&] { return state_->names.run(block); });
  }
  std::optional<Failure> prepare(const job::MapSpec& spec) override {
    return guarded(FailureKind::lookup, [&] { return prepare_map(spec); });
  }
  void forget(std::uint32_t map) override;
  void run(const exec::Chunk& chunk, exec::TaskLoop& loop) override;

  void before_fork() override {
    fork_gil_ = PyGILState_Ensure();
    PyOS_BeforeFork();
  }
  void after_fork_parent() override {
    PyOS_AfterFork_Parent();
    PyGILState_Release(fork_gil_);
  }
  void after_fork_child() override {
    PyOS_AfterFork_Child();
    guarded(FailureKind::exception, []() -> std::optional<Failure> {
      reseed_numpy_after_fork();
      return std::nullopt;
    });
    PyGILState_Release(fork_gil_);
  }

  std::optional<Failure> open_generator(const std::string& name) override {
    return guarded(FailureKind::lookup, [&] { return open(name); });
  }
  std::optional<Failure> next_items(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                    std::uint64_t max_items, std::size_t max_bytes, bool& more) override {
    more = false;
    return guarded(FailureKind::exception, [&]() -> std::optional<Failure> {
      if (!state_->generator)
        return Failure{.kind = FailureKind::lookup, .message = "no item generator is open"};
      return state_->generator->next(to, ends, max_items, max_bytes, more);
    });
  }

 private:
  /// Runs `work` with the GIL; nothing throws out of it.
  template <class Work>
  std::optional<Failure> guarded(FailureKind kind, Work work) {
    const Gil gil;
    try {
      return work();
    } catch (py::error_already_set& error) {
      return take_failure(kind, error);
    } catch (const std::exception& error) {
      return Failure{.kind = kind, .message = error.what()};
    }
  }
  std::optional<Failure> prepare_map(const job::MapSpec& spec);
  std::optional<Failure> open(const std::string& name);
  StandardStreams& streams() {
    if (!state_->streams) state_->streams = std::make_unique<StandardStreams>();
    return *state_->streams;
  }

  std::unique_ptr<State> state_;
  PyGILState_STATE fork_gil_{};
  bool debug_ = false;
};

std::optional<Failure> PythonRuntime::prepare_map(const job::MapSpec& spec) {
  prepend_search_path(spec.raw_path);
  auto found = function_of(spec, state_->names.globals());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  Kernel kernel(std::get<py::object>(std::move(found)), spec);
  if (auto failure = check_signature(kernel, spec.function, spec.first_item)) return failure;
  if (auto failure = check_first(kernel, spec.first_item)) return failure;
  state_->maps.insert_or_assign(spec.map, PreparedMap(std::move(kernel), spec, debug_));
  return std::nullopt;
}

std::optional<Failure> PythonRuntime::open(const std::string& name) {
  auto found = resolve_function(name, state_->names.globals());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  state_->generator.emplace();
  return state_->generator->open(std::get<py::object>(found), name);
}

void PythonRuntime::forget(std::uint32_t map) {
  guarded(FailureKind::exception, [&]() -> std::optional<Failure> {
    state_->maps.erase(map);
    return std::nullopt;
  });
}

void PythonRuntime::run(const exec::Chunk& chunk, exec::TaskLoop& loop) {
  auto failure = guarded(FailureKind::exception, [&]() -> std::optional<Failure> {
    const auto map = state_->maps.find(chunk.stage.map.value);
    if (map == state_->maps.end())
      return Failure{.kind = FailureKind::lookup,
                     .message = fmt::format("map {} was not prepared here", chunk.stage.map.value)};
    map->second.run(chunk, loop, *state_->task, streams());
    return std::nullopt;
  });
  if (!failure) return;
  while (loop.next()) loop.fail(*failure);
}

}  // namespace
}  // namespace mproc::pyembed

extern "C" __attribute__((visibility("default"))) const char* mproc_plugin_version() {
  return MPROC_VERSION;
}

extern "C" __attribute__((visibility("default"))) mproc::exec::Runtime* mproc_create_runtime(
    const mproc::pyembed::Environment* environment, std::string* error) {
  using namespace mproc::pyembed;
  try {
    return new PythonRuntime(*environment);
  } catch (const std::exception& refusal) {
    *error = refusal.what();
    return nullptr;
  }
}
