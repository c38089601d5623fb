#pragma once

#include "mproc/base/json.hpp"
#include "mproc/exec/built_in_runtime.hpp"

namespace mproc::exec {

// One function a kernel: `args` is the map's. Each throws UserError for what it cannot take.
std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_extract(const base::Json& args);
std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_test(const base::Json& args);

}  // namespace mproc::exec
