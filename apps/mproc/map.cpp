#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "commands.hpp"
#include "input_sources.hpp"
#include "mproc/job/command.hpp"
#include "mproc/job/input_words.hpp"
#include "mproc/job/task_array.hpp"
#include "outcomes.hpp"

namespace mproc::app {
namespace {

struct Options {
  std::vector<std::string> words;    // KERNEL ITEM..., or ITEM... with --command
  std::vector<std::string> sources;  // ::: and what follows
  std::string command, commands, array, file;
  bool null_separated = false;
  std::vector<std::string> init_code, init_files;
  RunArguments run;
  char separator() const { return null_separated ? '\0' : '\n'; }
  bool calls_function() const { return command.empty() && commands.empty(); }
};

/// A word of the command line as an item: a JSON value where it is one (numbers, true, null, lists), else
/// text.
job::Json as_item(const std::string& word) {
  auto value = job::Json::parse(word, nullptr, false);
  return value.is_discarded() ? job::Json(word) : value;
}

/// Where items come from: the command line, --file, or standard input.
std::vector<InputSource> input_sources(const Options& options) {
  if (!options.sources.empty()) {
    MPROC_CHECK(options.file.empty(), "map: --file and {} exclude each other; write :::: {}",
                options.sources.front(), options.file);
    auto sources = read_input_sources(options.sources, options.separator());
    const bool extra = options.words.size() > (options.calls_function() ? 1u : 0u);
    MPROC_CHECK(!extra, "map: '{}' stands before {}; put all items behind it", options.words.back(),
                options.sources.front());
    return sources;
  }
  std::vector<std::string> items(options.words.begin() + (options.calls_function() ? 1 : 0),
                                 options.words.end());
  if (!options.file.empty()) {
    MPROC_CHECK(items.empty(), "map: items in --file {} and on the command line exclude each other",
                options.file);
    items = words_of_file(options.file, "--file", options.separator());
  } else if (items.empty() && ::isatty(STDIN_FILENO) == 0) {
    items = words_of(std::cin, options.separator());
  }
  MPROC_CHECK(!items.empty(), "map: no items; give them after the kernel, in a --file, or on standard input");
  return {{std::move(items)}};
}

job::Json items_of_command(const std::vector<InputSource>& sources) {
  job::Json all = job::Json::array();
  for (const InputSource& source : sources) {
    job::Json words = job::Json::array();
    for (const std::string& word : source.words) words.push_back(job::input_word(word));
    all.push_back(source.linked ? job::Json{{"linked", std::move(words)}} : std::move(words));
  }
  return {{"sources", std::move(all)}};
}

/// As GNU parallel, which puts the item at the end of a command that says not where.
std::string with_item(const std::string& command) {
  try {
    return job::has_replacements(job::parse_command_line(command).whole) ? command : command + " {}";
  } catch (const job::CommandProblem& problem) {
    throw base::UserError(fmt::format("map: --command {}", problem.what()));
  }
}

void set_array(job::Json& tree, const Options& options) {
  try {
    job::parse_task_array(options.array);
  } catch (const base::UserError& e) {
    throw base::UserError(fmt::format("map: --array {}", e.what()));
  }
  MPROC_CHECK(!options.command.empty(),
              "map: --array is for a script: write for instance: mproc map --array {} --command ./step.sh",
              options.array);
  MPROC_CHECK(options.words.empty() && options.sources.empty() && options.file.empty(),
              "map: --array gives the items itself; leave out all others");
  tree["task"]["command"] = options.command;
  tree["items"]["array"] = options.array;
}

void set_commands(job::Json& tree, const Options& options) {
  MPROC_CHECK(options.command.empty() && options.words.empty() && options.sources.empty() &&
                  options.file.empty() && options.array.empty(),
              "map: each line of --commands {} is a whole command; leave out all else", options.commands);
  tree["task"]["command"] = "{}";
  const auto lines = words_of_file(options.commands, "--commands", options.separator());
  MPROC_CHECK(!lines.empty(), "map: --commands {}: has no lines", options.commands);
  tree["items"] = items_of_command({{lines}});
}

void set_function(job::Json& tree, const Options& options) {
  MPROC_CHECK(!options.words.empty(), "map: no kernel; write for instance: mproc map math:sqrt 1 4 9");
  const std::string& kernel = options.words.front();
  constexpr std::string_view native = "native:";
  if (kernel.starts_with(native))
    tree["task"]["native"] = kernel.substr(native.size());
  else
    tree["task"]["function"] = kernel;
  const auto sources = input_sources(options);
  MPROC_CHECK(sources.size() == 1,
              "map: several input sources are for --command; a function's items are one list");
  job::Json items = job::Json::array();
  for (const auto& word : sources.front().words) items.push_back(as_item(word));
  tree["items"]["list"] = std::move(items);
}

job::Document make_document(const Options& options) {
  job::Json tree = {{"version", 1}, {"name", "map"}};
  if (!options.init_code.empty() || !options.init_files.empty()) {
    std::string code;
    for (const auto& piece : options.init_code) code += piece + "\n";
    tree["init"]["code"] = code;
    if (!options.init_files.empty()) tree["init"]["files"] = options.init_files;
  }
  if (!options.commands.empty()) {
    set_commands(tree, options);
  } else if (!options.array.empty()) {
    set_array(tree, options);
  } else if (!options.command.empty()) {
    tree["task"]["command"] = with_item(options.command);
    tree["items"] = items_of_command(input_sources(options));
  } else {
    set_function(tree, options);
  }
  return job::Document::from_tree(std::move(tree), "map", std::filesystem::current_path());
}

}  // namespace

void add_map(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("map", "apply a function or a command to items, and print the results in order");
  auto options = std::make_shared<Options>();
  // Not options of CLI11's: it would take a word like [1, 2] apart.
  command->allow_extras();
  command->add_option("--command", options->command,
                      "a command in place of a function; {} is the item (replacements: below)");
  command->add_option("--commands", options->commands, "a file with a command a line; - is standard input");
  command->add_option(
      "--array", options->array,
      "run a Slurm array script (--command) for the indices 1-10, 0-100:5, 1,3,7-9; with %N at "
      "most N at a time");
  command->add_option("--init-code", options->init_code, "Python that every executor runs first")
      ->allow_extra_args(false);
  command->add_option("--init-file", options->init_files, "a file of such Python")->allow_extra_args(false);
  command->add_option("--file", options->file, "a file with an item a line");
  command->add_flag("-0,--null", options->null_separated,
                    "items of files and standard input end in NUL, not in a newline: find -print0");
  add_run_arguments(*command, options->run);
  command->add_option("--set", options->run.settings, "a value as in a job file: --set task.timeout=30s")
      ->allow_extra_args(false);
  command->footer(
      "usage: mproc map [OPTIONS] KERNEL ITEM...\n"
      "       mproc map [OPTIONS] --command COMMAND [::: ITEM...]\n"
      "       mproc map [OPTIONS] --commands FILE\n"
      "       mproc map [OPTIONS] --array RANGES --command SCRIPT\n"
      "KERNEL is module:function, a name from the init code, or native:LIBRARY:KERNEL; an ITEM is a number, "
      "a\n"
      "list or text. COMMAND runs without a shell where it has no shell syntax, else by bash.\n\n"
      "as in GNU parallel:\n"
      "  {} {.} {/} {//} {/.}   the item, without extension, its file name, its folder, both of the first "
      "two\n"
      "  {2} {2.} {2/} {-1}     the same of the second source, of the last\n"
      "  {#} {%}                the task's number from 1, the executor's on its node\n"
      "  ::: WORDS  :::: FILES  every combination of several; :::+ and ::::+ go side by side with the one "
      "before\n"
      "What follows ::: is items: options come before it.\n\n"
      "examples:\n"
      "  mproc map --init-code 'import math' math:sqrt 1 4 9\n"
      "  mproc map --init-code 'def f(x): return x ** 2' f 1 2 3\n"
      "  mproc map 'native:libm.so:sqrt(f64) -> f64' 1 4 9\n"
      "  mproc map --command 'convert {} {.}.png' ::: *.jpg\n"
      "  mproc map --command 'zcat {1} | grep -c {2}' ::: *.gz ::: GET POST\n"
      "  mproc map --array 1-1000 --command ./step.sh\n"
      "  mproc map --commands commands.txt\n"
      "  seq 1000 | mproc map math:sqrt");
  command->callback([options, command, &context] {
    options->words = command->remaining();
    options->sources = context.input_sources;
    for (const auto& word : options->words)
      MPROC_CHECK(word.size() < 2 || word[0] != '-' || !job::Json::parse(word, nullptr, false).is_discarded(),
                  "map: unknown option {}; see: mproc map --help", word);
    options->run.fresh = true;
    context.status =
        run_document([&] { return make_document(*options); }, options->run, context, print_outcomes);
  });
}

}  // namespace mproc::app
