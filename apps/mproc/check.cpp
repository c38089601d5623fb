#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "mproc/job/crossval.hpp"
#include "mproc/launch/placement.hpp"
#include "mproc/run/feature_selection.hpp"

namespace mproc::app {
namespace {

/// What is unusual of it.
std::string said(const job::Demand& demand) {
  std::vector<std::string> parts;
  if (demand.cpus > 1 || demand.pin)
    parts.push_back(
        fmt::format("{} {}core{}", demand.cpus, demand.pin ? "pinned " : "", demand.cpus == 1 ? "" : "s"));
  if (demand.gpus > 0) parts.push_back(fmt::format("{} GPU{}", demand.gpus, demand.gpus == 1 ? "" : "s"));
  return fmt::format("{}", fmt::join(parts, " and "));
}

std::string fit_here(const job::Demand& demand) {
  try {
    return fmt::format("this machine has room for {}", launch::executors_here(demand, 0));
  } catch (const base::UserError& e) {
    return fmt::format("not on this machine: {}", e.what());
  }
}

std::string kernel_of(const job::Job& job) {
  const job::Task& task = job.task;
  if (job.crossval)
    return "cross-validation of " + task.args.value("estimator", task.args.value("function", std::string()));
  switch (task.kernel) {
    case job::MapSpec::Kernel::command:
      return "command " + task.command.front();
    case job::MapSpec::Kernel::native:
      return "native " + task.function;
    case job::MapSpec::Kernel::built_in:
      return task.function;
    case job::MapSpec::Kernel::python:
      break;
  }
  return "function " + task.function;
}

std::string not_checked(const job::Job& job) {
  std::vector<std::string> parts;
  if (!job.init.empty()) parts.emplace_back("that the init code runs");
  if (job.task.kernel == job::MapSpec::Kernel::python)
    parts.emplace_back(job.crossval ? "that the estimator is there and takes these parameters and data"
                                    : "that the function is there and takes what the items give");
  if (job.task.kernel == job::MapSpec::Kernel::native)
    parts.emplace_back("that the library loads, has the kernel, and that it takes what the items give");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

void add_check(CLI::App& app, Context&) {
  auto* command =
      app.add_subcommand("check", "read a job and say what is wrong with it, without running code");
  auto path = std::make_shared<std::string>();
  auto settings = std::make_shared<std::vector<std::string>>();
  command->add_option("JOB", *path, "job file")->required();
  command->add_option("--set", *settings, "replace a value of the job")->allow_extra_args(false);
  command->callback([path, settings] {
    auto document = job::Document::read(*path);
    for (const auto& setting : *settings) document.set(setting);
    const job::Job job = job::read_job(document);
    const std::string kernel = kernel_of(job);
    if (job::is_generator(job)) {
      fmt::print("{}: tasks of {}, from a generator: how many is not known before it runs\n", document.name(),
                 kernel);
    } else {
      const auto source = job::make_item_source(job);
      for (const std::string& inferred : {source->describe(), run::check_selection(job)})
        if (!inferred.empty()) fmt::print("{}\n", inferred);
      const auto count = source->count();
      const std::string tasks = count ? fmt::format("{} task{}", *count, *count == 1 ? "" : "s") : "tasks";
      fmt::print("{}: {} of {}\n", document.name(), tasks, kernel);
    }
    if (const std::string demand = said(job.task.demand); !demand.empty())
      fmt::print("each executor has {}: {}\n", demand, fit_here(job.task.demand));
    for (const auto& file : job.data)
      fmt::print("data {}: {}: {}\n", file.array.name, file.shown(), file.array.describe());
    if (const std::string unchecked = not_checked(job); !unchecked.empty())
      fmt::print("not checked, because it takes running code: {}\n", unchecked);
  });
}

}  // namespace mproc::app
