#include "series_reader.hpp"

#include <algorithm>

namespace mproc::job {

bool MarkedReader::next(SeriesGroup& group) {
  SeriesPlace behind = at_;
  if (!read(group, behind)) return false;
  behind.group += 1;
  behind.series += group.series.size();
  at_ = behind;
  const SeriesPlace& last = places_.back();
  if (at_.series > last.series && at_.mark.offset - last.mark.offset >= spacing_) places_.push_back(at_);
  return true;
}

void MarkedReader::seek(std::uint64_t index) {
  if (const SeriesPlace place = near(index); index < at_.series || place.series > at_.series) at_ = place;
  SeriesGroup skipped;
  while (at_.series < index) {
    const SeriesPlace start = at_;
    if (!next(skipped)) return;
    if (at_.series > index) {
      at_ = start;
      return;
    }
  }
}

SeriesPlace MarkedReader::near(std::uint64_t index) const {
  const auto behind =
      std::upper_bound(places_.begin(), places_.end(), index,
                       [](std::uint64_t wanted, const SeriesPlace& place) { return wanted < place.series; });
  return *(behind - 1);
}

}  // namespace mproc::job
