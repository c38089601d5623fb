#include "mproc/journal/index.hpp"

#include <gmock/gmock.h>

#include "mproc/base/error.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = Index::State;

void write(const RunDirectory& run, std::uint32_t epoch, std::vector<ResultsRecord> records) {
  Writer writer(run, base::Epoch{epoch}, nullptr);
  for (ResultsRecord& r : records) writer.append(std::move(r));
  writer.close();
}

TEST(Index, of_a_run_without_segments_is_empty) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  std::filesystem::remove_all(run.path() / "segments");
  const Index index(run);
  EXPECT_EQ(index.epoch().value, 0u);
  EXPECT_EQ(index.extent(stage), 0u);
  EXPECT_EQ(index.state(stage, 7), State::pending);
  EXPECT_FALSE(index.items());
  EXPECT_FALSE(index.end());
  EXPECT_THAT(index.ranges(stage, State::pending), IsEmpty());
  EXPECT_EQ(Index::Cursor(index, stage).at(3).state, State::pending);
}

TEST(Index, first_success_counts_and_beats_failures_and_the_last_failure_counts) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  write(run, 1, {record(0, {failure("A", "1"), failure("A", "1"), value("first"), value("first")})});
  write(run, 2, {record(0, {failure("B", "2"), value("second"), value("second"), failure("B", "2")})});
  const Index index(run);
  Index::Cursor cursor(index, stage);
  EXPECT_EQ(text(cursor.at(0).value), text(failure("B", "2")));
  EXPECT_EQ(text(cursor.at(1).value), text(value("second")));
  EXPECT_EQ(text(cursor.at(2).value), text(value("first")));
  EXPECT_EQ(text(cursor.at(3).value), text(value("first")));
  EXPECT_EQ(index.succeeded(stage), 3u);
  EXPECT_EQ(index.failed(stage), 1u);
}

TEST(Index, an_attempt_that_is_made_again_is_no_outcome_and_is_kept_for_those_who_look) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  {
    Writer writer(run, base::Epoch{1}, nullptr);
    const auto failed = record(4, {failure("A", "once"), failure("B", "")});
    writer.append(AttemptsRecord{stage, failed.origin, failed.block});
    writer.append(record(5, {failure("C", "last")}));
    writer.append(EventRecord{17, "rank 2 is lost"});
    writer.close();
  }
  write(run, 2, {record(3, {value("x"), value("y"), value("z")})});
  const Index index(run);
  EXPECT_EQ(index.succeeded(stage), 3u);
  EXPECT_EQ(index.failed(stage), 0u);
  ASSERT_EQ(index.events().size(), 1u);
  EXPECT_EQ(index.events()[0].time_ns, 17);
  EXPECT_EQ(index.events()[0].text, "rank 2 is lost");

  const auto tries = index.tries(stage, {4, 2});
  ASSERT_EQ(tries.size(), 2u);
  ASSERT_EQ(tries.at(5).size(), 3u);
  EXPECT_EQ(text(tries.at(5)[0].outcome.value), text(failure("B", "")));
  EXPECT_EQ(text(tries.at(5)[1].outcome.value), text(failure("C", "last")));
  EXPECT_EQ(tries.at(5)[2].outcome.state, State::succeeded);
  EXPECT_EQ(text(tries.at(5)[2].outcome.value), text(value("z")));
  EXPECT_EQ(tries.at(5)[0].origin.rank, 3);
  ASSERT_EQ(tries.at(4).size(), 2u);
  EXPECT_EQ(text(tries.at(4)[0].outcome.value), text(failure("A", "once")));

  const auto retried = index.retried(stage);
  ASSERT_EQ(retried.size(), 2u);
  EXPECT_EQ(retried[1].first, 5u);
  EXPECT_EQ(text(retried[1].second), text(failure("B", "")));
}

TEST(Index, blocks_are_all_that_executors_sent_with_the_session_it_was_in) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const base::StageKey later{{1}, {9}};
  {
    Writer writer(run, base::Epoch{1}, nullptr);
    writer.append(EventRecord{17, "begun"});
    writer.append(record(0, {value(1), failure("A", "")}));
    writer.append(AttemptsRecord{stage, {2, 1, 0, "node7"}, record(7, {failure("A", "")}).block});
    writer.append(EventRecord{20, "finished"});
    writer.close();
  }
  ResultsRecord other = record(0, {value(1)});
  other.stage = later;
  write(run, 2, {record(1, {value(1)}), other});
  const Index index(run);
  std::vector<std::string> found;
  index.for_each_block([&](const Index::Block& block) {
    found.push_back(fmt::format("map {} session {} rank {}: {}+{}, {} failed", block.stage.map.value,
                                block.epoch.value, block.origin.rank, block.tasks.tasks.first,
                                block.tasks.tasks.count, block.tasks.failed.size()));
  });
  EXPECT_THAT(found,
              ElementsAre("map 0 session 1 rank 3: 0+2, 1 failed", "map 0 session 1 rank 2: 7+1, 1 failed",
                          "map 0 session 2 rank 3: 1+1, 0 failed", "map 1 session 2 rank 3: 0+1, 0 failed"));
  ASSERT_EQ(index.sessions().size(), 1u);  // nothing is said of the second
  EXPECT_EQ(index.sessions()[0].epoch.value, 1u);
  EXPECT_EQ(index.sessions()[0].first_ns, 17);
  EXPECT_EQ(index.sessions()[0].last_ns, 20);
}

TEST(Index, a_task_with_failed_attempts_alone_is_pending) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  {
    Writer writer(run, base::Epoch{1}, nullptr);
    writer.append(AttemptsRecord{stage, {}, record(7, {failure("A", "")}).block});
    writer.close();
  }
  const Index index(run);
  EXPECT_EQ(index.extent(stage), 0u);
  EXPECT_EQ(index.state(stage, 7), State::pending);
  EXPECT_FALSE(index.detail(stage, 7));
  EXPECT_EQ(index.tries(stage, {0, 100}).at(7).size(), 1u);
}

TEST(Index, keeps_stages_apart) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const base::StageKey second{{0}, {1}};
  ResultsRecord other = record(5, {failure("A", "")});
  other.stage = second;
  write(run, 1, {record(0, {value(1)}), other});
  const Index index(run);
  EXPECT_EQ(index.extent(stage), 1u);
  EXPECT_EQ(index.extent(second), 6u);
  EXPECT_EQ(index.state(second, 5), State::failed);
  EXPECT_EQ(index.failed(stage), 0u);
}

TEST(Index, gives_ranges_of_each_state) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  write(run, 1, {record(2, {value(1), failure("A", ""), value(1)}), record(100'000, {value(1)})});
  const Index index(run);
  EXPECT_THAT(index.ranges(stage, State::pending),
              ElementsAre(base::TaskRange{0, 2}, base::TaskRange{5, 99'995}));
  EXPECT_THAT(index.ranges(stage, State::succeeded),
              ElementsAre(base::TaskRange{2, 1}, base::TaskRange{4, 1}, base::TaskRange{100'000, 1}));
  EXPECT_THAT(index.ranges(stage, State::failed), ElementsAre(base::TaskRange{3, 1}));
}

TEST(Index, stages_are_those_that_follow_from_the_first_as_it_is) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const base::StageKey one{{1}, {7}}, other{{1}, {9}};
  const auto of = [](base::StageKey key) {
    ResultsRecord r = record(0, {value(1)});
    r.stage = key;
    return r;
  };
  EXPECT_THAT(Index(run).stages(), ElementsAre(stage));
  write(run, 1, {of(stage), of(one)});
  EXPECT_THAT(Index(run).stages(), ElementsAre(stage, one));
  write(run, 2, {of(other)});
  EXPECT_THAT(Index(run).stages(), ElementsAre(stage, other));
  write(run, 3, {record(1, {value(2)})});
  EXPECT_THAT(Index(run).stages(), ElementsAre(stage));
}

TEST(Index, end_is_that_of_the_last_epoch_only) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  {
    Writer writer(run, base::Epoch{1}, nullptr);
    writer.append(ItemsRecord{10, 1, false});
    writer.append(EndRecord{"drained", 1, 0});
    writer.append(EndRecord{"finished", 2, 0});
  }
  EXPECT_EQ(Index(run).end()->state, "finished");
  write(run, 2, {});
  EXPECT_FALSE(Index(run).end()) << "taken up again and not ended";
  EXPECT_EQ(Index(run).items()->count, 10u);
  EXPECT_EQ(Index(run).epoch().value, 2u);
}

TEST(Index, what_is_known_of_the_items_never_shrinks) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const auto append = [&](std::uint32_t epoch, const ItemsRecord& record) {
    Writer(run, base::Epoch{epoch}, nullptr).append(record);
    return *Index(run).items();
  };
  append(1, {10, 1, false});
  EXPECT_TRUE(append(2, {10, 1, true}).complete);
  const ItemsRecord after_fewer = append(3, {4, 2, true});
  EXPECT_EQ(after_fewer.count, 10u);
  EXPECT_EQ(after_fewer.hash, 1u);
  EXPECT_TRUE(append(4, {10, 1, false}).complete);
  const ItemsRecord after_more = append(5, {12, 3, false});
  EXPECT_EQ(after_more.count, 12u);
  EXPECT_FALSE(after_more.complete);
}

TEST(Index, details_give_origin_times_and_captured_output) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  base::OutcomeBlock block;
  block.tasks = {4, 2};
  block.start_ns = 1'000'000'000;
  block.end_ns = 2'000'000'000;
  block.times = {{0, 10}, {500, 20}};
  block.captures = {{1, "hello\n"}};
  base::pack_to(block.values, 1);
  base::pack_to(block.values, 2);
  ResultsRecord r = record(0, {});
  r.block.bytes.clear();
  base::encode_block(r.block.bytes, block);
  write(run, 1, {r, record(6, {value(3)})});
  const Index index(run);
  const auto detail = index.detail(stage, 5);
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->start_ns, 1'000'500'000);
  EXPECT_EQ(detail->end_ns, 1'000'520'000);
  EXPECT_EQ(detail->capture, "hello\n");
  EXPECT_EQ(detail->origin.host, "node7");
  EXPECT_EQ(detail->origin.rank, 3);
  EXPECT_EQ(text(detail->outcome.value), text(value(2)));
  EXPECT_EQ(index.detail(stage, 4)->capture, "");
  EXPECT_EQ(index.detail(stage, 6)->start_ns, 0);
  EXPECT_FALSE(index.detail(stage, 0));
}

TEST(Index, a_record_whose_checksum_fails_counts_as_not_done_and_is_noted) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  write(run, 1, {record(0, {value("one")}), record(1, {value("two")}), record(2, {value("three")})});
  const auto file = run.path() / "segments/0001-0001.mj";
  std::string bytes = base::read_file(file);
  bytes[bytes.find("two")] ^= 1;
  put_file(file, bytes);
  const Index index(run);
  EXPECT_THAT(index.ranges(stage, State::pending), ElementsAre(base::TaskRange{1, 1}));
  EXPECT_THAT(index.damage(), ElementsAre(HasSubstr("segments/0001-0001.mj: bytes ")));
}

TEST(Index, a_whole_record_with_a_broken_block_is_noted) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  ResultsRecord broken = record(0, {value(1)});
  broken.block.bytes.resize(10);
  write(run, 1, {broken, record(1, {value(1)})});
  const Index index(run);
  EXPECT_EQ(index.succeeded(stage), 1u);
  EXPECT_THAT(index.damage(), ElementsAre(HasSubstr("outcome block cut off")));
}

TEST(Index, other_files_among_the_segments_do_not_disturb) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  write(run, 12'345, {record(0, {value(1)})});
  for (const char* name : {"notes.txt", "0001-x.mj", ".nfs0001", "0002.mj", "0001-0001.mj~"})
    put_file(run.path() / "segments" / name, "junk");
  const Index index(run);
  EXPECT_EQ(index.epoch().value, 12'345u);
  EXPECT_EQ(index.succeeded(stage), 1u);
  EXPECT_THAT(index.damage(), IsEmpty());
}

TEST(Index, an_empty_segment_of_a_killed_run_still_takes_its_epoch) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  write(run, 1, {record(0, {value(1)})});
  put_file(run.path() / "segments/0002-0001.mj", "");
  EXPECT_EQ(Index(run).epoch().value, 2u);
  EXPECT_THAT(Index(run).damage(), IsEmpty());
}

TEST(Cursor, gives_the_same_task_again_and_skips_forwards) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  std::vector<Value> values;
  for (int i = 0; i < 100; ++i) values.push_back(value("v" + std::to_string(i)));
  write(run, 1, {record(0, values)});
  const Index index(run);
  Index::Cursor cursor(index, stage);
  for (const std::uint64_t task : {0, 0, 3, 3, 50, 99, 99, 7})
    EXPECT_EQ(text(cursor.at(task).value), text(values[task])) << task;
}

TEST(Cursor, refuses_values_that_end_too_early) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  base::OutcomeBlock block;
  block.tasks = {0, 2};
  base::append(block.values, base::view("\x01\xcb"));  // the second: a double without its bytes
  ResultsRecord r = record(0, {});
  r.block.bytes.clear();
  base::encode_block(r.block.bytes, block);
  write(run, 1, {r});
  const Index index(run);
  Index::Cursor cursor(index, stage);
  EXPECT_EQ(text(cursor.at(0).value), "\x01");
  EXPECT_THROW(cursor.at(1), base::DecodeError);
}

}  // namespace
}  // namespace mproc::journal
