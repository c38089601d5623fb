#include "mproc/base/shared_bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <mutex>
#include <string>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"

namespace mproc::base {
namespace {

constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t largest_kept = std::uint64_t{64} << 20;
constexpr std::uint64_t most_kept = std::uint64_t{256} << 20;
constexpr std::size_t most_blocks = 64;  // each takes a descriptor
constexpr std::int64_t trim_ns = 10'000'000'000;

// Whoever has the memory open to read holds a read lock on it, which the kernel drops with his last
// descriptor and mapping, however he ends; a pool that gets the write lock is alone with its memory. The
// locks belong to open file descriptions ("OFD locks" in fcntl(2)).
bool lock(int fd, short type) {
  struct flock whole {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

bool is_alone(int fd) {
  return lock(fd, F_WRLCK) && lock(fd, F_UNLCK);
}

/// Descriptors that this process may have.
std::int64_t most_descriptors() {
  static const auto limit = [] {
    rlimit files{};
    return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? static_cast<std::int64_t>(files.rlim_cur) : 1024;
  }();
  return limit;
}

std::atomic<std::int64_t> descriptors_held = 0;

std::uint64_t page_size() {
  static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

struct SharedBytes::Memory {
  Memory(Fd descriptor, std::shared_ptr<SharedMemory> mapped)
      : fd(std::move(descriptor)), own(std::move(mapped)) {
    ++descriptors_held;
  }
  ~Memory() {
    --descriptors_held;
    if (mapping != nullptr) ::munmap(mapping, mapped_bytes);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const std::byte* data() {
    if (own) return own->data();
    const std::lock_guard guard(mutex);  // the journal's thread reads what central's holds
    if (mapping == nullptr) {
      void* p = ::mmap(nullptr, mapped_bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
      if (p == MAP_FAILED) throw SystemError("cannot map shared memory", errno);
      mapping = p;
    }
    return static_cast<const std::byte*>(mapping);
  }

  Fd fd;
  std::shared_ptr<SharedMemory> own;  // where this process wrote them itself
  std::mutex mutex;
  void* mapping = nullptr;
  std::uint64_t mapped_bytes = 0;
};

SharedBytes SharedBytes::open(Fd fd, std::uint64_t offset, std::uint64_t size) {
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !lock(fd.get(), F_RDLCK))
    throw SystemError("cannot open shared memory", errno);
  const auto all = static_cast<std::uint64_t>(info.st_size);
  if (offset > all || size > all - offset)
    throw DecodeError("shared memory is smaller than it is said to be");
  SharedBytes bytes;
  bytes.memory_ = std::make_shared<Memory>(std::move(fd), nullptr);
  bytes.memory_->mapped_bytes = offset + size;
  bytes.offset_ = offset;
  bytes.size_ = size;
  return bytes;
}

int SharedBytes::fd() const {
  return memory_->fd.get();
}

ByteView SharedBytes::view() const {
  if (!memory_ || size_ == 0) return {};
  return {memory_->data() + offset_, size_};
}

std::shared_ptr<std::byte> SharedBytes::private_copy() const {
  const std::uint64_t begin = offset_ / page_size() * page_size();
  const std::uint64_t bytes = offset_ + size_ - begin;
  void* p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd(), static_cast<off_t>(begin));
  if (p == MAP_FAILED) throw SystemError("cannot map shared memory", errno);
#ifdef MADV_POPULATE_READ
  ::madvise(p, bytes, MADV_POPULATE_READ);  // at once, rather than page by page; older kernels do without
#endif
  std::shared_ptr<void> whole(p, [bytes](void* mapping) { ::munmap(mapping, bytes); });
  return {whole, static_cast<std::byte*>(p) + (offset_ - begin)};
}

SharedBytes SharedBytes::part(std::uint64_t offset, std::uint64_t size) const {
  MPROC_ASSERT(offset <= size_ && size <= size_ - offset, "{} bytes at {} of {}", size, offset, size_);
  SharedBytes bytes = *this;
  bytes.offset_ += offset;
  bytes.size_ = size;
  return bytes;
}

Payload PayloadView::keep(std::uint64_t offset) const {
  if (shared != nullptr && descriptors_held < most_descriptors() / 2)
    return shared->part(offset, shared->size() - offset);
  Payload copy;
  append(copy.bytes, bytes.subspan(offset));
  return copy;
}

std::byte* SharedPool::Draft::data() const {
  return block_ ? block_->data() + offset_ : nullptr;
}

SharedBytes SharedPool::Draft::publish() && {
  const std::string path = "/proc/self/fd/" + std::to_string(block_->fd());
  Fd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader || !lock(reader.get(), F_RDLCK)) throw SystemError("cannot open shared memory", errno);
  SharedBytes bytes;
  bytes.memory_ = std::make_shared<SharedBytes::Memory>(std::move(reader), std::move(block_));
  bytes.offset_ = offset_;
  bytes.size_ = size_;
  return bytes;
}

std::shared_ptr<SharedMemory> SharedPool::take(std::uint64_t size) {
  size = std::max(size, page_size());
  for (Kept& kept : kept_)
    if (kept.memory->size() >= size && kept.memory->size() <= 4 * size && kept.memory.use_count() == 1 &&
        kept.memory->has_descriptor() && is_alone(kept.memory->fd())) {
      kept.used = true;
      return kept.memory;
    }
  if (size > largest_kept || kept_bytes_ + size > most_kept || kept_.size() >= most_blocks)
    return std::make_shared<SharedMemory>(SharedMemory::create("mproc-bytes", size));
  // Others of about this size fit in too.
  const std::uint64_t step = std::max<std::uint64_t>(1, std::bit_floor(size) / 8);
  const std::uint64_t room = (size + step - 1) / step * step;
  kept_.push_back({std::make_shared<SharedMemory>(SharedMemory::create("mproc-bytes", room))});
  kept_bytes_ += room;
  return kept_.back().memory;
}

SharedPool::Draft SharedPool::reserve(std::uint64_t size, std::uint64_t phase) {
  if (const std::int64_t now = monotonic_ns(); now - trimmed_ns_ > trim_ns) trim();
  Draft draft;
  draft.offset_ = (alignment - phase % alignment) % alignment;
  draft.size_ = size;
  draft.block_ = take(draft.offset_ + size);
  return draft;
}

SharedBytes SharedPool::copy(std::span<const ByteView> pieces, std::uint64_t phase) {
  std::uint64_t size = 0;
  for (const ByteView piece : pieces) size += piece.size();
  Draft draft = reserve(size, phase);
  std::byte* to = draft.data();
  for (const ByteView piece : pieces) {
    if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  return std::move(draft).publish();
}

void SharedPool::trim() {
  trimmed_ns_ = monotonic_ns();
  std::erase_if(kept_, [&](Kept& kept) {
    if (std::exchange(kept.used, false)) return false;
    kept_bytes_ -= kept.memory->size();
    return true;
  });
}

}  // namespace mproc::base
