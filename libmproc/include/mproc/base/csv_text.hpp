#pragma once

#include <string>
#include <string_view>

namespace mproc::base {

/// Appends a CSV cell: quoted where RFC 4180 asks for it, and when empty, since an empty cell is no text.
void append_csv_text(std::string& to, std::string_view text);

}  // namespace mproc::base
