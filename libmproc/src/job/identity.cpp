#include <algorithm>

#include "content_hash.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/job/crossval.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "mproc/job/native.hpp"
#include "paths.hpp"

namespace mproc::job {
namespace {

/// A dump that is equal for equal trees: msgpack (which tells 1 from 1.0, and has NaN), keys in order of
/// name.
Json sorted(const Json& tree) {
  if (tree.is_array()) {
    Json out = Json::array();
    for (const Json& element : tree) out.push_back(sorted(element));
    return out;
  }
  if (!tree.is_object()) return tree;
  std::vector<std::string> keys;
  for (const auto& entry : tree.items()) keys.push_back(entry.key());
  std::sort(keys.begin(), keys.end());
  Json out = Json::object();
  for (const std::string& key : keys) out[key] = sorted(tree.at(key));
  return out;
}

std::string hash_tree(const Json& tree) {
  base::Bytes bytes;
  append_value(bytes, sorted(tree));
  return hash_hex(bytes);
}

/// A module beside the job file is the user's own code: its text counts, not only its name. Installed modules
/// count by name.
Json module_source(const Job& job, const std::string& module) {
  const auto file = module_file(job.document.base_dir(), module);
  if (file.empty()) return nullptr;
  return base::read_file(file);
}

/// The source that "module:function" is in; null for a name from init code.
Json function_source(const Job& job, const std::string& function) {
  const std::size_t colon = function.find(':');
  return colon == std::string::npos ? Json() : module_source(job, function.substr(0, colon));
}

/// A library with a path is the user's own code: built anew it is another one. Those of the system count by
/// name.
Json library_content(const Job& job, const std::string& function) {
  const std::string library = parse_native(function).library;
  const std::filesystem::path file = job.document.base_dir() / library;
  return std::filesystem::is_regular_file(file) ? Json(hash_hex(base::view(base::read_file(file)))) : Json();
}

Json kernel_part(const Job& job) {
  const Task& task = job.task;
  if (task.kernel == MapSpec::Kernel::native)
    return Json{"native", task.function, library_content(job, task.function)};
  if (task.kernel == MapSpec::Kernel::built_in) return Json{"built in", task.function};
  if (task.kernel == MapSpec::Kernel::command) {
    Json part{"command", task.command};
    if (task.line) part = {"command line", task.command.front()};
    if (!task.directory.empty()) part.push_back(task.directory);
    return part;
  }
  return Json{"function", task.function, function_source(job, task.function)};
}

Json generator_part(const Job& job) {
  const auto generator = is_generator(job);
  return generator ? Json{*generator, function_source(job, *generator)} : Json();
}

Json init_part(const Job& job) {
  Json out = Json::array();
  for (const InitBlock& block : job.init) {
    const bool module = block.which() == InitBlock::Kind::module;
    out.push_back({block.kind, block.name, module ? module_source(job, block.name) : Json(block.content)});
  }
  return out;
}

Json data_part(const Job& job) {
  Json out;
  for (const DataFile& file : job.data) out[file.array.name] = file.hash;
  return out;
}

/// Sets, and all code that a cell calls; candidates are items: more of them go on with a run. The rungs of
/// halving are made for so many candidates.
Json crossval_part(const Job& job) {
  Json out = job.document.tree().at("crossval");
  for (const char* key : {"model", "scoring", "estimator", "function", "args"})
    out.erase(key);  // args are a part
  if (!job.crossval->plan.sets.halving)
    for (const char* key : {"params", "search", "trials"}) out.erase(key);
  const Json& args = job.crossval->args;
  for (const char* key : {"estimator", "function"})
    if (args.contains(key)) out[key] = function_source(job, args.at(key));
  if (args.contains("scoring"))
    for (const Json& scorer : args.at("scoring")) out["scoring"].push_back(function_source(job, scorer));
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> identity_parts(const Job& job) {
  std::vector<std::pair<std::string, std::string>> parts{
      {"kernel", hash_tree(kernel_part(job))},
      {"args", hash_tree(job.task.args)},
      {"call", hash_tree(static_cast<int>(job.task.call))},
      {"init code", hash_tree(init_part(job))},
      {"seed", hash_tree(job.seed ? Json(*job.seed) : Json())},
      {"data", hash_tree(data_part(job))},
      {"item generator", hash_tree(generator_part(job))}};
  if (job.crossval) parts.emplace_back("crossval", hash_tree(crossval_part(job)));
  return parts;
}

std::string identity(const Job& job) {
  std::string all;
  for (const auto& [name, hash] : identity_parts(job)) all.append(name).append("=").append(hash).append("\n");
  return hash_hex(base::view(all));
}

}  // namespace mproc::job
