#include "remote.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"

namespace mproc::launch {
namespace {

constexpr std::int64_t answer_limit = 20'000'000'000;
constexpr int status_unreachable = 255, status_not_found = 127;  // of ssh, and of a shell

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// The shell that asks one host, and what it has said.
struct Question {
  std::string host;
  pid_t pid = -1;
  base::Fd output;
  std::string said;
  int status = 0;
};

Question ask(const std::string& host, const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw base::SystemError("cannot make a pipe", errno);
  Question question{host, -1, base::Fd(ends[0]), {}, 0};
  const base::Fd write_end(ends[1]);
  std::istringstream shell(remote_shell());
  std::vector<std::string> words{std::istream_iterator<std::string>(shell), {}};
  words.push_back(host);
  words.push_back(command);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_adddup2(&actions, write_end.get(), fd);
  const int error = ::posix_spawnp(&question.pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  MPROC_CHECK(error != ENOENT,
              "there is no {} on PATH, with which other hosts are reached; install it (Debian: apt-get "
              "install openssh-client)",
              words[0]);
  if (error != 0) throw base::SystemError("cannot start " + words[0], error);
  return question;
}

/// Waits for the answer, but not for ever.
void hear(Question& question, std::int64_t deadline) {
  pollfd readable{question.output.get(), POLLIN, 0};
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::int64_t left = (deadline - base::monotonic_ns()) / 1'000'000;
    if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) == 0) {
      ::kill(question.pid, SIGKILL);
      question.said += "no answer within 20 s";
      break;
    }
    const ssize_t n = ::read(question.output.get(), buffer.data(), buffer.size());
    if (n <= 0) break;
    question.said.append(buffer.data(), static_cast<std::size_t>(n));
  }
  int status = 0;
  ::waitpid(question.pid, &status, 0);
  question.status = WIFEXITED(status) ? WEXITSTATUS(status) : status_unreachable;
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
  const std::string command = quoted(base::own_program().string()) + " --version && /bin/sh -c " +
                              quoted("command -v " + quoted(orted));
  const std::int64_t deadline = base::monotonic_ns() + answer_limit;
  std::vector<Question> questions;
  for (const auto& name : names) questions.push_back(ask(name, command));
  for (auto& question : questions) hear(question, deadline);
  for (const auto& question : questions) check_answer(question);
}

}  // namespace mproc::launch
