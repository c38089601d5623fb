#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mproc/job/data.hpp"

namespace mproc::job {

/// Whether value_codes() knows the array's type: integers, booleans or text.
bool has_codes(const ArraySpec& array);

/// For each element the number of its value among all that there are, in ascending order (text by code
/// points), from 0.
std::vector<std::int64_t> value_codes(const ArraySpec& array, base::Bytes elements);

/// Elements as doubles, dates and times of text as seconds since 1970. Throws UserError where they are
/// neither.
std::vector<double> values_in_time(const ArraySpec& array, base::Bytes elements);

}  // namespace mproc::job
