#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/shared_memory.hpp"

namespace mproc::base {

/// What is larger travels within a node as SharedBytes: below, copies cost less than descriptors do.
inline constexpr std::size_t shared_from = std::size_t{256} << 10;

/// Bytes in shared memory that nobody changes any more: processes of a node hand them on by descriptor,
/// without a copy. Cheap to copy; the memory stays as it is while any process holds or maps it.
class SharedBytes {
 public:
  SharedBytes() = default;
  /// What another process has handed on. Throws SystemError, and DecodeError where the memory is smaller.
  static SharedBytes open(Fd fd, std::uint64_t offset, std::uint64_t size);
  explicit operator bool() const { return memory_ != nullptr; }
  /// Where they are, to hand them on.
  int fd() const;
  std::uint64_t offset() const { return offset_; }
  std::uint64_t size() const { return size_; }
  /// Mapped at the first call; valid while this or a copy of it is there. Throws SystemError.
  ByteView view() const;
  /// A mapping of the caller's own, who may write to it: nobody else sees that (copy on write). Outlives
  /// this. Throws SystemError.
  std::shared_ptr<std::byte> private_copy() const;
  SharedBytes part(std::uint64_t offset, std::uint64_t size) const;

 private:
  friend class SharedPool;
  struct Memory;
  std::shared_ptr<Memory> memory_;
  std::uint64_t offset_ = 0, size_ = 0;
};

/// Bytes for a call: `shared` tells where they are, if they may be handed on as they are.
struct PayloadView {
  PayloadView() = default;
  PayloadView(ByteView view) : bytes(view) {}
  PayloadView(const SharedBytes& in) : bytes(in.view()), shared(&in) {}
  PayloadView(const Bytes& heap) : bytes(heap) {}
  operator ByteView() const { return bytes; }
  /// To hold on to them; empty where they are not in shared memory.
  SharedBytes handle() const { return shared != nullptr ? *shared : SharedBytes(); }
  /// What is behind `offset`, to be kept: copied where it is not in shared memory, or where this process has
  /// few descriptors left.
  struct Payload keep(std::uint64_t offset = 0) const;
  ByteView bytes;
  const SharedBytes* shared = nullptr;
};

/// Bytes that are kept: on the heap, or where they are in shared memory.
struct Payload {
  Payload() = default;
  Payload(Bytes heap) : bytes(std::move(heap)) {}
  Payload(SharedBytes in) : shared(std::move(in)) {}
  ByteView view() const { return shared ? shared.view() : ByteView(bytes); }
  std::size_t size() const { return shared ? shared.size() : bytes.size(); }

  Bytes bytes;
  SharedBytes shared;  ///< empty: they are in `bytes`
};

/// Memory for SharedBytes. Takes up again what no process holds any more: a new page costs several times what
/// a copy into it does. One thread.
class SharedPool {
 public:
  /// Memory to be written, then published.
  class Draft {
   public:
    std::byte* data() const;
    std::uint64_t size() const { return size_; }
    /// From now on nobody writes to it.
    SharedBytes publish() &&;

   private:
    friend class SharedPool;
    std::shared_ptr<SharedMemory> block_;
    std::uint64_t offset_ = 0, size_ = 0;
  };
  /// `phase`: the offset that is to be aligned to 64 bytes. Throws SystemError.
  Draft reserve(std::uint64_t size, std::uint64_t phase = 0);
  /// The pieces, one behind the other. Throws SystemError.
  SharedBytes copy(std::span<const ByteView> pieces, std::uint64_t phase = 0);
  SharedBytes copy(std::initializer_list<ByteView> pieces, std::uint64_t phase = 0) {
    return copy(std::span(pieces.begin(), pieces.size()), phase);
  }
  /// Gives back memory that was not taken up since the last call. Happens by itself now and then.
  void trim();

 private:
  struct Kept {
    std::shared_ptr<SharedMemory> memory;
    bool used = true;
  };
  std::shared_ptr<SharedMemory> take(std::uint64_t size);
  std::vector<Kept> kept_;
  std::uint64_t kept_bytes_ = 0;
  std::int64_t trimmed_ns_ = 0;
};

}  // namespace mproc::base
