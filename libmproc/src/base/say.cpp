#include "mproc/base/say.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

namespace mproc::base {

void say(std::string_view text) {
  const std::string line = fmt::format("mproc: {}\n", text);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  std::signal(SIGPIPE, before);
}

}  // namespace mproc::base
