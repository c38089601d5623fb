#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace mproc::base {

/// What a program of the system's said and how it ended.
struct ProgramResult {
  static constexpr int killed = 128 + 9;
  int status = 0;        ///< its exit status; 128 + N: it was killed by signal N
  std::string out, err;  ///< without the last newline
  bool started = true;   ///< else there is no such program: `err` says so, and the status is a shell's, 127
  bool ok() const { return status == 0; }
};

/// Runs a program found on PATH, without standard input, and waits for its end; one that takes longer than
/// `limit` is killed.
ProgramResult run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit);

/// Starts a program that says nothing and is waited for by whoever started it; -1: there is no such program.
int start_silently(const std::vector<std::string>& words);

}  // namespace mproc::base
