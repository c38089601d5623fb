#include "mproc/exec/command_call.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "mproc/base/error.hpp"

namespace mproc::exec {
namespace {

using Quotes = job::CommandPiece::Quotes;

/// The kernel would cut it off at a NUL, and says of a long one only that the list is too long.
std::string argument(std::string word) {
  static const auto longest = static_cast<std::size_t>(32 * ::sysconf(_SC_PAGESIZE) - 1);  // MAX_ARG_STRLEN
  if (word.find('\0') != std::string::npos)
    throw base::DecodeError("the item has a NUL character, which no command's argument can have");
  if (word.size() > longest)
    throw base::DecodeError(fmt::format(
        "an argument of {} bytes, where a command's may have {}; write it to a file, and give its path",
        word.size(), longest));
  return word;
}

/// Several values outside of quotes are several words, as if they had been written there.
void add_words(std::vector<std::string>& to, const job::CommandWord& word, const msgpack::object& item,
               CommandTask task) {
  std::string last;
  for (const auto& piece : word) {
    if (!piece.replaced) {
      last += piece.text;
      continue;
    }
    bool first = true;
    for (const std::string& value : replacement(piece.text, item, task)) {
      if (!first && piece.quotes != Quotes::none) last += ' ';
      if (!first && piece.quotes == Quotes::none) to.push_back(argument(std::exchange(last, {})));
      last += value;
      first = false;
    }
  }
  to.push_back(argument(std::move(last)));
}

/// How a shell's line names a variable's value, so that it stays one word whatever it is.
std::string reference(const std::string& names, Quotes quotes) {
  switch (quotes) {
    case Quotes::none:
    case Quotes::twice:
      return names;
    case Quotes::single:
      return "'\"" + names + "\"'";
    case Quotes::ansi:
      return "'\"" + names + "\"$'";
  }
  return names;
}

CommandCall shell_call(const std::string& shell, const job::CommandWord& line, const msgpack::object& item,
                       CommandTask task) {
  CommandCall call;
  std::string script;
  for (const auto& piece : line) {
    if (!piece.replaced) {
      script += piece.text;
      continue;
    }
    std::string names;
    for (std::string& value : replacement(piece.text, item, task)) {
      const std::string name = fmt::format("MPROC_ARG_{}", call.env.size() + 1);
      const bool bare = piece.quotes == Quotes::none;
      names +=
          fmt::format("{}{}${{{}}}{}", names.empty() ? "" : " ", bare ? "\"" : "", name, bare ? "\"" : "");
      call.env.emplace_back(name, argument(std::move(value)));
    }
    script += reference(names, piece.quotes);
  }
  call.argv = {shell, "-c", argument(std::move(script))};
  return call;
}

bool is_exported_function(const std::string& name) {
  return std::getenv(fmt::format("BASH_FUNC_{}%%", name).c_str()) != nullptr;
}

std::string first_line(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line(256, '\0');
  stream.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(stream.gcount()));
  return line.substr(0, line.find('\n'));
}

/// Why a script at this path does not start, and what to do.
std::string script_problem(const std::string& file, bool by_shell) {
  std::error_code not_there;
  if (!std::filesystem::is_regular_file(file, not_there)) return {};
  if (::access(file.c_str(), X_OK) != 0)
    return fmt::format("{0} may not be executed; chmod +x {0}, or run it as: bash {0}", file);
  const std::string line = first_line(file);
  if (line.starts_with("#!")) {
    const std::size_t begin = line.find_first_not_of(" \t", 2);
    const std::string interpreter = line.substr(
        std::min(begin, line.size()), line.find_first_of(" \t", begin) - std::min(begin, line.size()));
    if (interpreter.ends_with('\r'))
      return fmt::format("{0} has Windows line ends, so that no program can run it; sed -i 's/\\r$//' {0}",
                         file);
    if (!is_executable(interpreter))
      return fmt::format("{} is to be run by {}, which is not there; correct its first line", file,
                         interpreter);
    return {};
  }
  // A shell reads it itself; what has a NUL is no text.
  if (by_shell || line.find('\0') != line.npos) return {};
  return fmt::format(
      "{0} does not say what runs it; put #!/bin/bash into its first line, or run it as: bash {0}", file);
}

std::optional<base::Failure> lookup_failure(std::string message) {
  base::Failure failure;
  failure.kind = base::FailureKind::lookup;
  failure.message = std::move(message);
  return failure;
}

}  // namespace

bool is_executable(const std::string& program) {
  const auto can_be_run = [](const std::string& file) {
    std::error_code not_there;
    return ::access(file.c_str(), X_OK) == 0 && !std::filesystem::is_directory(file, not_there);
  };
  if (program.find('/') != std::string::npos) return can_be_run(program);
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  for (std::size_t start = 0; start <= rest.size();) {
    const std::size_t end = std::min(rest.find(':', start), rest.size());
    const std::string dir = end > start ? rest.substr(start, end - start) : ".";
    if (can_be_run(fmt::format("{}/{}", dir, program))) return true;
    start = end + 1;
  }
  return false;
}

Command::Command(const job::MapSpec& spec)
    : directory_(job::parse_command_word(spec.directory)), array_(spec.array) {
  if (!spec.line) {
    for (const auto& word : spec.command) words_.push_back(job::parse_command_word(word));
    return;
  }
  line_ = job::parse_command_line(spec.command.front());
  shell_ = is_executable("bash") ? "bash" : "sh";  // lines are written for bash
  by_shell_ = !line_->plain;
  words_ = line_->words;
  if (by_shell_ || job::has_replacements(words_.front())) return;
  const std::string& program = words_.front()[0].text;
  by_shell_ = !is_executable(program) && is_exported_function(program);
}

bool Command::finds(const std::string& program) const {
  return directory_.empty() || program.starts_with('/') || program.find('/') == program.npos;
}

std::optional<base::Failure> Command::problem() const {
  const job::CommandWord& first = words_.empty() ? line_->whole : words_.front();
  if (first.empty() || first[0].replaced || (!words_.empty() && first.size() > 1)) return std::nullopt;
  // Of a shell's line, what stands before all else.
  const std::string& text = first[0].text;
  const std::size_t end = words_.empty() ? text.find_first_of(" \t\n;|&<>()$`'\"\\*?[{") : text.size();
  if (end == text.npos && first.size() > 1) return std::nullopt;
  const std::string program = text.substr(0, end);
  if (!finds(program)) return std::nullopt;
  if (program.find('/') != program.npos)
    if (std::string why = script_problem(program, by_shell_); !why.empty())
      return lookup_failure(std::move(why));
  if (by_shell_ || is_executable(program)) return std::nullopt;
  std::error_code not_there;
  if (std::filesystem::is_regular_file(program, not_there))
    return lookup_failure(
        fmt::format("'{0}' is no command on PATH; for the file of that name write ./{0}", program));
  return lookup_failure(
      fmt::format("the executors have no command '{}'; give its path, or install it on every node", program));
}

CommandCall Command::call(const msgpack::object& item, CommandTask task) const {
  CommandCall call;
  if (is_item()) {
    const std::string line = argument(fmt::format("{}", fmt::join(replacement({}, item, task), " ")));
    const job::CommandLine finished = job::parse_finished_line(line);
    const std::string program = finished.plain ? finished.words[0][0].text : "";
    const bool direct = finished.plain && finds(program) && is_executable(program);
    if (direct)
      for (const auto& word : finished.words) add_words(call.argv, word, item, task);
    else
      call.argv = {shell_, "-c", line};
    call.env.emplace_back("LAUNCHER_JID", std::to_string(task.index + 1));
  } else if (by_shell_) {
    call = shell_call(shell_, line_->whole, item, task);
  } else {
    for (const auto& word : words_) add_words(call.argv, word, item, task);
  }
  call.env.emplace_back("MPROC_TASK_ID", std::to_string(task.index));
  if (array_) call.env.emplace_back("SLURM_ARRAY_TASK_ID", replacement({}, item, task).front());
  if (!directory_.empty()) {
    std::vector<std::string> folder;
    add_words(folder, directory_, item, task);
    call.directory = fmt::format("{}", fmt::join(folder, " "));
  }
  return call;
}

std::string Command::text(const msgpack::object& item, CommandTask task) const {
  std::string text;
  const auto append = [&](const job::CommandWord& word) {
    for (const auto& piece : word)
      text += piece.replaced ? fmt::format("{}", fmt::join(replacement(piece.text, item, task), " "))
                             : piece.text;
  };
  if (line_) return append(line_->whole), text;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (i > 0) text += ' ';
    append(words_[i]);
  }
  return text;
}

}  // namespace mproc::exec
