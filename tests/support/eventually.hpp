#pragma once

#include <chrono>
#include <thread>

namespace mproc::testing {

/// What a test waits for at most: far longer than it ever takes, so that only a hang gets there.
inline constexpr std::chrono::seconds patience{60};

/// Waits until `condition` holds. False when it never did.
template <class Condition>
bool eventually(Condition&& condition, std::chrono::nanoseconds limit = patience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (int looks = 0; !condition(); ++looks) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (looks < 1000)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace mproc::testing
