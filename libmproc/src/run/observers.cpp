#include "mproc/run/observers.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace mproc::run {

void StderrObserver::note(const std::string& text) {
  if (quiet_) return;
  fmt::print(stderr, "mproc: {}\n", text);
  std::fflush(stderr);
}

void StderrObserver::warning(const std::string& text) {
  fmt::print(stderr, "mproc: warning: {}\n", text);
  std::fflush(stderr);
}

void ControlObserver::progress(const Progress& p) {
  nlohmann::json record = {{"type", "progress"},   {"succeeded", p.succeeded}, {"failed", p.failed},
                           {"running", p.running}, {"workers", p.workers},     {"executors", p.executors},
                           {"seconds", p.seconds}};
  if (p.total) record["total"] = *p.total;
  link_.send(record);
}

}  // namespace mproc::run
