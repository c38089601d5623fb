#pragma once

#include "mproc/job/document.hpp"

namespace mproc::job {

/// Holds every key of the job file against the table of known ones: unknown keys, keys in the wrong section,
/// and keys that are not supported yet are refused, so that none is silently ignored.
void check_keys(const Document& document);

}  // namespace mproc::job
