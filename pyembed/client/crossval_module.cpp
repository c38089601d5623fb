// The type of the module mproc._client that mproc.crossval and mproc.search are made of.
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "binding.hpp"
#include "mproc/job/crossval.hpp"
#include "values.hpp"

namespace mproc::client {
namespace {

template <class Call>
PyObject* guarded(Call call) {
  return client::guarded(PyExc_RuntimeError, std::move(call));
}

/// Cross-validation as the engine has it: what to train and test on, the cells that are next, and the table
/// of what came of them.
struct Search {
  kernels::crossval::PackedSets sets;
  std::vector<std::string> notes;
  job::CrossvalSearch search;
};

struct Crossval {
  PyObject ob_base;
  Search* search;
};

Search& search_of(PyObject* self) {
  return *reinterpret_cast<Crossval*>(self)->search;
}

/// An array as bytes, or None.
struct ArrayBytes {
  const char* data = nullptr;
  Py_ssize_t size = 0;

  template <class Element>
  std::vector<Element> elements() const {
    std::vector<Element> out(static_cast<std::size_t>(size) / sizeof(Element));
    if (!out.empty()) std::memcpy(out.data(), data, out.size() * sizeof(Element));
    return out;
  }
};

/// What candidates are tried on.
struct Given {
  std::uint64_t count = 0;
  std::vector<std::int64_t> classes, groups;
  std::vector<double> label_starts, label_ends;
};

Search open(base::Json table, std::uint64_t seed, bool refit, bool keeps_model, const Given& given) {
  const auto document = job::Document::from_tree(std::move(table), "", "");
  job::CrossvalPlan plan = read_crossval_plan(job::Spot(document), seed);
  plan.sets.refit = refit;
  job::ItemBatch& candidates = plan.candidates.items;
  const auto sets =
      make_sets(plan.sets, {given.count, given.classes, given.groups, given.label_starts, given.label_ends},
                candidates.count());
  std::vector<std::string> notes = std::move(plan.candidates.notes);
  notes.insert(notes.end(), sets.notes.begin(), sets.notes.end());
  const std::string resource = plan.sets.halving ? plan.sets.halving->parameter : "";
  return {pack(sets.each), std::move(notes), {std::move(candidates), sets, resource, keeps_model}};
}

/// Crossval(the keys of [crossval] as a dict, seed, refit, whether the last fit gives its model, samples,
/// classes: int64 as bytes or None, groups: the same, label starts: float64, label ends)
PyObject* crossval_new(PyTypeObject* type, PyObject* args, PyObject*) {
  return guarded([&] {
    PyObject* table = nullptr;
    unsigned long long seed = 0, count = 0;
    int refit = 0, keeps_model = 0;
    ArrayBytes classes, groups, starts, ends;
    parse(args, "OKppKz#z#z#z#", &table, &seed, &refit, &keeps_model, &count, &classes.data, &classes.size,
          &groups.data, &groups.size, &starts.data, &starts.size, &ends.data, &ends.size);
    auto tree = base::Json::from_msgpack(base::text(packed(table)));
    Ref object = allocate(type);
    reinterpret_cast<Crossval*>(object.get())->search = unlocked([&] {
      const Given given{count, classes.elements<std::int64_t>(), groups.elements<std::int64_t>(),
                        starts.elements<double>(), ends.elements<double>()};
      return new Search(open(std::move(tree), seed, refit != 0, keeps_model != 0, given));
    });
    return object;
  });
}

void crossval_dealloc(PyObject* self) {
  delete reinterpret_cast<Crossval*>(self)->search;
  release(self);
}

template <class Element>
Ref bytes_of(const std::vector<Element>& elements) {
  return bytes_object(std::as_bytes(std::span(elements)));
}

template <class Elements, class Make>
Ref list_of(const Elements& elements, Make make) {
  Ref list = Ref::checked(PyList_New(0));
  for (const auto& element : elements) append(list, make(element));
  return list;
}

Ref number(double value) {
  return Ref::checked(PyFloat_FromDouble(value));
}

Ref text(const std::string& text) {
  return object_of(text);
}

/// sets() -> (sides: int64, index: uint32), as PackedSets has them
PyObject* crossval_sets(PyObject* self, PyObject*) {
  return guarded([&] {
    const auto& sets = search_of(self).sets;
    return Ref::checked(PyTuple_Pack(2, bytes_of(sets.sides).get(), bytes_of(sets.index).get()));
  });
}

/// notes() -> lines for the user
PyObject* crossval_notes(PyObject* self, PyObject*) {
  return guarded([&] { return list_of(search_of(self).notes, text); });
}

/// cells() -> those of the next stage: [{"params": {...}, "split": number, ...}]; empty: there is none
PyObject* crossval_cells(PyObject* self, PyObject*) {
  return guarded([&] {
    const job::CrossvalSearch& search = search_of(self).search;
    Ref list = Ref::checked(PyList_New(0));
    base::Bytes cell;
    for (std::uint64_t i = 0; i < search.cells(); ++i) {
      cell.clear();
      search.append_cell(cell, i);
      append(list, unpacked(cell));
    }
    return list;
  });
}

job::CellResult result_of(PyObject* given) {
  job::CellResult result;
  if (given == Py_None) return result;
  PyObject* scores = nullptr;
  parse(given, "O!dd", &PyList_Type, &scores, &result.fit_seconds, &result.score_seconds);
  for (Py_ssize_t i = 0; i < PyList_Size(scores); ++i)
    result.scores.push_back(PyFloat_AsDouble(PyList_GetItem(scores, i)));
  if (PyErr_Occurred() != nullptr) throw PythonError{};
  return result;
}

/// take([([score], fit seconds, score seconds), or None where it failed]): of each of cells()
PyObject* crossval_take(PyObject* self, PyObject* given) {
  return guarded([&] {
    std::vector<job::CellResult> results;
    for (Py_ssize_t i = 0; i < PyList_Size(given); ++i)
      results.push_back(result_of(PyList_GetItem(given, i)));
    if (PyErr_Occurred() != nullptr) throw PythonError{};
    search_of(self).search.take(std::move(results));
    return none();
  });
}

/// table([the scorers' names]) -> [(column, [value])]
PyObject* crossval_table(PyObject* self, PyObject* given) {
  return guarded([&] {
    const auto scorers = base::Json::from_msgpack(base::text(packed(given))).get<std::vector<std::string>>();
    const job::ResultTable table = search_of(self).search.table(scorers);
    return list_of(table.columns, [](const job::ResultTable::Column& column) {
      const Ref values = list_of(column.values, object_of);
      return Ref::checked(PyTuple_Pack(2, text(column.name).get(), values.get()));
    });
  });
}

/// best() -> (params, [mean score], [score of the last fit] or None), or None where each candidate has failed
PyObject* crossval_best(PyObject* self, PyObject*) {
  return guarded([&] {
    const auto& best = search_of(self).search.best();
    if (!best) return none();
    const Ref last = best->last ? list_of(best->last->scores, number) : none();
    return Ref::checked(
        PyTuple_Pack(3, object_of(best->params).get(), list_of(best->means, number).get(), last.get()));
  });
}

PyMethodDef crossval_methods[] = {{"sets", crossval_sets, METH_NOARGS, nullptr},
                                  {"notes", crossval_notes, METH_NOARGS, nullptr},
                                  {"cells", crossval_cells, METH_NOARGS, nullptr},
                                  {"take", crossval_take, METH_O, nullptr},
                                  {"table", crossval_table, METH_O, nullptr},
                                  {"best", crossval_best, METH_NOARGS, nullptr},
                                  {}};

}  // namespace

void add_crossval_type(PyObject* module) {
  Ref crossval = make_type("mproc._client.Crossval", sizeof(Crossval),
                           {{Py_tp_new, slot(crossval_new)},
                            {Py_tp_dealloc, slot(crossval_dealloc)},
                            {Py_tp_methods, crossval_methods}});
  PyModule_AddObject(module, "Crossval", crossval.release());
}

}  // namespace mproc::client
