#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "mproc/base/outcome.hpp"
#include "mproc/job/kernel.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// What init code runs in, piece after piece: the module __main__, so that what it defines can be pickled.
/// Needs the GIL.
class Namespace {
 public:
  Namespace();
  /// Kind init when it raises. A file's `if __name__ == "__main__":` part is left out: it is the script's,
  /// and would run in every executor.
  std::optional<base::Failure> run(const job::InitBlock& block);
  /// The first failure of lenient pieces from one ordinal up to another; they count from 0.
  const base::Failure* lenient_failure(std::uint64_t from, std::uint64_t to) const;
  const py::dict& globals() const { return globals_; }

 private:
  std::optional<base::Failure> attempt(const job::InitBlock& block);
  void execute(py::handle source, const std::string& name, bool is_file);
  void run_code(const job::InitBlock& block);
  void run_file(const job::InitBlock& block);

  py::object module_;
  py::dict globals_;
  unsigned code_blocks_ = 0;
  std::uint64_t lenient_blocks_ = 0;
  std::map<std::uint64_t, base::Failure> lenient_failures_;
};

/// Adds init_failure([from, to]) to the module `_mproc`, for drivers: Namespace::lenient_failure() as (type,
/// message, traceback), or None. `names` must outlive the module's use.
void add_init_failure(const py::object& module, const Namespace& names);

/// Directories put before sys.path, in their order; an empty entry (the current directory) is removed.
void prepend_search_path(const std::vector<std::string>& directories);

}  // namespace mproc::pyembed
