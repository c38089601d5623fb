#include "run_reader.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::client {
namespace {

using run::only_stage;

std::string state_of(const journal::RunDirectory& run) {
  const auto status = journal::present_status(run);
  return status ? status->state : "not started";
}

}  // namespace

RunReader::RunReader(journal::RunDirectory run)
    : run_(std::move(run)), state_(state_of(run_)), index_(run_) {}

std::uint64_t RunReader::total() const {
  const auto seen = index_.items();
  return std::max(seen ? seen->count : 0, index_.extent(only_stage));
}

std::unique_ptr<job::ItemSource> RunReader::items() const try {
  return run::recorded_items(run_);
} catch (const job::Json::exception& error) {
  throw base::UserError(
      fmt::format("{} cannot be read: {}", (run_.path() / "job.json").string(), error.what()));
}

RowReader::RowReader(const RunReader& run, std::uint64_t first, Of what)
    : what_(what), items_(run.items()), rows_(run.index(), only_stage, items_.get(), run.total()) {
  if (what == Of::table) layout_.emplace(rows_, journal::TableLayout::Results::in_columns);
  rows_.seek(first);
}

bool RowReader::next(journal::Row& row) {
  while (rows_.next(row))
    if (what_ != Of::failures || row.state == journal::Index::State::failed) return true;
  return false;
}

}  // namespace mproc::client
