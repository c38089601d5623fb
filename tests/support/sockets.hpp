#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "mproc/base/fd.hpp"

namespace mproc::testing {

inline std::pair<base::Fd, base::Fd> socket_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {base::Fd(ends[0]), base::Fd(ends[1])};
}

}  // namespace mproc::testing
