// Two ranks, one of which falls silent or dies in the middle of a message to central. Central must go on: it
// prints what it could still do, and everybody leaves by _exit, as after any loss.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "mproc/base/shared_memory.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "support/eventually.hpp"

namespace {

using namespace mproc;
using mproc::testing::eventually;
constexpr std::size_t large = 64u << 20;

/// Sends a small and a large message, then never calls into MPI again.
int worker(comm::Channel& channel, bool dies) {
  channel.send(base::central_rank, base::Bytes(8));
  channel.send(base::central_rank, base::Bytes(large));
  if (dies) ::raise(SIGKILL);
  const base::Fd parent = base::open_pidfd(::getppid());
  eventually([&] { return base::has_ended(parent); });
  ::_exit(0);
}

int central(comm::Channel& channel, bool dies) {
  const base::Rank peer{1};
  const bool first = eventually([&] { return channel.receive().has_value(); });
  if (dies) {
    const auto pid = channel.local_pid(peer);
    const base::Fd process = base::open_pidfd(pid.value_or(-1));
    eventually([&] { return !process || base::has_ended(process); });
  }
  // Every call has to come back, whether or not the large message can still arrive.
  for (int i = 0; i < 10'000; ++i) channel.receive();
  channel.forget(peer);
  for (int i = 0; i < 1'000; ++i) channel.receive();
  fmt::print("central goes on: first message {}, busy {}\n", first, channel.busy());
  std::fflush(stdout);
  ::_exit(0);
}

}  // namespace

int main(int, char** argv) {
  const bool dies = std::string(argv[1]) == "dies";
  const auto bell = base::SharedMemory::create("probe-bell", 4096);
  comm::MpiSession session(bell);
  comm::Channel& channel = session.channel();
  return channel.self() == base::central_rank ? central(channel, dies) : worker(channel, dies);
}
