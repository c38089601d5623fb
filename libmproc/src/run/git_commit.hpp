#pragma once

#include <filesystem>
#include <string>

namespace mproc::run {

/// The commit that the directory is at; empty where there is none, or no git.
std::string git_commit(const std::filesystem::path& directory);

}  // namespace mproc::run
