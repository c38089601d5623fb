#pragma once

#include <cstdint>
#include <map>

#include "mproc/base/ids.hpp"

namespace mproc::report {

/// A run's time: its sessions one after the other. What lies between them is left out.
class Axis {
 public:
  struct Session {
    std::int64_t first_ns = 0, last_ns = 0;  ///< wall clock
    std::int64_t offset_ns = 0;              ///< on the axis, once it is settled
    std::int64_t length_ns() const { return last_ns - first_ns; }
    /// A moment of this session on the axis.
    std::int64_t at(std::int64_t wall_ns) const { return offset_ns + wall_ns - first_ns; }
  };

  /// Something of the session happened then.
  void extend(base::Epoch epoch, std::int64_t first_ns, std::int64_t last_ns);
  /// Nothing comes any more.
  void settle();

  const std::map<base::Epoch, Session>& sessions() const { return sessions_; }
  std::int64_t length_ns() const { return length_; }
  /// Of a moment whose session is not known: within one, or at the edge of the nearest one before it.
  std::int64_t at(std::int64_t wall_ns) const;

 private:
  std::map<base::Epoch, Session> sessions_;
  std::int64_t length_ = 0;
};

}  // namespace mproc::report
