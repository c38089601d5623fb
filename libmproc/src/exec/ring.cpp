#include "mproc/exec/ring.hpp"

#include "mproc/base/error.hpp"

namespace mproc::exec {
namespace {

constexpr std::uint64_t prefix = sizeof(std::uint64_t);
constexpr std::uint64_t skip = ~std::uint64_t{0};  // the rest up to the end of the memory is unused

std::uint64_t padded(std::uint64_t size) {
  return prefix + (size + prefix - 1) / prefix * prefix;
}

}  // namespace

Ring::Ring(RingHeader& header, base::SharedMemory memory) : header_(header), memory_(std::move(memory)) {
  std::uint64_t none = 0;
  header_.capacity.compare_exchange_strong(none, memory_.size());
}

std::uint64_t& Ring::length_at(std::uint64_t position) const {
  return *reinterpret_cast<std::uint64_t*>(memory_.data() + offset(position));
}

std::optional<std::span<std::byte>> Ring::reserve(std::size_t size) {
  const std::uint64_t need = padded(size);
  std::uint64_t head = header_.head.load(std::memory_order_relaxed);
  const std::uint64_t tail = header_.tail.load(std::memory_order_acquire);
  if (2 * need > memory_.size()) {
    if (head != tail) return std::nullopt;
    std::uint64_t capacity = memory_.size();
    while (capacity < 2 * need) capacity *= 2;
    memory_.resize(capacity);
    header_.capacity.store(capacity, std::memory_order_release);
  }
  const std::uint64_t to_end = memory_.size() - offset(head);
  const std::uint64_t wasted = to_end < need ? to_end : 0;
  if (head - tail + wasted + need > memory_.size()) return std::nullopt;
  if (wasted > 0) {
    length_at(head) = skip;
    head += wasted;
  }
  reserved_ = head;
  return std::span(memory_.data() + offset(head) + prefix, size);
}

void Ring::commit(std::size_t size) {
  length_at(reserved_) = size;
  header_.head.store(reserved_ + padded(size), std::memory_order_release);
}

std::optional<base::ByteView> Ring::front() {
  std::uint64_t tail = header_.tail.load(std::memory_order_relaxed);
  const std::uint64_t head = header_.head.load(std::memory_order_acquire);
  if (head == tail) return std::nullopt;
  const std::uint64_t capacity = header_.capacity.load(std::memory_order_acquire);
  if (capacity != memory_.size()) {
    if (capacity < memory_.size()) throw base::DecodeError("ring of an executor shrank");
    memory_.remap(capacity);
  }
  const std::uint64_t start = tail;
  if (length_at(tail) == skip) tail += memory_.size() - offset(tail);
  const std::uint64_t length = length_at(tail);
  if (length > memory_.size() || offset(tail) + padded(length) > memory_.size() ||
      tail + padded(length) > head)
    throw base::DecodeError("frame of an executor reaches past its ring");
  front_size_ = tail + padded(length) - start;
  return base::ByteView(memory_.data() + offset(tail) + prefix, length);
}

void Ring::pop() {
  header_.tail.store(header_.tail.load(std::memory_order_relaxed) + front_size_, std::memory_order_release);
}

}  // namespace mproc::exec
