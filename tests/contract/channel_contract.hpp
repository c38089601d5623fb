#pragma once

#include <functional>
#include <ostream>
#include <vector>

#include "mproc/comm/channel.hpp"

namespace mproc::comm {

/// One promise of Channel, as a program that every rank of a session runs with its own channel, at the same
/// time, in threads or processes of their own. Failures are non-fatal, so that no rank waits for one that has
/// left; every wait has a limit. Nothing is under way when it has returned on all ranks.
struct ChannelContract {
  const char* name;
  int min_ranks;
  std::function<void(Channel&)> run;
};
inline void PrintTo(const ChannelContract& contract, std::ostream* to) {
  *to << contract.name;
}

const std::vector<ChannelContract>& channel_contracts();
/// These leave a session that has forgotten a rank: nothing else can be run in it.
const std::vector<ChannelContract>& forgetting_contracts();
/// These need gigabytes.
const std::vector<ChannelContract>& large_contracts();

}  // namespace mproc::comm
