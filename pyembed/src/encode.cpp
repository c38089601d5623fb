#include "encode.hpp"

#include <fmt/format.h>

#include <array>

#include "buffer.hpp"
#include "failure.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::pyembed {

using base::Ext;
using base::Failure;
using base::FailureKind;

namespace {

constexpr unsigned max_depth = 256;  // deeper, or a list that holds itself

using Packer = msgpack::packer<base::BytesSink>;

/// Whether the neutral form of the value has its very type.
bool is_exact(py::handle value) {
  PyObject* object = value.ptr();
  return object == Py_None || PyFloat_CheckExact(object) != 0 || PyLong_CheckExact(object) != 0 ||
         PyUnicode_CheckExact(object) != 0 || PyBool_Check(object) != 0 || PyBytes_CheckExact(object) != 0;
}

bool is_longest(std::size_t size) {
  return size > UINT32_MAX;
}

}  // namespace

Encoder::Rules Encoder::rules_of(job::Encoding encoding) {
  switch (encoding) {
    case job::Encoding::neutral:
      return {.output = "jsonl and csv output",
              .remedy = "return lists, dicts, numbers, strings or arrays, or choose a .pickle output"};
    case job::Encoding::array:
      return {.structure = false,
              .output = "npy and npz output",
              .remedy = "return numbers, booleans, strings or arrays, or choose a .jsonl or .pickle output"};
    case job::Encoding::any:
    case job::Encoding::journal:
    case job::Encoding::driver:
      break;
  }
  return {.bytes = true};
}

Encoder::Encoder(job::Encoding encoding) : encoding_(encoding), rules_(rules_of(encoding)) {
  date_type_ = import_module("datetime").attr("date");
  if (rules_.bytes) pickler_.emplace();
}

std::optional<Failure> Encoder::append(ValueBytes to, py::handle value, std::string_view subject) {
  to_ = to;
  const ValueBytes::Mark start = to.mark();
  if (encoding_ == job::Encoding::any) return pack_pickle(value, subject);
  if (encoding_ == job::Encoding::driver && !is_exact(value)) {
    if (numpy_.is_plain_array(value) && encode_plain_array(value, to_)) return std::nullopt;
    return pack_pickle(value, subject);
  }
  auto failure = pack_checked(value, subject);
  if (!failure || !pickler_) return failure;
  to_.go_back(start);
  return pack_pickle(value, subject);
}

std::optional<Failure> Encoder::pack_checked(py::handle value, std::string_view subject) {
  try {
    pack(value, 0);
    return std::nullopt;
  } catch (const Misfit& misfit) {
    return Failure{.kind = FailureKind::encode, .message = std::string(subject) + misfit.message};
  } catch (const base::UserError& error) {
    return Failure{.kind = FailureKind::encode,
                   .message = fmt::format("{} does not fit: {}", subject, error.what())};
  } catch (py::error_already_set& error) {
    Failure failure = take_failure(FailureKind::encode, error);
    failure.message =
        fmt::format("{} of type '{}' cannot be encoded: {}", subject, type_name_of(value), failure.message);
    return failure;
  }
}

std::optional<Failure> Encoder::pack_pickle(py::handle value, std::string_view subject) {
  try {
    if (encoding_ == job::Encoding::driver) {
      std::vector<py::object> buffers;
      const py::object pickle = pickler_->dump(value, buffers);
      buffers.empty() ? pack_pickle(pickle) : pack_pickle(pickle, buffers);
    } else {
      pack_pickle(pickler_->dump(value));
    }
    return std::nullopt;
  } catch (py::error_already_set& error) {
    Failure failure = take_failure(FailureKind::encode, error);
    failure.message =
        fmt::format("{} of type '{}' cannot be pickled: {}", subject, type_name_of(value), failure.message);
    return failure;
  }
}

void Encoder::pack_pickle(const py::object& pickle) {
  const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(pickle.ptr()));
  base::BytesSink sink(to_.bytes());
  Packer(sink).pack_ext(size, static_cast<std::int8_t>(Ext::pickle));
  to_.append(PyBytes_AS_STRING(pickle.ptr()), size, pickle);
}

void Encoder::pack_pickle(const py::object& pickle, const std::vector<py::object>& buffers) {
  base::BytesSink sink(to_.bytes());
  Packer(sink).pack_array(static_cast<std::uint32_t>(2 + buffers.size()));
  Packer(sink).pack_ext(0, static_cast<std::int8_t>(Ext::buffers));
  pack_bytes(pickle);
  for (const py::object& owner : buffers) {
    Buffer buffer(owner, PyBUF_ANY_CONTIGUOUS);
    const auto size = static_cast<std::uint64_t>(buffer->len);
    job::append_ndarray_head(to_.bytes(), "|u1", std::array{size}, size, to_.outside_size());
    to_.append(buffer->buf, size, owner);
  }
}

void Encoder::misfit(py::handle value, unsigned depth) const {
  const std::string name = type_name_of(value);
  throw Misfit{depth == 0
                   ? fmt::format(" of type '{}' does not fit {}; {}", name, rules_.output, rules_.remedy)
                   : fmt::format(" holds a value of type '{}', which does not fit {}; {}", name,
                                 rules_.output, rules_.remedy)};
}

// Ordered by how often results are of each type: this runs once a task.
void Encoder::pack(py::handle value, unsigned depth) {
  base::BytesSink sink(to_.bytes());
  PyObject* object = value.ptr();
  if (object == Py_None) {
    if (!rules_.structure) misfit(value, depth);
    Packer(sink).pack_nil();
  } else if (PyFloat_CheckExact(object) != 0) {
    job::append_double(to_.bytes(), PyFloat_AS_DOUBLE(object));
  } else if (PyLong_CheckExact(object) != 0) {
    pack_integer(value);
  } else if (PyUnicode_Check(object) != 0) {
    pack_string(value);
  } else if (PyBool_Check(object) != 0) {
    object == Py_True ? Packer(sink).pack_true() : Packer(sink).pack_false();
  } else if (depth >= max_depth) {
    throw Misfit{fmt::format(" is nested more than {} deep, or contains itself", max_depth)};
  } else if (PyDict_Check(object) != 0) {
    pack_dict(value, depth);
  } else if (PyList_Check(object) != 0) {
    pack_list(value, depth);
  } else if (PyTuple_Check(object) != 0) {
    pack_tuple(value, depth);
  } else {
    pack_other(value, depth);
  }
}

void Encoder::pack_integer(py::handle value) {
  base::BytesSink sink(to_.bytes());
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) {
    if (small == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    Packer(sink).pack_int64(small);
    return;
  }
  const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(value.ptr()) : 0;
  if (overflow > 0 && PyErr_Occurred() == nullptr) {
    Packer(sink).pack_uint64(large);
    return;
  }
  PyErr_Clear();
  if (!rules_.structure)
    throw Misfit{fmt::format(" is an integer beyond 64 bits, which does not fit {}; {}", rules_.output,
                             rules_.remedy)};
  pack_extension(Ext::bigint, utf8(checked(PyNumber_ToBase(value.ptr(), 10))));
}

void Encoder::pack_string(py::handle value) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    py::error_already_set error;  // a lone surrogate, or no memory
    if (!error.matches(PyExc_UnicodeError)) throw error;
    throw Misfit{
        " has text that is not valid Unicode (a lone surrogate); return bytes decoded with "
        "errors=\"replace\""};
  }
  const auto length = static_cast<std::size_t>(size);
  if (is_longest(length)) throw Misfit{" has a string of more than 4 GiB; split it"};
  base::BytesSink sink(to_.bytes());
  Packer(sink).pack_str(static_cast<std::uint32_t>(length));
  to_.append(text, length, value);
}

void Encoder::pack_bytes(py::handle value) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(value.ptr(), &data, &size) != 0) throw py::error_already_set();
  if (is_longest(static_cast<std::size_t>(size))) throw Misfit{" has bytes of more than 4 GiB; split it"};
  base::BytesSink sink(to_.bytes());
  Packer(sink).pack_bin(static_cast<std::uint32_t>(size));
  to_.append(data, static_cast<std::size_t>(size), value);
}

void Encoder::pack_list(py::handle value, unsigned depth) {
  base::BytesSink sink(to_.bytes());
  const Py_ssize_t size = PyList_GET_SIZE(value.ptr());
  if (is_longest(static_cast<std::size_t>(size))) throw Misfit{" has too long a list"};
  Packer(sink).pack_array(static_cast<std::uint32_t>(size));
  for (Py_ssize_t i = 0; i < size; ++i) {
    // Elements may run Python code of their own, which may change the list.
    if (i >= PyList_GET_SIZE(value.ptr())) throw Misfit{" has a list that changed while it was encoded"};
    pack(py::reinterpret_borrow<py::object>(PyList_GET_ITEM(value.ptr(), i)), depth + 1);
  }
}

void Encoder::pack_tuple(py::handle value, unsigned depth) {
  base::BytesSink sink(to_.bytes());
  const Py_ssize_t size = PyTuple_GET_SIZE(value.ptr());
  if (is_longest(static_cast<std::size_t>(size))) throw Misfit{" has too long a tuple"};
  Packer(sink).pack_array(static_cast<std::uint32_t>(size));
  for (Py_ssize_t i = 0; i < size; ++i) pack(PyTuple_GET_ITEM(value.ptr(), i), depth + 1);
}

void Encoder::pack_dict(py::handle value, unsigned depth) {
  if (!rules_.structure) misfit(value, depth);
  base::BytesSink sink(to_.bytes());
  const Py_ssize_t size = PyDict_GET_SIZE(value.ptr());
  if (is_longest(static_cast<std::size_t>(size))) throw Misfit{" has too large a dict"};
  Packer(sink).pack_map(static_cast<std::uint32_t>(size));
  Py_ssize_t position = 0, packed = 0;
  PyObject *raw_key = nullptr, *raw_item = nullptr;
  while (PyDict_Next(value.ptr(), &position, &raw_key, &raw_item) != 0) {
    const auto key = py::reinterpret_borrow<py::object>(raw_key),
               item = py::reinterpret_borrow<py::object>(raw_item);
    if (PyUnicode_Check(key.ptr()) == 0)
      throw Misfit{
          fmt::format(" has a dict with a key of type '{}', which does not fit {}; use strings as keys",
                      type_name_of(key), rules_.output)};
    pack_string(key);
    pack(item, depth + 1);
    if (++packed > size) break;
  }
  if (packed != size || PyDict_GET_SIZE(value.ptr()) != size)
    throw Misfit{" has a dict that changed while it was encoded"};
}

}  // namespace mproc::pyembed
