#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "mproc/base/fd.hpp"
#include "mproc/journal/run_directory.hpp"
#include "process_identity.hpp"

namespace mproc::journal {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::time_t heartbeat_limit = 60;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

/// How often Slurm has put this job back into its queue.
int slurm_restarts() {
  return std::atoi(variable("SLURM_RESTART_COUNT").c_str());
}

struct Owner {
  ProcessIdentity process;
  std::string slurm_job;
  int slurm_restarts = 0;
  bool readable = false;  // not while it is being written, or was left half written
  std::string content;    // tells owners apart; inode numbers are given again at once
  timespec beat{};
};

fs::path owner_file(const RunDirectory& run) {
  return run.path() / "owner";
}

std::string content_for_this_process() {
  const ProcessIdentity self = this_process();
  std::random_device device;
  return Json{{"host", self.host},
              {"pid", self.pid},
              {"started", self.started},
              {"boot", self.boot},
              {"slurm_job", variable("SLURM_JOB_ID")},
              {"slurm_restarts", slurm_restarts()},
              {"token", device()}}
             .dump() +
         "\n";
}

std::optional<Owner> read_owner(const fs::path& file) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0) return std::nullopt;
  Owner owner;
  owner.beat = info.st_mtim;
  try {
    owner.content = base::read_file(file);
    const Json json = Json::parse(owner.content);
    owner.process = {json.at("host"), json.at("boot"), json.at("pid"), json.at("started")};
    owner.slurm_job = json.value("slurm_job", "");
    owner.slurm_restarts = json.value("slurm_restarts", 0);
    owner.readable = true;
  } catch (const base::SystemError&) {
  } catch (const Json::exception&) {
  }
  return owner;
}

bool is_live(const Owner& owner) {
  const ProcessIdentity self = this_process();
  if (owner.readable && owner.process.host == self.host && owner.process.boot == self.boot)
    return owner.process.started != 0 && start_time(owner.process.pid) == owner.process.started;
  // Slurm requeues a job when it has ended, or its node has.
  if (!owner.slurm_job.empty() && owner.slurm_job == variable("SLURM_JOB_ID") &&
      owner.slurm_restarts < slurm_restarts())
    return false;
  return std::time(nullptr) - owner.beat.tv_sec <= heartbeat_limit;
}

[[noreturn]] void refuse(const RunDirectory& run, const Owner& owner) {
  if (!owner.readable)
    throw base::UserError(
        fmt::format("run {} is being taken by another process; wait for it or stop it", run.name()));
  const std::string job = owner.slurm_job.empty() ? "" : fmt::format(" (Slurm job {})", owner.slurm_job);
  throw base::UserError(fmt::format("run {} is being written by pid {} on host {}{}, wait for it or stop it",
                                    run.name(), owner.process.pid, owner.process.host, job));
}

/// False when there is one already.
bool create(const fs::path& file, const std::string& content) {
  const base::Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd && errno == EEXIST) return false;
  if (!fd) throw base::SystemError("cannot create " + file.string(), errno);
  try {
    base::write_all(fd.get(), base::view(content), file.string());
  } catch (...) {
    ::unlink(file.c_str());
    throw;
  }
  return true;
}

/// Who may replace a stale owner. Two may find the same owner stale, and the slower must not remove the
/// faster one's new file, so removing takes this second file.
class Takeover {
 public:
  explicit Takeover(const fs::path& owner) : file_(owner.string() + ".takeover") {
    taken_ = create(file_, "");
  }
  ~Takeover() {
    if (taken_) ::unlink(file_.c_str());
  }
  Takeover(const Takeover&) = delete;
  Takeover& operator=(const Takeover&) = delete;

  bool is_ours() const { return taken_; }
  /// It is held for microseconds: one that is old is of a process killed within them.
  void remove_if_old() const {
    const auto holder = read_owner(file_);
    if (holder && std::time(nullptr) - holder->beat.tv_sec > heartbeat_limit) ::unlink(file_.c_str());
  }

 private:
  fs::path file_;
  bool taken_ = false;
};

/// False when there is a live owner, or somebody else is replacing the stale one just now.
bool replace_stale(const fs::path& file, const std::string& content) {
  const Takeover takeover(file);
  if (!takeover.is_ours()) {
    takeover.remove_if_old();
    return false;
  }
  if (const auto owner = read_owner(file); owner && !is_live(*owner)) ::unlink(file.c_str());
  return create(file, content);
}

}  // namespace

Ownership::Ownership(const RunDirectory& run) : file_(owner_file(run)), content_(content_for_this_process()) {
  constexpr int most_tries = 200;
  constexpr auto pause = std::chrono::milliseconds(5);
  for (int tries = 0; !create(file_, content_); ++tries) {
    const auto owner = read_owner(file_);
    if (owner && is_live(*owner)) {
      // Created and not yet filled: its name comes at once, unless its maker died.
      if (owner->readable || tries >= most_tries) refuse(run, *owner);
    } else if (owner && replace_stale(file_, content_)) {
      return;
    }
    if (owner && tries >= most_tries) refuse(run, *owner);
    std::this_thread::sleep_for(pause);
  }
}

Ownership::Ownership(Ownership&& other) noexcept
    : file_(std::exchange(other.file_, {})), content_(std::move(other.content_)) {}

Ownership& Ownership::operator=(Ownership&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(content_, other.content_);
  return *this;
}

bool Ownership::is_held(const RunDirectory& run) {
  const auto owner = read_owner(owner_file(run));
  return owner && is_live(*owner);
}

bool Ownership::is_ours() const {
  const auto owner = read_owner(file_);
  return owner && owner->content == content_;
}

Ownership::~Ownership() {
  if (!file_.empty() && is_ours()) ::unlink(file_.c_str());
}

void Ownership::beat() {
  if (!is_ours())
    throw base::SystemError(
        fmt::format("{} is not ours any more: the run was removed, or taken over while this "
                    "process stood still for more than a minute",
                    file_.string()));
  if (::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0) != 0)
    throw base::SystemError("cannot touch " + file_.string(), errno);
}

}  // namespace mproc::journal
