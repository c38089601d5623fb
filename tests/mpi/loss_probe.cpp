// Two ranks, one of which falls silent or dies in the middle of a message to central. Central must go on: it
// prints what it could still do, and leaves by _exit, as after any loss.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "mproc/base/shared_memory.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "support/process.hpp"

namespace {

using namespace mproc;
using mproc::testing::eventually;
using mproc::testing::state_of;
constexpr std::size_t large = 64u << 20;

/// Sends a small message and, when that has its answer, a large one; then never calls into MPI again.
[[noreturn]] void worker(comm::Channel& channel, bool dies) {
  channel.send(base::central_rank, base::Bytes(8));
  eventually([&] { return channel.receive().has_value(); });
  channel.send(base::central_rank, base::Bytes(large));
  ::raise(dies ? SIGKILL : SIGSTOP);
  ::_exit(1);
}

[[noreturn]] void central(comm::Channel& channel) {
  const base::Rank peer{1};
  const bool first = eventually([&] { return channel.receive().has_value(); });
  channel.send(peer, base::Bytes(8));
  // Every call has to come back, whether or not the large message can still arrive.
  const bool silent = eventually([&] {
    channel.receive();
    const auto pid = channel.local_pid(peer);
    const char state = pid ? state_of(*pid) : 'R';
    return state == 'T' || state == 'Z' || state == '\0';
  });
  for (int i = 0; i < 10'000; ++i) channel.receive();
  channel.forget(peer);
  for (int i = 0; i < 1'000; ++i) channel.receive();
  fmt::print("central goes on: first message {}, peer silent {}, busy {}\n", first, silent, channel.busy());
  std::fflush(stdout);
  if (const auto pid = channel.local_pid(peer)) ::kill(*pid, SIGKILL);
  ::_exit(0);
}

}  // namespace

int main(int, char** argv) {
  const auto bell = base::SharedMemory::create("probe-bell", 4096);
  comm::MpiSession session(bell);
  comm::Channel& channel = session.channel();
  if (channel.self() == base::central_rank) central(channel);
  worker(channel, std::string(argv[1]) == "dies");
}
