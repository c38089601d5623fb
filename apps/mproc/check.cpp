#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "mproc/job/items.hpp"

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
    return fmt::format("this machine has room for {}", executors_here(demand, 0));
  } catch (const base::UserError& e) {
    return fmt::format("not on this machine: {}", e.what());
  }
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
    const bool command_kernel = job.task.kernel == job::MapSpec::Kernel::command;
    const std::string kernel =
        command_kernel ? "command " + job.task.command.front() : "function " + job.task.function;
    if (job::is_generator(job)) {
      fmt::print("{}: tasks of {}, from a generator: how many is not known before it runs\n", document.name(),
                 kernel);
    } else {
      const auto source = job::make_item_source(job);
      if (const auto inferred = source->describe(); !inferred.empty()) fmt::print("{}\n", inferred);
      const auto count = source->count();
      const std::string tasks = count ? fmt::format("{} task{}", *count, *count == 1 ? "" : "s") : "tasks";
      fmt::print("{}: {} of {}\n", document.name(), tasks, kernel);
    }
    if (const std::string demand = said(job.task.demand); !demand.empty())
      fmt::print("each executor has {}: {}\n", demand, fit_here(job.task.demand));
    for (const auto& file : job.data)
      fmt::print("data {}: {}: {}\n", file.array.name, file.path.filename().string(), file.array.describe());
    if (!command_kernel)
      fmt::print(
          "not checked, because it takes running code: that the init code runs, that the function is there "
          "and "
          "takes what the items give\n");
  });
}

}  // namespace mproc::app
