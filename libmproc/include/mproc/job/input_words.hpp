#pragma once

#include <string>

#include "mproc/base/json.hpp"

namespace mproc::job {

/// A word of items.sources: text, or { "hex": ... } where it is not UTF-8, as names of files need not be.
base::Json input_word(const std::string& word);

}  // namespace mproc::job
