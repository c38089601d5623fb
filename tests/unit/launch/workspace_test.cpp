// The launcher's own pieces, which no header offers.
#include "../../../libmproc/src/launch/workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::launch {
namespace {

namespace fs = std::filesystem;

class WorkspaceTest : public ::testing::Test {
 protected:
  WorkspaceTest() { ::setenv("TMPDIR", tmp_.path().c_str(), 1); }
  ~WorkspaceTest() override { ::unsetenv("TMPDIR"); }
  fs::path make(const std::string& name) const {
    fs::create_directories(tmp_ / name / "inside");
    std::ofstream(tmp_ / name / "inside" / "file") << "content";
    return tmp_ / name;
  }
  /// As a launcher of that pid would name it.
  static std::string name_for(pid_t pid) {
    const std::string own = Workspace().files().filename();
    const std::string start = fmt::format("mproc-{}-{}-", ::getuid(), ::getpid());
    EXPECT_TRUE(own.starts_with(start)) << own;
    return fmt::format("mproc-{}-{}-{}", ::getuid(), pid, own.substr(start.size()));
  }
  static pid_t pid_of_nobody() {
    mproc::testing::Child child([] { return 0; });
    const pid_t pid = child.pid();
    EXPECT_EQ(child.wait(), 0);
    return pid;
  }
  mproc::testing::TempDirectory tmp_;
};

TEST_F(WorkspaceTest, is_private_and_removed_with_all_that_is_in_it) {
  fs::path files, segments;
  {
    const Workspace workspace;
    files = workspace.files();
    segments = workspace.segments();
    EXPECT_EQ(files.parent_path(), fs::path(tmp_.path()));
    EXPECT_TRUE(fs::is_directory(segments));
    struct stat info {};
    ASSERT_EQ(::stat(files.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    fs::create_directories(files / "a" / "b");
    std::ofstream(files / "a" / "b" / "c") << "content";
    std::ofstream(segments / "segment") << "content";
  }
  EXPECT_FALSE(fs::exists(files));
  EXPECT_FALSE(fs::exists(segments));
}

TEST_F(WorkspaceTest, removes_what_dead_launchers_have_left) {
  const auto left = make(name_for(pid_of_nobody()));
  const Workspace workspace;
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(WorkspaceTest, leaves_what_is_of_living_launchers_or_not_a_launchers_at_all) {
  const auto living = make(name_for(::getppid()));
  const auto other = make("mproc-files");
  const auto odd = make(fmt::format("mproc-{}-x", ::getuid()));
  const auto foreign = make(fmt::format("mproc-{}-{}-abcdef", ::getuid() + 1, pid_of_nobody()));
  const auto elsewhere = make(fmt::format("mproc-{}-{}-01234567-abcdef", ::getuid(), pid_of_nobody()));
  { const Workspace workspace; }
  for (const auto& path : {living, other, odd, foreign, elsewhere})
    EXPECT_TRUE(fs::exists(path / "inside" / "file")) << path;
}

TEST_F(WorkspaceTest, a_link_that_looks_like_one_does_not_lead_to_what_it_points_at) {
  const auto precious = make("precious");
  fs::create_directory_symlink(precious, tmp_ / name_for(pid_of_nobody()));
  { const Workspace workspace; }
  EXPECT_TRUE(fs::exists(precious / "inside" / "file"));
}

TEST_F(WorkspaceTest, names_the_place_where_it_cannot_be_made) {
  ::setenv("TMPDIR", "/nowhere", 1);
  EXPECT_EQ(mproc::testing::message_of<base::SystemError>([] { const Workspace workspace; }),
            "cannot make a directory in /nowhere: No such file or directory");
}

}  // namespace
}  // namespace mproc::launch
