#include "mproc/run/tally.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mproc::run {
namespace {
constexpr std::uint64_t alike_from_the_start = 50;
}  // namespace

void Tally::failed(std::uint64_t task, const base::Failure& failure) {
  ++failed_;
  groups_.add(task, failure);
}

std::string Tally::reason_to_stop(std::uint64_t total) const {
  if (failed_ == 0) return {};
  if (limit_.count && failed_ > *limit_.count)
    return fmt::format("{} tasks failed, more than max-failures = {}", failed_, *limit_.count);
  if (limit_.share && total > 0 &&
      static_cast<double>(failed_) > std::floor(*limit_.share * static_cast<double>(total)))
    return fmt::format("{} of {} tasks failed, more than max-failures = \"{}%\"", failed_, total,
                       *limit_.share * 100);
  // Of how many tasks the share is may not be known yet.
  if (!limit_.count && (!limit_.share || total == 0) && all_alike_from_the_start())
    return fmt::format(
        "the first {} tasks all failed alike ({}); set max-failures in [run]{} to go on all the same",
        failed_, groups_.first_summary(), limit_.share ? " to a count" : "");
  return {};
}

bool Tally::all_alike_from_the_start() const {
  return first_session_ && succeeded_ == 0 && failed_ >= alike_from_the_start && groups_.size() == 1;
}

}  // namespace mproc::run
