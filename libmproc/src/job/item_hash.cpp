#define XXH_INLINE_ALL
#include <xxhash.h>

#include "mproc/job/items.hpp"

namespace mproc::job {

void ItemHash::add(base::ByteView item) {
  state_ = XXH3_64bits_withSeed(item.data(), item.size(), state_);
}

base::ByteView ItemBatch::item(std::uint64_t position) const {
  const std::uint64_t start = position == 0 ? 0 : ends[position - 1];
  return data.view().subspan(start, ends[position] - start);
}

}  // namespace mproc::job
