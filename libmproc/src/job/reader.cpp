#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "keys.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/crossval.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

constexpr std::size_t longest_name = 100;

bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || c == '-' || c == '.' || byte >= 0x80;
}

/// The job file's own name makes a run's name, whatever characters it has.
std::string default_name(const std::string& document_name) {
  if (document_name.starts_with('<')) return "stdin";
  std::string stem = std::filesystem::path(document_name).stem().string().substr(0, longest_name);
  std::replace_if(
      stem.begin(), stem.end(), [](char c) { return !is_name_character(c); }, '-');
  stem.erase(0, std::min(stem.find_first_not_of(".-"), stem.size()));
  return stem.empty() ? "job" : stem;
}

std::string read_name(const Spot& root) {
  if (!root.has("name")) return default_name(root.document().name());
  const Spot spot = root.member("name");
  const std::string& name = spot.text();
  const bool sane = !name.empty() && name.size() <= longest_name && name[0] != '.' && name[0] != '-' &&
                    std::all_of(name.begin(), name.end(), is_name_character);
  spot.check(sane,
             "names the run directory: use letters, digits, '_', '-' and '.', and begin with a letter or "
             "digit; not \"{}\"",
             name);
  return name;
}

void check_version(const Spot& root) {
  if (!root.has("version")) return;
  const Spot spot = root.member("version");
  const std::uint64_t version = spot.count();
  spot.check(version == 1, "is {}; this mproc reads version 1", version);
}

Spot required(const Spot& root, const std::string& section, std::string_view remedy) {
  MPROC_CHECK(root.has(section), "{}: section [{}] is missing; {}", root.document().name(), section, remedy);
  return root.member(section);
}

/// What is no text cannot be written to job.json.
void check_text(const Document& document, const Json& value, const std::string& pointer) {
  const auto check = [&](const std::string& text) {
    MPROC_CHECK(base::is_utf8(text), "{}: is not UTF-8 text: {}; rename or convert it",
                document.where(pointer), printable(text));
  };
  if (value.is_string()) check(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (const auto& [key, member] : value.items()) {
    check(key);
    check_text(document, member, below(pointer, key));
  }
}

/// Files that the job is made of or reads.
std::vector<std::filesystem::path> input_files(const Spot& root, const Job& job) {
  std::vector<std::filesystem::path> files{job.document.name()};
  if (job.fresh) {
    files.push_back(job.fresh->series.input);
    if (job.fresh->select) files.push_back(job.fresh->select->target);
  } else if (!job.crossval) {
    std::ranges::copy(item_files(root.member("items")), std::back_inserter(files));
  }
  for (const DataFile& data : job.data) files.push_back(data.path);
  if (root.has("init") && root.member("init").has("files")) {
    const Spot init = root.member("init").member("files");
    for (std::size_t i = 0; i < init.value().size(); ++i)
      files.push_back(input_path(init.element(i).text(), init.element(i)));
  }
  return files;
}

void check_replaces_no_input(const Spot& spot, const std::filesystem::path& output,
                             const std::vector<std::filesystem::path>& inputs) {
  for (const auto& input : inputs) {
    std::error_code not_there;
    spot.check(!std::filesystem::equivalent(output, input, not_there),
               "is an input of the job, which the results would replace: {}; choose another path",
               input.string());
  }
}

std::filesystem::path plain(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

/// Of what is written beside the output.
void check_own_file(const Spot& spot, const std::filesystem::path& file, const Job& job,
                    const std::vector<std::filesystem::path>& inputs) {
  check_replaces_no_input(spot, file, inputs);
  spot.check(job.output.format == Format::none || plain(file) != plain(job.output.path),
             "and 'output.path' are the same file; choose another path");
}

void check_format(const Spot& spot, const Job& job) {
  const Format format = job.output.format;
  spot.check(!job.fresh || format != Format::pickle,
             "is for Python objects, which features are not: end it in .csv, .jsonl, .npy or .npz");
  const bool table = format == Format::csv || format == Format::json || format == Format::jsonl;
  spot.check(!job.crossval || table, "is a table of scores: end it in .csv, .json or .jsonl");
  spot.check(job.crossval || format != Format::json, "is for [crossval] alone; end it in .jsonl");
}

/// A job's variable would be the same for all executors, which have GPUs of their own.
void check_devices(const Spot& run, const Job& job) {
  if (job.task.demand.gpus == 0) return;
  for (const auto& [name, value] : job.run.env)
    run.member("env").member(name).check(!name.ends_with("_VISIBLE_DEVICES"),
                                         "and 'task.gpus' exclude each other: set it where mproc is started, "
                                         "and it is divided among executors");
}

/// Arrays are mproc.data of Python code, and Task::data of native kernels.
void check_data_is_reachable(const Spot& data, const Job& job) {
  data.check(needs_python(job) || job.task.kernel == MapSpec::Kernel::native,
             "is for Python and native code, and nothing of this job is: a command takes a file by its path, "
             "in its arguments "
             "or as its item");
}

/// All else is a map's, which says it as it is opened, or a job's alone.
void check_keys_of_session(const Spot& root) {
  static const std::set<std::string> known{"task.cpus",   "task.gpus",   "task.pin",
                                           "task.memory", "run.recycle", "run.env"};
  for (const auto& section : root.value().items()) {
    const Spot spot = root.member(section.key());
    spot.check(section.key() == "task" || section.key() == "run", "is not for a session");
    for (const auto& entry : section.value().items())
      if (const Spot member = spot.member(entry.key()); !known.contains(member.key()))
        member.refuse(fmt::format("is not for a session, which has {}", fmt::join(known, ", ")));
  }
}

void take_tasks(const Spot& root, Job& job) {
  job.task = read_task(required(
      root, "task", "add [task] with function = \"module:function\" or command = [\"program\", \"{}\"]"));
  const Spot items = required(
      root, "items",
      "add [items] with list, range, grid, zip, csv, jsonl, npy, lines, glob, array, sources or python");
  check_items(items);
  if (items.has("array"))
    items.member("array").check(job.task.kernel == MapSpec::Kernel::command,
                                "is for commands, which find it as SLURM_ARRAY_TASK_ID; write range or list");
  job.items = items.value();
}

/// What is left of [task] beside a kind, whose tasks are its own.
void take_limits(const Spot& root, Job& job, const std::string& kind, const std::set<std::string>& known) {
  if (!root.has("task")) return;
  const Spot section = root.member("task");
  for (const auto& entry : section.value().items())
    if (!known.contains(entry.key()))
      section.member(entry.key())
          .refuse(fmt::format("and '{}' exclude each other; beside [{}], [task] has {}", kind, kind,
                              fmt::join(known, ", ")));
  read_limits(section, job.task);
}

void take_fresh(const Spot& root, Job& job) {
  for (const char* other : {"items", "init", "data"})
    if (root.has(other)) root.member(other).refuse("and 'fresh' exclude each other; keep one");
  take_limits(root, job, "fresh",
              {"timeout", "memory", "retries", "lost-retries", "pin"});  // one thread each
  job.fresh = read_fresh(root.member("fresh"));
  job.task.kernel = MapSpec::Kernel::built_in;
  job.task.function = "fresh.extract";
  job.task.args = {{"features", job.fresh->features}};
}

void take_crossval(const Spot& root, Job& job) {
  for (const char* other : {"items", "fresh"})
    if (root.has(other)) root.member(other).refuse("and 'crossval' exclude each other; keep one");
  take_limits(root, job, "crossval", {"timeout", "memory", "retries", "lost-retries", "cpus", "gpus", "pin"});
  auto crossval = read_crossval(root.member("crossval"), job.seed);
  job.task.function = "mproc._crossval:cell";
  job.task.call = Call::kwargs;
  job.task.args = crossval.args;
  job.data = crossval.data.arrays;
  job.crossval = std::make_shared<const Crossval>(std::move(crossval));
}

}  // namespace

bool needs_python(const Job& job) {
  return job.task.kernel == MapSpec::Kernel::python || !job.init.empty() || is_generator(job);
}

Job read_session(Document document) {
  Job job;
  job.document = std::move(document);
  const Spot root(job.document);
  check_keys(job.document);
  check_keys_of_session(root);
  if (root.has("task")) job.task.demand = read_demand(root.member("task"));
  if (root.has("run")) {
    job.run = read_run(root.member("run"));
    check_devices(root.member("run"), job);
  }
  return job;
}

Job read_job(Document document) {
  Job job;
  job.document = std::move(document);
  const Spot root(job.document);
  MPROC_CHECK(root.value().is_object(), "{}: a job has to be a table", job.document.name());
  check_text(job.document, root.value(), "");
  check_version(root);
  check_keys(job.document);
  job.name = read_name(root);
  if (root.has("seed")) job.seed = root.member("seed").count();
  if (root.has("init")) job.init = read_init(root.member("init"));
  if (root.has("fresh"))
    take_fresh(root, job);
  else if (root.has("crossval"))
    take_crossval(root, job);
  else
    take_tasks(root, job);
  if (root.has("data")) {
    check_data_is_reachable(root.member("data"), job);
    std::ranges::move(read_data(root.member("data")), std::back_inserter(job.data));
  }
  if (root.has("run")) {
    job.run = read_run(root.member("run"));
    check_devices(root.member("run"), job);
  }
  if (root.has("slurm")) job.slurm = read_slurm(root.member("slurm"));
  if (root.has("output")) job.output = read_output(root.member("output"));
  if (job.output.format != Format::none) {
    const Spot output = root.member("output").member("path");
    check_replaces_no_input(output, job.output.path, input_files(root, job));
    check_format(output, job);
  }
  if (job.crossval && !job.crossval->model.empty())
    check_own_file(root.member("crossval").member("model"), job.crossval->model, job, input_files(root, job));
  if (job.fresh && job.fresh->select && !job.fresh->select->table.empty())
    check_own_file(root.member("fresh").member("select").member("table"), job.fresh->select->table, job,
                   input_files(root, job));
  return job;
}

}  // namespace mproc::job
