#include "random.hpp"

namespace mproc::pyembed {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

py::object numpy_seed() {
  PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy.random");
  if (module == nullptr) return {};
  auto seed = py::reinterpret_steal<py::object>(PyObject_GetAttrString(module, "seed"));
  PyErr_Clear();
  return seed;
}

}  // namespace

TaskSeeds task_seeds(std::uint64_t seed, std::uint32_t stage, std::uint64_t index) {
  const std::uint64_t s = mix(mix(mix(seed) ^ stage) ^ index);
  return {s, static_cast<std::uint32_t>(mix(s) >> 32)};
}

Seeder::Seeder() : python_seed_(import_module("random").attr("seed")) {
  // Before any task does: a task's first own import would come too late to be seeded.
  py::reinterpret_steal<py::object>(PyImport_ImportModule("numpy.random"));
  PyErr_Clear();
  numpy_seed_ = numpy_seed();
}

void Seeder::seed(const TaskSeeds& seeds) {
  python_seed_(seeds.python);
  if (numpy_seed_) numpy_seed_(seeds.numpy);
}

void reseed_numpy_after_fork() {
  if (const py::object seed = numpy_seed()) seed();
}

}  // namespace mproc::pyembed
