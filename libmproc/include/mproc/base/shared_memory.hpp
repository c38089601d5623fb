#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>

#include "mproc/base/fd.hpp"

namespace mproc::base {

/// Anonymous memory that several processes map (a memfd): no name, no file, gone with its last user.
class SharedMemory {
 public:
  SharedMemory() = default;
  /// New memory of `size` zero bytes. Throws SystemError.
  static SharedMemory create(const char* label, std::size_t size);
  /// Maps memory that another process made. Throws SystemError.
  static SharedMemory open(Fd fd);
  /// Holds memory that only other processes, or reads and writes of the descriptor, look into.
  static SharedMemory unmapped(Fd fd);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  int fd() const { return fd_.get(); }
  /// False when code in this process has closed the descriptor, and perhaps opened a file in its place.
  bool has_descriptor() const;
  explicit operator bool() const { return data_ != nullptr; }
  /// Grows the memory and the mapping; the mapping may move. Other processes remap().
  void resize(std::size_t size);
  /// Maps `size` bytes of what another process has resized. Throws DecodeError when it is smaller.
  void remap(std::size_t size);
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  explicit SharedMemory(Fd fd);
  SharedMemory(Fd fd, std::size_t size);
  void unmap();
  Fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mproc::base
