#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/base/msgpack.hpp"

namespace mproc::base {

/// Why a task has no result. Stored in journals: append only.
enum class FailureKind : std::uint8_t {
  exception = 0,  ///< the kernel raised
  exit = 1,       ///< the kernel asked to end the process (sys.exit), or a command exited non-zero
  encode = 2,     ///< the result does not fit the output, or cannot be encoded
  lookup = 3,     ///< the executors lack the function
  init = 4,       ///< init code failed
  crash = 5,      ///< the executor died by a signal or by _exit
  lost = 6,       ///< the worker's rank or node was lost
  timeout = 7,
  memory = 8,
  item = 9,  ///< the item does not fit the kernel's parameters
};
const char* name(FailureKind kind);

/// A task's failure as data. Packed as the body of Ext::failure.
struct Failure {
  FailureKind kind = FailureKind::exception;
  std::string type;       ///< exception class, signal name ("SIGSEGV") or empty
  std::string message;    ///< one line or more, without the type
  std::string traceback;  ///< remote traceback, empty where there is none
  std::string host;
  std::int32_t rank = -1;
  std::int64_t pid = 0;        ///< of the executor
  std::uint32_t attempts = 1;  ///< tries up to and with this one
  std::string exception;       ///< the exception as a pickle: for drivers, where it can be pickled
  /// "ValueError: bad x", "killed by SIGSEGV": what summaries group by.
  std::string summary() const;
  MSGPACK_DEFINE(kind_code(), type, message, traceback, host, rank, pid, attempts, exception)

 private:
  std::uint8_t& kind_code() { return reinterpret_cast<std::uint8_t&>(kind); }
  const std::uint8_t& kind_code() const { return reinterpret_cast<const std::uint8_t&>(kind); }
};

/// Appends `failure` in place of a result.
void pack_failure(Bytes& to, const Failure& failure);
/// What stands in place of a result. Throws DecodeError where it is something else.
Failure failure_of(const msgpack::object& value);

/// When a task ran, relative to its block's start.
struct TaskTime {
  std::int64_t start_us = 0;
  std::int64_t duration_us = 0;
  friend bool operator==(const TaskTime&, const TaskTime&) = default;
};

/// What one task wrote to stdout and stderr.
struct Capture {
  std::uint32_t position = 0;  ///< within the block
  std::string text;
  friend bool operator==(const Capture&, const Capture&) = default;
  MSGPACK_DEFINE(position, text)
};

/// Many bytes of a value that are not copied before the block is delivered.
struct OutsideBytes {
  std::size_t offset = 0;  ///< in the values: they come before what is there
  ByteView bytes;
  std::shared_ptr<const void> owner;  ///< keeps them
};

/// Outcomes of consecutive tasks from one executor: the unit that travels from executor to journal.
/// `values` is one msgpack value per task, in index order; a failed task has an Ext::failure there.
struct OutcomeBlock {
  TaskRange tasks;
  std::int64_t start_ns = 0;          ///< wall clock, first task's start
  std::int64_t end_ns = 0;            ///< wall clock, last task's end
  std::int64_t busy_ns = 0;           ///< time spent in tasks
  std::vector<std::uint32_t> failed;  ///< positions of failures, ascending
  std::vector<TaskTime> times;        ///< empty, or one per task
  std::vector<Capture> captures;      ///< ascending positions
  Bytes values;
  std::vector<OutsideBytes> outside;  ///< ascending; empty in a block that was decoded
  /// With what is outside.
  std::uint64_t values_size() const;
};

/// What is inside and what is outside of it in pieces, in order.
std::vector<ByteView> pieces(ByteView inside, const std::vector<OutsideBytes>& outside);
/// The values in pieces.
inline std::vector<ByteView> value_pieces(const OutcomeBlock& block) {
  return pieces(block.values, block.outside);
}
/// Everything of the block's encoding but the values themselves, which follow it.
void encode_block_head(Bytes& to, const OutcomeBlock& block);
/// Appends the block's own encoding. decode_block throws DecodeError for anything else, and checks that
/// positions and sizes agree; the values themselves are not walked.
void encode_block(Bytes& to, const OutcomeBlock& block);
OutcomeBlock decode_block(ByteView bytes);
/// As decode_block, but leaves `values` empty and gives their place in `bytes` instead: no copy.
OutcomeBlock decode_block_header(ByteView bytes, ByteView& values);

}  // namespace mproc::base
