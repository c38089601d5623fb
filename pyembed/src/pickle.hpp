#pragma once

#include <memory>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Pickles with pickle; with cloudpickle, where it can be imported, what belongs to __main__ (functions and
/// classes of init code, which then travel by value) or what pickle refuses. Protocol 5. Needs the GIL.
class Pickler {
 public:
  Pickler();
  /// The pickle, as bytes. Throws py::error_already_set for what cannot be pickled.
  py::object dump(py::handle value) const { return dump(value, nullptr); }
  /// The same without the large buffers of what is in it, which come beside it (PickleBuffer objects).
  py::object dump(py::handle value, std::vector<py::object>& buffers) const { return dump(value, &buffers); }

 private:
  using Buffers = std::vector<py::object>;
  py::object dump(py::handle value, Buffers* buffers) const;
  py::object call(const py::object& dumps, py::handle value, Buffers* buffers) const;

  py::object dumps_, by_value_;
  py::object protocol_;
  std::shared_ptr<Buffers> left_out_ = std::make_shared<Buffers>();
  py::object leave_out_;  // the callback that fills it
};

/// The object of a pickle. Throws py::error_already_set.
py::object load_pickle(base::ByteView bytes);
/// `buffers`: what was left out of it.
py::object load_pickle(const py::object& bytes, const py::object& buffers);

}  // namespace mproc::pyembed
