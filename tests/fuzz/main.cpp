// libFuzzer's entry of every target. `fuzz_wire --seeds DIR` writes the seeds there.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz.hpp"

namespace {

void write_seeds(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  std::size_t number = 0;
  for (const std::string& seed : mproc::fuzz::seeds())
    std::ofstream(directory / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count != 3 || std::string_view((*arguments)[1]) != "--seeds") return 0;
  write_seeds((*arguments)[2]);
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mproc::fuzz::attack({data, size});
  return 0;
}
