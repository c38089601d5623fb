#pragma once

namespace mproc::testing {

/// Whether sanitizers are on. What is too slow under them takes smaller sizes there.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace mproc::testing
