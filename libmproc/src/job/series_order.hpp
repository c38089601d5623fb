#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mproc::job {

/// Nanoseconds since 1970 of an ISO 8601 date, or date and time; nothing for what is none, or is outside of
/// the years 1678 to 2261. UTC where the text has no offset; what is finer than nanoseconds is dropped.
std::optional<std::int64_t> parse_time(std::string_view text);

// Whole numbers that compare as what they stand for.
/// Of a number that is not NaN.
std::uint64_t number_order(double number);
std::uint64_t time_order(std::int64_t nanoseconds);
/// Hours from one time_order() to a later one.
double hours_between(std::uint64_t earlier, std::uint64_t later);

}  // namespace mproc::job
