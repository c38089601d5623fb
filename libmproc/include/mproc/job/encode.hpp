#pragma once

#include "mproc/base/bytes.hpp"
#include "mproc/job/document.hpp"

namespace mproc::job {

/// Appends a tree as one msgpack value: whole numbers, float64, str, bool, nil, lists, and tables as maps in
/// their order. A Json::binary whose subtype is a base::Ext becomes that extension (how readers keep integers
/// beyond 64 bits).
void append_value(base::Bytes& to, const Json& value);

/// A float64. (The msgpack library's own packer makes whole doubles into integers: 1.0 would come back as 1.)
void append_double(base::Bytes& to, double value);

/// An integer of any length, from its decimal text: 64 bits where it fits, else Ext::bigint.
void append_integer(base::Bytes& to, std::string_view digits);

}  // namespace mproc::job
