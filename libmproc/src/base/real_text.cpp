#include "mproc/base/real_text.hpp"

#include <fmt/compile.h>

#include <cmath>

namespace mproc::base {

void append_real(std::string& to, double value) {
  if (std::isnan(value)) {
    to.append("nan");
    return;
  }
  char text[32];
  char* const end = fmt::format_to(text, FMT_COMPILE("{}"), value);
  to.append(text, end);
  // Only whole numbers come without a point; "inf" has an n.
  for (const char* c = text; c != end; ++c)
    if (*c == '.' || *c == 'e' || *c == 'n') return;
  to.append(".0");
}

}  // namespace mproc::base
