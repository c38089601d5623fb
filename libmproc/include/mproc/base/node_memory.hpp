#pragma once

#include <cstdint>
#include <msgpack.hpp>
#include <optional>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::base {

/// Where other processes of a node find memory that one of them holds. The label, which has no like, proves
/// that what they find there is it.
struct MemoryAddress {
  std::int64_t pid = 0, fd = -1;
  std::string label;
  MSGPACK_DEFINE(pid, fd, label)
};

/// Memory that a process fills once and that nobody can change afterwards: a sealed memfd. Gone with the last
/// process that holds or maps it.
class NodeMemory {
 public:
  /// Room for `size` bytes that write() is to bring. Throws SystemError.
  static NodeMemory create(std::uint64_t size);
  /// What another process has filled. Nothing where it is not found: on another node, or gone.
  static std::optional<NodeMemory> open(const MemoryAddress& address);

  /// The next bytes; with the last ones all is sealed. Throws SystemError when there is no memory left.
  void write(ByteView bytes);
  void read(std::uint64_t offset, std::byte* to, std::size_t size) const;

  std::uint64_t size() const { return size_; }
  std::uint64_t written() const { return written_; }
  bool is_complete() const { return written_ == size_; }
  MemoryAddress address() const { return {::getpid(), fd_.get(), label_}; }
  int fd() const { return fd_.get(); }

 private:
  NodeMemory(Fd fd, std::string label, std::uint64_t size, std::uint64_t written);
  void seal() const;

  Fd fd_;
  std::string label_;
  std::uint64_t size_, written_;
};

/// All of a NodeMemory, mapped for reading. The mapping stays where it is.
class ReadOnlyMapping {
 public:
  /// Throws SystemError.
  explicit ReadOnlyMapping(const NodeMemory& memory);
  ~ReadOnlyMapping();
  ReadOnlyMapping(const ReadOnlyMapping&) = delete;
  ReadOnlyMapping& operator=(const ReadOnlyMapping&) = delete;
  ByteView bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace mproc::base
