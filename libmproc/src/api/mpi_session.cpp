#include <fmt/format.h>

#include <exception>
#include <optional>
#include <utility>

#include "mproc/base/say.hpp"
#include "mproc/comm/mpi_communicator.hpp"
#include "mproc/exec/inline_pool.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/exec/process_pool.hpp"
#include "mproc/job/job.hpp"
#include "mproc/mpi.hpp"
#include "mproc/run/item_feed.hpp"
#include "mproc/run/local_session.hpp"
#include "mproc/run/request.hpp"
#include "mproc/run/worker_loop.hpp"
#include "session_impl.hpp"

namespace mproc {

struct Executors::Impl {
  exec::Zygote zygote;
  explicit Impl(exec::Zygote forked) : zygote(std::move(forked)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { exec::end_zygote(zygote); }
};

namespace {

class SessionOverMpi final : public Session::Impl {
 public:
  SessionOverMpi(run::LocalSession& session, bool is_isolated)
      : session_(session), is_isolated_(is_isolated) {}
  run::DriverClient& client() override { return session_.client(); }
  bool is_isolated() const override { return is_isolated_; }

 private:
  run::LocalSession& session_;
  bool is_isolated_;
};

bool mpi_is_up() {
  int initialized = 0, finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized != 0 && finalized == 0;
}

/// Collective, but for what every rank sees by itself.
void check_collectively(MPI_Comm communicator, const MpiOptions& options) {
  if (!mpi_is_up())
    throw std::invalid_argument("with_session needs MPI; call it between MPI_Init and MPI_Finalize");
  int between = 0, size = 0;
  if (communicator != MPI_COMM_NULL) MPI_Comm_test_inter(communicator, &between);
  if (communicator == MPI_COMM_NULL || between != 0)
    throw std::invalid_argument(
        "with_session needs a communicator within one group of ranks; ranks outside of it do not call it");
  MPI_Comm_size(communicator, &size);
  if (size < 2)
    throw std::invalid_argument(
        "one rank alone has no other that could run its tasks; give with_session a communicator of 2 or "
        "more, "
        "or let mproc::Session start ranks");
  std::array<int, 2> given{options.executors != nullptr ? 1 : 0, options.executors == nullptr ? 1 : 0};
  MPI_Allreduce(MPI_IN_PLACE, given.data(), 2, MPI_INT, MPI_MAX, communicator);
  if (given[0] + given[1] > 1)
    throw std::invalid_argument(
        "some ranks give executors to with_session, others do not; let all give theirs, or none");
}

run::LocalSession::Executors executors_of(const MpiOptions& options) {
  if (options.executors == nullptr) {
    MPROC_CHECK(options.settings.empty() && options.executors_each == 1,
                "{} is for executors, and this session runs kernels in place; make mproc::Executors before "
                "MPI_Init, and give it to with_session",
                options.settings.empty() ? fmt::format("executors_each = {}", options.executors_each)
                                         : options.settings.front());
    return {};
  }
  const job::Job session = job::read_session(run::session_document(options.settings));
  return {options.executors_each, session.task.demand, session.run.recycle,
          run::executor_environment(session)};
}

void run_tasks(run::RankBell& rank, comm::MpiCommunicator& mpi, const MpiOptions& options) {
  comm::Channel& channel = mpi.channel();
  std::unique_ptr<exec::Pool> pool;
  run::Worker::FindPlaces places = [](const auto&...) { return std::vector<exec::Place>(1); };
  if (options.executors != nullptr) {
    pool = std::make_unique<exec::ProcessPool>(exec::fork_zygote(options.executors->impl().zygote),
                                               rank.memory, rank.watcher);
    places = run::places_beside(channel, mpi.node_rank());
  } else {
    pool = std::make_unique<exec::InlinePool>(api::no_python);
  }
  if (run::work(rank, channel, *pool, places, std::chrono::nanoseconds::max()) != run::WorkerEnd::stopped)
    throw base::SystemError("a rank of its session has died");
}

/// MPI knows no way on without this rank, or the one that died.
[[noreturn]] void abort_program(MPI_Comm communicator, const char* why) {
  int rank = -1;
  MPI_Comm_rank(communicator, &rank);
  base::say(fmt::format("rank {} on {} ends the program: {}", rank, base::host_name(), why));
  MPI_Abort(communicator, static_cast<int>(base::ExitStatus::incomplete));
  std::abort();
}

}  // namespace

Executors::Executors() {
  if (int initialized = 0; MPI_Initialized(&initialized) == MPI_SUCCESS && initialized != 0)
    throw std::logic_error("mproc::Executors comes too late; make it before MPI_Init, first thing in main");
  const std::vector<int> cores = exec::own_cores();
  api::guarded([&] { impl_ = std::make_unique<Impl>(exec::fork_zygote(api::no_python)); });
  exec::run_on(cores);  // as mpirun has bound the rank: that is the program's own
}

Executors::~Executors() = default;

void with_session(MPI_Comm communicator, const MpiOptions& options,
                  const std::function<void(Session&)>& driver) {
  check_collectively(communicator, options);
  run::raise_descriptor_limit();
  run::RankBell rank;
  comm::MpiCommunicator mpi(communicator, rank.memory);
  if (mpi.channel().self() != base::central_rank) {
    try {
      run_tasks(rank, mpi, options);
    } catch (const std::exception& error) {
      abort_program(communicator, error.what());
    }
    return mpi.close();
  }
  std::exception_ptr thrown;
  {
    std::optional<run::LocalSession> local;
    try {
      api::guarded([&] { local.emplace(rank, mpi.channel(), executors_of(options)); });
      Session session(std::make_unique<SessionOverMpi>(*local, options.executors != nullptr));
      driver(session);
    } catch (...) {
      thrown = std::current_exception();
    }
    if (local && local->lossy()) abort_program(communicator, "a rank of its session has died");
  }
  run::stop_workers(mpi.channel(), false);
  mpi.close();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace mproc
