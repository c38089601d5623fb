#include "remote.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iterator>
#include <sstream>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/run_program.hpp"
#include "shell_word.hpp"

namespace mproc::launch {
namespace {

constexpr std::chrono::seconds answer_limit{20};
constexpr int status_unreachable = 255, status_not_found = 127;  // of ssh, and of a shell

/// The shell that asks one host, and what it has said.
struct Question {
  std::string host;
  std::future<base::ProgramResult> answer;
  std::string said = {};
  int status = 0;
};

Question ask(const std::string& host, const std::string& command) {
  std::istringstream shell(remote_shell());
  std::vector<std::string> words{std::istream_iterator<std::string>(shell), {}};
  words.insert(words.end(), {host, command});
  return {host, std::async(std::launch::async, [words] { return base::run_program(words, answer_limit); })};
}

void hear(Question& question) {
  const base::ProgramResult answer = question.answer.get();
  MPROC_CHECK(answer.started,
              "{}, with which other hosts are reached; install it (Debian: apt-get install openssh-client)",
              answer.err);
  question.status = answer.status;
  question.said = answer.out + "\n" + answer.err;
  if (answer.status != base::ProgramResult::killed) return;
  question.said += "\nno answer within 20 s";
  question.status = status_unreachable;
}

std::string last_line(const std::string& text) {
  std::istringstream lines(text);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.pop_back();
    if (!line.empty()) last = line;
  }
  return last;
}

std::string own_version() {
  return "mproc " MPROC_VERSION;
}

void check_answer(const Question& q) {
  const std::string program = base::own_program().string(), last = last_line(q.said);
  const bool has_program = q.said.find(own_version()) != std::string::npos;
  if (q.status == 0 && has_program) return;
  MPROC_CHECK(q.status != status_unreachable || q.said.find("Permission denied") == std::string::npos,
              "ssh {0} does not work without a password; do: ssh-copy-id {0}", q.host);
  MPROC_CHECK(
      q.status != status_unreachable || q.said.find("Host key verification failed") == std::string::npos,
      "ssh {0} does not know that host yet; do once: ssh {0}", q.host);
  MPROC_CHECK(q.status != status_unreachable, "host {} cannot be reached: {}", q.host,
              last.empty() ? "its shell ended without a word" : last);
  MPROC_CHECK(has_program || q.status == 0 || q.status == status_not_found,
              "host {}: {} does not start there: {}", q.host, program, last);
  MPROC_CHECK(has_program || q.status != status_not_found,
              "host {} has no {}; install mproc at the same path on all hosts", q.host, program);
  MPROC_CHECK(has_program, "host {} has another {} ({}, here {}); install the same one on all hosts", q.host,
              program, last, own_version());
  throw base::UserError(
      fmt::format("host {} has no orted, the part of Open MPI that starts ranks, where a login finds it; "
                  "install Open MPI there",
                  q.host));
}

}  // namespace

std::string remote_shell() {
  for (const char* name : {"OMPI_MCA_plm_rsh_agent", "OMPI_MCA_orte_rsh_agent"})
    if (const char* agent = std::getenv(name); agent != nullptr && *agent != 0) return agent;
  return "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=3 -o ServerAliveCountMax=3";
}

std::filesystem::path open_mpi_prefix() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/mpirun").c_str(), X_OK) != 0) continue;
    const bool found_by_logins = folder == "/usr/bin" || folder == "/bin" || folder == "/usr/local/bin";
    return found_by_logins ? std::filesystem::path() : std::filesystem::path(folder).parent_path();
  }
  return {};
}

void check_hosts(const std::vector<std::string>& names) {
  const auto prefix = open_mpi_prefix();
  const std::string orted = prefix.empty() ? "orted" : (prefix / "bin/orted").string();
  // A login's shell may be any; both are asked for in words that all shells know.
  const std::string command = shell_word(base::own_program().string()) + " --version && /bin/sh -c " +
                              shell_word("command -v " + shell_word(orted));
  std::vector<Question> questions;
  for (const auto& name : names) questions.push_back(ask(name, command));
  for (auto& question : questions) hear(question);
  for (const auto& question : questions) check_answer(question);
}

}  // namespace mproc::launch
