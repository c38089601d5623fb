#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "mproc/job/document.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

/// "a.'b.c'.0" as its parts.
std::vector<std::string> split_path(std::string_view path, const std::string& assignment) {
  std::vector<std::string> parts;
  while (true) {
    std::size_t end = 0;
    if (!path.empty() && (path[0] == '"' || path[0] == '\'')) {
      const std::size_t quote = path.find(path[0], 1);
      MPROC_CHECK(quote != path.npos, "--set {}: the quote in the key is not closed", assignment);
      parts.emplace_back(path.substr(1, quote - 1));
      end = quote + 1;
    } else {
      end = std::min(path.find('.'), path.size());
      parts.emplace_back(path.substr(0, end));
    }
    MPROC_CHECK(!parts.back().empty() && (end == path.size() || path[end] == '.'),
                "--set {}: write key=value, with dots between the parts of the key", assignment);
    if (end == path.size()) return parts;
    path.remove_prefix(end + 1);
  }
}

/// The text as a TOML value, else as it is.
Json read_value(const std::string& text) {
  try {
    ParsedToml parsed = parse_toml_text("v = " + text, "--set");
    if (parsed.tree.size() == 1 && parsed.tree.contains("v")) return std::move(parsed.tree["v"]);
  } catch (const base::UserError&) {  // then it is a string without quotes
  }
  return text;
}

/// The element of a list that `part` names; one past the last appends.
Json* element(Json& list, const std::string& part, const std::string& at, const std::string& assignment) {
  std::size_t index = 0;
  const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  MPROC_CHECK(error == std::errc() && rest == part.data() + part.size(),
              "--set {}: '{}' is a list: name an element by its number, from 0", assignment, at);
  MPROC_CHECK(index <= list.size(), "--set {}: '{}' has {} elements, there is no {}", assignment, at,
              list.size(), index);
  if (index == list.size()) list.push_back(nullptr);
  return &list[index];
}

}  // namespace

void Document::set(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  MPROC_CHECK(equals != assignment.npos && equals > 0, "--set {}: write key=value", assignment);
  Json tree = tree_;
  Json* node = &tree;
  std::string pointer, dotted;
  std::string made;  // the outermost place that was not there before
  for (const std::string& part : split_path(std::string_view(assignment).substr(0, equals), assignment)) {
    if (node->is_null() && node != &tree) *node = Json::object();
    MPROC_CHECK(node->is_structured(), "--set {}: '{}' is not a table", assignment, dotted);
    pointer = below(pointer, part);
    if (made.empty() && node->is_object() && !node->contains(part)) made = pointer;
    node = node->is_array() ? element(*node, part, dotted, assignment) : &(*node)[part];
    dotted += (dotted.empty() ? "" : ".") + part;
  }
  *node = read_value(assignment.substr(equals + 1));
  tree_ = std::move(tree);
  forget_places(pointer);
  places_[made.empty() ? pointer : made] = {};
}

}  // namespace mproc::job
