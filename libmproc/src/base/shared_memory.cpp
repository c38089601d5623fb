#include "mproc/base/shared_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "mproc/base/error.hpp"

namespace mproc::base {

SharedMemory SharedMemory::create(const char* label, std::size_t size) {
  Fd fd(::memfd_create(label, MFD_CLOEXEC));
  if (!fd) throw SystemError("cannot create shared memory", errno);
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    throw SystemError("cannot size shared memory", errno);
  return {std::move(fd), size};
}

SharedMemory SharedMemory::open(Fd fd) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw SystemError("cannot open shared memory", errno);
  return {std::move(fd), static_cast<std::size_t>(info.st_size)};
}

SharedMemory SharedMemory::unmapped(Fd fd) {
  return SharedMemory(std::move(fd));
}

SharedMemory::SharedMemory(Fd fd) : fd_(std::move(fd)) {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) throw SystemError("cannot open shared memory", errno);
  device_ = info.st_dev;
  inode_ = info.st_ino;
}

SharedMemory::SharedMemory(Fd fd, std::size_t size) : SharedMemory(std::move(fd)) {
  remap(size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      device_(other.device_),
      inode_(other.inode_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    unmap();
    fd_ = std::move(other.fd_);
    device_ = other.device_;
    inode_ = other.inode_;
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SharedMemory::~SharedMemory() {
  if (fd_ && !has_descriptor()) fd_.release();  // it is another's now
  unmap();
}

bool SharedMemory::has_descriptor() const {
  struct stat info {};
  return ::fstat(fd_.get(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

void SharedMemory::resize(std::size_t size) {
  if (!has_descriptor()) throw SystemError("cannot grow shared memory", EBADF);
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
    throw SystemError("cannot grow shared memory", errno);
  remap(size);
}

void SharedMemory::remap(std::size_t size) {
  if (!has_descriptor()) throw SystemError("cannot map shared memory", EBADF);
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0 || static_cast<std::size_t>(info.st_size) < size)
    throw DecodeError("shared memory is smaller than it is said to be");
  unmap();
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (p == MAP_FAILED) throw SystemError("cannot map shared memory", errno);
  data_ = static_cast<std::byte*>(p);
  size_ = size;
}

void SharedMemory::unmap() {
  if (data_ != nullptr) ::munmap(data_, size_);
  data_ = nullptr;
}

}  // namespace mproc::base
