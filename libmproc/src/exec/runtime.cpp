#include "mproc/exec/runtime.hpp"

namespace mproc::exec {
namespace {
base::Failure no_generators() {
  return {.kind = base::FailureKind::lookup, .message = "this kind of kernel has no item generators"};
}
}  // namespace

std::optional<base::Failure> Runtime::open_generator(const std::string&) {
  return no_generators();
}

std::optional<base::Failure> Runtime::next_items(base::Bytes&, std::vector<std::uint64_t>&, std::uint64_t,
                                                 std::size_t, bool&) {
  return no_generators();
}

}  // namespace mproc::exec
