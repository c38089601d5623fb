#include "mproc/base/shared_bytes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"

namespace mproc::base {
namespace {

SharedBytes text_in(SharedPool& pool, const std::string& content) {
  return pool.copy({view(content)});
}

/// What another process would open.
Fd reopened(const SharedBytes& bytes) {
  return Fd(::open(("/proc/self/fd/" + std::to_string(bytes.fd())).c_str(), O_RDONLY | O_CLOEXEC));
}

SharedBytes opened(const SharedBytes& bytes) {
  return SharedBytes::open(reopened(bytes), bytes.offset(), bytes.size());
}

ino_t inode(const SharedBytes& bytes) {
  struct stat info {};
  EXPECT_EQ(::fstat(bytes.fd(), &info), 0);
  return info.st_ino;
}

TEST(SharedBytes, are_the_pieces_one_behind_the_other) {
  SharedPool pool;
  const SharedBytes bytes = pool.copy({view("one "), view(""), view("two")});
  EXPECT_EQ(text(bytes.view()), "one two");
  EXPECT_EQ(text(bytes.part(4, 3).view()), "two");
  EXPECT_EQ(text(opened(bytes).view()), "one two");
}

TEST(SharedBytes, are_aligned_where_it_was_asked_for) {
  SharedPool pool;
  for (const std::uint64_t phase : {0u, 1u, 63u, 64u, 100u}) {
    const SharedBytes bytes = pool.copy({view(std::string(200, 'x'))}, phase);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.view().data() + phase) % 64, 0u) << phase;
  }
}

TEST(SharedBytes, cannot_be_changed_by_who_gets_them) {
  SharedPool pool;
  const SharedBytes bytes = text_in(pool, "content");
  const auto copy = opened(bytes).private_copy();
  std::memcpy(copy.get(), "CHANGED", 7);
  EXPECT_EQ(text(bytes.view()), "content");
  EXPECT_EQ(text({copy.get(), 7}), "CHANGED");
  EXPECT_LT(::write(reopened(bytes).get(), "x", 1), 0);
}

TEST(SharedBytes, of_another_size_than_said_are_refused) {
  SharedPool pool;
  const SharedBytes bytes = text_in(pool, std::string(5000, 'x'));
  EXPECT_THROW(SharedBytes::open(reopened(bytes), 0, std::uint64_t{1} << 40), DecodeError);
  EXPECT_THROW(SharedBytes::open(reopened(bytes), std::uint64_t{1} << 40, 1), DecodeError);
  EXPECT_THROW(SharedBytes::open(Fd(), 0, 1), SystemError);
}

TEST(SharedPool, takes_up_memory_that_nobody_holds) {
  SharedPool pool;
  const ino_t first = inode(text_in(pool, "a"));
  EXPECT_EQ(inode(text_in(pool, "b")), first);
}

TEST(SharedPool, leaves_memory_to_those_who_hold_it) {
  SharedPool pool;
  const SharedBytes held = text_in(pool, "held");
  EXPECT_NE(inode(text_in(pool, "b")), inode(held));
  EXPECT_EQ(text(held.view()), "held");
}

TEST(SharedPool, leaves_memory_to_another_opener_of_it) {
  SharedPool pool;
  SharedBytes bytes = text_in(pool, "held");
  const ino_t first = inode(bytes);
  SharedBytes other = opened(bytes);
  bytes = {};
  EXPECT_NE(inode(text_in(pool, "b")), first);
  EXPECT_EQ(text(other.view()), "held");
  other = {};
  EXPECT_EQ(inode(text_in(pool, "c")), first);
}

TEST(SharedPool, leaves_memory_to_a_mapping_whose_descriptor_is_closed) {
  SharedPool pool;
  SharedBytes bytes = text_in(pool, "mapped");
  const ino_t first = inode(bytes);
  auto copy = opened(bytes).private_copy();
  bytes = {};
  EXPECT_NE(inode(text_in(pool, "b")), first);
  EXPECT_EQ(text({copy.get(), 6}), "mapped");
  copy.reset();
  EXPECT_EQ(inode(text_in(pool, "c")), first);
}

TEST(SharedPool, takes_up_what_a_dead_process_held) {
  SharedPool pool;
  SharedBytes bytes = text_in(pool, "x");
  const ino_t first = inode(bytes);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd here(ends[0]);
  Fd there(ends[1]);
  testing::Child child([&] {
    const SharedBytes own = opened(bytes);
    char byte = 'h';
    (void)!::write(there.get(), &byte, 1);
    (void)!::read(there.get(), &byte, 1);  // until it is let go
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(::read(here.get(), &byte, 1), 1);
  bytes = {};
  EXPECT_NE(inode(text_in(pool, "b")), first);
  ASSERT_EQ(::write(here.get(), &byte, 1), 1);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(inode(text_in(pool, "c")), first);
}

TEST(SharedPool, gives_back_what_was_not_taken_up_for_a_while) {
  SharedPool pool;
  const auto any_memory = [] {
    std::ifstream maps("/proc/self/maps");
    return std::string(std::istreambuf_iterator<char>(maps), {}).find("mproc-bytes") != std::string::npos;
  };
  text_in(pool, "x");
  pool.trim();
  EXPECT_TRUE(any_memory());
  pool.trim();
  EXPECT_FALSE(any_memory());
}

}  // namespace
}  // namespace mproc::base
