#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/exec/built_in_runtime.hpp"

namespace mproc::exec {

// One function a kernel: `args` is the map's. Each throws UserError for what it cannot take.
std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_extract(const base::Json& args);
std::unique_ptr<BuiltInRuntime::Kernel> make_fresh_test(const base::Json& args);

/// An item's field. Throws DecodeError where there is none.
const msgpack::object& field(const msgpack::object& item, std::string_view name);
/// Or null.
const msgpack::object* find_field(const msgpack::object& item, std::string_view name);
/// A field's text.
std::string_view text_of(const msgpack::object& item, std::string_view name);
/// A vector of f8, as it lies, or copied into `copy` where it is not aligned.
std::span<const double> reals_of(const msgpack::object& value, std::string_view name,
                                 std::vector<double>& copy);
void append_reals(base::Bytes& to, std::span<const double> values);

}  // namespace mproc::exec
