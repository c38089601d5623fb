#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/report/history.hpp"

namespace mproc::report {

/// What a page shows besides what its journal holds.
struct Background {
  std::optional<journal::Status> status;
  job::ItemSource* items = nullptr;  ///< where the journal does not hold them
  std::vector<std::string> notes;    ///< lines for the reader, such as what cannot be shown
  base::Json scores, p_values;       ///< pictures of the job's kind, or null
};

/// All that the page shows, as data.
base::Json page_data(const journal::RunDirectory& run, const journal::Index& index, const History& history,
                     const Background& background);

/// One HTML file that needs no other: the data, what draws them, and what they look like.
std::string page(const base::Json& data);

}  // namespace mproc::report
