#pragma once

#include <optional>

#include "kernel.hpp"

namespace mproc::pyembed {

/// Compares the kernel's signature with what the first item (msgpack) gives it: a failure of kind item for a
/// misfit. Nothing for callables without a signature. `name` is the function's as the user wrote it.
std::optional<base::Failure> check_signature(const Kernel& kernel, const std::string& name,
                                             const std::string& first_item);

}  // namespace mproc::pyembed
