#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// Values by index: a list, a range, an axis of a grid. What it needs of the document it keeps.
struct Axis {
  std::string name;  ///< empty where the values are the items
  std::uint64_t size = 0;
  std::function<void(base::Bytes&, std::uint64_t)> append;  ///< the value as msgpack
};

/// [1, 2, 3]; may be empty. Throws UserError at the spot for what is no list.
Axis list_axis(const Spot& spot);

/// A list, { range = [...] } or { linspace = [...] }, named as the spot is. Throws UserError at the spot for
/// anything else, and where there are no values.
Axis read_axis(const Spot& spot);

}  // namespace mproc::job
