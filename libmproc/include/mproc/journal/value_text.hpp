#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mproc/base/bytes.hpp"

namespace mproc::journal {

/// A value that the chosen format cannot hold: what() names it ("a Python object"). The format's loop over
/// the rows makes a UserError of it, with the row and a format that can.
class Misfit : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Appends a msgpack value as compact JSON. NaN and infinities are null and counted in `not_finite`.
void append_json(std::string& to, base::ByteView value, std::uint64_t& not_finite);
/// Appends a msgpack value as a CSV cell: text as it is, None as nothing, containers as JSON.
void append_csv(std::string& to, base::ByteView value, std::uint64_t& not_finite);

void append_json_text(std::string& to, std::string_view text);

}  // namespace mproc::journal
