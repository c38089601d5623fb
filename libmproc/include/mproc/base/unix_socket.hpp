#pragma once

#include <filesystem>

#include "mproc/base/fd.hpp"

namespace mproc::base {

/// Sockets in the file system for one connection between two processes of this host. `type`: SOCK_STREAM or
/// SOCK_SEQPACKET. A path of more than about 100 characters is a UserError that names TMPDIR; what the system
/// refuses is a SystemError.

/// Listens; does not block in accept.
Fd listen_at(const std::filesystem::path& path, int type);
Fd connect_to(const std::filesystem::path& path, int type);

}  // namespace mproc::base
