#include "mproc/run/load_data.hpp"

#include <cstdlib>
#include <filesystem>

#include "mproc/base/fd.hpp"
#include "mproc/job/crossval.hpp"

namespace mproc::run {
namespace {

template <class T>
LoadedArray array_of(std::string name, std::string dtype, std::vector<std::uint64_t> shape,
                     const std::vector<T>& elements) {
  auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(elements.size() * sizeof(T)));
  memory->write(std::as_bytes(std::span(elements)));
  return {{std::move(name), std::move(dtype), {}, false, std::move(shape)}, std::move(memory)};
}

}  // namespace

std::vector<LoadedArray> load_data(const job::Job& job) {
  std::vector<LoadedArray> out;
  for (const job::DataFile& file : job.data) {
    auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(file.array.bytes()));
    job::read_elements(file, [&](base::ByteView piece) { memory->write(piece); });
    out.push_back({file.array, std::move(memory)});
  }
  if (!job.crossval) return out;
  const auto& sets = job.crossval->sets.each;
  const auto packed = kernels::crossval::pack(sets);
  out.push_back(array_of("crossval.sets", "<i8", {sets.size(), 2, 3}, packed.sides));
  out.push_back(array_of("crossval.index", "<u4", {packed.index.size()}, packed.index));
  return out;
}

std::string node_of(base::Rank rank) {
  if (const char* ranks = std::getenv("MPROC_TEST_RANKS_PER_NODE"))
    return std::to_string(rank.value / std::max(1, std::atoi(ranks)));
  return base::read_file("/proc/sys/kernel/random/boot_id") +
         std::filesystem::read_symlink("/proc/self/ns/pid").string();
}

}  // namespace mproc::run
