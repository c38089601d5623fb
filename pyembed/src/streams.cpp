#include "streams.hpp"

#include <fcntl.h>
#include <pybind11/eval.h>
#include <unistd.h>

#include "mproc/base/time.hpp"

namespace mproc::pyembed {
namespace {

constexpr int spare_from = 100;  // out of the way of programs that expect small numbers
constexpr std::int64_t look_interval_ns = 1'000'000;

// Looking at descriptors before each task would take longer than a short task does. So what a task prints
// heals what an earlier one did to the descriptor, and who closes the stream says so.
constexpr const char* output_source = R"(
from io import FileIO, TextIOWrapper

class Output(FileIO):
    def write(self, data):
        try:
            return super().write(data)
        except OSError:
            self.repair()
            return super().write(data)

    def close(self):
        super().close()
        self.has_closed()
)";

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

bool is_the_file(int fd, const struct stat& file) {
  struct stat now {};
  return ::fstat(fd, &now) == 0 && now.st_dev == file.st_dev && now.st_ino == file.st_ino;
}

void open_null_at(int fd) {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0 || null == fd) return;
  ::dup2(null, fd);
  ::close(null);
}

/// A key that is found by its identity, without a look at its characters.
py::str interned(const char* text) {
  return py::reinterpret_steal<py::str>(checked(PyUnicode_InternFromString(text)).release());
}

py::dict stream_types() {
  py::dict names;
  py::exec(output_source, names, names);
  return names;
}

}  // namespace

StandardStreams::StandardStreams()
    : sys_(py::reinterpret_borrow<py::dict>(PyModule_GetDict(import_module("sys").ptr()))),
      closed_(interned("closed")),
      types_(stream_types()),
      out_(stream("stdout", STDOUT_FILENO)),
      error_(stream("stderr", STDERR_FILENO)) {}

StandardStreams::Stream StandardStreams::stream(const char* name, int fd) const {
  Stream out{name, interned(name), std::make_shared<const Descriptor>(fd), py::none(), py::none(), nullptr};
  if (PyObject* object = PySys_GetObject(name)) out.object = py::reinterpret_borrow<py::object>(object);
  const bool is_pythons_own = out.object.ptr() == PySys_GetObject(("__" + out.name + "__").c_str());
  if (is_pythons_own && is_open(out.object, "flush")) open(out, out.object);
  out.raw = raw_of(out.object);
  return out;
}

/// Puts a new stream in the place of what is there, with the settings of `like` unless that is None.
void StandardStreams::open(Stream& stream, const py::object& like) const {
  const auto setting = [&](const char* name, const char* otherwise) -> py::object {
    return like.is_none() ? py::str(otherwise) : like.attr(name);
  };
  const py::object raw = types_["Output"](stream.descriptor->fd, "w", py::arg("closefd") = false);
  raw.attr("repair") = py::cpp_function([descriptor = stream.descriptor] { descriptor->repair(); });
  stream.is_closed = std::make_shared<bool>(false);
  raw.attr("has_closed") = py::cpp_function([is_closed = stream.is_closed] { *is_closed = true; });
  raw.attr("name") = "<" + stream.name + ">";
  stream.object = types_["TextIOWrapper"](raw, py::arg("encoding") = setting("encoding", "utf-8"),
                                          py::arg("errors") = setting("errors", "backslashreplace"),
                                          py::arg("write_through") = true);
  PySys_SetObject(("__" + stream.name + "__").c_str(), stream.object.ptr());
  PySys_SetObject(stream.name.c_str(), stream.object.ptr());
}

bool StandardStreams::is_intact(const Stream& stream) const {
  if (PyDict_GetItemWithError(sys_.ptr(), stream.key.ptr()) != stream.object.ptr()) return false;
  if (stream.is_closed) return !*stream.is_closed;
  if (stream.raw.is_none()) return true;
  const auto closed = py::reinterpret_steal<py::object>(PyObject_GetAttr(stream.raw.ptr(), closed_.ptr()));
  if (!closed) PyErr_Clear();
  return closed.ptr() == Py_False;
}

void StandardStreams::look() {
  if (base::monotonic_ns() - repaired_ns_ >= look_interval_ns) repair();
}

void StandardStreams::repair() {
  repaired_ns_ = base::monotonic_ns();
  if (::fcntl(STDIN_FILENO, F_GETFD) < 0) open_null_at(STDIN_FILENO);
  try {
    repair(out_);
    repair(error_);
  } catch (py::error_already_set&) {
    // No memory, or a signal handler of the task's that raises: the next look tries again.
  }
}

void StandardStreams::repair(Stream& stream) const {
  stream.descriptor->repair();
  // flush() raises for a stream that is closed or detached.
  if (stream.object.is_none() || !is_open(stream.object, "flush")) {
    open(stream, py::none());
    stream.raw = raw_of(stream.object);
  }
  PySys_SetObject(stream.name.c_str(), stream.object.ptr());
}

StandardStreams::Descriptor::Descriptor(int number)
    : fd(number), spare(::fcntl(number, F_DUPFD_CLOEXEC, spare_from)) {
  ::fstat(fd, &file);
}

void StandardStreams::Descriptor::repair() const {
  if (is_the_file(fd, file)) return;
  if (is_the_file(spare.get(), file))
    ::dup2(spare.get(), fd);
  else if (::fcntl(fd, F_GETFD) < 0)  // the spare is closed too, or another file by now
    open_null_at(fd);
}

}  // namespace mproc::pyembed
