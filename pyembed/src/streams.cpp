#include "streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace mproc::pyembed {
namespace {

constexpr int spare_from = 100;  // out of the way of programs that expect small numbers

bool is_open(py::handle object, const char* method) {
  const auto answer = py::reinterpret_steal<py::object>(PyObject_CallMethod(object.ptr(), method, nullptr));
  if (!answer) PyErr_Clear();
  return static_cast<bool>(answer);
}

py::object raw_of(py::handle stream) {
  auto raw = py::reinterpret_steal<py::object>(PyObject_GetAttrString(stream.ptr(), "buffer"));
  PyErr_Clear();
  return raw ? raw : py::none();
}

py::object open_text(int fd) {
  const py::object io = import_module("io");
  return io.attr("TextIOWrapper")(io.attr("FileIO")(fd, "w", py::arg("closefd") = false),
                                  py::arg("encoding") = "utf-8", py::arg("errors") = "backslashreplace",
                                  py::arg("write_through") = true);
}

}  // namespace

StandardStreams::StandardStreams()
    : sys_(py::reinterpret_borrow<py::dict>(PyModule_GetDict(import_module("sys").ptr()))),
      closed_("closed"),
      out_(stream("stdout", 1)),
      error_(stream("stderr", 2)) {}

StandardStreams::Stream StandardStreams::stream(const char* name, int fd) {
  Stream out{.name = name, .fd = fd, .key = py::str(name), .object = py::none(), .raw = py::none()};
  if (PyObject* object = PySys_GetObject(name)) out.object = py::reinterpret_borrow<py::object>(object);
  out.raw = raw_of(out.object);
  out.spare = base::Fd(fcntl(fd, F_DUPFD_CLOEXEC, spare_from));
  return out;
}

bool StandardStreams::is_intact(const Stream& stream) const {
  if (PyDict_GetItem(sys_.ptr(), stream.key.ptr()) != stream.object.ptr()) return false;
  if (stream.raw.is_none()) return true;
  const auto closed = py::reinterpret_steal<py::object>(PyObject_GetAttr(stream.raw.ptr(), closed_.ptr()));
  if (!closed) PyErr_Clear();
  return closed.ptr() == Py_False;
}

void StandardStreams::repair() {
  repair(out_);
  repair(error_);
}

void StandardStreams::repair(Stream& stream) {
  if (fcntl(stream.fd, F_GETFD) < 0 && stream.spare) dup2(stream.spare.get(), stream.fd);
  // flush() raises for a stream that is closed or detached.
  if (stream.object.is_none() || !is_open(stream.object, "flush")) {
    stream.object = open_text(stream.fd);
    stream.raw = raw_of(stream.object);
    PySys_SetObject((std::string("__") + stream.name + "__").c_str(), stream.object.ptr());
  }
  PySys_SetObject(stream.name, stream.object.ptr());
}

}  // namespace mproc::pyembed
