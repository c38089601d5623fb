#include "mproc/run/load_data.hpp"

#include <cstdlib>
#include <filesystem>

#include "mproc/base/fd.hpp"

namespace mproc::run {

std::vector<LoadedArray> load_data(const std::vector<job::DataFile>& files) {
  std::vector<LoadedArray> out;
  for (const job::DataFile& file : files) {
    auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(file.array.bytes()));
    job::read_elements(file, [&](base::ByteView piece) { memory->write(piece); });
    out.push_back({file.array, std::move(memory)});
  }
  return out;
}

std::string node_of(base::Rank rank) {
  if (const char* ranks = std::getenv("MPROC_TEST_RANKS_PER_NODE"))
    return std::to_string(rank.value / std::max(1, std::atoi(ranks)));
  return base::read_file("/proc/sys/kernel/random/boot_id") +
         std::filesystem::read_symlink("/proc/self/ns/pid").string();
}

}  // namespace mproc::run
