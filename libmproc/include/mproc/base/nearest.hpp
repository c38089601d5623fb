#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mproc::base {

/// The one of `known` that `word` was probably meant to be (fewest edits: insert, delete, change, swap), or
/// empty when none is near enough to be a slip.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// "; did you mean 'function'?" or empty: to append to a message about an unknown word.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace mproc::base
