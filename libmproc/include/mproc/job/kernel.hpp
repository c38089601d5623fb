#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/msgpack.hpp"

namespace mproc::job {

/// One piece of init code. Every executor runs all pieces in order before its first task.
struct InitBlock {
  enum class Kind : std::uint8_t {
    module = 0,  ///< name: a module to import into the kernel's namespace under its own name
    file = 1,    ///< name: the file's name as the user wrote it; content: its text, run in the namespace
    code = 2,    ///< content: text, run in the namespace
  };
  std::uint8_t kind = 0;
  std::string name;
  std::string content;
  bool lenient = false;  ///< where it raises, the executor goes on: a driver asks for the failure and decides
  Kind which() const { return static_cast<Kind>(kind); }
  MSGPACK_DEFINE(kind, name, content, lenient)
};

/// How an item becomes the function's arguments.
enum class Call : std::uint8_t {
  automatic = 0,
  item = 1,
  star = 2,
  kwargs = 3,
  arguments = 4,  ///< a list of positional arguments, or a pair of them and a dict of keywords (drivers)
};

/// What results have to fit, so that a misfit is that task's failure (FailureKind::encode) at the executor.
enum class Encoding : std::uint8_t {
  neutral = 0,  ///< jsonl, csv: scalars, strings, None, lists, dicts with string keys, arrays, bytes refused
  array = 1,    ///< npy, npz: numbers, booleans, strings, and arrays of them; nested lists of numbers too
  any = 2,      ///< pickle: every result as a pickle
  journal = 3,  ///< no output: neutral where it fits, else a pickle
  driver = 4,   ///< what keeps every type: None, bool, int, float, str, bytes, arrays; all else as a pickle
};

/// Everything an executor must know to run the tasks of one map.
struct MapSpec {
  enum class Kernel : std::uint8_t { python = 0, command = 1, native = 2, built_in = 3 };
  std::uint32_t map = 0;
  std::uint8_t kernel = 0;  ///< Kernel
  std::string function;     ///< python: "name" from init code, or "module:function" (dotted both sides);
                         ///< native: as parse_native() reads it; built_in: as exec::BuiltInRuntime knows it
  std::string pickled;  ///< python: the function itself, by value or by reference; `function` names it
  std::string python;   ///< "3.11": the version that made `pickled`, where only that one can load it
  std::vector<std::string> command;   ///< command: argv with {field} placeholders, or one line
  bool line = false;                  ///< command: it is a line, for a shell where it takes one
  bool array = false;                 ///< command: the item is its SLURM_ARRAY_TASK_ID
  std::string directory;              ///< command: where each runs, with placeholders; empty: here
  std::vector<std::string> raw_path;  ///< directories to put before sys.path, and where libraries are
                                      ///< looked for (the job file's own)
  std::string args;                   ///< msgpack map: constants passed as keywords; empty string: none
  std::uint8_t call = 0;              ///< Call
  std::uint8_t encoding = 0;          ///< Encoding
  bool has_seed = false;
  std::uint64_t seed = 0;
  std::string first_item;       ///< msgpack of the first item, for the signature check; empty: none known
  std::int64_t timeout_ns = 0;  ///< of each task; 0: none
  Kernel which() const { return static_cast<Kernel>(kernel); }
  MSGPACK_DEFINE(map, kernel, function, pickled, python, command, line, array, directory, raw_path, args,
                 call, encoding, has_seed, seed, first_item, timeout_ns)
};

}  // namespace mproc::job
