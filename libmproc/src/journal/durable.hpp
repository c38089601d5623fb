#pragma once

#include <filesystem>

namespace mproc::journal {

/// What a file holds, or the names in a directory, will be there after the machine goes down. Throws
/// SystemError.
void make_durable(const std::filesystem::path& path);

}  // namespace mproc::journal
