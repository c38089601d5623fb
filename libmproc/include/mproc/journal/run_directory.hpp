#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/ids.hpp"

namespace mproc::journal {

/// A run's directory, runs/NAME-0001:
///   job.json        the job document, identity, provenance (init sources, versions, host, git commit)
///   output.json     which output was written, after which epoch
///   status.json     state and counts, replaced whole about once a second
///   owner           who writes: O_EXCL; host, pid, start time, Slurm job; its mtime is the heartbeat
///   segments/E-N.mj journal segments of epoch E
/// RUN arguments name one: a directory, "NAME-0001", "NAME" (its last run), or nothing (the last run of all).
class RunDirectory {
 public:
  static std::filesystem::path runs_root(
      const std::optional<std::string>& option);  // --runs, MPROC_RUNS, ./runs
  /// The newest run of that name, or nothing.
  static std::optional<RunDirectory> last(const std::filesystem::path& root, const std::string& name);
  /// Every run, oldest first.
  static std::vector<RunDirectory> all(const std::filesystem::path& root);
  /// Resolves a RUN argument. Throws UserError that lists what there is.
  static RunDirectory find(const std::filesystem::path& root, const std::optional<std::string>& run);
  /// Makes the next numbered directory with its job.json (safe against a second creator).
  static RunDirectory create(const std::filesystem::path& root, const std::string& name,
                             const std::string& job_json);

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.filename().string(); }  ///< "sweep-0001"
  std::string job_json() const;
  /// As a whole, or not at all. The run stays as old as it is.
  void replace_job_json(const std::string& text) const;
  /// Bytes of all segments, which only grow.
  std::uint64_t journal_size() const;
  /// The run of this name that was made before this one.
  std::optional<RunDirectory> previous() const;

 private:
  static std::optional<RunDirectory> last_below(const std::filesystem::path& root, const std::string& name,
                                                std::uint64_t number);
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// One owner at a time. Throws UserError "run sweep-0001 is being written by pid 4711 on host ..., wait for
/// it or stop it" for a live owner; a stale one (its process is gone on this host, or its heartbeat is older
/// than a minute on another) is replaced. Releases on destruction.
class Ownership {
 public:
  explicit Ownership(const RunDirectory& run);
  Ownership(Ownership&&) noexcept;
  Ownership& operator=(Ownership&&) noexcept;
  ~Ownership();
  /// Touches the heartbeat; call every ten seconds or more often. Throws SystemError when the run is not ours
  /// any more (removed, or taken over while this process was suspended): stop writing to it.
  void beat();
  /// Whether there is a live owner.
  static bool is_held(const RunDirectory& run);

 private:
  bool is_ours() const;

  std::filesystem::path file_;
  std::string content_;
};

}  // namespace mproc::journal
