#include "mproc/exec/shared_data.hpp"

#include <fmt/format.h>

#include "mproc/base/error.hpp"

namespace mproc::exec {

void SharedData::add(const ArrayPlace& place) {
  Known& known = arrays_[place.array.name] = {};
  try {
    const auto memory = base::NodeMemory::open(place.memory);
    if (memory && memory->size() == place.array.bytes())
      known.array = std::make_shared<const SharedArray>(place.array, *memory);
    else
      known.problem = fmt::format("the shared array '{}' is not in process {} (any more), or /proc hides it",
                                  place.array.name, place.memory.pid);
  } catch (const std::exception& e) {
    known.problem = fmt::format("the shared array '{}' cannot be had: {}", place.array.name, e.what());
  }
}

std::shared_ptr<const SharedArray> SharedData::find(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) return nullptr;
  if (!found->second.array) throw base::SystemError(found->second.problem);
  return found->second.array;
}

std::vector<std::string> SharedData::names() const {
  std::vector<std::string> out;
  for (const auto& [name, known] : arrays_) out.push_back(name);
  return out;
}

}  // namespace mproc::exec
