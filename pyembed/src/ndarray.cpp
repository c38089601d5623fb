#include "ndarray.hpp"

#include <fmt/format.h>

#include <array>

#include "buffer.hpp"
#include "failure.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::pyembed {
namespace {

bool has_neutral_form(py::handle dtype) {
  const char kind = utf8(dtype.attr("kind"))[0];
  const auto size = dtype.attr("itemsize").cast<std::size_t>();
  if (kind == 'f') return size <= 8;
  if (kind == 'c') return size <= 16;
  return std::string_view("biuUS").find(kind) != std::string_view::npos;
}

std::vector<std::uint64_t> shape_of(py::handle array) {
  std::vector<std::uint64_t> shape;
  for (const py::handle n : array.attr("shape")) shape.push_back(n.cast<std::uint64_t>());
  return shape;
}

py::object little_endian(py::handle array, const py::object& dtype) {
  if (utf8(dtype.attr("str"))[0] != '>') return py::reinterpret_borrow<py::object>(array);
  return array.attr("astype")(dtype.attr("newbyteorder")("<"));
}

/// What an object's __array_struct__ capsule holds: NumPy's documented array interface protocol, version 3.
struct ArrayInterface {
  int two;  ///< 2: the struct is what it should be
  int dimensions;
  char kind;  ///< as dtype.kind
  int item_size;
  int flags;
  Py_intptr_t* shape;
  Py_intptr_t* strides;
  void* data;
  PyObject* description;
};
constexpr int c_contiguous = 0x1, not_swapped = 0x200;

/// dtype.str of native numbers and booleans; empty for others.
std::string_view native_dtype(char kind, int size) {
  static constexpr std::array<std::string_view, 14> names{"<f8", "<i8", "<f4", "<i4", "|b1", "|u1", "|i1",
                                                          "<u8", "<u4", "<i2", "<u2", "<f2", "<c8", "<c16"};
  for (const std::string_view name : names)
    if (name[1] == kind &&
        (size < 10 ? name.size() == 3 && name[2] == '0' + size : size == 16 && name == "<c16"))
      return name;
  return {};
}

bool is_aligned(base::ByteView data) {
  return reinterpret_cast<std::uintptr_t>(data.data()) % 64 == 0;
}

/// Memory of items, as an object that NumPy can make arrays of and keeps.
struct ItemMemory {
  std::shared_ptr<std::byte> owner;
  std::byte* data;
  std::size_t size;
};

py::object array_view(const job::NdarrayView& view, const py::tuple& shape, const py::str& dtype,
                      const std::shared_ptr<std::byte>& memory) {
  static const py::handle registered =  // for the interpreter's life, which is the process's
      py::class_<ItemMemory>(py::handle(), "ItemMemory", py::buffer_protocol(), py::module_local())
          .def_buffer([](const ItemMemory& m) {
            return py::buffer_info(m.data, 1, "B", static_cast<py::ssize_t>(m.size));
          })
          .release();
  (void)registered;
  auto* data = const_cast<std::byte*>(view.data.data());  // a mapping of this process's own
  return import_module("numpy").attr("ndarray")(shape, dtype,
                                                py::cast(ItemMemory{memory, data, view.data.size()}));
}

}  // namespace

py::object decode_array(base::ByteView body, const std::shared_ptr<std::byte>& memory) {
  const job::NdarrayView view = job::decode_ndarray(body);
  py::tuple shape(view.shape.size());
  for (std::size_t i = 0; i < view.shape.size(); ++i) shape[i] = view.shape[i];
  const py::str dtype(view.dtype.data(), view.dtype.size());
  py::object array;
  try {
    if (memory && view.data.size() >= base::shared_from && is_aligned(view.data))
      return array_view(view, shape, dtype, memory);
    array = import_module("numpy").attr("empty")(shape, dtype);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ImportError)) throw;
    throw base::DecodeError(fmt::format("the item holds an array, and there is no NumPy; install it for {}",
                                        safe_str(py::handle(PySys_GetObject("executable")))));
  }
  if (view.data.empty()) return array;
  Buffer bytes(array.attr("reshape")(-1).attr("view")("u1"),
               PyBUF_WRITABLE);  // dates have no buffer of their own
  std::memcpy(bytes->buf, view.data.data(), view.data.size());
  return array;
}

bool encode_plain_array(py::handle array, ValueBytes& to) {
  static PyObject* const name = PyUnicode_InternFromString("__array_struct__");
  const auto capsule = py::reinterpret_steal<py::object>(PyObject_GetAttr(array.ptr(), name));
  const auto* interface =
      capsule ? static_cast<const ArrayInterface*>(PyCapsule_GetPointer(capsule.ptr(), nullptr)) : nullptr;
  if (interface == nullptr || interface->two != 2) {
    PyErr_Clear();
    return false;
  }
  if ((interface->flags & c_contiguous) == 0 || (interface->flags & not_swapped) == 0) return false;
  const std::string_view dtype = native_dtype(interface->kind, interface->item_size);
  if (dtype.empty()) return false;
  const std::vector<std::uint64_t> shape(interface->shape, interface->shape + interface->dimensions);
  std::uint64_t size = static_cast<std::uint64_t>(interface->item_size);
  for (const std::uint64_t n : shape) size *= n;
  job::append_ndarray_head(to.bytes(), dtype, shape, size, to.outside_size());
  to.append(interface->data, size, array);
  return true;
}

bool encode_array(py::handle array, base::Bytes& to) {
  const py::object dtype = array.attr("dtype");
  if (!has_neutral_form(dtype) || py::hasattr(array, "mask")) return false;
  const py::object plain = little_endian(array, dtype);
  Buffer memory(plain, PyBUF_FULL_RO);
  const std::string type = utf8(plain.attr("dtype").attr("str"));
  const auto size = static_cast<std::uint64_t>(memory->len);
  std::byte* target = job::append_ndarray_header(to, type, shape_of(plain), size);
  if (size > 0 && PyBuffer_ToContiguous(target, memory.get(), memory->len, 'C') != 0)
    throw py::error_already_set();
  return true;
}

bool NumpyTypes::available() {
  if (ndarray_) return true;
  PyObject* numpy = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy");
  if (numpy == nullptr) return false;
  const auto get = [&](const char* name) {
    auto found = py::reinterpret_steal<py::object>(PyObject_GetAttrString(numpy, name));
    if (!found) PyErr_Clear();
    return found && PyType_Check(found.ptr()) != 0 ? found : py::object();
  };
  const py::object array = get("ndarray");
  generic_ = get("generic");
  if (array && generic_) ndarray_ = array;
  return static_cast<bool>(ndarray_);
}

char dtype_kind(py::handle array_or_scalar) {
  return utf8(array_or_scalar.attr("dtype").attr("kind"))[0];
}

}  // namespace mproc::pyembed
