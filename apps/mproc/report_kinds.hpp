#pragma once

#include <memory>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/report/page.hpp"

namespace mproc::app {

/// The run's items, where its job document gives them again; null where not, or where that cannot be read.
std::unique_ptr<job::ItemSource> recorded_items_if_any(const journal::RunDirectory& run);

/// Of a [crossval] or [fresh] run its own picture; where that cannot be made, a note that says why.
void add_picture_of_kind(report::Background& background, const journal::RunDirectory& run,
                         const journal::Index& index);

}  // namespace mproc::app
