#pragma once

#include <csignal>

namespace mproc::base {

/// While it lives, the calling thread takes no signals, and a thread that it starts never will: they belong
/// to the threads that handle them. SIGXFSZ too: a file-size limit is then an error of write().
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace mproc::base
