#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "commands.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::app {
namespace {

constexpr const char* starter =
    R"(# A job of mproc: one function, many items. Try it:  mproc try {0}.toml   Run it:  mproc run {0}.toml
version = 1
name = "{0}"                 # its runs are kept in runs/{0}-0001, ...
seed = 42                    # random numbers by task: the same for any number of executors

[init]                       # every executor runs this once, before its first task
modules = ["math"]           # imported under their names
# files = ["model.py"]       # sent by content; relative to this file
code = """
def simulate(alpha, n, tol):
    return {{"value": alpha * math.sqrt(n), "converged": tol < 1e-3}}
"""

# [data]                     # large arrays: one read-only copy a node, in tasks mproc.data["X"]
# X = "train.npy"            # or a .csv file

[task]
function = "simulate"        # from the init code; or "module:function"; or command = ["gzip", "-9", "{{path}}"]
args = {{ tol = 1e-6 }}        # constants, passed as keywords to every call
retries = 0                  # tries again after an exception
# timeout = "30m"            # ends a task that takes longer, with its stack
# memory = "2GiB"            # ends a task whose executor, with all that it started, takes more

[items.grid]                 # every combination; or list, range, zip, csv, jsonl, npy, lines, glob, python
alpha = [0.1, 1.0, 10.0]
n = {{ range = [10, 101, 10] }}  # as in Python: the end is excluded

[output]
path = "{0}.csv"             # .csv .jsonl .npy .npz .pickle; without [output] the results stay in the run
)";

}  // namespace

void add_new(CLI::App& app, Context&) {
  auto* command = app.add_subcommand("new", "write a commented starter job");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "name of the job: NAME.toml is written here")->required();
  command->callback([name] {
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    MPROC_CHECK(!name->empty() && name->find_first_not_of(allowed) == std::string::npos &&
                    name->front() != '.' && name->front() != '-',
                "'{}' cannot name a job; use letters, digits, '_', '-' and '.'", *name);
    const std::filesystem::path file = *name + ".toml";
    MPROC_CHECK(!std::filesystem::exists(file), "{} exists already; choose another name or remove it",
                file.string());
    base::write_file_atomically(file, fmt::format(starter, *name));
    fmt::print("{} is written; next: mproc try {}\n", file.string(), file.string());
  });
}

}  // namespace mproc::app
