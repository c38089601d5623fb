#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace mproc::app {

/// Prints a run's results in input order, one a line, to stdout (of a command: its stdout as it is), and each
/// failure as a line on stderr.
void print_outcomes(const std::filesystem::path& run);

}  // namespace mproc::app
