#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace mproc::exec {

/// The number behind a word in one of the kernel's files of words and numbers; nothing when it is not there.
std::optional<std::uint64_t> number_behind(const std::filesystem::path& path, const std::string& word);

/// The control group (cgroup, of either version) whose memory this process's is, as far as it is seen from
/// here.
class MemoryGroup {
 public:
  /// `self`: for tests.
  explicit MemoryGroup(const std::filesystem::path& self = "/proc/self");
  /// How many of its processes the kernel has ended for lack of memory; nothing where it is not counted.
  std::optional<std::uint64_t> kills() const;
  /// Bytes that it may have, or a group that it is in; nothing where no limit is known.
  std::optional<std::uint64_t> limit() const;

 private:
  std::filesystem::path top_, group_;  // empty: there is none
  bool first_version_ = false;
};

/// Whether the kernel has ended a process for lack of memory lately.
class KernelKills {
 public:
  explicit KernelKills(std::filesystem::path vmstat = "/proc/vmstat", MemoryGroup group = MemoryGroup());
  /// To be called now and then; cheap.
  void look(std::int64_t now_ns);
  /// What SIGKILL was, as "killed by ...", of a process of this group that has just ended by it, where the
  /// kernel's OOM killer has been at work since a look that was a second or more ago; else empty. Where the
  /// group's kills are not counted, the node's are, and it is a guess.
  std::string cause() const;

 private:
  std::uint64_t count() const;
  std::filesystem::path vmstat_;
  MemoryGroup group_;
  std::uint64_t before_ = 0, latest_ = 0;
  std::int64_t next_ns_ = 0;
};

}  // namespace mproc::exec
