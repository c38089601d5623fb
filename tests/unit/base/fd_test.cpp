#include "mproc/base/fd.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/temp_directory.hpp"

namespace mproc::base {
namespace {

namespace fs = std::filesystem;
using testing::TempDirectory;

template <class Action>
std::string error_of(Action&& action) {
  return testing::message_of<SystemError>(action);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, closes_what_it_owns) {
  int raw = -1;
  {
    const Fd fd(::open("/dev/null", O_RDONLY));
    raw = fd.get();
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(Fd, moves_and_releases) {
  Fd a(::open("/dev/null", O_RDONLY));
  const int raw = a.get();
  Fd b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_EQ(b.get(), raw);
  Fd& same = b;
  b = std::move(same);
  EXPECT_TRUE(is_open(raw));
  EXPECT_EQ(b.release(), raw);
  EXPECT_FALSE(b);
  EXPECT_TRUE(is_open(raw));
  ::close(raw);
}

TEST(ReadFile, gives_the_whole_content) {
  const TempDirectory dir;
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
  write_file_atomically(dir / "file", content);
  EXPECT_EQ(read_file(dir / "file"), content);
  write_file_atomically(dir / "file", "");
  EXPECT_EQ(read_file(dir / "file"), "");
}

TEST(ReadFile, reads_files_that_do_not_know_their_size) {
  EXPECT_FALSE(read_file("/proc/self/stat").empty());
}

TEST(ReadFile, names_the_file_it_cannot_read) {
  EXPECT_EQ(error_of([] { read_file("/nowhere/file"); }),
            "cannot open /nowhere/file: No such file or directory");
  EXPECT_EQ(error_of([] { read_file("/proc"); }), "cannot read /proc: Is a directory");
}

TEST(WriteFileAtomically, replaces_the_file_and_leaves_nothing_beside_it) {
  const TempDirectory dir;
  write_file_atomically(dir / "file", "old");
  write_file_atomically(dir / "file", "new");
  EXPECT_EQ(read_file(dir / "file"), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

TEST(WriteFileAtomically, names_the_place_it_cannot_write_to) {
  EXPECT_THAT(error_of([] { write_file_atomically("/nowhere/file", "x"); }),
              ::testing::MatchesRegex("cannot create /nowhere/file.*: No such file or directory"));
}

TEST(WriteFileAtomically, leaves_nothing_behind_when_it_fails) {
  const TempDirectory dir;
  fs::create_directory(dir / "taken");
  EXPECT_THAT(error_of([&] { write_file_atomically(dir / "taken", "x"); }),
              ::testing::StartsWith("cannot rename "));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

TEST(WriteFileAtomically, follows_the_umask) {
  const TempDirectory dir;
  const mode_t before = ::umask(027);
  write_file_atomically(dir / "file", "x");
  ::umask(before);
  EXPECT_EQ(fs::status(dir / "file").permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST(WriteFileAtomically, readers_see_the_old_or_the_new_content_never_a_part) {
  const TempDirectory dir;
  const std::string a(200'000, 'a'), b(200'000, 'b');
  write_file_atomically(dir / "file", a);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) write_file_atomically(dir / "file", i % 2 == 0 ? b : a);
    stop = true;
  });
  int torn = 0;
  while (!stop) {
    const std::string seen = read_file(dir / "file");
    if (seen != a && seen != b) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
}

TEST(WriteAll, repeats_short_writes) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const std::string content(1 << 20, 'x');  // far more than a pipe holds
  std::string got;
  std::thread reader([&] {
    std::array<char, 1000> buffer{};
    for (ssize_t n = 0; (n = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;)
      got.append(buffer.data(), static_cast<std::size_t>(n));
  });
  write_all(write_end.get(), view(content), "pipe");
  write_end.reset();
  reader.join();
  EXPECT_EQ(got, content);
}

TEST(WriteAll, names_what_it_was_writing) {
  EXPECT_EQ(error_of([] { write_all(-1, view("x"), "the journal"); }),
            "cannot write the journal: Bad file descriptor");
}

}  // namespace
}  // namespace mproc::base
