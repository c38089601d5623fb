#pragma once

#include <string>

#include "item_text.hpp"
#include "mproc/report/failures.hpp"
#include "mproc/report/page.hpp"

namespace mproc::report {

// Parts of the page's data. Times are in microseconds on the run's axis.

base::Json shares_of(const Shares& shares);
/// Of all executors together.
base::Json all_shares(const History& history, const std::optional<journal::Status>& status);
base::Json ranks_of(const History& history);
/// What rows of executors did in each bin, as digits of base 64: of 63 parts, how many they were busy; how
/// many tasks failed, up to 63.
base::Json picture_of(const History& history);
/// Each as [row, start, length, stage, first task, tasks, failed], and what the longest have as items.
base::Json bars_of(const journal::Index& index, const History& history, ItemTexts& items);
base::Json times_of(const TaskTimes& times);
base::Json slowest_of(const journal::Index& index, const History& history, ItemTexts& items);
base::Json failures_of(const Failures& failures, const journal::Index& index, ItemTexts& items);

/// The end of a long text: a traceback ends with what happened.
std::string shortened(const std::string& text);
/// Of the stages that there are, from 0.
std::uint64_t stage_number(const journal::Index& index, base::StageKey stage);

}  // namespace mproc::report
