// A user's MPI program with sessions over its own communicators. Its words: "place" or "executors", then what
// it does.
#include <mproc/mpi.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <thread>

#include "session_program.hpp"

namespace {

using Vector = std::vector<double>;

int loaded = 0;  // by each rank, after MPI_Init

int what_is_loaded(int) {
  return loaded;
}
MPROC_KERNEL(what_is_loaded)

double risky(double x, const std::string& how) {
  if (how == "throw") throw std::runtime_error("it throws");
  if (how == "segfault") std::raise(SIGSEGV);
  if (how == "hang")
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  return x;
}
MPROC_KERNEL(risky, x, how)

Vector doubled(Vector x) {
  for (double& element : x) element *= 2;
  return x;
}
MPROC_KERNEL(doubled)

double shared(const mproc::Task& task, std::size_t i) {
  return task.data<double>("X").elements()[i];
}
MPROC_KERNEL(shared)

struct Program {
  mproc::MpiOptions options;
  int rank = 0, size = 0;

  void session(const std::function<void(mproc::Session&)>& driver) const {
    mproc::with_session(MPI_COMM_WORLD, options, driver);
  }

  void maps() const;
  void failures() const;
  void large() const;
  void thrown() const;
  void again() const;
  void parts() const;
  void traffic() const;
  void wrong() const;
  void ends(const std::string& how) const;
};

void Program::maps() const {
  session([&](mproc::Session& session) {
    std::cout << session.executors() << " executors at rank " << rank << std::endl;
    print(session.map<int>("what_is_loaded", std::vector{0}));
    print(session.map<double>("libm.so:hypot(f64, f64) -> f64",
                              std::vector<std::pair<int, int>>{{3, 4}, {5, 12}}));
    std::uint64_t count = 0;
    session.stream<double>("risky", std::views::iota(0, 100'000) | std::views::transform([](int i) {
                                      return std::pair(i, std::string());
                                    }),
                           [&](mproc::Outcome<double>&& outcome) { count += outcome.value ? 1 : 0; });
    std::cout << count << " streamed\n";
    const Vector elements{5, 6, 7};
    const auto array = session.share<double>("X", elements);
    print(session.map<double>("shared", std::vector{2, 0}));
  });
}

void Program::failures() const {
  session([&](mproc::Session& session) {
    const std::vector<std::pair<int, std::string>> items{{0, ""}, {1, "throw"}, {2, ""}};
    for (const auto& outcome : session.outcomes<double>("risky", items))
      std::cout << outcome.index << ' '
                << (outcome.value ? std::to_string(*outcome.value) : outcome.failure->summary) << '\n';
    refused([&] { session.map<double>("risky", items); });
    refused([&] { session.map<double>("none", std::vector{1}); });
    const std::vector<std::pair<int, std::string>> worse{{0, "segfault"}, {1, ""}, {2, "hang"}};
    if (options.executors == nullptr)
      return refused([&] { session.map<double>("risky", worse, {.timeout = 1}); });
    for (const auto& outcome : session.outcomes<double>("risky", worse, {.timeout = 0.5}))
      std::cout << outcome.index << ' ' << (outcome.value ? "ok" : outcome.failure->kind) << '\n';
  });
}

/// Memory of the node, lent and taken, also when the session ends in the midst of it.
void Program::large() const {
  const auto items =
      std::views::iota(0, 60) | std::views::transform([](int i) { return Vector(100'000, i); });
  session([&](mproc::Session& session) {
    const auto results = session.map<Vector>("doubled", items);
    std::cout << results.size() << ' ' << std::accumulate(results.back().begin(), results.back().end(), 0.0)
              << '\n';
  });
  int ended = 0;
  for (int round = 0; round < 10; ++round) try {
      session([&](mproc::Session& session) {
        session.stream<Vector>("doubled", items, [](auto&&) { throw std::runtime_error("enough"); });
      });
    } catch (const std::runtime_error&) {
      ++ended;
    }
  if (rank == 0) std::cout << ended << " ended early\n";
}

void Program::thrown() const {
  const bool is_thrown = [&] {
    try {
      session([](mproc::Session&) { throw std::domain_error("the driver gives up"); });
    } catch (const std::domain_error&) {
      return true;
    }
    return false;
  }();
  int count = is_thrown ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) std::cout << "thrown at " << count << " rank, here: " << is_thrown << '\n';
}

void Program::again() const {
  double sum = 0;
  for (int round = 0; round < 20; ++round)
    session([&](mproc::Session& session) {
      const auto values = session.map<Vector>("doubled", std::vector<Vector>{{1.0 * round}});
      sum += values[0][0];
    });
  if (rank == 0) std::cout << "20 sessions: " << sum << '\n';
}

/// Two sessions at the same time, the second with its ranks in reverse order, while one rank does something
/// else.
void Program::parts() const {
  MPI_Comm part = MPI_COMM_NULL;
  const int color = rank == 0 ? MPI_UNDEFINED : rank % 2;
  MPI_Comm_split(MPI_COMM_WORLD, color, -rank, &part);
  double result = 0;
  if (part != MPI_COMM_NULL) {
    mproc::with_session(part, options, [&](mproc::Session& session) {
      for (const double value :
           session.map<double>("libm.so:fabs(f64) -> f64", std::views::iota(-100 * rank, 0)))
        result += value;
    });
    MPI_Comm_free(&part);
  }
  std::vector<double> all(static_cast<std::size_t>(size));
  MPI_Gather(&result, 1, MPI_DOUBLE, all.data(), 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  if (rank == 0) print(all);
}

/// What the program receives from anybody, it receives from itself.
void Program::traffic() const {
  int got = -1;
  MPI_Request receive = MPI_REQUEST_NULL;
  MPI_Irecv(&got, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &receive);
  again();
  MPI_Send(&rank, 1, MPI_INT, (rank + 1) % size, 7, MPI_COMM_WORLD);
  MPI_Wait(&receive, MPI_STATUS_IGNORE);
  int right = got == (rank + size - 1) % size ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &right, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) std::cout << right << " messages came where they should\n";
}

void Program::wrong() const {
  const auto try_out = [&](MPI_Comm communicator, const mproc::MpiOptions& wrong) {
    if (rank == 0)
      refused([&] { mproc::with_session(communicator, wrong, [](mproc::Session&) {}); });
    else
      mproc::with_session(communicator, wrong, [](mproc::Session&) {});
  };
  mproc::MpiOptions unknown = options, too_much = options, many = options;
  unknown.settings = {"task.memry=1GiB"};
  try_out(MPI_COMM_WORLD, unknown);
  too_much.settings = {"task.cpus=9999"};
  try_out(MPI_COMM_WORLD, too_much);
  many.executors_each = 2;
  try_out(MPI_COMM_WORLD, many);
  // These are refused in all ranks.
  const auto try_alone = [&](MPI_Comm communicator, const mproc::MpiOptions& wrong) {
    try {
      mproc::with_session(communicator, wrong, [](mproc::Session&) {});
    } catch (const std::invalid_argument& error) {
      if (rank == 0) std::cout << "invalid_argument: " << error.what() << std::endl;
      return;
    }
    std::abort();
  };
  try_alone(MPI_COMM_NULL, options);
  try_alone(MPI_COMM_SELF, options);
  mproc::MpiOptions mixed = options;
  if (rank == 0) mixed.executors = nullptr;
  if (options.executors != nullptr) try_alone(MPI_COMM_WORLD, mixed);
  if (rank == 0) refused([] { const mproc::Executors late; });
}

void Program::ends(const std::string& how) const {
  session([&](mproc::Session& session) {
    std::cout << "begun" << std::endl;
    if (how == "dies")
      session.map<double>("risky", std::vector<std::pair<int, std::string>>{{0, "segfault"}});
    for (;;) session.map<double>("risky", std::vector<std::pair<int, std::string>>{{0, ""}});
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<mproc::Executors> executors;
  if (argc > 1 && argv[1] == std::string("executors")) executors.emplace();
  const std::string what = argc > 2 ? argv[2] : "";
  Program program;
  if (executors) program.options.executors = &*executors;
  if (what == "early") refused([&] { program.session([](mproc::Session&) {}); });
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &program.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &program.size);
  loaded = 17;
  if (what == "maps") program.maps();
  if (what == "failures") program.failures();
  if (what == "large") program.large();
  if (what == "thrown") program.thrown();
  if (what == "again") program.again();
  if (what == "parts") program.parts();
  if (what == "traffic") program.traffic();
  if (what == "wrong") program.wrong();
  if (what == "dies" || what == "waits") program.ends(what);
  MPI_Barrier(MPI_COMM_WORLD);
  if (program.rank == 0) std::cout << "MPI goes on" << std::endl;
  MPI_Finalize();
}
