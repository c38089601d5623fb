// Loads the runtime of the active environment and prints what an expression is there:
//   python_probe PLUGIN_DIR EXPRESSION

#include <fmt/format.h>

#include <iostream>

#include "mproc/base/error.hpp"
#include "mproc/pyembed/environment.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const auto runtime = mproc::pyembed::load_runtime(mproc::pyembed::find_environment({argv[1]}));
    mproc::job::InitBlock block{.kind = 2, .content = fmt::format("import os, sys\nprint({})\n", argv[2])};
    const auto failure = runtime->init(block);
    if (!failure) return 0;
    std::cerr << failure->summary() << '\n';
    return 1;
  } catch (const mproc::base::UserError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
