#pragma once

#include "mproc/journal/render.hpp"
#include "support/process.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal::testing {

/// A run's tables, written and read again.
class Table {
 public:
  explicit Table(const std::vector<Value>& values, std::vector<Value> items = {},
                 std::uint64_t total = UINT64_MAX)
      : run_(new_run(temp_)), items_(std::move(items)), total_(total == UINT64_MAX ? values.size() : total) {
    Writer writer(run_, base::Epoch{1}, nullptr);
    if (!values.empty()) writer.append(record(0, values));
    writer.close();
  }
  /// The journal holds the items.
  struct Journalled {
    explicit Journalled(std::vector<Value> values) : items(std::move(values)) {}
    std::vector<Value> items;
  };
  Table(const std::vector<Value>& values, const Journalled& journalled, std::uint64_t total)
      : run_(new_run(temp_)), total_(total) {
    Writer writer(run_, base::Epoch{1}, nullptr);
    writer.append(record(0, values, journalled.items));
    writer.close();
  }

  std::filesystem::path file(const std::string& suffix) const { return temp_ / ("table." + suffix); }

  Rendered render(job::Format format, const std::filesystem::path& path) {
    const Index index(run_);
    FakeItems items(items_);
    items.seek(items_.size() / 2);
    return journal::render(index, stage, format, path, items_.empty() ? nullptr : &items, total_);
  }
  std::string text(job::Format format) {
    rendered = render(format, file("out"));
    return base::read_file(file("out"));
  }
  std::string csv() { return text(job::Format::csv); }
  std::string jsonl() { return text(job::Format::jsonl); }
  std::string refusal(job::Format format) {
    std::string message = message_of<base::UserError>([&] { render(format, file("out")); });
    EXPECT_EQ(files_in(temp_.path()).size(), 1u) << "only the runs: no part of a file is left";
    return message;
  }
  /// Runs Python with `f` as the rendered file's name; gives what it prints, with its errors.
  std::string python(job::Format format, const std::string& suffix, const std::string& code) {
    render(format, file(suffix));
    put_file(temp_ / "check.py", "import sys, pickle, numpy as np\nf = sys.argv[1]\n" + code);
    return mproc::testing::shell("/usr/bin/python3 " + (temp_ / "check.py").string() + " " +
                                 file(suffix).string())
               .output +
           "\n";
  }

  Rendered rendered;

 private:
  TempDirectory temp_;
  RunDirectory run_;
  std::vector<Value> items_;
  std::uint64_t total_;
};

inline bool python_with_numpy() {
  static const bool there = std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") == 0;
  return there;
}

}  // namespace mproc::journal::testing

#define NEEDS_PYTHON_WITH_NUMPY                        \
  if (!::mproc::journal::testing::python_with_numpy()) \
  GTEST_SKIP() << "/usr/bin/python3 with NumPy is not here"
