#pragma once

#include "mproc/base/json.hpp"

namespace mproc::kernels::fresh {

// The comprehensive set as a table of calculators with parameters (features_of); linear_trend_timewise comes
// last.
base::Json comprehensive_table();

}  // namespace mproc::kernels::fresh
