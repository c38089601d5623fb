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

TEST_F(Capture, cuts_what_is_beyond_the_limit_and_says_how_much) {
  print("0123456789");
  EXPECT_EQ(drain_capture(file_.get(), 10), "0123456789");
  print("0123456789abc");
  EXPECT_EQ(drain_capture(file_.get(), 10), "0123456789\n[mproc: 3 more bytes of output cut]\n");
  EXPECT_EQ(size(), 0);
}

TEST_F(Capture, keeps_64_KiB_of_a_task) {
  print(std::string(capture_limit + 1, 'x'));
  const std::string text = drain_capture(file_.get());
  EXPECT_EQ(text, std::string(64 * 1024, 'x') + "\n[mproc: 1 more bytes of output cut]\n");
}

}  // namespace
}  // namespace mproc::exec
