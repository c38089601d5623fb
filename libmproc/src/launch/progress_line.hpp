#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mproc::launch {

/// The line on the terminal that says how far the run is, and lines that must not collide with it.
class ProgressLine {
 public:
  explicit ProgressLine(bool draw) : draw_(draw) {}
  void draw(const nlohmann::json& progress);
  /// Prints "mproc: TEXT" on a line of its own.
  void note(const std::string& text);
  void clear();

 private:
  bool draw_;
  bool drawn_ = false;
};

}  // namespace mproc::launch
