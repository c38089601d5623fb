#include <algorithm>
#include <sstream>

#include "ask_slurm.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/launch/batch_job.hpp"
#include "mproc/launch/scratch.hpp"
#include "shell_word.hpp"

namespace mproc::launch {
namespace {

constexpr std::string_view plain_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%^[]{}";

constexpr std::string_view characters_of_options = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool is_plain(const std::string& word) {
  return !word.empty() && word.find_first_not_of(plain_characters) == std::string::npos;
}

std::string with_backslashes(const std::string& text, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (before.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// As sbatch reads the words of #SBATCH lines.
std::string directive(const std::string& option, const std::string& value) {
  if (value.empty()) return "#SBATCH --" + option + "\n";
  const std::string word = is_plain(value) ? value : '"' + with_backslashes(value, "\"\\") + '"';
  return "#SBATCH --" + option + "=" + word + "\n";
}

/// What a run needs to survive its time limit and lost nodes, unless the user says otherwise.
job::Slurm with_our_options(const BatchJob& batch) {
  job::Slurm slurm = batch.slurm;
  const auto has = [&](std::string_view option) {
    return std::ranges::any_of(slurm.options, [&](const auto& given) { return given.first == option; });
  };
  const auto add = [&](const char* option, const std::string& value) {
    if (!has(option)) slurm.options.emplace_back(option, value);
  };
  add("job-name", batch.name);
  add("output", batch.log("%j").string());
  add("open-mode", "append");
  if (!has("no-requeue")) add("requeue", "");
  add("no-kill", "");
  add("chdir", batch.directory.string());
  return slurm;
}

/// The first line of what sbatch has against it, without its own name.
std::string reason_of(const base::ProgramResult& result) {
  std::istringstream lines(result.err);
  std::string reason;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view start : {"sbatch: ", "error: ", "fatal: ", "allocation failure: "})
      if (line.starts_with(start)) line.erase(0, start.size());
    if (!line.empty() && !line.starts_with("Try ")) reason += (reason.empty() ? "" : "; ") + line;
  }
  return reason.empty() ? fmt::format("sbatch ended with status {}", result.status) : reason;
}

}  // namespace

std::filesystem::path BatchJob::script() const {
  return runs / (name + ".sbatch");
}

std::filesystem::path BatchJob::log(const std::string& id) const {
  return runs / (name + "-" + id + ".log");
}

std::string script_of(const BatchJob& batch) {
  const job::Slurm slurm = with_our_options(batch);
  std::string text =
      "#!/bin/bash\n# By mproc submit. By hand: sbatch " + shell_word(batch.script().string()) + "\n";
  for (const auto& [option, value] : slurm.options) text += directive(option, value);
  text += "\n";
  for (const auto& line : slurm.setup) text += line + "\n";
  if (!slurm.setup.empty()) text += "\n";
  text +=
      "# In the place of this shell, so that Slurm's signals reach it; it asks Slurm for its time "
      "limit.\nexec";
  for (const auto& word : batch.command) text += " " + shell_word(word);
  return text + "\n";
}

std::vector<std::string> options_of_sbatch() {
  const auto help = ask_slurm({"sbatch", "--help"});
  std::vector<std::string> options;
  std::istringstream words(help.out);
  for (std::string word; words >> word;) {
    if (!word.starts_with("--")) continue;
    const std::size_t end = std::min(word.find_first_not_of(characters_of_options, 2), word.size());
    options.push_back(word.substr(2, end - 2));
  }
  return options;
}

std::string objection_of_slurm(const BatchJob& batch) {
  const Scratch scratch;
  const auto file = scratch.path() / "script";
  base::write_file_atomically(file, script_of(batch));
  const auto answer = ask_slurm({"sbatch", "--test-only", file.string()});
  return answer.ok() ? std::string() : reason_of(answer);
}

std::string submit(const BatchJob& batch) {
  std::filesystem::create_directories(batch.runs);
  base::write_file_atomically(batch.script(), script_of(batch));
  const auto answer = ask_slurm({"sbatch", "--parsable", batch.script().string()});
  MPROC_CHECK(answer.ok(), "Slurm refuses {}: {}", batch.script().string(), reason_of(answer));
  return answer.out.substr(0, answer.out.find_first_of(";\n"));
}

}  // namespace mproc::launch
