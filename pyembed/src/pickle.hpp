#pragma once

#include "python.hpp"

namespace mproc::pyembed {

/// Pickles with cloudpickle where it can be imported (functions and classes of init code then travel by
/// value), else with pickle. Protocol 5. Needs the GIL.
class Pickler {
 public:
  Pickler();
  /// The pickle, as bytes. Throws py::error_already_set for what cannot be pickled.
  py::object dump(py::handle value) const;

 private:
  py::object dumps_;
  py::object protocol_;
};

}  // namespace mproc::pyembed
