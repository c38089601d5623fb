#pragma once

#include <string>

#include "mproc/base/msgpack.hpp"
#include "mproc/base/outcome.hpp"

namespace mproc::testing {

inline base::Failure failure(const std::string& type, const std::string& message) {
  base::Failure f;
  f.type = type;
  f.message = message;
  return f;
}

/// One whose every field says something.
inline base::Failure full_failure() {
  base::Failure f = failure("ValueError", "bad x\nsecond line");
  f.kind = base::FailureKind::timeout;
  f.traceback = "Traceback...";
  f.host = "node7";
  f.rank = 3;
  f.pid = 4711;
  f.attempts = 2;
  return f;
}

/// The failure in a task's value, which is an extension.
inline base::Failure failure_in(const msgpack::object& value) {
  const auto& ext = value.via.ext;
  return base::unpack_as<base::Failure>(
      base::ByteView(reinterpret_cast<const std::byte*>(ext.data()), ext.size));
}

}  // namespace mproc::testing
