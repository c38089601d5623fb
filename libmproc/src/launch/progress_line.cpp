#include "progress_line.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace mproc::launch {

void ProgressLine::draw(const nlohmann::json& p) {
  if (!draw_) return;
  const std::string total = p.contains("total") ? fmt::format(" of {}", p["total"].get<std::uint64_t>()) : "";
  fmt::print(stderr, "\r\x1b[K{}{} tasks done, {} failed, {} running on {} executors, {:.0f} s",
             p.value("succeeded", std::uint64_t{0}) + p.value("failed", std::uint64_t{0}), total,
             p.value("failed", std::uint64_t{0}), p.value("running", std::uint64_t{0}),
             p.value("executors", std::uint64_t{0}), p.value("seconds", 0.0));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::note(const std::string& text) {
  clear();
  fmt::print(stderr, "mproc: {}\n", text);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace mproc::launch
