#include "mproc/report/page.hpp"

#include "page_files.hpp"

namespace mproc::report {
namespace {

using base::Json;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

/// As the content of a <script>: no text in it can end that.
std::string script_text(const Json& data) {
  std::string out;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string page(const Json& data) {
  const std::string title = escaped(data.at("run").at("name").get<std::string>());
  const std::string json = script_text(data);
  std::string out;
  std::string_view rest = page_html;
  for (std::size_t at = rest.find("{{"); at != std::string_view::npos; at = rest.find("{{")) {
    out += rest.substr(0, at);
    rest.remove_prefix(at + 2);
    const std::string_view mark = rest.substr(0, rest.find("}}"));
    out += mark == "title"   ? std::string_view(title)
           : mark == "data"  ? std::string_view(json)
           : mark == "style" ? page_style
                             : page_script;
    rest.remove_prefix(mark.size() + 2);
  }
  return out += rest;
}

}  // namespace mproc::report
