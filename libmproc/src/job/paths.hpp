#pragma once

#include <filesystem>
#include <string>

#include "mproc/job/spot.hpp"

namespace mproc::job {

/// `text` with a leading ~ and $VAR, ${VAR} replaced ($$ is a dollar). A variable that is not set is refused
/// at `spot`.
std::string expand(const std::string& text, const Spot& spot);

/// An input file: expanded, and relative to the job file.
std::filesystem::path input_path(const std::string& text, const Spot& spot);

/// input_path() of a regular file that is there; refused otherwise, with the path tried.
std::filesystem::path existing_file(const std::string& text, const Spot& spot);

/// The source file of a Python module that lies beside the job file (module.py or package/__init__.py), or
/// empty.
std::filesystem::path module_file(const std::filesystem::path& base_dir, std::string module);

}  // namespace mproc::job
