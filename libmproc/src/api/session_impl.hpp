#pragma once

#include <memory>
#include <stdexcept>

#include "mproc/base/error.hpp"
#include "mproc/exec/runtime.hpp"
#include "mproc/run/driver_client.hpp"
#include "mproc/session.hpp"

namespace mproc {

struct Session::Impl {
  virtual ~Impl() = default;
  virtual run::DriverClient& client() = 0;
  /// Kernels run in processes of their own.
  virtual bool is_isolated() const = 0;
};

namespace api {

/// As exec::PythonFactory.
std::unique_ptr<exec::Runtime> no_python();

/// What the library throws is of the public headers' types.
template <class Call>
auto guarded(Call call) {
  try {
    return call();
  } catch (const base::SystemError& error) {
    throw SessionError(error.what());
  } catch (const base::UserError& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace api
}  // namespace mproc
