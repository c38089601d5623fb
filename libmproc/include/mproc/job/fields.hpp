#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "mproc/base/msgpack.hpp"

namespace mproc::job {

// What items and results of kernels that come with mproc are made of: maps of texts and vectors of f8. All
// that reads throws DecodeError for what is not there, or of another type: "there is no 'values'".

/// Or null.
const msgpack::object* find_field(const msgpack::object& map, std::string_view name);
const msgpack::object& field(const msgpack::object& map, std::string_view name);
std::string_view text_field(const msgpack::object& map, std::string_view name);

/// An array of one dimension and dtype <f8: as it lies in what was decoded, or in `copy` where it is not
/// aligned.
std::span<const double> reals(const msgpack::object& value, std::string_view name, std::vector<double>& copy);
std::vector<double> reals_field(const msgpack::object& map, std::string_view name);
/// Appends such an array.
void append_reals(base::Bytes& to, std::span<const double> values);

}  // namespace mproc::job
