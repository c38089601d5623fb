// A C++ driver and the real program: launcher, mpirun, central, workers, executors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <numeric>

#include "driver_session_test.hpp"
#include "mproc/base/msgpack.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"

namespace mproc {
namespace {

using ::testing::HasSubstr;

TEST_F(DriverSessionTest, maps_python_functions_of_init_code) {
  testing::DriverSession session(std::getenv("MPROC"), 2);
  session.client().init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code",
                         "def square(x):\n    if x == 7: raise ValueError('seven')\n    return x * x\n"});
  map(session.client(), function("square"), 20'000);
  EXPECT_EQ(results_.size(), 19'999u);
  for (const auto& [task, result] : results_) EXPECT_EQ(result, task * task);
  EXPECT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[7], "ValueError: seven");
}

TEST_F(DriverSessionTest, a_function_that_is_not_there_fails_its_tasks_and_the_session_goes_on) {
  testing::DriverSession session(std::getenv("MPROC"), 2);
  map(session.client(), function("nowhere"), 10);
  EXPECT_EQ(failures_.size(), 10u);
  EXPECT_THAT(failures_[3], HasSubstr("nowhere"));
  failures_.clear();
  map(session.client(), function("math:isqrt"), 100);
  EXPECT_EQ(results_.size(), 100u);
  EXPECT_EQ(results_[81], 9u);
  EXPECT_TRUE(failures_.empty());
}

TEST_F(DriverSessionTest, a_crash_costs_its_task) {
  testing::DriverSession session(std::getenv("MPROC"), 2);
  session.client().init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code",
                         "import os\ndef f(x):\n    if x == 5: os.kill(os.getpid(), 11)\n    return x\n"});
  map(session.client(), function("f"), 200);
  EXPECT_EQ(results_.size(), 199u);
  EXPECT_THAT(failures_[5], HasSubstr("killed by SIGSEGV"));
  map(session.client(), function("f"), 5);
  EXPECT_EQ(failures_.size(), 1u) << "executors that were made since know both maps";
}

TEST_F(DriverSessionTest, an_outcome_is_seen_while_the_next_task_of_its_executor_runs) {
  testing::DriverSession session(std::getenv("MPROC"), 1);
  const testing::TempDirectory dir;
  auto& client = session.client();
  client.init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code",
               "import os, time\ndef f(x):\n    while x % 10 == 9 and not os.path.exists('" +
                   (dir / "go").string() + "'): time.sleep(0.01)\n    return x\n"});
  std::uint64_t seen = 0;
  const auto map =
      client.open(function("f"), {.chunk = 1}, [&](const wire::TaskOutcomes&, base::ByteView bytes) {
        base::ByteView values;
        seen += base::decode_block_header(bytes, values).tasks.count;
      });
  base::Bytes items;
  std::vector<std::uint64_t> ends;
  for (std::uint64_t i = 0; i < 10; ++i) {
    base::pack_to(items, i);
    ends.push_back(items.size());
  }
  EXPECT_TRUE(client.give(map, ends, items));
  client.close(map);
  client.wait_until(
      [&] { return seen == 9; });  // short ones, for which the executor need not wake its worker
  testing::put_file(dir / "go", "");
  client.wait_until([&] { return client.is_done(map); });
  EXPECT_EQ(seen, 10u);
}

TEST_F(DriverSessionTest, an_array_that_the_driver_shares_is_read_by_tasks_until_it_is_taken_away) {
  testing::DriverSession session(std::getenv("MPROC"), 2);
  auto& client = session.client();
  client.init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code",
               "import mproc\ndef f(i): return int(mproc.data['X'][i])\n"});
  const auto share = [&](std::uint64_t first) {
    std::vector<std::uint64_t> elements(1000);
    std::iota(elements.begin(), elements.end(), first);
    client.share({"X", "<u8", {}, false, {elements.size()}}, std::as_bytes(std::span(elements)));
  };
  for (const std::uint64_t first : {5u, 7000u}) {  // the second one in the place of the first
    share(first);
    map(client, function("f"), 1000);
    for (const auto& [task, result] : results_) EXPECT_EQ(result, first + task);
    EXPECT_EQ(std::exchange(results_, {}).size(), 1000u);
  }
  client.unshare("X");
  map(client, function("f"), 3);
  EXPECT_THAT(failures_[0], HasSubstr("there is no shared array 'X'; there are: none"));
  share(1);  // it comes and goes before anyone has looked
  client.unshare("X");
  share(2);
  failures_.clear();
  map(client, function("f"), 3);
  EXPECT_EQ(results_[2], 4u);
}

TEST_F(DriverSessionTest, elements_that_are_not_of_the_arrays_size_are_refused) {
  testing::DriverSession session(std::getenv("MPROC"), 1);
  EXPECT_EQ(testing::message_of<base::UserError>([&] {
              session.client().share({"X", "<f8", {}, false, {2}}, base::view("12345678"));
            }),
            "array 'X': 8 bytes are not the elements of 2 of <f8, 16 bytes");
}

TEST_F(DriverSessionTest, a_socket_that_nobody_listens_at_is_named) {
  const auto ran = testing::shell(std::string(std::getenv("MPROC")) + " session /nowhere/socket -j 1");
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.output, HasSubstr("mproc: cannot connect to /nowhere/socket: No such file or directory"));
}

TEST_F(DriverSessionTest, a_session_that_is_killed_is_an_exception_of_the_driver) {
  testing::DriverSession session(std::getenv("MPROC"), 1);
  ::kill(session.launcher(), SIGKILL);
  EXPECT_THROW(session.client().wait_until([] { return false; }), base::SystemError);
}

}  // namespace
}  // namespace mproc
