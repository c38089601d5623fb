#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mproc/journal/index.hpp"
#include "mproc/run/job_run.hpp"
#include "session.hpp"
#include "support/failures.hpp"

namespace mproc::run {

/// Central and workers together, on real run directories, with a kernel in place of executors.
class JobRunTest : public ::testing::Test {
 protected:
  JobRunTest() { options_.runs_root = dir_ / "runs"; }

  job::Job job(std::uint64_t tasks, const std::string& task = "", const std::string& run = "") const {
    return job::read_job(
        job::Document::parse_toml(fmt::format("version = 1\nname = 'sweep'\nseed = 1\n[task]\ncommand = "
                                              "['true', '{{}}']\n{}\n[items]\nrange = [0, {}]\n[run]\n{}\n",
                                              task, tasks, run),
                                  "sweep.toml", dir_.path()));
  }
  /// Counts how often each task was begun.
  testing::Kernel counted(testing::Kernel kernel) {
    return [this, kernel](std::uint64_t task, std::uint32_t attempt) {
      ++begun_[task];
      return kernel(task, attempt);
    };
  }
  static std::uint64_t square(std::uint64_t task, std::uint32_t) { return task * task; }

  std::optional<journal::RunDirectory> last_run() const {
    return std::filesystem::exists(options_.runs_root)
               ? journal::RunDirectory::last(options_.runs_root, "sweep")
               : std::nullopt;
  }
  /// Results of the last run: "pending", "failed: SUMMARY", or the number.
  std::vector<std::string> outcomes(std::uint64_t tasks) const {
    const journal::Index index(*last_run());
    journal::Index::Cursor cursor(index, base::StageKey{});
    std::vector<std::string> all;
    for (std::uint64_t task = 0; task < tasks; ++task) {
      const auto outcome = cursor.at(task);
      std::size_t offset = 0;
      if (outcome.state == journal::Index::State::pending) {
        all.emplace_back("pending");
        continue;
      }
      const auto handle = base::unpack_value(outcome.value, offset);
      const auto& value = handle.get();
      all.push_back(value.type == msgpack::type::EXT
                        ? "failed: " + mproc::testing::failure_in(value).summary()
                        : std::to_string(value.as<std::uint64_t>()));
    }
    return all;
  }
  void expect_squares(std::uint64_t tasks) const {
    const auto all = outcomes(tasks);
    for (std::uint64_t task = 0; task < tasks; ++task) EXPECT_EQ(all[task], std::to_string(task * task));
  }

  mproc::testing::TempDirectory dir_;
  RunOptions options_;
  std::map<std::uint64_t, int> begun_;
};

}  // namespace mproc::run
