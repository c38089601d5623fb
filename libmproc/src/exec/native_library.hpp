#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mproc/abi.hpp"

namespace mproc::exec {

/// A shared library that native kernels are in, loaded until the process ends (what it has started may go
/// on).
class NativeLibrary {
 public:
  /// `name`: a path, which is relative to the first of `folders` that has it, or a library's name as the
  /// system's loader knows it; "libm.so" is found as libm.so.6 too. "program": the running program itself.
  /// Throws UserError.
  NativeLibrary(const std::string& name, const std::vector<std::string>& folders);
  /// The address of a function. Throws UserError.
  void* symbol(const std::string& name) const;
  /// A kernel that the library registers. Throws UserError: none of that name, or another ABI.
  const abi::Kernel& kernel(const std::string& name) const;

 private:
  std::string name_;
  void* handle_ = nullptr;
};

/// "price(option: Option, rate: f64) -> f64"
std::string signature(const abi::Kernel& kernel);

}  // namespace mproc::exec
