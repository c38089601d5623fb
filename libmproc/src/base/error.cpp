#include "mproc/base/error.hpp"

#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace mproc::base {
namespace {
std::string& label() {
  static std::string text = "mproc";
  return text;
}
}  // namespace

SystemError::SystemError(const std::string& what_was_tried, int code)
    : std::runtime_error(what_was_tried + ": " + std::generic_category().message(code)) {}

void assertion_failed(const char* expression, const char* file, int line, const std::string& message) {
  fmt::print(stderr, "mproc: internal error in {}: {} ({} at {}:{}); please report it\n", process_label(),
             message, expression, file, line);
  std::fflush(stderr);
  std::abort();
}

void set_process_label(std::string text) {
  label() = std::move(text);
}
const std::string& process_label() {
  return label();
}

}  // namespace mproc::base
