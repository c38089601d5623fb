// As a library that was built with the headers of an mproc of another time.
#include <mproc/abi.hpp>

extern "C" __attribute__((visibility("default"))) const mproc::abi::Library* mproc_kernels() {
  static const mproc::abi::Library library{"mproc kernels 0", 0, nullptr};
  return &library;
}
