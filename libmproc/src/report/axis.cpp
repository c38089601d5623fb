#include "mproc/report/axis.hpp"

#include <algorithm>

namespace mproc::report {

void Axis::extend(base::Epoch epoch, std::int64_t first_ns, std::int64_t last_ns) {
  // Wall clocks: what is before 1970 is damage, and would make differences overflow.
  first_ns = std::max<std::int64_t>(first_ns, 0);
  last_ns = std::max(last_ns, first_ns);
  const auto [place, is_new] = sessions_.try_emplace(epoch, Session{first_ns, last_ns});
  if (is_new) return;
  place->second.first_ns = std::min(place->second.first_ns, first_ns);
  place->second.last_ns = std::max(place->second.last_ns, last_ns);
}

void Axis::settle() {
  length_ = 0;
  for (auto& [epoch, session] : sessions_) {
    session.offset_ns = length_;
    length_ += session.length_ns();
  }
}

std::int64_t Axis::at(std::int64_t wall_ns) const {
  std::int64_t found = 0;
  for (const auto& [epoch, session] : sessions_)
    if (wall_ns >= session.first_ns) found = session.at(std::min(wall_ns, session.last_ns));
  return found;
}

}  // namespace mproc::report
