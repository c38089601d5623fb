#pragma once

#include <string_view>

namespace mproc::report {

// The files of page/, put in by the build.
extern const std::string_view page_html, page_style, page_script;

}  // namespace mproc::report
