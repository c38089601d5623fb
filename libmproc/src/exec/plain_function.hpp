#pragma once

#include <ffi.h>

#include <string>
#include <vector>

#include "mproc/abi.hpp"
#include "mproc/job/native.hpp"

namespace mproc::exec {

/// An existing C or Fortran function as a kernel, by its signature: called through libffi.
class PlainFunction {
 public:
  PlainFunction(job::NativeFunction function, void* address);
  PlainFunction(const PlainFunction&) = delete;
  PlainFunction& operator=(const PlainFunction&) = delete;
  /// Lives as long as this.
  const abi::Kernel& kernel() const { return kernel_; }

 private:
  static bool check(const void* self, abi::Reader& item);
  static abi::Status run(const void* self, abi::Task& task, abi::Reader& item, abi::Writer& result);
  struct Call;

  job::NativeFunction function_;
  void* address_;
  std::vector<std::string> types_;
  std::string result_type_;
  std::vector<abi::Parameter> parameters_;  // that items give
  std::vector<ffi_type*> ffi_types_;
  mutable ffi_cif interface_{};
  abi::Kernel kernel_{};
};

}  // namespace mproc::exec
