#pragma once

#include <span>
#include <string_view>

#include "spot.hpp"

namespace mproc::job {

/// Holds every key of the job file against the table of known ones: unknown keys, keys in the wrong section,
/// and keys that are not supported yet are refused, so that none is silently ignored.
void check_keys(const Document& document);

/// The same for a table that is not a section, e.g. items.csv's options.
void check_members(const Spot& table, std::span<const std::string_view> known);

}  // namespace mproc::job
