#pragma once

#include <string>

namespace mproc::testing {

/// What the exception of a call says; "no error" when there is none.
template <class Error, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace mproc::testing
