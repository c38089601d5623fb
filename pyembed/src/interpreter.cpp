#include "interpreter.hpp"

#include <unistd.h>

#include <csignal>

#include "mproc/base/error.hpp"
#include "mproc/exec/stack_signal.hpp"
#include "python.hpp"

namespace mproc::pyembed {
namespace {

/// A PyConfig that is cleared, and whose every refusal is an exception.
class Config {
 public:
  Config() { PyConfig_InitPythonConfig(&config_); }
  ~Config() { PyConfig_Clear(&config_); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  PyConfig* operator->() { return &config_; }
  void set(wchar_t** field, const std::string& value) {
    check(PyConfig_SetBytesString(&config_, field, value.c_str()), value);
  }
  void start(const std::string& executable) { check(Py_InitializeFromConfig(&config_), executable); }

 private:
  static void check(PyStatus status, const std::string& about) {
    if (PyStatus_Exception(status) == 0) return;
    throw base::SystemError(fmt::format("cannot start Python for {}: {}", about,
                                        status.err_msg != nullptr ? status.err_msg : "it ended itself"));
  }
  PyConfig config_;
};

/// Python code expects errors in place of these signals; Python itself sets this only along with its SIGINT
/// handler.
void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

/// The first import of Python's signal module takes SIGINT where nobody has; a task must not get it either.
void release_interrupts() {
  const py::object signal = import_module("_signal");
  const py::object number = signal.attr("SIGINT");
  if (signal.attr("getsignal")(number).is(signal.attr("default_int_handler")))
    signal.attr("signal")(number, signal.attr("SIG_DFL"));
}

/// In front of the handler that tells the worker: a task that is over a limit shows where it is, also from
/// within native code.
void write_stacks_on_request() {
  import_module("faulthandler")
      .attr("register")(exec::stack_signal(), py::arg("file") = STDERR_FILENO, py::arg("all_threads") = true,
                        py::arg("chain") = true);
}

}  // namespace

void start_interpreter(const Environment& environment) {
  if (Py_IsInitialized() != 0) return;
  Config config;
  config->parse_argv = 0;
  config->install_signal_handlers = 0;  // Ctrl-C and SIGTERM are the worker's to handle
  config->buffered_stdio = 0;           // what a task printed is there when it crashes
  config->faulthandler = 1;
  config.set(&config->program_name, environment.executable);
  config.set(&config->executable, environment.executable);
  config.set(&config->home, environment.home);
  config.start(environment.executable);
  ignore_write_signals();
  release_interrupts();
  write_stacks_on_request();
  PyEval_SaveThread();
}

}  // namespace mproc::pyembed
