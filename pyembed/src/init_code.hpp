#pragma once

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
  const py::dict& globals() const { return globals_; }

 private:
  void execute(py::handle source, const std::string& name, bool is_file);
  void run_code(const job::InitBlock& block);
  void run_file(const job::InitBlock& block);

  py::object module_;
  py::dict globals_;
  unsigned code_blocks_ = 0;
};

/// Directories put before sys.path, in their order; an empty entry (the current directory) is removed.
void prepend_search_path(const std::vector<std::string>& directories);

}  // namespace mproc::pyembed
