#pragma once

#include <string>
#include <vector>

namespace mproc::app {

/// Becomes another program. Throws SystemError.
[[noreturn]] void replace_process(const std::vector<std::string>& words);

/// Runs a program on this process's own terminal, which Ctrl-C ends and not us: "exit status 3", "SIGSEGV".
/// Throws SystemError where it does not start.
std::string run_in_foreground(const std::vector<std::string>& words);

}  // namespace mproc::app
