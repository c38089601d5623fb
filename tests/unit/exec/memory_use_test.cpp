#include "mproc/exec/memory_use.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/eventually.hpp"
#include "support/temp_directory.hpp"

namespace mproc::exec {
namespace {

/// A /proc of the test's own. Memory in pages.
class MemoryUseTest : public ::testing::Test {
 protected:
  void process(pid_t pid, pid_t parent, pid_t group, std::uint64_t anonymous, std::uint64_t share_kb = 0) {
    const auto folder = proc_ / std::to_string(pid);
    testing::put_file(folder / "stat", fmt::format("{} (a) name) S {} {} 1 0", pid, parent, group));
    testing::put_file(folder / "statm", fmt::format("9999 {} 70 1 0 500 0", anonymous + 70));
    testing::put_file(folder / "smaps_rollup",
                      fmt::format("[rollup]\nRss: 1 kB\nPss_Anon:   {} kB\nPss_File: 9 kB\n", share_kb));
  }
  void newest(pid_t pid) { testing::put_file(proc_ / "loadavg", fmt::format("0.1 0.2 0.3 1/99 {}\n", pid)); }
  std::uint64_t pages(std::uint64_t bytes) const {
    return bytes / static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }

  testing::TempDirectory proc_;
  MemoryUse use_{proc_.path()};
};

TEST_F(MemoryUseTest, counts_a_process_with_its_group_and_all_that_descends_from_it) {
  process(10, 2, 10, 100);
  process(11, 10, 10, 20);   // a child
  process(12, 11, 12, 3);    // of that one, in a group of its own
  process(13, 2, 10, 1000);  // its parent has ended
  process(20, 2, 20, 50000);
  process(21, 20, 20, 50000);
  newest(21);
  EXPECT_EQ(pages(use_.of(10, std::uint64_t{1} << 40)), 1123u);
  EXPECT_EQ(use_.processes(10), 4u);
}

TEST_F(MemoryUseTest, a_new_process_is_found_and_one_that_has_ended_is_none) {
  process(10, 2, 10, 100);
  newest(10);
  EXPECT_EQ(pages(use_.of(10, std::uint64_t{1} << 40)), 100u);
  process(30, 10, 10, 7);
  newest(30);
  EXPECT_TRUE(testing::eventually([&] { return pages(use_.of(10, std::uint64_t{1} << 40)) == 107; }));
  std::filesystem::remove_all(proc_ / "30");
  EXPECT_EQ(pages(use_.of(10, std::uint64_t{1} << 40)), 100u);
}

TEST_F(MemoryUseTest, beyond_the_limit_what_processes_share_counts_once) {
  const std::uint64_t page_kb = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  process(10, 2, 10, 100, 50 * page_kb);
  process(11, 10, 10, 100, 55 * page_kb);
  newest(11);
  EXPECT_EQ(pages(use_.of(10, std::uint64_t{1} << 40)), 200u) << "no need to look closer";
  EXPECT_EQ(pages(use_.of(10, 150 * page_kb * 1024)), 105u);
  process(11, 10, 10, 100, 30 * page_kb);
  EXPECT_EQ(pages(use_.of(10, 150 * page_kb * 1024)), 100u) << "never less than its leader alone";
}

}  // namespace
}  // namespace mproc::exec
