#include "mproc/exec/memory_group.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/temp_directory.hpp"

namespace mproc::exec {
namespace {

constexpr const char* no_limit = "9223372036854771712\n";

/// What a process sees of its control group, in a folder of the test's own.
class MemoryGroupTest : public ::testing::Test {
 protected:
  std::filesystem::path self() const { return dir_ / "self"; }
  std::filesystem::path vmstat() const { return dir_ / "vmstat"; }
  /// `root`: what of the hierarchy is mounted. `path`: the process's group in it.
  void first_version(const std::string& path, const std::string& root = "/") {
    testing::put_file(self() / "cgroup", "9:cpu,cpuacct:/elsewhere\n4:memory:" + path + "\n0::/unified\n");
    testing::put_file(self() / "mountinfo",
                      fmt::format("30 24 0:26 / {}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                                  "31 24 0:27 {} {}/mem rw,nosuid shared:9 - cgroup cgroup rw,memory\n"
                                  "32 24 0:28 / {}/unified rw - cgroup2 cgroup2 rw\n",
                                  dir_.path(), root, dir_.path(), dir_.path()));
  }
  void second_version(const std::string& path) {
    testing::put_file(self() / "cgroup", "0::" + path + "\n");
    testing::put_file(self() / "mountinfo",
                      fmt::format("32 24 0:28 / {}/v2 rw - cgroup2 cgroup2 rw\n", dir_.path()));
  }
  void put(const std::string& file, const std::string& text) { testing::put_file(dir_ / file, text); }

  testing::TempDirectory dir_;
};

TEST_F(MemoryGroupTest, of_version_1_has_the_least_limit_on_the_way_up) {
  first_version("/job/step");
  put("mem/memory.limit_in_bytes", no_limit);
  put("mem/job/memory.limit_in_bytes", "1073741824\n");
  put("mem/job/step/memory.limit_in_bytes", no_limit);
  put("mem/job/step/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  const MemoryGroup group(self());
  EXPECT_EQ(group.limit(), std::uint64_t{1} << 30);
  EXPECT_EQ(group.kills(), 3u);
}

TEST_F(MemoryGroupTest, of_version_2_says_max_for_no_limit) {
  second_version("/user/job");
  put("v2/user/memory.max", "max\n");
  put("v2/user/job/memory.max", "max\n");
  put("v2/user/job/memory.events", "low 0\noom 9\noom_kill 2\n");
  const MemoryGroup group(self());
  EXPECT_EQ(group.limit(), std::nullopt);
  EXPECT_EQ(group.kills(), 2u);
  put("v2/user/memory.max", "4096\n");
  EXPECT_EQ(group.limit(), 4096u);
}

TEST_F(MemoryGroupTest, of_a_container_is_the_top_of_what_it_sees) {
  first_version("/docker/7", "/docker/7");
  put("mem/memory.limit_in_bytes", "5000000\n");
  EXPECT_EQ(MemoryGroup(self()).limit(), 5000000u);
  first_version("/docker/7", "/docker/8");
  EXPECT_EQ(MemoryGroup(self()).limit(), 5000000u);
}

TEST_F(MemoryGroupTest, where_there_is_none_nothing_is_known) {
  const MemoryGroup group(self());
  EXPECT_EQ(group.limit(), std::nullopt);
  EXPECT_EQ(group.kills(), std::nullopt);
}

TEST_F(MemoryGroupTest, kills_of_the_kernel_are_known_for_a_while) {
  put("vmstat", "pgfault 7\noom_kill 3\n");
  KernelKills kills(vmstat(), MemoryGroup(self()));
  EXPECT_EQ(kills.cause(), "");
  put("vmstat", "pgfault 7\noom_kill 4\n");
  EXPECT_EQ(kills.cause(), "killed by SIGKILL, it seems by the kernel's OOM killer") << "it may be another's";
  kills.look(5'000'000'000);
  EXPECT_NE(kills.cause(), "") << "a death is heard of a moment after it";
  kills.look(5'500'000'000);
  EXPECT_NE(kills.cause(), "");
  kills.look(6'000'000'000);
  EXPECT_EQ(kills.cause(), "") << "another death, later, has another cause";
}

TEST_F(MemoryGroupTest, a_kill_in_the_own_group_is_named_with_the_groups_limit) {
  second_version("/job");
  put("vmstat", "oom_kill 3\n");
  put("v2/job/memory.events", "oom_kill 0\n");
  put("v2/job/memory.max", "104857600\n");
  const KernelKills kills(vmstat(), MemoryGroup(self()));
  put("vmstat", "oom_kill 4\n");
  put("v2/job/memory.events", "oom_kill 1\n");
  EXPECT_EQ(kills.cause(), "killed by the kernel's OOM killer (its cgroup may have 100 MiB)");
}

TEST_F(MemoryGroupTest, a_kill_elsewhere_on_the_node_is_not_one_in_the_group) {
  second_version("/job");
  put("vmstat", "oom_kill 3\n");
  put("v2/job/memory.events", "oom_kill 0\n");
  const KernelKills kills(vmstat(), MemoryGroup(self()));
  put("vmstat", "oom_kill 4\n");
  EXPECT_EQ(kills.cause(), "");
}

}  // namespace
}  // namespace mproc::exec
