#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "input_file.hpp"

namespace mproc::job {

/// A file in a zip archive, as the archive's directory has it.
struct ZipMember {
  std::string name;
  std::uint64_t packed = 0, size = 0;  ///< bytes, as it lies there and as it is
  std::uint64_t header = 0;            ///< offset of its own header, which its bytes follow
  std::uint32_t crc = 0;
  std::uint16_t flags = 0, method = 0;
};

/// Of an archive with or without the extensions for large ones (zip64), in one file. Throws UserError
/// "FILE: ..." for what is none, or is damaged.
std::vector<ZipMember> read_zip_directory(InputFile& file);

/// The member's bytes, in pieces of piece_bytes, the last one shorter; memory is bounded by that. Throws
/// UserError "FILE: ..." where it is not what the directory says.
void read_zip_member(InputFile& file, const ZipMember& member,
                     const std::function<void(base::ByteView)>& piece);

}  // namespace mproc::job
