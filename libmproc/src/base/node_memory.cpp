#include "mproc/base/node_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <random>
#include <thread>

#include "mproc/base/error.hpp"

namespace mproc::base {
namespace {

using namespace std::chrono_literals;

// The kernel does not seal pages that it has in hand itself: to move them together, or to look how often they
// are used.
constexpr auto most_busy = 30s;

std::string new_label() {
  std::random_device random;
  return fmt::format("mproc-data-{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// What a descriptor is of: "/memfd:LABEL (deleted)".
bool is_memory(const std::string& link, const std::string& label) {
  std::error_code not_there;
  return std::filesystem::read_symlink(link, not_there) == "/memfd:" + label + " (deleted)";
}

}  // namespace

NodeMemory::NodeMemory(Fd fd, std::string label, std::uint64_t size, std::uint64_t written)
    : fd_(std::move(fd)), label_(std::move(label)), size_(size), written_(written) {}

NodeMemory NodeMemory::create(std::uint64_t size) {
  std::string label = new_label();
  Fd fd(::memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw SystemError("cannot create memory for a shared array", errno);
  NodeMemory memory(std::move(fd), std::move(label), size, 0);
  if (memory.is_complete()) memory.seal();
  return memory;
}

std::optional<NodeMemory> NodeMemory::open(const MemoryAddress& address) {
  const std::string link = fmt::format("/proc/{}/fd/{}", address.pid, address.fd);
  // Looked at first: opening a stranger's pipe or device would do something to it.
  if (!is_memory(link, address.label)) return std::nullopt;
  Fd fd(::open(link.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || !is_memory(fmt::format("/proc/self/fd/{}", fd.get()), address.label)) return std::nullopt;
  struct stat info {};
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (::fstat(fd.get(), &info) != 0 || seals < 0 || (seals & F_SEAL_WRITE) == 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return NodeMemory(std::move(fd), address.label, size, size);
}

void NodeMemory::write(ByteView bytes) {
  MPROC_ASSERT(bytes.size() <= size_ - written_, "{} bytes too many", bytes.size());
  if (bytes.empty()) return;
  write_all(fd_.get(), bytes, fmt::format("{} bytes of a shared array to memory", size_));
  written_ += bytes.size();
  if (is_complete()) seal();
}

void NodeMemory::seal() const {
  const auto end = std::chrono::steady_clock::now() + most_busy;
  while (::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    if (errno != EBUSY || std::chrono::steady_clock::now() > end)
      throw SystemError("cannot seal the memory of a shared array", errno);
    std::this_thread::sleep_for(10ms);
  }
}

void NodeMemory::read(std::uint64_t offset, std::byte* to, std::size_t size) const {
  while (size > 0) {
    const ssize_t n = ::pread(fd_.get(), to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw SystemError("cannot read the memory of a shared array", n < 0 ? errno : EIO);
    to += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

ReadOnlyMapping::ReadOnlyMapping(const NodeMemory& memory) : size_(memory.size()) {
  if (size_ == 0) return;  // what cannot be mapped
  void* p = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, memory.fd(), 0);
  if (p == MAP_FAILED) throw SystemError("cannot map the memory of a shared array", errno);
  data_ = static_cast<const std::byte*>(p);
}

ReadOnlyMapping::~ReadOnlyMapping() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace mproc::base
