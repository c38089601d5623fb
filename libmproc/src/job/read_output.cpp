#include <array>

#include "mproc/base/nearest.hpp"
#include "mproc/job/format.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 7> formats{{{"jsonl", Format::jsonl},
                                                                      {"csv", Format::csv},
                                                                      {"npy", Format::npy},
                                                                      {"npz", Format::npz},
                                                                      {"pickle", Format::pickle},
                                                                      {"pkl", Format::pickle},
                                                                      {"json", Format::json}}};
constexpr const char* known_suffixes = ".jsonl, .csv, .npy, .npz or .pickle";

Format read_format(const Spot& spot) {
  const std::string& text = spot.text();
  if (text == "sqlite") spot.refuse("sqlite is not supported yet; use jsonl, csv, npy, npz or pickle");
  const auto format = format_named(text);
  if (format) return *format;
  std::vector<std::string_view> names;
  for (const auto& [name, known] : formats) names.push_back(name);
  spot.refuse(fmt::format("has to be jsonl, csv, npy, npz or pickle, not \"{}\"{}", text,
                          base::did_you_mean(text, names)));
}

Format suffix_format(const Spot& spot, const std::filesystem::path& path) {
  const std::string suffix = path.extension().string();
  if (suffix == ".sqlite")
    spot.refuse(
        fmt::format("ending in .sqlite is not supported yet; use {}: {}", known_suffixes, path.string()));
  const auto format = format_named(suffix.empty() ? "" : suffix.substr(1));
  spot.check(format.has_value(), "has no suffix that says its format: end it in {}, or add output.format: {}",
             known_suffixes, path.string());
  return *format;
}

void check_directory(const Spot& spot, const std::filesystem::path& path) {
  std::error_code error;
  spot.check(path.has_filename() && !std::filesystem::is_directory(path, error),
             "names a directory, not a file: {}", path.string());
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  spot.check(std::filesystem::is_directory(directory, error),
             "is in a directory that is not there: {}; create it first", directory.string());
}

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  for (const auto& [known, format] : formats)
    if (known == name) return format;
  return std::nullopt;
}

std::filesystem::path output_path(const Spot& spot) {
  spot.check(spot.text().find('\0') == std::string::npos, "has a NUL character, which no path can have");
  std::filesystem::path path = expand(spot.text(), spot);
  spot.check(!path.empty(), "is an empty path");
  if (path != "-") check_directory(spot, path);
  return path;
}

Output read_output(const Spot& section) {
  if (!section.has("path")) {
    section.check(!section.has("format"), "has a format and no path; add path = \"results.csv\"");
    return {};
  }
  const Spot spot = section.member("path");
  Output output;
  output.path = output_path(spot);
  output.format =
      section.has("format") ? read_format(section.member("format")) : suffix_format(spot, output.path);
  const bool array = output.format == Format::npy || output.format == Format::npz;
  spot.check(!array || output.path != "-", "is standard output, which takes text formats and pickle");
  return output;
}

}  // namespace mproc::job
