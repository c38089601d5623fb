// The module mproc._client: what the Python package calls to talk to a session. All texts are str, times are
// seconds as float; every call that waits lets other threads run and looks for signals.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "binding.hpp"
#include "mproc/base/error.hpp"
#include "session_client.hpp"
#include "values.hpp"

namespace mproc::client {
namespace {

using namespace std::chrono_literals;
using Duration = SessionClient::Duration;

constexpr Duration look_at_signals = 100ms;

PyObject* session_error = nullptr;  // mproc.SessionError

template <class Call>
PyObject* guarded(Call call) {
  return client::guarded(session_error, std::move(call));
}

/// Calls wait(at most so long), which is true when there is something, until the time is over.
template <class Wait>
bool patiently(double seconds, Wait wait) {
  const auto end =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, 1e8)));
  for (;;) {
    const Duration left = std::max<Duration>(end - std::chrono::steady_clock::now(), 0ns);
    if (unlocked([&] { return wait(std::min<Duration>(left, look_at_signals)); })) return true;
    if (PyErr_CheckSignals() != 0) throw PythonError{};
    if (left == 0ns) return false;
  }
}

// ---- blocks: outcomes that nobody may ever look at

struct Block {
  PyObject ob_base;
  base::Payload bytes;
  const Hooks* hooks;
  PyObject* client;  // whose hooks they are
};

base::OutcomeBlock header_of(const Block& block, base::ByteView& values) {
  return base::decode_block_header(block.bytes.view(), values);
}

/// values() -> the results as a list, whether any of them is a failure
PyObject* block_values(PyObject* self, PyObject*) {
  return guarded([&] {
    auto& block = *reinterpret_cast<Block*>(self);
    base::ByteView bytes;
    const std::uint64_t count = header_of(block, bytes).tasks.count;
    const std::size_t offset = static_cast<std::size_t>(bytes.data() - block.bytes.view().data());
    std::shared_ptr<std::byte> memory;
    if (block.bytes.shared) {
      memory = block.bytes.shared.private_copy();
      bytes = {memory.get() + offset, bytes.size()};
    }
    ResultBuilder builder(*block.hooks, std::move(memory));
    base::ValueReader<ResultBuilder> reader(bytes);
    const Ref values = builder.list(count, [&] { return reader.next(builder); });
    return Ref::checked(Py_BuildValue("(OO)", values.get(), builder.any_failed() ? Py_True : Py_False));
  });
}

PyObject* block_printed(PyObject* self, PyObject*) {
  return guarded([&] {
    base::ByteView values;
    const auto block = header_of(*reinterpret_cast<Block*>(self), values);
    Ref list = Ref::checked(PyList_New(0));
    for (const auto& capture : block.captures)
      PyList_Append(list.get(), Ref::checked(PyUnicode_DecodeUTF8(
                                                 capture.text.data(),
                                                 static_cast<Py_ssize_t>(capture.text.size()), "replace"))
                                    .get());
    return list;
  });
}

void block_dealloc(PyObject* self) {
  auto* block = reinterpret_cast<Block*>(self);
  block->bytes.~Payload();
  Py_XDECREF(block->client);
  release(self);
}

PyTypeObject* block_type = nullptr;

Ref make_block(base::Payload bytes, const Hooks& hooks, PyObject* client) {
  Ref object = allocate(block_type);
  auto* block = reinterpret_cast<Block*>(object.get());
  new (&block->bytes) base::Payload(std::move(bytes));
  block->hooks = &hooks;
  block->client = Ref::borrowed(client).release();
  return object;
}

// ---- clients

struct Client {
  PyObject ob_base;
  std::shared_ptr<SessionClient>* session;
  Hooks* hooks;
  pid_t pid;
};

/// Also a stopped one stays for as long as a call needs it.
std::shared_ptr<SessionClient> session_of(PyObject* self) {
  const auto& client = *reinterpret_cast<Client*>(self);
  if (client.pid != ::getpid())
    throw base::SystemError("a forked child cannot talk to its parent's session; start one of its own");
  if (client.session == nullptr) throw base::SystemError("the session has been stopped");
  return *client.session;
}

const Hooks& hooks_of(PyObject* self) {
  return *reinterpret_cast<Client*>(self)->hooks;
}

std::shared_ptr<Inbox>& inbox_of(PyObject* capsule) {
  auto* inbox = static_cast<std::shared_ptr<Inbox>*>(PyCapsule_GetPointer(capsule, "mproc.inbox"));
  if (inbox == nullptr) throw PythonError{};
  return *inbox;
}

PyObject* client_new(PyTypeObject* type, PyObject* args, PyObject*) {
  return guarded([&] {
    int fd = -1;
    PyObject *pickle = nullptr, *unpickle = nullptr, *array = nullptr, *failure = nullptr;
    parse(args, "iOOOO", &fd, &pickle, &unpickle, &array, &failure);
    Ref object = allocate(type);
    auto* client = reinterpret_cast<Client*>(object.get());
    client->pid = ::getpid();
    client->hooks = new Hooks{
        Ref::borrowed(pickle), Ref::borrowed(unpickle), Ref::borrowed(array), Ref::borrowed(failure), {}};
    client->session =
        new std::shared_ptr(unlocked([&] { return std::make_shared<SessionClient>(base::Fd(fd)); }));
    return object;
  });
}

PyObject* client_stop(PyObject* self, PyObject*) {
  return guarded([&] {
    auto* client = reinterpret_cast<Client*>(self);
    auto* session = std::exchange(client->session, nullptr);
    if (session == nullptr || client->pid != ::getpid()) return none();
    unlocked([&] {
      (*session)->stop();
      delete session;
    });
    return none();
  });
}

void client_dealloc(PyObject* self) {
  Py_XDECREF(client_stop(self, nullptr));
  delete reinterpret_cast<Client*>(self)->hooks;
  release(self);
}

PyObject* client_init(PyObject* self, PyObject* args) {
  return guarded([&] {
    int kind = 0;
    const char *name = nullptr, *content = nullptr;
    Py_ssize_t size = 0;
    parse(args, "iss#", &kind, &name, &content, &size);
    const job::InitBlock block{static_cast<std::uint8_t>(kind), name,
                               std::string(content, static_cast<std::size_t>(size)), true};
    unlocked([&] { session_of(self)->init(block); });
    return none();
  });
}

PyObject* client_inbox(PyObject*, PyObject*) {
  return guarded([&] {
    auto inbox = std::make_unique<std::shared_ptr<Inbox>>(std::make_shared<Inbox>());
    Ref capsule = Ref::checked(PyCapsule_New(inbox.get(), "mproc.inbox", [](PyObject* object) {
      delete static_cast<std::shared_ptr<Inbox>*>(PyCapsule_GetPointer(object, "mproc.inbox"));
    }));
    inbox.release();
    return capsule;
  });
}

/// "native:LIBRARY:KERNEL", "built-in:KERNEL" with its args, packed, in the place of a pickle, or Python.
void name_kernel(job::MapSpec& spec, std::string_view function, std::string_view pickled) {
  constexpr std::string_view native = "native:", built_in = "built-in:";
  if (function.starts_with(native)) {
    spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::native);
    function.remove_prefix(native.size());
  } else if (function.starts_with(built_in)) {
    spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::built_in);
    function.remove_prefix(built_in.size());
    spec.args = std::exchange(pickled, {});
  }
  spec.function = function;
  spec.pickled = pickled;
}

/// open(inbox, function, pickled, python, paths, call, total (-1: not known), chunk, retries, timeout, seed
/// or None) -> the map's number
PyObject* client_open(PyObject* self, PyObject* args) {
  return guarded([&] {
    PyObject *capsule = nullptr, *paths = nullptr, *seed = nullptr;
    const char *function = nullptr, *pickled = nullptr, *python = nullptr;
    Py_ssize_t pickled_size = 0;
    int call = 0;
    long long total = -1;
    unsigned long long chunk = 0;
    unsigned retries = 0;
    double timeout = 0;
    parse(args, "Osy#sO!iLKIdO", &capsule, &function, &pickled, &pickled_size, &python, &PyList_Type, &paths,
          &call, &total, &chunk, &retries, &timeout, &seed);
    job::MapSpec spec;
    name_kernel(spec, function, {pickled, static_cast<std::size_t>(pickled_size)});
    spec.python = python;
    for (Py_ssize_t i = 0; i < PyList_Size(paths); ++i) {
      const char* path = PyUnicode_AsUTF8AndSize(PyList_GetItem(paths, i), nullptr);
      if (path == nullptr) throw PythonError{};
      spec.raw_path.emplace_back(path);
    }
    spec.call = static_cast<std::uint8_t>(call);
    spec.encoding = static_cast<std::uint8_t>(job::Encoding::driver);
    spec.timeout_ns = static_cast<std::int64_t>(timeout * 1e9);
    spec.has_seed = seed != Py_None;
    if (spec.has_seed) spec.seed = PyLong_AsUnsignedLongLong(seed);
    if (PyErr_Occurred() != nullptr) throw PythonError{};
    run::DriverClient::MapOptions options{.retries = retries, .chunk = chunk};
    if (total >= 0) options.total = static_cast<std::uint64_t>(total);
    const auto inbox = inbox_of(capsule);
    return Ref::checked(PyLong_FromUnsignedLong(
        unlocked([&] { return session_of(self)->open(std::move(spec), options, inbox); })));
  });
}

constexpr std::uint64_t batch_bytes = std::uint64_t{1} << 20;  // of items that go together

void give(PyObject* self, unsigned map, const std::vector<std::uint64_t>& ends, const Values& items) {
  const auto session = session_of(self);
  const auto pieces = base::pieces(items.bytes, items.outside);
  patiently(1e9, [&](Duration time) { return session->give(map, ends, pieces, time); });
}

/// give(map, items, begin, spread, native): the items of a list from there on, as many as go together.
/// `spread`: each is a tuple of arguments; `native`: no pickles. Returns where the rest begins.
PyObject* client_give(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned map = 0;
    PyObject* items = nullptr;
    Py_ssize_t at = 0;
    int spread = 0, native = 0;
    parse(args, "IO!npp", &map, &PyList_Type, &items, &at, &spread, &native);
    Values values{.native = native != 0};
    std::vector<std::uint64_t> ends;
    ends.reserve(static_cast<std::size_t>(PyList_Size(items) - at));
    for (; at < PyList_Size(items) && values.size() < batch_bytes; ++at) {
      PyObject* item = PyList_GetItem(items, at);
      spread != 0 ? append_list(values, item, hooks_of(self)) : append_value(values, item, hooks_of(self));
      ends.push_back(values.size());
    }
    give(self, map, ends, values);
    return Ref::checked(PyLong_FromSsize_t(at));
  });
}

/// encode(args, kwargs, native) -> bytes: a call as give_encoded() takes it.
PyObject* client_encode(PyObject* self, PyObject* call) {
  return guarded([&] {
    PyObject *positional = nullptr, *keywords = nullptr;
    int native = 0;
    parse(call, "O!O!p", &PyTuple_Type, &positional, &PyDict_Type, &keywords, &native);
    Values values{.views = false, .native = native != 0};
    if (PyDict_Size(keywords) == 0)
      append_list(values, positional, hooks_of(self));
    else if (native == 0)
      append_value(values, Ref::checked(PyTuple_Pack(2, positional, keywords)).get(), hooks_of(self));
    else if (PyTuple_Size(positional) == 0)
      append_value(values, keywords, hooks_of(self));
    else
      refuse(PyExc_TypeError, "a native kernel takes its arguments by position or by name, not both");
    return bytes_object(values.bytes);
  });
}

/// give_encoded(map, calls): a list of what encode() gave.
PyObject* client_give_encoded(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned map = 0;
    PyObject* calls = nullptr;
    parse(args, "IO!", &map, &PyList_Type, &calls);
    Values values;
    std::vector<std::uint64_t> ends;
    for (Py_ssize_t i = 0; i < PyList_Size(calls); ++i) {
      base::append(values.bytes, content(PyList_GetItem(calls, i)));
      ends.push_back(values.size());
    }
    give(self, map, ends, values);
    return none();
  });
}

PyObject* client_close(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned map = 0;
    parse(args, "I", &map);
    unlocked([&] { session_of(self)->close(map); });
    return none();
  });
}

/// cancel(map, end): with `end` tasks that run are ended, too
PyObject* client_cancel(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned map = 0;
    int end = 0;
    parse(args, "Ip", &map, &end);
    unlocked([&] { session_of(self)->cancel(map, end != 0); });
    return none();
  });
}

Ref arrival_tuple(Arrival arrival, PyObject* self) {
  if (arrival.done) return Ref::checked(Py_BuildValue("(IO)", arrival.map, Py_None));
  base::ByteView values;
  const auto tasks = base::decode_block_header(arrival.block.view(), values).tasks;
  const Ref block = make_block(std::move(arrival.block), hooks_of(self), self);
  return Ref::checked(Py_BuildValue("(IOKK)", arrival.map, block.get(),
                                    static_cast<unsigned long long>(tasks.first),
                                    static_cast<unsigned long long>(tasks.count)));
}

/// take(inbox, seconds) -> (map, None) at the end of a map, (map, block, first, count), or None when nothing
/// came in that time.
PyObject* client_take(PyObject* self, PyObject* args) {
  return guarded([&] {
    PyObject* capsule = nullptr;
    double seconds = 0;
    parse(args, "Od", &capsule, &seconds);
    const auto session = session_of(self);
    const auto inbox = inbox_of(capsule);
    std::optional<Arrival> arrival;
    patiently(seconds, [&](Duration time) {
      arrival = session->take(*inbox, time);
      return arrival.has_value();
    });
    return arrival ? arrival_tuple(std::move(*arrival), self) : none();
  });
}

/// poke(inbox): the take() that waits there, or the next one, returns (2**32 - 1, None).
PyObject* client_poke(PyObject* self, PyObject* capsule) {
  return guarded([&] {
    session_of(self)->poke(*inbox_of(capsule));
    return none();
  });
}

/// executors(at_least, seconds) -> how many are up, after a wait for so many (0: for one of each rank)
PyObject* client_executors(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned count = 0;
    double seconds = 0;
    parse(args, "Id", &count, &seconds);
    const auto session = session_of(self);
    patiently(seconds, [&](Duration time) { return session->wait_for_executors(count, time); });
    return Ref::checked(PyLong_FromUnsignedLong(session->executors()));
  });
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

Ref worker_tuple(const wire::WorkerInfo& worker) {
  return Ref::checked(Py_BuildValue("(isLIKd)", static_cast<int>(worker.rank), worker.host.c_str(),
                                    static_cast<long long>(worker.pid), worker.executors,
                                    static_cast<unsigned long long>(worker.tasks), seconds(worker.busy_ns)));
}

/// state() -> ([(rank, host, pid, executors, tasks, busy)], given, succeeded, failed, retried, under way,
/// lost executors, lost workers, busy, up)
PyObject* client_state(PyObject* self, PyObject*) {
  return guarded([&] {
    const auto session = session_of(self);
    const std::uint64_t question = unlocked([&] { return session->ask_state(); });
    std::optional<wire::SessionState> state;
    patiently(1e9, [&](Duration time) {
      state = session->state(question, time);
      return state.has_value();
    });
    const Ref workers = Ref::checked(PyList_New(0));
    for (const auto& worker : state->workers) PyList_Append(workers.get(), worker_tuple(worker).get());
    const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    const auto& tasks = state->tasks;
    return Ref::checked(Py_BuildValue(
        "(OKKKKKKKdd)", workers.get(), count(tasks.given), count(tasks.succeeded), count(tasks.failed),
        count(tasks.retried), count(tasks.under_way), count(state->lost_executors),
        count(state->lost_workers), seconds(state->busy_ns), seconds(state->up_ns)));
  });
}

/// share(name, dtype, fortran, shape, address, bytes)
PyObject* client_share(PyObject* self, PyObject* args) {
  return guarded([&] {
    const char *name = nullptr, *dtype = nullptr;
    int fortran = 0;
    PyObject* shape = nullptr;
    unsigned long long address = 0, size = 0;
    parse(args, "sspO!KK", &name, &dtype, &fortran, &PyTuple_Type, &shape, &address, &size);
    job::ArraySpec array{.name = name, .dtype = dtype, .fortran = fortran != 0};
    for (Py_ssize_t i = 0; i < PyTuple_Size(shape); ++i)
      array.shape.push_back(PyLong_AsUnsignedLongLong(PyTuple_GetItem(shape, i)));
    unlocked([&] { session_of(self)->share(array, {reinterpret_cast<const std::byte*>(address), size}); });
    return none();
  });
}

PyObject* client_unshare(PyObject* self, PyObject* args) {
  return guarded([&] {
    const char* name = nullptr;
    parse(args, "s", &name);
    unlocked([&] { session_of(self)->unshare(name); });
    return none();
  });
}

PyMethodDef client_methods[] = {{"stop", client_stop, METH_NOARGS, nullptr},
                                {"init", client_init, METH_VARARGS, nullptr},
                                {"inbox", client_inbox, METH_NOARGS, nullptr},
                                {"open", client_open, METH_VARARGS, nullptr},
                                {"give", client_give, METH_VARARGS, nullptr},
                                {"encode", client_encode, METH_VARARGS, nullptr},
                                {"give_encoded", client_give_encoded, METH_VARARGS, nullptr},
                                {"close", client_close, METH_VARARGS, nullptr},
                                {"cancel", client_cancel, METH_VARARGS, nullptr},
                                {"take", client_take, METH_VARARGS, nullptr},
                                {"poke", client_poke, METH_O, nullptr},
                                {"executors", client_executors, METH_VARARGS, nullptr},
                                {"state", client_state, METH_NOARGS, nullptr},
                                {"share", client_share, METH_VARARGS, nullptr},
                                {"unshare", client_unshare, METH_VARARGS, nullptr},
                                {}};
PyMethodDef block_methods[] = {
    {"values", block_values, METH_NOARGS, nullptr}, {"printed", block_printed, METH_NOARGS, nullptr}, {}};

PyModuleDef definition{
    PyModuleDef_HEAD_INIT, "mproc._client", nullptr, -1, nullptr, nullptr, nullptr, nullptr, nullptr};

Ref make_module() {
  Ref module = Ref::checked(PyModule_Create(&definition));
  session_error =
      PyErr_NewExceptionWithDoc("mproc.SessionError", "The session has ended, or cannot do what was asked.",
                                PyExc_RuntimeError, nullptr);
  if (session_error == nullptr) throw PythonError{};
  Ref client = make_type("mproc._client.Client", sizeof(Client),
                         {{Py_tp_new, slot(client_new)},
                          {Py_tp_dealloc, slot(client_dealloc)},
                          {Py_tp_methods, client_methods}});
  block_type = reinterpret_cast<PyTypeObject*>(
      make_type("mproc._client.Block", sizeof(Block),
                {{Py_tp_dealloc, slot(block_dealloc)}, {Py_tp_methods, block_methods}})
          .release());
  PyModule_AddObject(module.get(), "Client", client.release());
  PyModule_AddObject(module.get(), "SessionError", Ref::borrowed(session_error).release());
  add_run_types(module.get());
  add_fresh_functions(module.get());
  add_crossval_type(module.get());
  return module;
}

}  // namespace
}  // namespace mproc::client

PyMODINIT_FUNC PyInit__client() {
  return mproc::client::guarded(PyExc_ImportError, [] { return mproc::client::make_module(); });
}
