#include <glob.h>

#include <algorithm>

#include "mproc/base/msgpack.hpp"
#include "mproc/base/utf8.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

class PathSource : public IndexedSource {
 public:
  explicit PathSource(std::vector<std::string> paths)
      : IndexedSource(paths.size(), false), paths_(std::move(paths)) {}
  std::string describe() const override {
    return fmt::format("{} file{}: {}{}", paths_.size(), paths_.size() == 1 ? "" : "s",
                       printable(paths_.front()),
                       paths_.size() == 1 ? "" : " to " + printable(paths_.back()));
  }

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override { base::pack_to(to, paths_[index]); }
  std::vector<std::string> paths_;
};

/// The job file's directory is no pattern, whatever characters it has.
std::string escaped(const std::string& directory) {
  std::string out;
  for (const char c : directory) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void add_matches(std::vector<std::string>& to, const Spot& spot) {
  const std::string& text = spot.text();
  spot.check(!text.empty() && text.find('\0') == text.npos, "has to be a pattern such as \"in/*.csv\"");
  spot.check(text.find("**") == text.npos,
             "has **, which is not supported; give a pattern for each depth: {}", text);
  std::string pattern = expand(text, spot);
  if (!pattern.starts_with('/')) pattern = escaped(spot.document().base_dir().string()) + "/" + pattern;
  ::glob_t found{};
  const int status = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i)
    to.push_back(std::filesystem::path(found.gl_pathv[i]).lexically_normal().string());
  ::globfree(&found);
  if (status == GLOB_NOMATCH) refuse_empty(spot, "matches no file: " + pattern);
  spot.check(status == 0, "cannot be matched, a directory cannot be read: {}", pattern);
}

}  // namespace

std::vector<std::string> glob_paths(const Spot& spot) {
  std::vector<std::string> paths;
  if (spot.value().is_array()) {
    if (spot.value().empty()) refuse_empty(spot, "is empty");
    for (std::size_t i = 0; i < spot.value().size(); ++i) add_matches(paths, spot.element(i));
  } else {
    spot.check(spot.value().is_string(), "has to be a pattern or a list of patterns, not {}",
               kind(spot.value()));
    add_matches(paths, spot);
  }
  std::sort(paths.begin(), paths.end());  // by bytes, the same in every locale
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  for (const std::string& path : paths)
    spot.check(base::is_utf8(path), "matches a file whose name is not UTF-8: {}; rename it", path);
  return paths;
}

std::unique_ptr<ItemSource> open_glob(const Spot& spot) {
  return std::make_unique<PathSource>(glob_paths(spot));
}

}  // namespace mproc::job
