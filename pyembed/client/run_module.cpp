// The types of the module mproc._client that read runs.
#include <unordered_map>

#include "binding.hpp"
#include "mproc/base/value_reader.hpp"
#include "run_reader.hpp"
#include "values.hpp"

namespace mproc::client {
namespace {

using journal::Index;
using journal::Row;

constexpr std::size_t batch_bytes = std::size_t{1} << 20;  // of rows that are read together

template <class Call>
PyObject* guarded(Call call) {
  return client::guarded(PyExc_OSError, std::move(call));
}

Ref text(const std::string& text) {
  return Ref::checked(PyUnicode_DecodeFSDefaultAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

Ref natural(std::uint64_t value) {
  return Ref::checked(PyLong_FromUnsignedLongLong(value));
}

Ref list() {
  return Ref::checked(PyList_New(0));
}

// ---- runs

struct Run {
  PyObject ob_base;
  RunReader* reader;
  Hooks* hooks;
};

const Run& run_of(PyObject* self) {
  return *reinterpret_cast<Run*>(self);
}

journal::RunDirectory find(const char* name) try {
  return journal::RunDirectory::find(journal::RunDirectory::runs_root({}),
                                     name == nullptr ? std::nullopt : std::optional<std::string>(name));
} catch (const base::UserError& error) {
  PyErr_SetString(PyExc_FileNotFoundError, error.what());
  throw PythonError{};
}

/// Run(name or None, unpickle, array, failure, moment)
PyObject* run_new(PyTypeObject* type, PyObject* args, PyObject*) {
  return guarded([&] {
    const char* name = nullptr;
    PyObject *unpickle = nullptr, *array = nullptr, *failure = nullptr, *moment = nullptr;
    parse(args, "zOOOO", &name, &unpickle, &array, &failure, &moment);
    const auto directory = find(name);
    Ref object = allocate(type);
    auto* run = reinterpret_cast<Run*>(object.get());
    run->hooks = new Hooks{
        {}, Ref::borrowed(unpickle), Ref::borrowed(array), Ref::borrowed(failure), Ref::borrowed(moment)};
    run->reader = unlocked([&] { return new RunReader(directory); });
    return object;
  });
}

void run_dealloc(PyObject* self) {
  delete run_of(self).reader;
  delete run_of(self).hooks;
  release(self);
}

/// about() -> (path, state, tasks, succeeded, failed, [damage])
PyObject* run_about(PyObject* self, PyObject*) {
  return guarded([&] {
    const RunReader& run = *run_of(self).reader;
    const Ref damage = list();
    for (const std::string& line : run.index().damage()) append(damage, text(line));
    return Ref::checked(Py_BuildValue(
        "(OOKKKO)", text(std::filesystem::absolute(run.directory().path()).lexically_normal().string()).get(),
        text(run.state()).get(), static_cast<unsigned long long>(run.total()),
        static_cast<unsigned long long>(run.index().succeeded({})),
        static_cast<unsigned long long>(run.index().failed({})), damage.get()));
  });
}

// ---- their rows

struct Rows {
  PyObject ob_base;
  RowReader* reader;
  const Hooks* hooks;
  PyObject* run;  // which is read
};

PyTypeObject* rows_type = nullptr;

Ref make_rows(PyObject* self, std::uint64_t first, RowReader::Of what) {
  Ref object = allocate(rows_type);
  auto* rows = reinterpret_cast<Rows*>(object.get());
  rows->hooks = run_of(self).hooks;
  rows->run = Ref::borrowed(self).release();
  rows->reader = unlocked([&] { return new RowReader(*run_of(self).reader, first, what); });
  return object;
}

/// rows(first, failures alone)
PyObject* run_rows(PyObject* self, PyObject* args) {
  return guarded([&] {
    unsigned long long first = 0;
    int failures = 0;
    parse(args, "Kp", &first, &failures);
    return make_rows(self, first, failures != 0 ? RowReader::Of::failures : RowReader::Of::rows);
  });
}

PyObject* run_table(PyObject* self, PyObject*) {
  return guarded([&] { return make_rows(self, 0, RowReader::Of::table); });
}

void rows_dealloc(PyObject* self) {
  auto* rows = reinterpret_cast<Rows*>(self);
  delete rows->reader;
  Py_XDECREF(rows->run);
  release(self);
}

/// Makes the objects of rows. Texts that come again and again are made once.
class RowBuilder {
 public:
  explicit RowBuilder(const Hooks& hooks) : values_(hooks, nullptr) {}

  Ref value(base::ByteView bytes) {
    if (bytes.empty()) return none();
    base::ValueReader<ResultBuilder> reader(bytes);
    return reader.next(values_);
  }
  Ref result(const Row& row) { return row.state == Index::State::succeeded ? value(row.value) : none(); }
  Ref error(const Row& row) { return row.state == Index::State::failed ? value(row.value) : none(); }
  Ref error_text(const Row& row) {
    return row.state == Index::State::failed ? known(journal::error_text(row)) : none();
  }
  Ref status(const Row& row) { return known(journal::status_text(row.state)); }

 private:
  Ref known(const std::string& text) {
    if (const auto found = known_.find(text); found != known_.end()) return found->second;
    return known_.emplace(text, values_.string(text)).first->second;
  }

  ResultBuilder values_;
  std::unordered_map<std::string, Ref> known_;
};

/// Calls use(row) for rows until there are enough of them for one batch.
template <class Use>
void for_batch(RowReader& reader, Use use) {
  Row row;
  for (std::size_t bytes = 0; bytes < batch_bytes && reader.next(row);) {
    use(row);
    bytes += 64 + row.item.size() + row.value.size();
  }
}

/// next() -> the next (index, item, result, status, error), as many as go together; none at the end
PyObject* rows_next(PyObject* self, PyObject*) {
  return guarded([&] {
    const auto& rows = *reinterpret_cast<Rows*>(self);
    RowBuilder build(*rows.hooks);
    Ref batch = list();
    for_batch(*rows.reader, [&](const Row& row) {
      append(batch, Ref::checked(PyTuple_Pack(5, natural(row.index).get(), build.value(row.item).get(),
                                              build.result(row).get(), build.status(row).get(),
                                              build.error(row).get())));
    });
    return batch;
  });
}

/// names() -> those of the columns between index and status
PyObject* rows_names(PyObject* self, PyObject*) {
  return guarded([&] {
    journal::TableLayout& layout = reinterpret_cast<Rows*>(self)->reader->layout();
    Ref names = list();
    for (const auto* columns : {&layout.item_columns(), &layout.result_columns()})
      for (const std::string& name : *columns) append(names, text(name));
    return names;
  });
}

/// columns() -> of the next rows: a list for each of names(), for status and for error; empty lists at the
/// end
PyObject* rows_columns(PyObject* self, PyObject*) {
  return guarded([&] {
    const auto& rows = *reinterpret_cast<Rows*>(self);
    journal::TableLayout& layout = rows.reader->layout();
    RowBuilder build(*rows.hooks);
    std::vector<Ref> columns;
    const std::size_t cells = layout.item_columns().size() + layout.result_columns().size();
    for (std::size_t i = 0; i < cells + 2; ++i) columns.push_back(list());
    for_batch(*rows.reader, [&](const Row& row) {
      std::size_t at = 0;
      for (const base::ByteView cell : layout.cells(row)) append(columns[at++], build.value(cell));
      append(columns[at++], build.status(row));
      append(columns[at], build.error_text(row));
    });
    Ref all = list();
    for (const Ref& column : columns) append(all, column);
    return all;
  });
}

PyMethodDef run_methods[] = {{"about", run_about, METH_NOARGS, nullptr},
                             {"rows", run_rows, METH_VARARGS, nullptr},
                             {"table", run_table, METH_NOARGS, nullptr},
                             {}};
PyMethodDef rows_methods[] = {{"next", rows_next, METH_NOARGS, nullptr},
                              {"names", rows_names, METH_NOARGS, nullptr},
                              {"columns", rows_columns, METH_NOARGS, nullptr},
                              {}};

}  // namespace

void add_run_types(PyObject* module) {
  Ref run = make_type(
      "mproc._client.Run", sizeof(Run),
      {{Py_tp_new, slot(run_new)}, {Py_tp_dealloc, slot(run_dealloc)}, {Py_tp_methods, run_methods}});
  rows_type = reinterpret_cast<PyTypeObject*>(
      make_type("mproc._client.Rows", sizeof(Rows),
                {{Py_tp_dealloc, slot(rows_dealloc)}, {Py_tp_methods, rows_methods}})
          .release());
  PyModule_AddObject(module, "Run", run.release());
}

}  // namespace mproc::client
