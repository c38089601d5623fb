#pragma once

#include <optional>
#include <string>

#include "decode.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/job/kernel.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// A function with its constants, and how an item becomes its arguments. Needs the GIL.
class Kernel {
 public:
  /// Throws DecodeError when spec.args is no map.
  Kernel(py::object function, const job::MapSpec& spec);

  /// What the function gets for an item: a list and a dict, for the signature check.
  struct Arguments {
    py::list positional;
    py::dict keywords;
  };
  /// Throws ItemMisfit.
  Arguments arguments(py::handle item) const;
  /// Calls the function: null with the Python error pending when it raises. Throws ItemMisfit.
  py::object call(py::handle item) const;

  /// The item does not fit the call mode; what() says how.
  struct ItemMisfit {
    std::string message;
  };

  const py::object& function() const { return function_; }
  job::Call mode() const { return mode_; }
  py::dict constants() const;

 private:
  Arguments of_call(py::handle item) const;
  bool takes_item_whole(py::handle item) const;
  py::dict merged(py::handle item) const;

  py::object function_;
  job::Call mode_;
  std::string args_;
  // Constants that tasks could change are decoded for each task anew, or one task would see another's
  // changes.
  bool shared_ = true;
  py::dict constants_;
};

/// Whether the item is named: a dict whose keys are all strings.
bool is_named(py::handle item);

}  // namespace mproc::pyembed
