#pragma once

#include "mproc/base/bytes.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Pickles with pickle; with cloudpickle, where it can be imported, what belongs to __main__ (functions and
/// classes of init code, which then travel by value) or what pickle refuses. Protocol 5. Needs the GIL.
class Pickler {
 public:
  Pickler();
  /// The pickle, as bytes. Throws py::error_already_set for what cannot be pickled.
  py::object dump(py::handle value) const;

 private:
  py::object dumps_, by_value_;
  py::object protocol_;
};

/// The object of a pickle. Throws py::error_already_set.
py::object load_pickle(base::ByteView bytes);

}  // namespace mproc::pyembed
