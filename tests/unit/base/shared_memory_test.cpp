#include "mproc/base/shared_memory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"

namespace mproc::base {
namespace {

SharedMemory second_mapping(const SharedMemory& memory) {
  return SharedMemory::open(Fd(::fcntl(memory.fd(), F_DUPFD_CLOEXEC, 0)));
}

TEST(SharedMemory, begins_as_zeros) {
  const auto memory = SharedMemory::create("test", 10'000);
  ASSERT_EQ(memory.size(), 10'000u);
  EXPECT_TRUE(std::all_of(memory.data(), memory.data() + memory.size(),
                          [](std::byte b) { return b == std::byte{0}; }));
}

TEST(SharedMemory, is_one_memory_in_every_mapping) {
  const auto memory = SharedMemory::create("test", 4096);
  const auto other = second_mapping(memory);
  EXPECT_NE(other.data(), memory.data());
  EXPECT_EQ(other.size(), 4096u);
  *memory.as<int>() = 42;
  EXPECT_EQ(*other.as<int>(), 42);
}

TEST(SharedMemory, is_one_memory_in_every_process) {
  const auto memory = SharedMemory::create("test", 4096);
  testing::Child child([&] {
    *memory.as<int>() = 42;
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(*memory.as<int>(), 42);
}

TEST(SharedMemory, keeps_its_content_when_it_grows_and_others_remap) {
  auto memory = SharedMemory::create("test", 4096);
  auto other = second_mapping(memory);
  std::memset(memory.data(), 'a', 4096);
  memory.resize(1 << 20);
  EXPECT_EQ(memory.size(), 1u << 20);
  memory.data()[(1 << 20) - 1] = std::byte{'z'};
  other.remap(1 << 20);
  EXPECT_EQ(other.size(), 1u << 20);
  EXPECT_EQ(other.data()[0], std::byte{'a'});
  EXPECT_EQ(other.data()[4095], std::byte{'a'});
  EXPECT_EQ(other.data()[4096], std::byte{0});
  EXPECT_EQ(other.data()[(1 << 20) - 1], std::byte{'z'});
}

TEST(SharedMemory, moves_with_its_mapping) {
  auto a = SharedMemory::create("test", 4096);
  *a.as<int>() = 1;
  SharedMemory b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_EQ(*b.as<int>(), 1);
  auto c = SharedMemory::create("test", 4096);
  c = std::move(b);
  EXPECT_EQ(*c.as<int>(), 1);
  EXPECT_EQ(c.size(), 4096u);
}

TEST(SharedMemory, unmapped_memory_is_held_and_not_looked_into) {
  auto memory = SharedMemory::create("test", 4096);
  const auto held = SharedMemory::unmapped(Fd(::fcntl(memory.fd(), F_DUPFD_CLOEXEC, 0)));
  EXPECT_FALSE(held);
  EXPECT_GE(held.fd(), 0);
}

TEST(SharedMemory, says_what_it_could_not_do) {
  EXPECT_EQ(testing::message_of<SystemError>([] { SharedMemory::open(Fd()); }),
            "cannot open shared memory: Bad file descriptor");
}

TEST(SharedMemory, a_file_opened_in_place_of_its_closed_descriptor_is_left_alone) {
  auto memory = SharedMemory::create("test", 4096);
  EXPECT_TRUE(memory.has_descriptor());
  const auto file = SharedMemory::create("file", 100);
  ASSERT_EQ(::dup2(file.fd(), memory.fd()), memory.fd());
  EXPECT_FALSE(memory.has_descriptor());
  EXPECT_THROW(memory.resize(1 << 20), SystemError);
  EXPECT_THROW(memory.remap(50), SystemError);
  EXPECT_EQ(memory.size(), 4096u);
  struct stat info {};
  ASSERT_EQ(::fstat(file.fd(), &info), 0);
  EXPECT_EQ(info.st_size, 100);
}

TEST(SharedMemory, is_not_inherited_by_programs_that_are_started) {
  const auto memory = SharedMemory::create("test", 4096);
  EXPECT_TRUE(::fcntl(memory.fd(), F_GETFD) & FD_CLOEXEC);
}

}  // namespace
}  // namespace mproc::base
