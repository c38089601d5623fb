#pragma once

#include <string>

namespace mproc::base {

/// As Python's repr: the shortest digits that read back as the same number ("0.1", "1e-05", "5.0", "nan").
void append_real(std::string& to, double value);

}  // namespace mproc::base
