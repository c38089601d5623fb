#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mproc::base {

/// Leaves new elements uninitialised: message buffers are always written before they are read.
template <class T>
struct DefaultInitAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = DefaultInitAllocator<U>;
  };
  using std::allocator<T>::allocator;
  template <class U>
  void construct(U* p) noexcept(std::is_nothrow_default_constructible_v<U>) {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
};

using Bytes = std::vector<std::byte, DefaultInitAllocator<std::byte>>;
using ByteView = std::span<const std::byte>;

inline ByteView view(std::string_view s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}
inline std::string_view text(ByteView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

inline void append(Bytes& to, const void* data, std::size_t n) {
  if (n == 0) return;
  const std::size_t at = to.size();
  to.resize(at + n);
  std::memcpy(to.data() + at, data, n);
}
inline void append(Bytes& to, ByteView b) {
  append(to, b.data(), b.size());
}

/// Appends the object representation of a trivially copyable value (all our hosts are little-endian; the
/// wire and journal versions say so).
template <class T>
requires std::is_trivially_copyable_v<T>
void append_pod(Bytes& to, const T& value) {
  append(to, &value, sizeof value);
}

}  // namespace mproc::base
