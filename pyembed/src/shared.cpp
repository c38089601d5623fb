#include "shared.hpp"

#include <fmt/format.h>

#include <memory>

namespace mproc::pyembed {
namespace {

using Array = std::shared_ptr<const exec::SharedArray>;

/// In bytes; for an array whose first axis varies fastest.
py::tuple fortran_strides(const job::ArraySpec& array, std::uint64_t step) {
  py::tuple strides(array.shape.size());
  for (std::size_t i = 0; i < array.shape.size(); ++i) {
    strides[i] = step;
    step *= array.shape[i];
  }
  return strides;
}

std::uint64_t element_size(const exec::SharedArray& array) {
  job::ArraySpec one = array.spec();
  one.shape.clear();
  return one.bytes();
}

/// NumPy's documented array interface protocol, version 3.
py::dict array_interface(const exec::SharedArray& array) {
  const job::ArraySpec& spec = array.spec();
  py::dict out;
  py::tuple shape(spec.shape.size());
  for (std::size_t i = 0; i < spec.shape.size(); ++i) shape[i] = spec.shape[i];
  out["version"] = 3;
  out["shape"] = shape;
  static constexpr std::byte nothing{};  // NumPy takes no null pointer
  const std::byte* const data = array.elements().empty() ? &nothing : array.elements().data();
  out["data"] = py::make_tuple(reinterpret_cast<std::uintptr_t>(data), true);
  const std::uint64_t size = element_size(array);
  out["typestr"] = spec.fields.empty() ? spec.dtype : fmt::format("|V{}", size);
  if (spec.fortran) out["strides"] = fortran_strides(spec, size);
  if (spec.fields.empty()) return out;
  py::list fields;
  for (const auto& [name, dtype] : spec.fields) fields.append(py::make_tuple(name, dtype));
  out["descr"] = fields;
  return out;
}

py::object owner_of(Array array) {
  return py::capsule(new Array(std::move(array)), [](void* held) { delete static_cast<Array*>(held); });
}

py::object described(const exec::SharedData& data, const std::string& name) {
  Array array = data.find(name);
  if (!array) return py::none();
  const py::dict interface = array_interface(*array);
  return py::make_tuple(interface, owner_of(std::move(array)));
}

}  // namespace

void register_shared_data(const py::object& module, const exec::SharedData& data) {
  module.attr("array") =
      py::cpp_function([&data](const std::string& name) { return described(data, name); }, py::name("array"));
  module.attr("array_names") = py::cpp_function(
      [&data] {
        py::list names;
        for (const auto& name : data.names()) names.append(name);
        return names;
      },
      py::name("array_names"));
}

}  // namespace mproc::pyembed
