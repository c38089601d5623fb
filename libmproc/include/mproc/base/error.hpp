#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace mproc::base {

/// The process's exit status, as the guide documents it.
enum class ExitStatus : int {
  success = 0,      ///< every task succeeded
  task_failed = 1,  ///< some task failed
  usage = 2,        ///< bad usage, job file or input
  incomplete = 3,   ///< incomplete for a reason outside the tasks; the same command goes on
  drained = 75,     ///< drained before the end; the same command goes on
  interrupted = 130
};

/// The user's mistake: what() is one clear line that names the place and the remedy. Exit status 2.
class UserError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The machine's refusal (a system call, a disk, a library): what() says what was tried, on what. Exit
/// status 3.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// Appends strerror(code).
  SystemError(const std::string& what_was_tried, int code);
};

/// Bytes that are not what their format says: a torn file, a foreign message.
class DecodeError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Our bug: prints expression, place, rank and message, then aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line,
                                   const std::string& message);

/// What assertion_failed and the log print as the speaker, e.g. "rank 3". Set once at start-up.
void set_process_label(std::string label);
const std::string& process_label();

}  // namespace mproc::base

/// The user's mistake, with a formatted line: MPROC_CHECK(n > 0, "{}: ...", file).
#define MPROC_CHECK(condition, ...)                                           \
  do {                                                                        \
    if (!(condition)) throw mproc::base::UserError(fmt::format(__VA_ARGS__)); \
  } while (false)

/// Our bug.
#define MPROC_ASSERT(condition, ...)                                                           \
  do {                                                                                         \
    if (!(condition))                                                                          \
      mproc::base::assertion_failed(#condition, __FILE__, __LINE__, fmt::format(__VA_ARGS__)); \
  } while (false)
