#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/job/kernel.hpp"
#include "ndarray.hpp"
#include "pickle.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Turns Python objects into msgpack values that fit the chosen output. Needs the GIL.
class Encoder {
 public:
  explicit Encoder(job::Encoding encoding);
  /// Appends one value. What does not fit is a failure of kind encode; `to` may then hold a part of it.
  /// `subject` is what messages call the value: "result", "item 3 of generator 'm:g'".
  std::optional<base::Failure> append(ValueBytes to, py::handle value, std::string_view subject = "result");

 private:
  /// Thrown inside of the encoder; the message goes on after the subject.
  struct Misfit {
    std::string message;
  };
  /// What the chosen output can hold.
  struct Rules {
    bool bytes = false;
    bool structure = true;    ///< None, dicts, dates, integers beyond 64 bits
    const char* output = "";  ///< "jsonl and csv output"
    const char* remedy = "";
  };
  static Rules rules_of(job::Encoding encoding);

  void pack(py::handle value, unsigned depth);
  void pack_integer(py::handle value);
  void pack_string(py::handle value);
  void pack_bytes(py::handle value);
  void pack_list(py::handle value, unsigned depth);
  void pack_tuple(py::handle value, unsigned depth);
  void pack_dict(py::handle value, unsigned depth);
  void pack_other(py::handle value, unsigned depth);
  bool pack_moment(py::handle value);
  void pack_numpy_scalar(py::handle value, unsigned depth);
  void pack_extension(base::Ext type, const void* data, std::size_t size);
  void pack_extension(base::Ext type, const std::string& text) {
    pack_extension(type, text.data(), text.size());
  }
  [[noreturn]] void misfit(py::handle value, unsigned depth) const;
  std::optional<base::Failure> pack_checked(py::handle value, std::string_view subject);
  std::optional<base::Failure> pack_pickle(py::handle value, std::string_view subject);
  void pack_pickle(const py::object& pickle);
  void pack_pickle(const py::object& pickle, const std::vector<py::object>& buffers);

  job::Encoding encoding_;
  Rules rules_;
  ValueBytes to_;
  NumpyTypes numpy_;
  py::object date_type_;
  std::optional<Pickler> pickler_;
};

}  // namespace mproc::pyembed
