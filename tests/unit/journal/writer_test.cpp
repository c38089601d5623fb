#include "mproc/journal/writer.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "mproc/base/error.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// Counts the writer's calls and waits for them.
class Bell {
 public:
  std::function<void()> ringer() {
    return [this] {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    };
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), condition);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST(Writer, wakes_after_a_commit_and_readers_see_it_before_close) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  Bell bell;
  Writer writer(run, base::Epoch{1}, bell.ringer());
  writer.append(record(0, {value(1), value(2)}));
  ASSERT_TRUE(bell.wait([&] { return writer.backlog() == 0; }));
  EXPECT_EQ(Index(run).succeeded(stage), 2u);
  writer.append(ItemsRecord{2, 5, true});
  writer.append(EndRecord{"finished", 2, 0});
  writer.close();
  const Index index(run);
  EXPECT_EQ(index.epoch().value, 1u);
  EXPECT_EQ(index.items()->hash, 5u);
  EXPECT_EQ(index.end()->state, "finished");
  EXPECT_EQ(writer.error(), "");
}

TEST(Writer, refuses_an_epoch_that_was_written_before) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  Writer(run, base::Epoch{1}, nullptr).close();
  EXPECT_THAT(message_of<base::SystemError>([&] { Writer(run, base::Epoch{1}, nullptr); }),
              HasSubstr("0001-0001.mj"));
}

TEST(Writer, rolls_over_to_another_segment) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  Writer writer(run, base::Epoch{1}, nullptr, 10'000);
  for (std::uint64_t task = 0; task < 40; ++task)
    writer.append(record(task, {value(std::string(1000, 'x'))}));
  writer.close();
  EXPECT_EQ(files_in(run.path() / "segments").size(), 5u);
  EXPECT_EQ(Index(run).succeeded(stage), 40u);
  EXPECT_EQ(Index(run).epoch().value, 1u);
}

TEST(Writer, a_full_disk_is_an_error_that_names_the_file_and_what_was_written_stays) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limited{100'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limited);
  Bell bell;
  Writer writer(run, base::Epoch{1}, bell.ringer());
  writer.append(record(0, {value(1)}));
  const bool first_written = bell.wait([&] { return writer.backlog() == 0; });
  writer.append(record(1, {value(std::string(200'000, 'x'))}));
  const bool failed = bell.wait([&] { return !writer.error().empty(); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_TRUE(first_written && failed);
  EXPECT_THAT(writer.error(), AllOf(HasSubstr("0001-0001.mj"), HasSubstr("File too large")));
  writer.append(record(2, {value(3)}));
  EXPECT_EQ(writer.backlog(), 0u);
  EXPECT_THROW(writer.close(), base::SystemError);
  const Index index(run);
  EXPECT_EQ(index.ranges(stage, Index::State::succeeded), (std::vector<base::TaskRange>{{0, 1}}));
  EXPECT_TRUE(index.damage().empty()) << "what was cut off is a torn tail";
  Writer next(run, base::Epoch{2}, nullptr);
  next.append(record(1, {value(2)}));
  next.close();
  EXPECT_EQ(Index(run).succeeded(stage), 2u);
}

/// The rules, as simply as can be.
struct Model {
  std::map<std::uint64_t, Value> outcomes, items;
  void add(std::uint64_t first, const std::vector<Value>& values, const std::vector<Value>& their_items) {
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      const auto known = outcomes.find(first + i);
      if (known != outcomes.end() && !known->second.failed) continue;
      outcomes[first + i] = values[i];
      items[first + i] = their_items[i];
    }
  }
};

Value random_value(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return failure("ValueError", std::to_string(random()));
    case 1:
      return value(static_cast<std::int64_t>(random()) - 2'000'000'000);
    case 2:
      return value(std::string(random() % 400, 'a'));
    case 3:
      return list({value(1), map({{"a", none()}, {"b", list({})}})});
    case 4:
      return array<double>("<f8", {2}, {1.0, static_cast<double>(random())});
    default:
      return value(static_cast<double>(random()) / 3);
  }
}

void expect_equal(const Index& index, const Model& model, std::uint64_t tasks) {
  Index::Cursor cursor(index, stage);
  std::uint64_t succeeded = 0, failed = 0;
  for (std::uint64_t task = 0; task < tasks; ++task) {
    const Index::Outcome outcome = cursor.at(task);
    const auto known = model.outcomes.find(task);
    ASSERT_EQ(outcome.state, index.state(stage, task));
    if (known == model.outcomes.end()) {
      ASSERT_EQ(outcome.state, Index::State::pending) << task;
      ASSERT_FALSE(index.detail(stage, task));
      continue;
    }
    ++(known->second.failed ? failed : succeeded);
    ASSERT_EQ(outcome.state == Index::State::failed, known->second.failed) << task;
    ASSERT_EQ(text(outcome.value), text(known->second)) << task;
    ASSERT_EQ(text(outcome.item), text(model.items.at(task))) << task;
    ASSERT_EQ(text(index.detail(stage, task)->outcome.value), text(known->second));
  }
  EXPECT_EQ(index.succeeded(stage), succeeded);
  EXPECT_EQ(index.failed(stage), failed);
  std::vector<bool> covered(tasks);
  for (const auto state : {Index::State::pending, Index::State::succeeded, Index::State::failed})
    for (const base::TaskRange range : index.ranges(stage, state))
      for (std::uint64_t task = range.first; task < range.end(); ++task) {
        EXPECT_EQ(index.state(stage, task), state);
        EXPECT_FALSE(covered[task]);
        covered[task] = true;
      }
  const auto extent = static_cast<std::ptrdiff_t>(index.extent(stage));
  EXPECT_EQ(std::count(covered.begin(), covered.begin() + extent, false), 0);
}

TEST(Journal, reads_back_any_records_by_the_rules_of_which_outcome_counts) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    std::mt19937 random(seed);
    const TempDirectory temp;
    const RunDirectory run = new_run(temp);
    Model model;
    const std::uint64_t reach = seed % 2 == 0 ? 100 : 40'000;
    std::uint64_t extent = 0;
    for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
      Writer writer(run, base::Epoch{epoch}, nullptr);
      for (int i = 0; i < 20; ++i) {
        const std::uint64_t first = random() % reach;
        std::vector<Value> values, items;
        for (std::uint64_t n = 1 + random() % 40; n > 0; --n) {
          values.push_back(random_value(random));
          items.push_back(random_value(random));
        }
        extent = std::max(extent, first + values.size());
        model.add(first, values, items);
        writer.append(record(first, values, items));
      }
      writer.close();
    }
    const Index index(run);
    EXPECT_EQ(index.epoch().value, 3u);
    EXPECT_EQ(index.extent(stage), extent);
    expect_equal(index, model, reach + 50);
  }
}

TEST(Journal, is_readable_at_any_time_while_it_is_written) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  constexpr std::uint64_t blocks = 3000, size = 50;
  std::atomic<bool> done = false;
  std::thread writing([&] {
    Writer writer(run, base::Epoch{1}, nullptr);
    for (std::uint64_t block = 0; block < blocks; ++block) {
      std::vector<Value> values;
      for (std::uint64_t i = 0; i < size; ++i) values.push_back(value(block * size + i));
      writer.append(record(block * size, values));
      if (block % 100 == 0) std::this_thread::yield();
    }
    writer.close();
    done = true;
  });
  std::uint64_t last = 0;
  for (bool final_look = false; !final_look;) {
    final_look = done;
    const Index index(run);
    EXPECT_TRUE(index.damage().empty());
    const std::uint64_t extent = index.extent(stage);
    EXPECT_GE(extent, last);
    EXPECT_EQ(index.succeeded(stage), extent) << "in the order in which they were appended, without holes";
    last = extent;
    Index::Cursor cursor(index, stage);
    for (std::uint64_t task = 0; task < extent; task += 997)
      EXPECT_EQ(text(cursor.at(task).value), text(value(task)));
  }
  writing.join();
  EXPECT_EQ(last, blocks * size);
}

}  // namespace
}  // namespace mproc::journal
