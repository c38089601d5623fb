#include "values.hpp"

#include <array>

#include "mproc/base/shared_bytes.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::client {
namespace {

using base::Ext;
using Packer = msgpack::packer<base::BytesSink>;

constexpr std::size_t view_from = std::size_t{64} << 10;  // bytes: smaller arrays are copied

/// False for integers beyond 64 bits.
bool append_integer(base::Bytes& to, PyObject* value) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow != 0) return false;
  base::BytesSink sink(to);
  Packer(sink).pack_int64(small);
  return true;
}

/// False for text that is no Unicode.
bool append_string(base::Bytes& to, PyObject* value) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) PyErr_Clear();
  if (text == nullptr || static_cast<std::size_t>(size) > UINT32_MAX) return false;
  base::BytesSink sink(to);
  Packer(sink).pack_str(static_cast<std::uint32_t>(size));
  base::append(to, text, static_cast<std::size_t>(size));
  return true;
}

bool append_bytes(base::Bytes& to, PyObject* value) {
  const base::ByteView bytes = content(value);
  if (bytes.size() > UINT32_MAX) return false;
  base::BytesSink sink(to);
  Packer(sink).pack_bin(static_cast<std::uint32_t>(bytes.size()));
  base::append(to, bytes);
  return true;
}

/// numpy.ndarray, as far as the program has imported NumPy: there are no arrays otherwise.
PyObject* array_type() {
  static PyObject* found = nullptr;
  if (found != nullptr) return found;
  PyObject* numpy = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy");  // borrowed
  if (numpy != nullptr) found = PyObject_GetAttrString(numpy, "ndarray");
  if (found == nullptr) PyErr_Clear();
  return found;
}

Ref item_of(PyObject* dict, const char* key) {
  return Ref::borrowed(PyDict_GetItemString(dict, key));
}

std::vector<std::uint64_t> sizes(PyObject* tuple) {
  std::vector<std::uint64_t> shape;
  for (Py_ssize_t i = 0; i < PyTuple_Size(tuple); ++i)
    shape.push_back(PyLong_AsUnsignedLongLong(PyTuple_GetItem(tuple, i)));
  return shape;
}

/// False, with nothing appended, for arrays that are not plain: objects, structures, other orders.
/// `value` stays as it is until the elements have been copied; `owner` keeps it alive, if need be.
bool append_array(Values& to, PyObject* value, const std::shared_ptr<const void>& owner = nullptr) {
  const Ref interface = Ref::checked(PyObject_GetAttrString(value, "__array_interface__"));
  const Ref type = item_of(interface.get(), "typestr"), strides = item_of(interface.get(), "strides"),
            shape = item_of(interface.get(), "shape"), place = item_of(interface.get(), "data");
  if (!type || !shape || !place || (strides && strides.get() != Py_None)) return false;
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(type.get(), &size);
  if (text == nullptr) throw PythonError{};
  const std::string_view dtype(text, static_cast<std::size_t>(size));
  if (dtype.size() < 3 || dtype[0] == '>' || std::string_view("biufc").find(dtype[1]) == dtype.npos)
    return false;
  const auto lengths = sizes(shape.get());
  const auto bytes = job::total_size(lengths, job::itemsize(dtype).value_or(0));
  if (!bytes || *bytes > UINT32_MAX / 2) return false;
  const auto address = PyLong_AsUnsignedLongLong(PyTuple_GetItem(place.get(), 0));
  const base::ByteView elements{reinterpret_cast<const std::byte*>(address), *bytes};
  if (*bytes < base::shared_from || !to.views) {
    job::append_ndarray(to.bytes, dtype, lengths, elements);
  } else {
    job::append_ndarray_head(to.bytes, dtype, lengths, *bytes, to.outside_bytes);
    to.outside.push_back({to.bytes.size(), elements, owner});
    to.outside_bytes += *bytes;
  }
  return true;
}

constexpr unsigned most_depth = 256;  // deeper, or a list that holds itself

bool append_neutral(Values& values, PyObject* value);

/// The plain number or text that a NumPy scalar, or an object of a class that extends one, stands for; or
/// nothing.
Ref scalar_of(PyObject* value) {
  if (PyFloat_Check(value)) return Ref::checked(PyFloat_FromDouble(PyFloat_AsDouble(value)));
  if (PyUnicode_Check(value)) return Ref::checked(PyUnicode_FromObject(value));
  if (PyLong_CheckExact(value))
    refuse(PyExc_OverflowError, "an integer beyond 64 bits is none for a native kernel");
  if (PyIndex_Check(value)) return Ref::checked(PyNumber_Long(value));
  if (array_type() == nullptr || PyObject_HasAttrString(value, "dtype") == 0) return {};
  return Ref::checked(PyObject_CallMethod(value, "item", nullptr));
}

std::shared_ptr<const void> owner_of(const Ref& object) {
  return {Ref(object).release(),
          [](const void* o) { Py_DECREF(static_cast<PyObject*>(const_cast<void*>(o))); }};
}

/// A value without pickles: what has a neutral form, and lists and dicts of that.
void append_plain(Values& to, PyObject* value, unsigned depth = 0) {
  if (append_neutral(to, value)) return;
  if (depth > most_depth) refuse(PyExc_ValueError, "a value is nested too deeply, or contains itself");
  base::BytesSink sink(to.bytes);
  if (PyList_Check(value) || PyTuple_Check(value)) {
    const Ref items = Ref::checked(PySequence_Tuple(value));
    Packer(sink).pack_array(static_cast<std::uint32_t>(PyTuple_Size(items.get())));
    for (Py_ssize_t i = 0; i < PyTuple_Size(items.get()); ++i)
      append_plain(to, PyTuple_GetItem(items.get(), i), depth + 1);
  } else if (PyDict_Check(value)) {
    const Ref items = Ref::checked(PyDict_Items(value));
    Packer(sink).pack_map(static_cast<std::uint32_t>(PyList_Size(items.get())));
    for (Py_ssize_t i = 0; i < PyList_Size(items.get()); ++i) {
      PyObject* item = PyList_GetItem(items.get(), i);
      PyObject* key = PyTuple_GetItem(item, 0);
      if (!PyUnicode_Check(key) || !append_string(to.bytes, key))
        refuse(PyExc_TypeError, "a dict for a native kernel has names as keys");
      append_plain(to, PyTuple_GetItem(item, 1), depth + 1);
    }
  } else if (reinterpret_cast<PyObject*>(Py_TYPE(value)) ==
             array_type()) {  // its elements lie in another order
    const Ref copy = Ref::checked(PyObject_CallMethod(value, "copy", nullptr));
    if (!append_array(to, copy.get(), owner_of(copy)))
      refuse(PyExc_TypeError, "an array for a native kernel is of numbers of this machine's byte order");
  } else if (const Ref scalar = scalar_of(value)) {
    append_plain(to, scalar.get(), depth + 1);
  } else {
    const Ref type =
        Ref::checked(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)), "__name__"));
    PyErr_Format(PyExc_TypeError,
                 "a native kernel takes numbers, texts, lists, dicts and arrays of numbers, and no %U",
                 type.get());
    throw PythonError{};
  }
}

bool append_neutral(Values& values, PyObject* value) {
  base::Bytes& to = values.bytes;
  if (PyLong_CheckExact(value)) return append_integer(to, value);
  if (PyFloat_CheckExact(value)) return job::append_double(to, PyFloat_AsDouble(value)), true;
  if (PyUnicode_CheckExact(value)) return append_string(to, value);
  base::BytesSink sink(to);
  if (value == Py_None) return Packer(sink).pack_nil(), true;
  if (value == Py_True) return Packer(sink).pack_true(), true;
  if (value == Py_False) return Packer(sink).pack_false(), true;
  if (PyBytes_CheckExact(value)) return append_bytes(to, value);
  return reinterpret_cast<PyObject*>(Py_TYPE(value)) == array_type() && append_array(values, value);
}

/// A list of a pickle and of arrays of bytes, which are its buffers.
void append_buffers(Values& to, PyObject* parts) {
  base::BytesSink sink(to.bytes);
  Packer(sink).pack_array(static_cast<std::uint32_t>(1 + PyList_Size(parts)));
  Packer(sink).pack_ext(0, static_cast<std::int8_t>(Ext::buffers));
  append_bytes(to.bytes, PyList_GetItem(parts, 0));
  const auto owner = owner_of(Ref::borrowed(parts));
  for (Py_ssize_t i = 1; i < PyList_Size(parts); ++i) append_array(to, PyList_GetItem(parts, i), owner);
}

void append_pickle(Values& to, PyObject* value, const Hooks& hooks) {
  const Ref pickle = Ref::checked(PyObject_CallFunctionObjArgs(hooks.pickle.get(), value, nullptr));
  if (PyList_Check(pickle.get())) return append_buffers(to, pickle.get());
  const base::ByteView bytes = content(pickle.get());
  base::BytesSink sink(to.bytes);
  Packer(sink).pack_ext(bytes.size(), static_cast<std::int8_t>(Ext::pickle));
  base::append(to.bytes, bytes);
}

Ref complex_number(base::ByteView body) {
  std::array<double, 2> parts{};
  if (body.size() != sizeof parts) throw base::DecodeError("a complex number of another size");
  std::memcpy(parts.data(), body.data(), sizeof parts);
  return Ref::checked(PyComplex_FromDoubles(parts[0], parts[1]));
}

Ref text_of(const std::string& text) {
  return Ref::checked(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
}

}  // namespace

base::ByteView content(PyObject* bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes, &data, &size) != 0) throw PythonError{};
  return {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

void append_value(Values& to, PyObject* value, const Hooks& hooks) {
  if (to.native)
    append_plain(to, value);
  else if (!append_neutral(to, value))
    append_pickle(to, value, hooks);
}

void append_list(Values& to, PyObject* tuple, const Hooks& hooks) {
  const Py_ssize_t size = PyTuple_Size(tuple);
  if (size < 0) throw PythonError{};
  base::BytesSink sink(to.bytes);
  Packer(sink).pack_array(static_cast<std::uint32_t>(size));
  for (Py_ssize_t i = 0; i < size; ++i) append_value(to, PyTuple_GetItem(tuple, i), hooks);
}

Ref ResultBuilder::extension(Ext type, base::ByteView body) {
  switch (type) {
    case Ext::pickle: {
      const Ref bytes = binary(base::text(body));
      return Ref::checked(PyObject_CallFunctionObjArgs(hooks_.unpickle.get(), bytes.get(), nullptr));
    }
    case Ext::failure:
      return failure(body);
    case Ext::ndarray:
      return array(body);
    case Ext::bigint:
      return Ref::checked(PyLong_FromString(std::string(base::text(body)).c_str(), nullptr, 10));
    case Ext::buffers:
      any_buffers_ = true;
      return nil();
    case Ext::complex:
      return complex_number(body);
    case Ext::datetime:
      return Ref::checked(
          PyObject_CallFunctionObjArgs(hooks_.moment.get(), string(base::text(body)).get(), nullptr));
  }
  throw base::DecodeError("a value of an extension type that this version of mproc does not know");
}

Ref ResultBuilder::load_with_buffers(PyObject* parts) {
  if (PyList_Size(parts) < 2) throw base::DecodeError("a pickle with buffers, and no pickle");
  const Ref buffers = Ref::checked(PyList_GetSlice(parts, 2, PyList_Size(parts)));
  return Ref::checked(
      PyObject_CallFunctionObjArgs(hooks_.unpickle.get(), PyList_GetItem(parts, 1), buffers.get(), nullptr));
}

Ref ResultBuilder::array(base::ByteView body) {
  const auto array = job::decode_ndarray(body);
  std::shared_ptr<std::byte> memory = memory_;
  const std::byte* data = array.data.data();
  if (!memory || array.data.size() < view_from) {
    memory.reset(new std::byte[array.data.size() + 1], std::default_delete<std::byte[]>());
    std::memcpy(memory.get(), data, array.data.size());
    data = memory.get();
  }
  auto kept = std::make_unique<std::shared_ptr<std::byte>>(std::move(memory));
  const Ref owner = Ref::checked(PyCapsule_New(kept.get(), nullptr, [](PyObject* capsule) {
    delete static_cast<std::shared_ptr<std::byte>*>(PyCapsule_GetPointer(capsule, nullptr));
  }));
  kept.release();
  const Ref shape = Ref::checked(PyTuple_New(static_cast<Py_ssize_t>(array.shape.size())));
  for (std::size_t i = 0; i < array.shape.size(); ++i)
    PyTuple_SetItem(shape.get(), static_cast<Py_ssize_t>(i), natural(array.shape[i]).release());
  const Ref dtype = string(array.dtype), address = natural(reinterpret_cast<std::uintptr_t>(data));
  return Ref::checked(PyObject_CallFunctionObjArgs(hooks_.array.get(), dtype.get(), shape.get(),
                                                   address.get(), owner.get(), nullptr));
}

Ref ResultBuilder::failure(base::ByteView body) {
  any_failed_ = true;
  const Ref fields = failure_tuple(base::unpack_as<base::Failure>(body));
  return Ref::checked(PyObject_CallObject(hooks_.failure.get(), fields.get()));
}

base::Bytes packed(PyObject* value) {
  const Hooks hooks;  // plain values need none
  Values values{.views = false, .native = true};
  append_value(values, value, hooks);
  return std::move(values.bytes);
}

Ref unpacked(base::ByteView bytes) {
  const Hooks hooks;
  ResultBuilder build(hooks, nullptr);
  return base::ValueReader<ResultBuilder>(bytes).next(build);
}

Ref object_of(const base::Json& tree) {
  base::Bytes bytes;
  job::append_value(bytes, tree);
  return unpacked(bytes);
}

Ref bytes_object(base::ByteView bytes) {
  return Ref::checked(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<Py_ssize_t>(bytes.size())));
}

Ref failure_tuple(const base::Failure& failure) {
  const Ref kind = text_of(base::name(failure.kind)), type = text_of(failure.type),
            message = text_of(failure.message), traceback = text_of(failure.traceback),
            host = text_of(failure.host),
            exception = Ref::checked(PyBytes_FromStringAndSize(
                failure.exception.data(), static_cast<Py_ssize_t>(failure.exception.size())));
  return Ref::checked(Py_BuildValue("(OOOOOiLIO)", kind.get(), type.get(), message.get(), traceback.get(),
                                    host.get(), static_cast<int>(failure.rank),
                                    static_cast<long long>(failure.pid), failure.attempts, exception.get()));
}

}  // namespace mproc::client
