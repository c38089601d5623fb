#pragma once

#include <nlohmann/json.hpp>

namespace mproc::base {

/// A tree whose tables keep the order in which they are written.
using Json = nlohmann::ordered_json;

}  // namespace mproc::base
