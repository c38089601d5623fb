#include "mproc/run/durations.hpp"

#include <algorithm>
#include <bit>

namespace mproc::run {

std::size_t Durations::class_of(std::int64_t ns) {
  const auto n = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
  if (n < 8) return n;
  const auto octave = static_cast<std::size_t>(std::bit_width(n)) - 4;  // of which the leading 4 bits stay
  return octave * 8 + (n >> octave);
}

std::int64_t Durations::longest_in(std::size_t index) {
  if (index < 8) return static_cast<std::int64_t>(index);
  const std::size_t octave = index / 8 - 1;
  return static_cast<std::int64_t>(((index % 8 + 9) << octave) - 1);
}

void Durations::add(std::uint64_t tasks, std::int64_t ns) {
  tasks_[class_of(ns)] += tasks;
  all_ += tasks;
}

std::int64_t Durations::of_nearly_all(const std::vector<std::int64_t>& running) const {
  Durations all = *this;
  for (const std::int64_t ns : running) all.add(1, ns);
  std::uint64_t above = all.all_ / 100;  // as many may take longer
  for (std::size_t i = classes; all.all_ > 0 && i-- > 0;) {
    if (all.tasks_[i] > above) return longest_in(i);
    above -= all.tasks_[i];
  }
  return 0;
}

}  // namespace mproc::run
