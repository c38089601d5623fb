#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/launch/slurm.hpp"

namespace mproc::launch {

/// A running mpirun, in a session of its own, and what it printed.
class Mpirun {
 public:
  struct Request {
    std::uint32_t ranks = 2;
    std::optional<Allocation> allocation;   ///< without it and hosts all ranks are on this host
    std::vector<std::string> hosts;         ///< of the ranks in their order, by ssh
    std::vector<std::string> launcher;      ///< empty: mpirun
    std::vector<std::string> command;       ///< what each rank runs
    std::filesystem::path files, segments;  ///< where mpirun and MPI put theirs
  };
  /// Throws UserError when there is no mpirun.
  explicit Mpirun(const Request& request);
  Mpirun(const Mpirun&) = delete;
  Mpirun& operator=(const Mpirun&) = delete;
  ~Mpirun();

  const base::Fd& pidfd() const { return pidfd_; }
  const base::Fd& output() const { return output_; }
  /// Keeps what has been printed, a bounded tail of it.
  void read_output();
  const std::string& printed() const { return printed_; }
  /// It was killed, rather than that it ended of itself.
  bool has_died() const;
  /// The host that it has lost, as it printed; empty: none.
  std::string lost_host() const;
  /// Its own children that live: the ranks, where all are on this host.
  std::size_t live_ranks() const;
  /// What lost its parent below mpirun and has ended meanwhile: a child of ours by now.
  void reap_orphans() const;
  /// mpirun, its ranks, and all that they started.
  void kill_all();

 private:
  pid_t pid_ = -1;
  base::Fd pidfd_, output_;
  std::string printed_;
};

}  // namespace mproc::launch
