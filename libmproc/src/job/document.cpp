#include "mproc/job/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <iterator>

#include "mproc/base/fd.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}

std::string read_job_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  MPROC_CHECK(status.type() != std::filesystem::file_type::not_found, "{}: there is no such job file",
              path.string());
  MPROC_CHECK(!std::filesystem::is_directory(status), "{}: is a directory, not a job file", path.string());
  try {
    return base::read_file(path);
  } catch (const base::SystemError& e) {
    throw base::UserError(fmt::format("{}: {}", path.string(), e.what()));
  }
}

}  // namespace

Place place_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {lines + 1, before.size() - line_start + 1};
}

std::string below(const std::string& parent, std::string_view key) {
  std::string pointer = parent + '/';
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

Document Document::read(const std::filesystem::path& path) {
  if (path == "-") {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const auto here = std::filesystem::current_path();
    return looks_like_json(text) ? parse_json(text, "<stdin>", here) : parse_toml(text, "<stdin>", here);
  }
  const std::string text = read_job_file(path);
  const auto base_dir = std::filesystem::absolute(path).lexically_normal().parent_path();
  return path.extension() == ".json" ? parse_json(text, path.string(), base_dir)
                                     : parse_toml(text, path.string(), base_dir);
}

Document Document::parse_toml(const std::string& text, std::string name, std::filesystem::path base_dir) {
  ParsedToml parsed = parse_toml_text(text, name);
  Document out;
  out.tree_ = std::move(parsed.tree);
  out.places_ = std::move(parsed.places);
  out.name_ = std::move(name);
  out.base_dir_ = std::move(base_dir);
  return out;
}

Document Document::parse_json(const std::string& text, std::string name, std::filesystem::path base_dir) {
  const auto place = [&](std::size_t offset) {
    const Place at = place_at(text, offset);
    return fmt::format("{}:{}:{}", name, at.line, at.column);
  };
  Document out;
  out.tree_ = parse_json_text(text, place, BigIntegers::refuse);
  MPROC_CHECK(out.tree_.is_object(), "{}:1:1: a job has to be a table: {{\"task\": ..., \"items\": ...}}",
              name);
  out.json_ = true;
  out.name_ = std::move(name);
  out.base_dir_ = std::move(base_dir);
  return out;
}

std::string Document::where(const std::string& json_pointer) const {
  for (std::string pointer = json_pointer;; pointer.resize(pointer.rfind('/'))) {
    const auto found = places_.find(pointer);
    if (found != places_.end()) {
      const Place at = found->second;
      return at.line == 0 ? "--set" : fmt::format("{}:{}:{}", name_, at.line, at.column);
    }
    if (pointer.empty()) break;
  }
  return json_ && !json_pointer.empty() ? name_ + ": " + printable(json_pointer) : name_;
}

void Document::forget_places(const std::string& pointer) {
  places_.erase(pointer);
  std::erase_if(places_, [&](const auto& entry) { return entry.first.starts_with(pointer + '/'); });
}

}  // namespace mproc::job
