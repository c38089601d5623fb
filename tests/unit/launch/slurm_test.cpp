#include "mproc/launch/slurm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/run_program.hpp"
#include "mproc/launch/batch_job.hpp"
#include "support/temp_directory.hpp"

namespace mproc::launch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TEST(SlurmDuration, is_read_as_slurm_prints_it) {
  EXPECT_EQ(slurm_duration("9:55"), 595s);
  EXPECT_EQ(slurm_duration("0:00"), 0s);
  EXPECT_EQ(slurm_duration("08:00:01"), 8h + 1s);
  EXPECT_EQ(slurm_duration("2-03:04:05"), 51h + 4min + 5s);
  for (const char* text : {"", "UNLIMITED", "NOT_SET", "INVALID", "5", "1-2", "1:2:3:4", "-1:30", "1:2x"})
    EXPECT_EQ(slurm_duration(text), std::nullopt) << text;
}

class BatchScript : public ::testing::Test {
 protected:
  BatchJob batch(job::Slurm slurm, std::vector<std::string> command = {"true"}) const {
    return {"sweep", std::move(slurm), std::move(command), "/home/me", "/home/me/runs"};
  }
};

TEST_F(BatchScript, has_what_a_run_needs_to_go_on) {
  EXPECT_EQ(
      script_of(batch({{{"nodes", "2"}, {"exclusive", ""}}, {"module load openmpi"}}, {"mproc", "run"})),
      "#!/bin/bash\n"
      "# By mproc submit. By hand: sbatch /home/me/runs/sweep.sbatch\n"
      "#SBATCH --nodes=2\n"
      "#SBATCH --exclusive\n"
      "#SBATCH --job-name=sweep\n"
      "#SBATCH --output=/home/me/runs/sweep-%j.log\n"
      "#SBATCH --open-mode=append\n"
      "#SBATCH --requeue\n"
      "#SBATCH --no-kill\n"
      "#SBATCH --chdir=/home/me\n"
      "\n"
      "module load openmpi\n"
      "\n"
      "# In the place of this shell, so that Slurm's signals reach it; it asks Slurm for its time limit.\n"
      "exec mproc run\n");
}

TEST_F(BatchScript, leaves_the_users_options_as_they_are) {
  const std::string script =
      script_of(batch({{{"job-name", "mine"}, {"no-requeue", ""}, {"output", "x"}}, {}}));
  EXPECT_THAT(script, HasSubstr("--job-name=mine\n"));
  EXPECT_THAT(script, Not(HasSubstr("--job-name=sweep")));
  EXPECT_THAT(script, Not(HasSubstr("--requeue")));
  EXPECT_THAT(script, Not(HasSubstr("%j")));
}

TEST_F(BatchScript, has_words_that_bash_reads_as_they_were) {
  const std::vector<std::string> words{"printf", "<%s>", "",  "a b",   "it's",
                                       "$HOME",  "`x`",  "*", "{1,2}", "a\\b"};
  const testing::TempDirectory directory;
  const auto file = directory / "script";
  testing::put_file(file, script_of(batch({}, words)));
  const auto result = base::run_program({"bash", file}, 60s);
  EXPECT_EQ(result.out, "<><a b><it's><$HOME><`x`><*><{1,2}><a\\b>");
}

}  // namespace
}  // namespace mproc::launch
