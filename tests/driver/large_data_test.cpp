// Arrays that travel in shared memory, through the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <vector>

#include "mproc/job/ndarray.hpp"
#include "mproc/run/outcome_parts.hpp"
#include "support/driver_session.hpp"
#include "support/temp_directory.hpp"

namespace mproc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t large = std::size_t{1} << 17;  // doubles: a MiB

/// A session with one function f over arrays of doubles.
class LargeDataTest : public ::testing::Test {
 protected:
  void start(int executors, const std::string& code, std::uint32_t retries = 0) {
    session_ = std::make_unique<testing::DriverSession>(std::getenv("MPROC"), executors);
    auto& client = session_->client();
    client.init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code", "import numpy\n" + code});
    job::MapSpec spec;
    spec.function = "f";
    map_ = client.open(spec, {.retries = retries},
                       [this](const wire::TaskOutcomes&, const base::PayloadView& block) { take(block); });
  }
  /// An array of `count` doubles, all of them `value`.
  void give(double value, std::size_t count = large) {
    const std::vector<double> content(count, value);
    base::Bytes item;
    job::append_ndarray(item, "<f8", std::vector<std::uint64_t>{count}, std::as_bytes(std::span(content)));
    session_->client().wait_until([&] { return session_->client().give(map_, {item.size()}, item); });
  }
  void finish() {
    session_->client().close(map_);
    session_->client().wait_until([&] { return session_->client().is_done(map_); });
  }

  /// The one number that a task's result is full of.
  std::map<std::uint64_t, double> results_;
  std::vector<std::string> failures_;

 private:
  void take(const base::PayloadView& bytes) {
    base::ByteView values;
    const auto block = base::decode_block_header(bytes, values);
    for (const auto& failed : run::failures_in(block, values)) failures_.push_back(failed.failure.summary());
    if (!block.failed.empty()) return;
    std::size_t offset = 0;
    for (std::uint64_t i = 0; i < block.tasks.count; ++i) {
      const auto value = base::unpack_value(values, offset);
      const auto& ext = value.get().via.ext;
      const auto array = job::decode_ndarray({reinterpret_cast<const std::byte*>(ext.data()), ext.size});
      const std::size_t count = array.data.size() / sizeof(double);
      const auto at = [&](std::size_t position) {
        double number = 0;
        std::memcpy(&number, array.data.data() + position * sizeof number, sizeof number);
        return number;
      };
      std::size_t other = 0;
      for (std::size_t k = 1; k < count; ++k) other += at(k) != at(0) ? 1 : 0;
      EXPECT_EQ(other, 0u);
      results_[block.tasks.first + i] = at(0);
    }
  }

  std::unique_ptr<testing::DriverSession> session_;
  std::uint32_t map_ = 0;
};

TEST_F(LargeDataTest, arrays_go_there_and_come_back) {
  start(2, "def f(a): return a * 2");
  for (int i = 0; i < 40; ++i) give(i);
  finish();
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(results_.size(), 40u);
  for (const auto& [task, value] : results_) EXPECT_EQ(value, 2.0 * static_cast<double>(task));
}

TEST_F(LargeDataTest, what_a_task_writes_into_its_array_is_not_seen_by_its_retry) {
  const testing::TempDirectory dir;
  start(1,
        "import os\n"
        "def f(a):\n"
        "    a += 1\n"
        "    if not os.path.exists('" +
            (dir / "tried").string() +
            "'):\n"
            "        open('" +
            (dir / "tried").string() +
            "', 'w')\n"
            "        raise ValueError('once more')\n"
            "    return a\n",
        1);
  give(5);
  finish();
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(results_[0], 6);
}

TEST_F(LargeDataTest, an_array_that_a_task_keeps_stays_as_it_is) {
  start(1,
        "kept = []\n"
        "def f(a):\n"
        "    kept.append(a)\n"
        "    return numpy.full(len(a), float(all((k == i).all() for i, k in enumerate(kept))))\n");
  for (int i = 0; i < 30; ++i) give(i);
  finish();
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(results_.size(), 30u);
  for (const auto& [task, right] : results_) EXPECT_EQ(right, 1) << task;
}

TEST_F(LargeDataTest, an_array_that_is_returned_by_every_task_gives_each_its_own_content) {
  start(1,
        "buffer = numpy.zeros(1 << 17)\n"
        "def f(a):\n"
        "    buffer[:] = a[0]\n"
        "    return buffer\n");
  for (int i = 0; i < 20; ++i) give(i, 1);
  finish();
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(results_.size(), 20u);
  for (const auto& [task, value] : results_) EXPECT_EQ(value, static_cast<double>(task));
}

TEST_F(LargeDataTest, results_outlive_the_executor_that_made_them) {
  start(1,
        "import os\n"
        "def f(a):\n"
        "    if a[0] == 3: os.kill(os.getpid(), 9)\n"
        "    return a\n");
  for (int i = 0; i < 8; ++i) give(i);
  finish();
  EXPECT_EQ(results_.size(), 7u);
  for (const auto& [task, value] : results_) EXPECT_EQ(value, static_cast<double>(task));
  EXPECT_THAT(failures_, ElementsAre(::testing::HasSubstr("killed by SIGKILL")));
}

TEST_F(LargeDataTest, an_executor_without_descriptors_fails_large_items_and_still_gives_large_results) {
  start(1,
        "import os, resource\n"
        "def f(a):\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "    try:\n"
        "        while True: os.dup(0)\n"
        "    except OSError: return numpy.full(1 << 17, a[0])\n");
  give(1, 1);
  give(2);
  give(3, 1);
  finish();
  EXPECT_EQ(results_, (std::map<std::uint64_t, double>{{0, 1.0}, {2, 3.0}}));
  EXPECT_THAT(failures_, ElementsAre(::testing::HasSubstr("the item is too large for this executor: ")));
}

class VeryLargeDataTest : public LargeDataTest {};

TEST_F(VeryLargeDataTest, an_array_of_three_gibibytes_goes_there_and_comes_back) {
  start(1,
        "def f(a):\n"
        "    a += 1\n"
        "    return a\n");
  give(1, std::size_t{3} << 27);
  finish();
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(results_[0], 2);
}

}  // namespace
}  // namespace mproc
