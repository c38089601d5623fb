#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mproc/job/data.hpp"
#include "mproc/job/demand.hpp"
#include "mproc/job/document.hpp"
#include "mproc/job/fresh.hpp"
#include "mproc/job/kernel.hpp"
#include "mproc/job/slurm.hpp"

namespace mproc::job {

struct Crossval;

/// max-failures: a count, or a share of the tasks.
struct FailureLimit {
  std::optional<std::uint64_t> count;
  std::optional<double> share;  ///< 0.05 for "5%"
};

struct Task {
  MapSpec::Kernel kernel = MapSpec::Kernel::python;
  std::string function;              ///< python; native: as parse_native() reads it
  std::vector<std::string> command;  ///< command: its words, or a line
  bool line = false;                 ///< command: it is a line
  std::string directory;             ///< command: where each runs, with placeholders; empty: here
  Json args = Json::object();
  Call call = Call::automatic;
  Demand demand;
  std::chrono::milliseconds timeout{0};  ///< 0: none
  std::uint32_t retries = 0;
  std::uint32_t lost_retries = 2;
};

enum class Format { none, jsonl, csv, npy, npz, pickle, json };

struct Output {
  Format format = Format::none;
  std::filesystem::path path;  ///< relative to the current directory; empty with none
};

/// How executors are divided among worker ranks: one for each core on one machine, one for each node of
/// several; or always so.
enum class Layout { automatic, rank_per_core, rank_per_node };

struct RunOptions {
  FailureLimit max_failures;
  std::uint64_t chunk = 0;      ///< tasks per chunk; 0 = automatic
  std::uint32_t executors = 1;  ///< executors per worker rank; 0 = auto
  std::uint64_t recycle = 0;    ///< tasks after which an executor makes way for a new one; 0 = never
  std::chrono::milliseconds grace{10'000};
  std::optional<std::chrono::milliseconds> walltime;  ///< from the command's start to its end
  std::uint32_t relaunch = 3;
  Layout layout = Layout::automatic;
  std::vector<std::string> launcher;  ///< words of what starts the ranks; empty: mpirun
  std::vector<std::pair<std::string, std::string>> env;
};

/// A job as the engine needs it: read, checked, with files found and ~ and $VARIABLES of paths expanded.
struct Job {
  Document document;  ///< after --set
  std::string name;   ///< runs/NAME-0001
  std::optional<std::uint64_t> seed;
  std::vector<InitBlock> init;  ///< modules, then files, then code; file contents are read
  std::vector<DataFile> data;
  Task task;
  RunOptions run;
  Slurm slurm;
  Output output;
  Json items;  ///< the [items] table, checked; make_item_source() opens it
  // Each in the place of [task] and [items], which it implies.
  std::optional<Fresh> fresh;
  std::shared_ptr<const Crossval> crossval;  ///< or null
};

/// Reads and checks everything that can be checked without running code. Throws UserError with one line
/// "FILE:LINE:COLUMN: key: problem; remedy".
Job read_job(Document document);

/// Whether anything of the job is Python: its function, its init code, or the generator of its items.
bool needs_python(const Job& job);

/// What a driver's session may say of its executors, by the keys of a job file: task.memory, run.recycle, ...
/// All else of the job is as by default. Throws UserError.
Job read_session(Document document);

/// The map as executors get it. `first_item`: msgpack, or empty.
MapSpec map_spec(const Job& job, std::string first_item);

/// Hash (hex) of what makes the job the same job, items excepted: kernel, args, call, init contents, seed,
/// data, and the generator that gives the items.
std::string identity(const Job& job);

/// The same, part by part ("kernel", "args", "init code", ...), to say what changed.
std::vector<std::pair<std::string, std::string>> identity_parts(const Job& job);

}  // namespace mproc::job
