#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "outcomes.hpp"

namespace mproc::app {
namespace {

struct Options {
  std::vector<std::string> words;  // KERNEL ITEM..., or ITEM... with --command
  std::string command, file;
  std::vector<std::string> init_code, init_files;
  RunArguments run;
};

/// A word of the command line as an item: a JSON value where it is one (numbers, true, null, lists), else
/// text.
job::Json as_item(const std::string& word) {
  auto value = job::Json::parse(word, nullptr, false);
  return value.is_discarded() ? job::Json(word) : value;
}

void add_lines(std::istream& from, std::vector<std::string>& items) {
  for (std::string line; std::getline(from, line);) items.push_back(line);
}

/// The items' words, from the command line, --file or standard input.
std::vector<std::string> item_words(const Options& options) {
  std::vector<std::string> items(options.words.begin() + (options.command.empty() ? 1 : 0),
                                 options.words.end());
  items.erase(std::remove(items.begin(), items.end(), ":::"), items.end());
  if (!options.file.empty()) {
    MPROC_CHECK(std::filesystem::exists(options.file), "map: --file {}: there is no such file", options.file);
    std::istringstream lines(base::read_file(options.file));
    add_lines(lines, items);
  } else if (items.empty() && ::isatty(STDIN_FILENO) == 0) {
    add_lines(std::cin, items);
  }
  MPROC_CHECK(!items.empty(), "map: no items; give them after the kernel, in a --file, or on standard input");
  return items;
}

job::Document make_document(const Options& options) {
  MPROC_CHECK(!options.command.empty() || !options.words.empty(),
              "map: no kernel; write for instance: mproc map math:sqrt 1 4 9");
  job::Json tree = {{"version", 1}, {"name", "map"}};
  if (!options.init_code.empty() || !options.init_files.empty()) {
    std::string code;
    for (const auto& piece : options.init_code) code += piece + "\n";
    tree["init"]["code"] = code;
    if (!options.init_files.empty()) tree["init"]["files"] = options.init_files;
  }
  if (options.command.empty()) {
    const std::string& kernel = options.words.front();
    constexpr std::string_view native = "native:";
    if (kernel.starts_with(native))
      tree["task"]["native"] = kernel.substr(native.size());
    else
      tree["task"]["function"] = kernel;
  } else {
    auto words = CLI::detail::split_up(options.command);
    const bool placeholder = std::any_of(
        words.begin(), words.end(), [](const std::string& w) { return w.find("{}") != std::string::npos; });
    if (!placeholder) words.emplace_back("{}");
    tree["task"]["command"] = words;
  }
  job::Json items = job::Json::array();
  for (const auto& word : item_words(options))
    items.push_back(options.command.empty() ? as_item(word) : job::Json(word));
  tree["items"]["list"] = std::move(items);
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
                      "a command in place of a function; {} is the item (no shell)");
  command->add_option("--init-code", options->init_code, "Python that every executor runs first")
      ->allow_extra_args(false);
  command->add_option("--init-file", options->init_files, "a file of such Python")->allow_extra_args(false);
  command->add_option("--file", options->file, "a file with an item a line");
  add_run_arguments(*command, options->run);
  command->add_option("--set", options->run.settings, "a value as in a job file: --set task.timeout=30s")
      ->allow_extra_args(false);
  command->footer(
      "usage: mproc map [OPTIONS] KERNEL ITEM...\n"
      "       mproc map [OPTIONS] --command COMMAND ::: ITEM...\n"
      "KERNEL is module:function, a name from the init code, or native:LIBRARY:KERNEL; an ITEM is a number, "
      "a\n"
      "list or text.\n\n"
      "examples:\n"
      "  mproc map --init-code 'import math' math:sqrt 1 4 9\n"
      "  mproc map --init-code 'def f(x): return x ** 2' f 1 2 3\n"
      "  mproc map 'native:libm.so:sqrt(f64) -> f64' 1 4 9\n"
      "  mproc map --command 'gzip -9 {}' ::: *.csv\n"
      "  seq 1000 | mproc map math:sqrt");
  command->callback([options, command, &context] {
    options->words = command->remaining();
    for (const auto& word : options->words)
      MPROC_CHECK(word.size() < 2 || word[0] != '-' || !job::Json::parse(word, nullptr, false).is_discarded(),
                  "map: unknown option {}; see: mproc map --help", word);
    options->run.fresh = true;
    context.status =
        run_document([&] { return make_document(*options); }, options->run, context, print_outcomes);
  });
}

}  // namespace mproc::app
