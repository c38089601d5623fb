#pragma once

#include <optional>
#include <string>

#include "mproc/abi.hpp"
#include "mproc/base/bytes.hpp"
#include "mproc/job/kernel.hpp"

namespace mproc::exec {

/// A native kernel's result as one msgpack value.
class NativeResult final : public abi::Writer {
 public:
  explicit NativeResult(job::Encoding encoding) : encoding_(encoding) {}
  /// The next result goes to the end of `to`.
  void start(base::Bytes& to);
  /// Why the result does not fit the output, or empty.
  const std::string& problem() const { return problem_; }

  void none() override;
  void number(abi::Number type, const void* from) override;
  void text(const char* data, std::size_t size) override;
  void bytes(const char* data, std::size_t size) override;
  void array(const abi::Array& from) override;
  void list(std::size_t count) override;
  void map(std::size_t count) override;

 private:
  void refuse(std::string why);
  job::Encoding encoding_;
  base::Bytes* to_ = nullptr;
  std::string problem_;
};

}  // namespace mproc::exec
