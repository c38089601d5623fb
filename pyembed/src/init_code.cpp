#include "init_code.hpp"

#include <fmt/format.h>

#include "failure.hpp"

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;
using job::InitBlock;

/// Tracebacks show the lines of code that is in no file, or in a file that only central has.
void remember_lines(py::handle source, const std::string& name) {
  const py::str text = py::isinstance<py::bytes>(source) ? py::str(source.attr("decode")("utf-8", "replace"))
                                                         : py::reinterpret_borrow<py::str>(source);
  import_module("linecache").attr("cache")[py::str(name)] =
      py::make_tuple(py::len(text), py::none(), text.attr("splitlines")(true), name);
}

bool is_main_guard(py::handle statement, py::handle ast) {
  if (!py::isinstance(statement, ast.attr("If"))) return false;
  const py::object condition = ast.attr("unparse")(statement.attr("test"));
  const std::string text = utf8(condition);
  return text == "__name__ == '__main__'" || text == "'__main__' == __name__";
}

/// Turns `if __name__ == "__main__":` into `if False:`, which keeps the line numbers.
void disable_main_guard(py::handle tree) {
  const py::object ast = import_module("ast");
  for (const py::handle statement : tree.attr("body")) {
    if (!is_main_guard(statement, ast)) continue;
    const py::object never = ast.attr("Constant")(false);
    statement.attr("test") = ast.attr("copy_location")(never, statement.attr("test"));
  }
}

py::object compiled(py::handle source, const std::string& name, bool is_file) {
  const py::object compile = import_module("builtins").attr("compile");
  const auto compile_with = [&](py::handle what, int flags) {
    return compile(what, name, "exec", py::arg("flags") = flags, py::arg("dont_inherit") = true);
  };
  if (!is_file) return compile_with(source, 0);
  const py::object tree = compile_with(source, PyCF_ONLY_AST);
  disable_main_guard(tree);
  return compile_with(tree, 0);
}

bool is_module_name(const std::string& name) {
  const py::object re = import_module("re");
  return !re.attr("fullmatch")(R"(\s*[^\W\d]\w*(\.[^\W\d]\w*)*(\s+as\s+[^\W\d]\w*)?\s*)", name).is_none();
}

std::string python_in_use() {
  return safe_str(py::handle(PySys_GetObject("executable")));
}

void explain(Failure& failure, const InitBlock& block) {
  if (failure.type == "SystemExit") failure.message = "init code called sys.exit(" + failure.message + ")";
  if (failure.type == "ModuleNotFoundError")
    failure.message += fmt::format("; install it for {}, or put it beside the job file", python_in_use());
  if (block.which() == InitBlock::Kind::module) failure.message = "cannot import it: " + failure.message;
}

}  // namespace

Namespace::Namespace() {
  module_ = checked(PyModule_New("__main__"));
  globals_ = py::reinterpret_borrow<py::dict>(PyModule_GetDict(module_.ptr()));
  globals_["__builtins__"] = import_module("builtins");
  py::reinterpret_borrow<py::dict>(PyImport_GetModuleDict())["__main__"] = module_;
}

std::optional<Failure> Namespace::run(const InitBlock& block) {
  auto failure = attempt(block);
  if (!block.lenient) return failure;
  if (failure) lenient_failures_.emplace(lenient_blocks_, std::move(*failure));
  ++lenient_blocks_;
  return std::nullopt;
}

const Failure* Namespace::lenient_failure(std::uint64_t from, std::uint64_t to) const {
  const auto first = lenient_failures_.lower_bound(from);
  return first == lenient_failures_.end() || first->first >= to ? nullptr : &first->second;
}

std::optional<Failure> Namespace::attempt(const InitBlock& block) {
  try {
    switch (block.which()) {
      case InitBlock::Kind::module:
        if (!is_module_name(block.name))
          return Failure{.kind = FailureKind::init,
                         .message = fmt::format("'{}' is not the name of a module", block.name)};
        execute(py::str("import " + block.name), "<init module " + block.name + ">", false);
        return std::nullopt;
      case InitBlock::Kind::file:
        run_file(block);
        return std::nullopt;
      case InitBlock::Kind::code:
        run_code(block);
        return std::nullopt;
    }
    return Failure{.kind = FailureKind::init,
                   .message = "init code of an unknown kind; mproc versions differ"};
  } catch (py::error_already_set& error) {
    Failure failure = take_failure(FailureKind::init, error);
    explain(failure, block);
    return failure;
  }
}

void Namespace::execute(py::handle source, const std::string& name, bool is_file) {
  remember_lines(source, name);
  const py::object code = compiled(source, name, is_file);
  checked(PyEval_EvalCode(code.ptr(), globals_.ptr(), globals_.ptr()));
}

void Namespace::run_code(const InitBlock& block) {
  ++code_blocks_;
  const std::string name = code_blocks_ == 1 ? "<init code>" : fmt::format("<init code {}>", code_blocks_);
  execute(py::bytes(block.content), name, false);
}

void Namespace::run_file(const InitBlock& block) {
  globals_["__file__"] = block.name;
  execute(py::bytes(block.content), block.name, true);  // bytes: the file may declare its encoding
}

void add_init_failure(const py::object& module, const Namespace& names) {
  module.attr("init_failure") = py::cpp_function([&names](const py::list& range) -> py::object {
    const Failure* failure =
        names.lenient_failure(range[0].cast<std::uint64_t>(), range[1].cast<std::uint64_t>());
    if (failure == nullptr) return py::none();
    return py::make_tuple(failure->type, failure->message, failure->traceback);
  });
}

void prepend_search_path(const std::vector<std::string>& directories) {
  const auto path = py::reinterpret_borrow<py::list>(PySys_GetObject("path"));
  py::list wanted;
  for (const auto& directory : directories) wanted.append(py::str(directory));
  for (const py::handle entry : path)
    if (!entry.equal(py::str("")) && !wanted.contains(entry)) wanted.append(entry);
  if (PyList_SetSlice(path.ptr(), 0, PyList_GET_SIZE(path.ptr()), wanted.ptr()) != 0)
    throw py::error_already_set();
  import_module("importlib").attr("invalidate_caches")();
}

}  // namespace mproc::pyembed
