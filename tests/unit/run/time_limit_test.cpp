#include <gtest/gtest.h>

#include "unit/run/session.hpp"

namespace mproc::run::testing {
namespace {

job::Job endless() {
  return job::read_job(job::Document::from_tree({{"name", "long"},
                                                 {"task", {{"function", "f"}}},
                                                 {"items", {{"range", 1'000'000'000}}},
                                                 {"run", {{"chunk", 1}}}},
                                                "long.json", "."));
}

TEST(TimeLimit, no_task_begins_after_it_and_what_has_ended_is_kept) {
  const mproc::testing::TempDirectory temp;
  RunOptions options;
  options.runs_root = temp / "runs";
  options.time_limit = std::chrono::milliseconds(20);
  Session session(endless(), options, 1, [](std::uint64_t task, std::uint32_t) { return task; });
  EXPECT_EQ(session.run().status, base::ExitStatus::drained);
  const journal::Index index(journal::RunDirectory::find(options.runs_root, "long"));
  EXPECT_GT(index.succeeded({}), 0u);
  EXPECT_EQ(index.end()->state, "drained");
}

}  // namespace
}  // namespace mproc::run::testing
