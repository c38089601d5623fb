#pragma once

#include <mpi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mproc/session.hpp"

/// Sessions over a communicator of a program that uses MPI itself.
///
///     #include <mproc/mpi.hpp>
///
///     double price(double spot, double strike) { ... }
///     MPROC_KERNEL(price, spot, strike)
///
///     int main(int argc, char** argv) {
///       mproc::Executors executors;                       // first of all: before MPI_Init
///       MPI_Init(&argc, &argv);
///       std::vector<double> prices;
///       mproc::with_session(MPI_COMM_WORLD, {.executors = &executors}, [&](mproc::Session& session) {
///         prices = session.map<double>("price", items);   // rank 0 alone; the others run the tasks
///       });
///       ...                                               // MPI goes on
///       MPI_Finalize();
///     }
namespace mproc {

/// Lets the tasks of sessions run in processes of their own, with all that protects a session which mproc
/// starts itself: a crash costs its task, timeouts and limits of memory hold, and what tasks print is kept.
/// They are forked from the program as it is when this is made, before MPI_Init, where forking is safe: make
/// it the first statement of main, in every rank, before any thread. What the program loads and computes
/// later, tasks do not see. Must outlive the sessions that it is given to.
class __attribute__((visibility("default"))) Executors {
 public:
  /// Throws std::logic_error after MPI_Init, SessionError.
  Executors();
  ~Executors();
  Executors(const Executors&) = delete;
  Executors& operator=(const Executors&) = delete;

  struct Impl;
  Impl& impl() const { return *impl_; }  ///< the library's own

 private:
  std::unique_ptr<Impl> impl_;
};

struct MpiOptions {
  /// Null: tasks run in place, in the ranks' own processes. There a crash or exit() of a task ends the whole
  /// MPI program, a task that hangs hangs it, no limit of time or memory holds, and what tasks print is not
  /// kept. But tasks see what the rank has loaded and computed. All ranks give one or none does.
  const Executors* executors = nullptr;
  std::uint32_t executors_each = 1;  ///< of every rank but 0; 0: as many as its part of the node has room for
  std::vector<std::string> settings;  ///< of executors, as SessionOptions::settings; in place there are none
};

/// Collective: rank 0 of the communicator calls driver(session), while the other ranks run its tasks; all
/// return when it has returned. What it throws is thrown at rank 0, and the other ranks return as always. The
/// session's functions are for rank 0's calling thread, and with them goes the work of handing out tasks:
/// while the driver does something else, or its sink in stream() does, ranks run what they have and then
/// sleep.
///
/// MPI is called in the calling thread alone, over a duplicate of the communicator: what the program sends at
/// other times does not get in the way. It may have any number of sessions, one after the other, and over
/// communicators of different ranks at the same time. Where mpirun does not end the program when a rank dies
/// in a session, that session's functions throw SessionError, and MPI_Abort follows when the driver is done.
///
/// Throws std::invalid_argument: in all ranks for a communicator that is none or has one rank, or when some
/// ranks give executors and others do not; at rank 0 for other options. SessionError at rank 0 when no rank
/// can run tasks.
__attribute__((visibility("default"))) void with_session(MPI_Comm communicator, const MpiOptions& options,
                                                         const std::function<void(Session&)>& driver);
inline void with_session(MPI_Comm communicator, const std::function<void(Session&)>& driver) {
  with_session(communicator, {}, driver);
}

}  // namespace mproc
