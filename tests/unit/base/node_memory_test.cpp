#include "mproc/base/node_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "mproc/base/error.hpp"
#include "support/process.hpp"

namespace mproc::base {
namespace {

using namespace std::chrono_literals;

NodeMemory filled(std::string_view text) {
  auto memory = NodeMemory::create(text.size());
  memory.write(view(text.substr(0, text.size() / 2)));
  memory.write(view(text.substr(text.size() / 2)));
  return memory;
}

TEST(NodeMemory, is_read_by_other_processes_of_the_node) {
  const auto memory = filled("abcdefg");
  const MemoryAddress address = memory.address();
  testing::Child reader([&] {
    const auto found = NodeMemory::open(address);
    return found && text(ReadOnlyMapping(*found).bytes()) == "abcdefg" ? 0 : 1;
  });
  EXPECT_EQ(reader.wait(), 0);
}

TEST(NodeMemory, is_passed_on_by_whoever_has_opened_it) {
  auto memory = std::make_optional(filled("abc"));
  const auto second = NodeMemory::open(memory->address());
  ASSERT_TRUE(second);
  memory.reset();
  const auto third = NodeMemory::open(second->address());
  ASSERT_TRUE(third);
  EXPECT_EQ(text(ReadOnlyMapping(*third).bytes()), "abc");
}

TEST(NodeMemory, waits_for_pages_that_the_kernel_has_in_hand) {
  auto memory = NodeMemory::create(6000);
  memory.write(Bytes(5000));
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  const Fd out(pipe[0]), in(pipe[1]);
  loff_t from = 0;
  ASSERT_EQ(::splice(memory.fd(), &from, in.get(), nullptr, 4096, 0), 4096);  // holds a page
  std::thread reader([&] {
    std::this_thread::sleep_for(500ms);  // longer than the kernel itself waits
    Bytes page(4096);
    EXPECT_EQ(::read(out.get(), page.data(), page.size()), 4096);
  });
  EXPECT_NO_THROW(memory.write(Bytes(1000)));
  reader.join();
  EXPECT_NE(::fcntl(memory.fd(), F_GET_SEALS) & F_SEAL_WRITE, 0);
}

TEST(NodeMemory, cannot_be_changed_once_it_is_full) {
  const auto memory = filled("abc");
  const Fd again(::open(("/proc/self/fd/" + std::to_string(memory.fd())).c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(again);
  EXPECT_EQ(::pwrite(again.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(again.get(), 0), -1);
  EXPECT_EQ(::mmap(nullptr, 3, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0), MAP_FAILED);
  const ReadOnlyMapping mapping(memory);
  EXPECT_EQ(::mprotect(const_cast<std::byte*>(mapping.bytes().data()), 3, PROT_READ | PROT_WRITE), -1);
}

TEST(NodeMemory, is_not_found_where_something_else_is_or_while_it_is_being_filled) {
  auto memory = NodeMemory::create(2);
  EXPECT_FALSE(NodeMemory::open(memory.address()));
  memory.write(view("ab"));
  EXPECT_TRUE(NodeMemory::open(memory.address()));
  MemoryAddress address = memory.address();
  address.label += "x";
  EXPECT_FALSE(NodeMemory::open(address));
  const auto other = filled("cd");
  address = memory.address();
  address.fd = other.fd();
  EXPECT_FALSE(NodeMemory::open(address));
  address.pid = 1 << 30;
  EXPECT_FALSE(NodeMemory::open(address));
}

TEST(NodeMemory, may_be_empty) {
  const auto memory = NodeMemory::create(0);
  EXPECT_TRUE(memory.is_complete());
  const auto found = NodeMemory::open(memory.address());
  ASSERT_TRUE(found);
  EXPECT_TRUE(ReadOnlyMapping(*found).bytes().empty());
}

TEST(NodeMemory, is_read_at_any_place) {
  const auto memory = filled("abcdefg");
  std::string part(3, '\0');
  memory.read(2, reinterpret_cast<std::byte*>(part.data()), part.size());
  EXPECT_EQ(part, "cde");
  EXPECT_THROW(memory.read(6, reinterpret_cast<std::byte*>(part.data()), part.size()), SystemError);
}

}  // namespace
}  // namespace mproc::base
