#include "mproc/run/job_stage.hpp"

#include <gtest/gtest.h>

#include "mproc/base/msgpack.hpp"
#include "support/temp_directory.hpp"

namespace mproc::run {
namespace {

/// Items without end.
class EndlessFeed : public ItemFeed {
 public:
  bool poll(job::ItemBatch& batch, std::uint64_t max_items, std::size_t) override {
    for (std::uint64_t i = 0; i < max_items; ++i) {
      base::pack_to(batch.data.bytes, i);
      batch.ends.push_back(batch.data.bytes.size());
    }
    return true;
  }
  bool step(bool) override { return false; }
  bool exhausted() const override { return false; }
  std::optional<std::uint64_t> count() const override { return std::nullopt; }
  bool recomputable() const override { return true; }
  const std::optional<base::Failure>& failure() const override { return none_; }

 private:
  std::optional<base::Failure> none_;
};

class JobStageTest : public ::testing::Test {
 protected:
  JobStageTest() { options_.runs_root = dir_ / "runs"; }
  job::Job job() const {
    return job::read_job(
        job::Document::parse_toml("name = 'sweep'\n[task]\ncommand = ['true', '{}']\n[items]\nrange = 10\n",
                                  "sweep.toml", dir_.path()));
  }
  void begin() {
    recorder_.begin(job(), {}, options_, provenance(job(), 1), [] {});
  }

  mproc::testing::TempDirectory dir_;
  RunOptions options_;
  Recorder recorder_;
  Tally tally_{{}};
};

TEST_F(JobStageTest, passes_over_what_is_not_to_be_done_in_steps_of_limited_length) {
  begin();
  EndlessFeed feed;
  options_.tasks = {{std::uint64_t{1} << 60, 1}};
  JobStage endless(only_stage, options_, nullptr, feed, recorder_, tally_, [] {});
  schedule::Scheduler scheduler;
  scheduler.open_stage(only_stage, {});
  scheduler.worker_ready(base::Rank{1}, 1);
  EXPECT_TRUE(endless.feed(scheduler)) << "there is more to do";
  const std::uint64_t once = endless.items();
  EXPECT_GT(once, 0u);
  EXPECT_TRUE(endless.feed(scheduler));
  EXPECT_GT(endless.items(), once);
}

TEST_F(JobStageTest, failed_tasks_are_to_be_done_only_where_they_are_tried_again) {
  begin();
  base::OutcomeBlock block;
  block.tasks = {0, 4};
  block.failed = {1, 2};
  for (int i = 0; i < 4; ++i) base::pack_to(block.values, i);
  base::Bytes bytes;
  base::encode_block(bytes, block);
  recorder_.outcomes(only_stage, {}, bytes, {});
  recorder_.end("drained", {});
  const journal::Index before(recorder_.directory());
  const auto feed = feed_from(job::make_item_source(job()));
  EXPECT_EQ(JobStage(only_stage, options_, &before, *feed, recorder_, tally_, [] {}).to_do(), 6u);
  options_.retry_failed = true;
  EXPECT_EQ(JobStage(only_stage, options_, &before, *feed, recorder_, tally_, [] {}).to_do(), 8u);
}

}  // namespace
}  // namespace mproc::run
