#include "progress_line.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace mproc::launch {
namespace {

/// A terminal that has gone does not end the run.
void print(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

void ProgressLine::draw(const nlohmann::json& p) {
  if (!draw_) return;
  const std::string total = p.contains("total") ? fmt::format(" of {}", p["total"].get<std::uint64_t>()) : "";
  print(fmt::format("\r\x1b[K{}{} tasks done, {} failed, {} running on {} executors, {:.0f} s",
                    p.value("succeeded", std::uint64_t{0}) + p.value("failed", std::uint64_t{0}), total,
                    p.value("failed", std::uint64_t{0}), p.value("running", std::uint64_t{0}),
                    p.value("executors", std::uint64_t{0}), p.value("seconds", 0.0)));
  drawn_ = true;
}

void ProgressLine::note(const std::string& text) {
  clear();
  print(fmt::format("mproc: {}\n", text));
}

void ProgressLine::clear() {
  if (drawn_) print("\r\x1b[K");
  drawn_ = false;
}

}  // namespace mproc::launch
