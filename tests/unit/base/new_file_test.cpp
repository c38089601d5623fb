#include "mproc/base/new_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::base {
namespace {

TEST(NewFile, takes_the_place_of_the_old_one_when_it_is_told_to) {
  const mproc::testing::TempDirectory temp;
  mproc::testing::put_file(temp / "file", "old");
  NewFile file(temp / "file");
  ASSERT_TRUE(file);
  write_all(file.fd(), view("new"), file.name());
  EXPECT_EQ(read_file(temp / "file"), "old");
  file.replace();
  EXPECT_EQ(read_file(temp / "file"), "new");
  struct stat info {};
  ASSERT_EQ(::stat((temp / "file").c_str(), &info), 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(info.st_mode & 0777, 0666 & ~mask);
}

TEST(NewFile, leaves_nothing_when_it_is_given_up_or_its_process_is_killed) {
  const mproc::testing::TempDirectory temp;
  {
    const NewFile file(temp / "file");
    write_all(file.fd(), view("a part"), file.name());
  }
  mproc::testing::Child child([&] {
    const NewFile file(temp / "file");
    write_all(file.fd(), view("a part"), file.name());
    return ::raise(SIGKILL);
  });
  EXPECT_EQ(child.wait(), -SIGKILL);
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(NewFile, says_why_it_cannot_be) {
  const NewFile file("/nowhere/file");
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(file);
}

}  // namespace
}  // namespace mproc::base
