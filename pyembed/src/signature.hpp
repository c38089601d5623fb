#pragma once

#include <optional>

#include "kernel.hpp"

namespace mproc::pyembed {

/// Compares the kernel's signature with what the first item (msgpack) gives it: a failure of kind item for a
/// misfit. Nothing for callables without a signature. `name` is the function's as the user wrote it.
std::optional<base::Failure> check_signature(const Kernel& kernel, const std::string& name,
                                             const std::string& first_item);

/// Calls the function's attribute `check_first`, if it has one, with what a task of the first item gets: it
/// looks at what the user gave before anything runs. What it raises becomes a failure of kind item; a
/// ValueError, TypeError or LookupError one line of text.
std::optional<base::Failure> check_first(const Kernel& kernel, const std::string& first_item);

}  // namespace mproc::pyembed
