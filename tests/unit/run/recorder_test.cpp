#include "mproc/run/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/fd.hpp"
#include "support/temp_directory.hpp"

namespace mproc::run {
namespace {

using ::testing::HasSubstr;

TEST(Recorder, writes_neither_status_nor_end_once_the_run_is_anothers) {
  const mproc::testing::TempDirectory dir;
  const job::Job job = job::read_job(job::Document::parse_toml(
      "name = 'sweep'\n[task]\ncommand = ['true', '{}']\n[items]\nrange = 3\n", "sweep.toml", dir.path()));
  RunOptions options;
  options.runs_root = dir / "runs";
  Recorder recorder;
  recorder.begin(job, {}, options, provenance(job, 1), [] {});
  recorder.beat({}, "running");
  const journal::RunDirectory run = recorder.directory();
  base::write_file_atomically(run.path() / "owner", "another's");
  base::write_file_atomically(run.path() / "status.json", "another's");
  try {
    recorder.beat({}, "running");
    FAIL() << "nothing was noticed";
  } catch (const base::SystemError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not ours any more"));
  }
  recorder.end("incomplete", {});
  EXPECT_EQ(base::read_file(run.path() / "status.json"), "another's");
  EXPECT_EQ(base::read_file(run.path() / "owner"), "another's");
  EXPECT_FALSE(journal::Index(run).end());
}

}  // namespace
}  // namespace mproc::run
