#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/exec/runtime.hpp"

namespace mproc::exec {

/// Makes the runtime that runs Python. May throw UserError (no plugin for this environment): the message
/// becomes an init failure.
using PythonFactory = std::function<std::unique_ptr<Runtime>()>;

/// The runtimes of one process: Python when init code or a Python kernel asks for it, native code,
/// commands, what is built in.
class RuntimeSet {
 public:
  explicit RuntimeSet(PythonFactory python) : python_factory_(std::move(python)) {}
  void share(const ArrayPlace& place) { data_.add(place); }
  void unshare(const std::string& name) { data_.remove(name); }
  std::optional<base::Failure> init(const job::InitBlock& block);
  /// A map that could not be prepared is known as such: its tasks fail with the same failure.
  std::optional<base::Failure> prepare(const job::MapSpec& spec);
  /// No chunk of the map will come any more.
  void forget(std::uint32_t map);
  void run(const Chunk& chunk, TaskLoop& loop);
  std::optional<base::Failure> open_generator(const std::string& name);
  std::optional<base::Failure> next_items(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                          std::uint64_t max_items, std::size_t max_bytes, bool& more);
  /// fork() that keeps the runtimes usable on both sides.
  int fork();

 private:
  struct Prepared {
    Runtime* runtime = nullptr;
    std::optional<base::Failure> failure;
  };
  std::optional<base::Failure> need_python();
  std::optional<base::Failure> prepare(const job::MapSpec& spec, Runtime*& runtime);
  PythonFactory python_factory_;
  SharedData data_;
  std::unique_ptr<Runtime> python_, command_, native_, built_in_;
  std::map<std::uint32_t, Prepared> maps_;  // by MapSpec::map
};

}  // namespace mproc::exec
