#include "mproc/base/csv_text.hpp"

#include "mproc/base/utf8.hpp"

namespace mproc::base {

void append_csv_text(std::string& to, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos)
    return append_valid_utf8(to, text);
  to.push_back('"');
  for (std::size_t quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"')) {
    append_valid_utf8(to, text.substr(0, quote));
    to.append("\"\"");
    text.remove_prefix(quote + 1);
  }
  append_valid_utf8(to, text);
  to.push_back('"');
}

}  // namespace mproc::base
