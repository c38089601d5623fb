#include "mproc/exec/capture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace mproc::exec {
namespace {

class Capture : public ::testing::Test {
 protected:
  Capture() { ::fcntl(file_.get(), F_SETFL, O_APPEND); }
  void print(std::string_view text) const { base::write_all(file_.get(), base::view(text), "capture"); }
  off_t size() const {
    struct stat info {};
    ::fstat(file_.get(), &info);
    return info.st_size;
  }
  off_t blocks() const {
    struct stat info {};
    ::fstat(file_.get(), &info);
    return info.st_blocks;
  }
  base::Fd file_{::memfd_create("capture", MFD_CLOEXEC)};
};

TEST_F(Capture, gives_what_was_printed_once) {
  EXPECT_EQ(drain_capture(file_.get()), "");
  print("one\n");
  print("two\n");
  EXPECT_EQ(drain_capture(file_.get()), "one\ntwo\n");
  EXPECT_EQ(drain_capture(file_.get()), "");
  print("three\n");
  EXPECT_EQ(drain_capture(file_.get()), "three\n");
}

TEST_F(Capture, keeps_text_with_zero_bytes) {
  print(std::string_view("a\0b", 3));
  EXPECT_EQ(drain_capture(file_.get()), std::string("a\0b", 3));
}

TEST_F(Capture, keeps_the_beginning_and_the_end_and_says_how_much_is_cut) {
  print("0123456789");
  EXPECT_EQ(drain_capture(file_.get(), 10), "0123456789");
  print("0123456789abc");
  EXPECT_EQ(drain_capture(file_.get(), 10), "01234\n[mproc: 3 bytes of output cut]\n89abc");
  EXPECT_EQ(size(), 0);
}

TEST_F(Capture, keeps_64_KiB_of_a_task) {
  print(std::string(capture_limit / 2, 'x') + "cut" + std::string(capture_limit / 2, 'y'));
  const std::string half(32 * 1024, 'x'), other(32 * 1024, 'y');
  EXPECT_EQ(drain_capture(file_.get()), half + "\n[mproc: 3 bytes of output cut]\n" + other);
}

TEST_F(Capture, memory_of_what_will_be_cut_can_be_had_back_early) {
  const std::string megabyte(1 << 20, 'x');
  print("begin");
  for (int i = 0; i < 8; ++i) {
    print(megabyte);
    trim_capture(file_.get());
  }
  EXPECT_LT(blocks() * 512, 2 << 20);
  print("end");
  const std::string text = drain_capture(file_.get());
  EXPECT_TRUE(text.starts_with("beginxxx") && text.ends_with("xxxend"));
  EXPECT_NE(text.find("[mproc: 8323080 bytes of output cut]"), text.npos);
  EXPECT_EQ(text.find('\0'), text.npos);
}

TEST_F(Capture, nothing_is_taken_of_what_will_be_kept) {
  const std::string text(capture_limit, 'x');
  print(text);
  trim_capture(file_.get());
  EXPECT_EQ(drain_capture(file_.get()), text);
}

}  // namespace
}  // namespace mproc::exec
