#include "generator.hpp"

#include <fmt/format.h>

#include "failure.hpp"
#include "mproc/base/time.hpp"

namespace mproc::pyembed {
namespace {
constexpr std::int64_t request_ns = 20'000'000;  // a slow generator's items go on their way as they come
}

using base::Failure;
using base::FailureKind;

std::optional<Failure> Generator::open(py::handle function, const std::string& name) {
  name_ = name;
  try {
    const py::object items = function();
    iterator_ = py::reinterpret_steal<py::object>(PyObject_GetIter(items.ptr()));
    if (iterator_) return std::nullopt;
    PyErr_Clear();
    return Failure{
        .kind = FailureKind::item,
        .message = fmt::format("generator '{}' gives a value of type '{}', which cannot be iterated; yield "
                               "the items, or return a list of them",
                               name, type_name_of(items))};
  } catch (py::error_already_set& error) {
    return take_failure(FailureKind::exception, error);
  }
}

std::optional<Failure> Generator::next(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                       std::uint64_t max_items, std::size_t max_bytes, bool& more) {
  more = static_cast<bool>(iterator_);
  const std::size_t start = to.size();
  const std::int64_t deadline = base::monotonic_ns() + request_ns;
  for (std::uint64_t i = 0; more && i < max_items && to.size() - start < max_bytes; ++i) {
    if (i > 0 && base::monotonic_ns() > deadline) break;
    const std::size_t begin = to.size();
    if (auto failure = append_next(to, more)) {
      to.resize(begin);
      more = false;
      iterator_ = {};
      return failure;
    }
    if (more) ends.push_back(to.size());
  }
  return std::nullopt;
}

std::optional<Failure> Generator::append_next(base::Bytes& to, bool& more) {
  const auto item = py::reinterpret_steal<py::object>(PyIter_Next(iterator_.ptr()));
  if (!item) {
    more = false;
    if (PyErr_Occurred() != nullptr) return take_failure(FailureKind::exception);
    iterator_ = {};
    return std::nullopt;
  }
  return encoder_.append({to, nullptr}, item, fmt::format("item {} of generator '{}'", position_++, name_));
}

}  // namespace mproc::pyembed
