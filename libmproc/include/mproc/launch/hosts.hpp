#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mproc::launch {

/// A host of --hosts or of a hostfile.
struct Host {
  std::string name;
  std::uint32_t slots = 0;  ///< executors there; 0: as many as fit
};

/// Of "a,b:4". A name that is there more than once has a slot each time. Throws UserError.
std::vector<Host> read_hosts(const std::string& list);

/// What read_hosts() reads.
std::string as_list(const std::vector<Host>& hosts);

/// Of a file as Open MPI has it, "a slots=4" a line; what a batch system writes, a line a slot, is one too.
/// Throws UserError.
std::vector<Host> read_hostfile(const std::filesystem::path& file);

/// The hosts that `executors` lie on, with as many slots as each has of them: in turns, first in slots that
/// there are, then beyond them. 0 executors: the hosts as they are.
std::vector<Host> share_out(std::vector<Host> hosts, std::uint32_t executors);

/// Whether a name means this host.
bool is_here(const std::string& name);

}  // namespace mproc::launch
