// A driver's session: client, central and workers in one thread, with a kernel in place of executors.
#include "mproc/run/driver_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>

#include "mproc/base/unix_socket.hpp"
#include "mproc/run/driver_client.hpp"
#include "mproc/run/outcome_parts.hpp"
#include "session.hpp"

namespace mproc::run {
namespace {

using ::testing::HasSubstr;
using testing::Kernel;
using testing::Raise;
using testing::Ranks;

class DriverRunTest : public ::testing::Test {
 protected:
  void start(int workers, const Kernel& kernel) {
    ranks_.emplace(workers, kernel);
    const auto path = dir_ / "driver";
    const base::Fd listener = base::listen_at(path, SOCK_SEQPACKET);
    link_.emplace(DriverLink::connect(path.string(), bell_memory_));
    client_.emplace(base::Fd(::accept(listener.get(), nullptr, nullptr)));
    run_.emplace(*link_, ranks_->environment(), std::vector<std::pair<std::string, std::string>>{});
    EXPECT_TRUE(until([&] { return client_->executors() == static_cast<std::uint32_t>(workers); }));
  }
  template <class Condition>
  bool until(Condition&& condition) {
    return ranks_->until(*run_, [&] {
      client_->step();
      return condition();
    });
  }
  std::uint32_t open(const DriverClient::MapOptions& options = {}) {
    return client_->open({}, options, [this](const wire::TaskOutcomes& origin, base::ByteView bytes) {
      base::ByteView values;
      const auto block = base::decode_block_header(bytes, values);
      for (std::uint32_t i = 0; i < block.tasks.count; ++i) ++seen_[origin.map][block.tasks.first + i];
      for (const auto& failed : failures_in(block, values))
        failures_[origin.map][block.tasks.first + failed.position] = failed.failure.summary();
    });
  }
  /// Items that are the tasks' own numbers, which the kernel expects.
  bool give(std::uint32_t map, std::uint64_t first, std::uint64_t count) {
    base::Bytes items;
    std::vector<std::uint64_t> ends;
    for (std::uint64_t i = 0; i < count; ++i) {
      base::pack_to(items, first + i);
      ends.push_back(items.size());
    }
    return client_->give(map, ends, items);
  }
  void expect_each_once(std::uint32_t map, std::uint64_t tasks) {
    EXPECT_EQ(seen_[map].size(), tasks);
    for (const auto& [task, times] : seen_[map]) EXPECT_EQ(times, 1) << task;
  }
  static std::uint64_t same(std::uint64_t task, std::uint32_t) { return task; }

  mproc::testing::TempDirectory dir_;
  base::SharedMemory bell_memory_ = base::SharedMemory::create("bell", 4096);
  std::optional<Ranks> ranks_;
  std::optional<DriverLink> link_;
  std::optional<DriverClient> client_;
  std::optional<DriverRun> run_;
  std::map<std::uint32_t, std::map<std::uint64_t, int>> seen_;
  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> failures_;
};

TEST_F(DriverRunTest, a_map_gets_every_outcome_once) {
  start(3, same);
  const auto map = open({.total = 5000});
  EXPECT_TRUE(give(map, 0, 2000));
  EXPECT_TRUE(give(map, 2000, 3000));
  client_->close(map);
  EXPECT_TRUE(until([&] { return client_->is_done(map); }));
  expect_each_once(map, 5000);
}

TEST_F(DriverRunTest, several_maps_are_under_way_at_once) {
  start(2, same);
  std::vector<std::uint32_t> maps;
  for (const std::uint64_t tasks : {10, 500, 0, 77}) {
    maps.push_back(open());
    if (tasks > 0) give(maps.back(), 0, tasks);
    client_->close(maps.back());
  }
  for (const auto map : maps) EXPECT_TRUE(until([&] { return client_->is_done(map); })) << map;
  expect_each_once(maps[0], 10);
  expect_each_once(maps[1], 500);
  expect_each_once(maps[2], 0);
  expect_each_once(maps[3], 77);
}

TEST_F(DriverRunTest, items_may_come_one_by_one_each_after_the_outcome_of_the_last) {
  start(2, same);
  const auto map = open();
  for (std::uint64_t task = 0; task < 100; ++task) {
    EXPECT_TRUE(give(map, task, 1));
    EXPECT_TRUE(until([&] { return seen_[map].contains(task); }));
    EXPECT_FALSE(client_->is_done(map));
  }
  client_->close(map);
  EXPECT_TRUE(until([&] { return client_->is_done(map); }));
}

TEST_F(DriverRunTest, failures_are_outcomes_and_retries_are_not_seen) {
  start(2, [](std::uint64_t task, std::uint32_t attempt) -> std::uint64_t {
    if (task == 3 || (task == 4 && attempt == 0)) throw Raise{"bad"};
    return task;
  });
  const auto map = open({.retries = 1});
  give(map, 0, 10);
  client_->close(map);
  EXPECT_TRUE(until([&] { return client_->is_done(map); }));
  expect_each_once(map, 10);
  EXPECT_EQ(failures_[map].size(), 1u);
  EXPECT_EQ(failures_[map][3], "ValueError: bad");
}

TEST_F(DriverRunTest, a_cancelled_map_is_done_and_leaves_the_others_alone) {
  bool stop = false;
  start(2, [&](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 5) stop = true;
    return task;
  });
  const auto cancelled = open({.chunk = 1}), other = open();
  give(cancelled, 0, 100'000);
  EXPECT_TRUE(until([&] { return stop; }));
  client_->cancel(cancelled);
  give(other, 0, 1000);
  client_->close(other);
  EXPECT_TRUE(until([&] { return client_->is_done(cancelled) && client_->is_done(other); }));
  expect_each_once(other, 1000);
  EXPECT_LT(seen_[cancelled].size(), 100'000u);
  EXPECT_TRUE(until([&] { return run_->central().outstanding() == 0; }));
}

TEST_F(DriverRunTest, takes_no_more_items_than_are_good_for_centrals_memory) {
  start(1, same);
  const auto map = open();
  std::uint64_t given = 0;
  while (given < 100'000'000 && give(map, given, 100'000)) given += 100'000;
  EXPECT_LT(given, 10'000'000u);
  EXPECT_TRUE(until([&] { return give(map, given, 1); })) << "room again when outcomes have come";
}

TEST_F(DriverRunTest, a_lost_worker_costs_no_outcome) {
  start(3, same);
  const auto map = open({.chunk = 10});
  give(map, 0, 3000);
  client_->close(map);
  EXPECT_TRUE(until([&] { return seen_[map].size() > 100; }));
  ranks_->kill(base::Rank{2});
  EXPECT_TRUE(until([&] { return client_->is_done(map); }));
  expect_each_once(map, 3000);
  EXPECT_EQ(client_->executors(), 2u);
}

TEST_F(DriverRunTest, ends_when_the_driver_goes) {
  start(1, same);
  const auto map = open();
  give(map, 0, 10);
  client_.reset();
  EXPECT_TRUE(ranks_->until(*run_, [&] { return run_->finished(); }));
  EXPECT_EQ(run_->result().status, base::ExitStatus::success);
}

TEST_F(DriverRunTest, when_the_session_goes_the_driver_is_told_why) {
  start(1, same);
  ranks_->kill(base::Rank{1});
  EXPECT_TRUE(ranks_->until(*run_, [&] { return run_->finished(); }));
  run_.reset();
  link_.reset();
  try {
    client_->wait_until([] { return false; });
    ADD_FAILURE() << "no exception";
  } catch (const base::SystemError& e) {
    EXPECT_THAT(e.what(), HasSubstr("the session has ended: no worker rank is left"));
  }
}

}  // namespace
}  // namespace mproc::run
