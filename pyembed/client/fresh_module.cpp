// The functions of the module mproc._client that mproc.fresh is made of.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "binding.hpp"
#include "mproc/base/json.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/impute.hpp"
#include "mproc/kernels/fresh/relevance.hpp"
#include "values.hpp"

namespace mproc::client {
namespace {

namespace fresh = kernels::fresh;

template <class Call>
PyObject* guarded(Call call) {
  return client::guarded(PyExc_RuntimeError, std::move(call));
}

/// pack(value) -> a plain value as bytes: the args of a built-in kernel
PyObject* pack(PyObject*, PyObject* value) {
  return guarded([&] { return bytes_object(packed(value)); });
}

/// features(chosen) -> [(name, calculator, {parameter: value})]; `chosen` as fresh::features_of() takes it
PyObject* features(PyObject*, PyObject* chosen) {
  return guarded([&] {
    Ref list = Ref::checked(PyList_New(0));
    for (const fresh::Feature& feature :
         fresh::features_of(base::Json::from_msgpack(base::text(packed(chosen)))))
      append(list, Ref::checked(Py_BuildValue("(sOO)", feature.name.c_str(),
                                              object_of(std::string(feature.calculator->name)).get(),
                                              object_of(feature.parameters).get())));
    return list;
  });
}

/// Of one that tests have given: (type, p-values as bytes).
fresh::FeatureResult result_of(PyObject* given) {
  const char *type = nullptr, *bytes = nullptr;
  Py_ssize_t size = 0;
  parse(given, "sy#", &type, &bytes, &size);
  fresh::FeatureResult result;
  for (const auto known : {fresh::FeatureType::binary, fresh::FeatureType::real})
    if (fresh::name_of(known) == type) result.type = known;
  result.p_values.resize(static_cast<std::size_t>(size) / sizeof(double));
  std::copy_n(bytes, result.p_values.size() * sizeof(double),
              reinterpret_cast<char*>(result.p_values.data()));
  return result;
}

fresh::Target target_of(const char* codes, Py_ssize_t size, bool labels) {
  std::vector<std::int64_t> column(static_cast<std::size_t>(size) / sizeof(std::int64_t));
  std::copy_n(codes, column.size() * sizeof(std::int64_t), reinterpret_cast<char*>(column.data()));
  return fresh::make_target(column, labels ? fresh::MlTask::classification : fresh::MlTask::regression);
}

Ref row_tuple(const fresh::Relevance& row) {
  const Ref tests = Ref::checked(PyList_New(0));
  for (std::size_t i = 0; i < row.p_values.size(); ++i)
    append(tests,
           Ref::checked(Py_BuildValue("(dO)", row.p_values[i], row.relevant_for[i] ? Py_True : Py_False)));
  return Ref::checked(Py_BuildValue("(ndOnO)", static_cast<Py_ssize_t>(row.column), row.p_value,
                                    row.relevant ? Py_True : Py_False,
                                    static_cast<Py_ssize_t>(row.n_significant), tests.get()));
}

/// relevance(target: int64 as bytes, whether they are labels, [(type, p-values)] of all features, fdr,
/// independent, multiclass, n_significant) -> the table's rows:
/// [(the feature's place, p-value, relevant, n_significant, [(p-value, relevant) for each label])]
PyObject* relevance(PyObject*, PyObject* args) {
  return guarded([&] {
    const char* codes = nullptr;
    Py_ssize_t size = 0, n_significant = 1;
    PyObject* given = nullptr;
    fresh::RelevanceOptions options;
    int labels = 0, independent = 0, multiclass = 0;
    parse(args, "y#pO!dppn", &codes, &size, &labels, &PyList_Type, &given, &options.fdr, &independent,
          &multiclass, &n_significant);
    options.independent = independent != 0;
    options.multiclass = multiclass != 0;
    options.n_significant = static_cast<std::size_t>(std::max<Py_ssize_t>(n_significant, 0));
    std::vector<fresh::FeatureResult> results;
    for (Py_ssize_t i = 0; i < PyList_Size(given); ++i)
      results.push_back(result_of(PyList_GetItem(given, i)));
    const std::vector<std::string> names(results.size());  // places are enough
    const auto table = fresh::relevance_table(names, results, target_of(codes, size, labels != 0), options);
    Ref list = Ref::checked(PyList_New(0));
    for (const fresh::Relevance& row : table.rows) append(list, row_tuple(row));
    return list;
  });
}

/// impute(address, rows, columns): in place, of a matrix of float64 whose columns lie one after the other
PyObject* impute(PyObject*, PyObject* args) {
  return guarded([&] {
    unsigned long long address = 0, rows = 0, columns = 0;
    parse(args, "KKK", &address, &rows, &columns);
    unlocked([&] {
      for (unsigned long long i = 0; i < columns; ++i)
        fresh::impute({reinterpret_cast<double*>(address) + i * rows, static_cast<std::size_t>(rows)});
    });
    return none();
  });
}

PyMethodDef functions[] = {{"pack", pack, METH_O, nullptr},
                           {"features", features, METH_O, nullptr},
                           {"relevance", relevance, METH_VARARGS, nullptr},
                           {"impute", impute, METH_VARARGS, nullptr},
                           {}};

}  // namespace

void add_fresh_functions(PyObject* module) {
  if (PyModule_AddFunctions(module, functions) != 0) throw PythonError{};
}

}  // namespace mproc::client
