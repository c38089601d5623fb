// The highest volatility that quotes of calls imply, by an MPI program with a session over its own ranks.
#include <mproc/mpi.hpp>

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <vector>

int main(int argc, char** argv) {
  mproc::Executors executors;
  MPI_Init(&argc, &argv);
  double highest = 0;
  mproc::with_session(MPI_COMM_WORLD, {.executors = &executors}, [&](mproc::Session& session) {
    const std::vector<std::tuple<double, double, double, double, double>> quotes{
        {14.1, 100, 90, 0.5, 0.02}, {7.6, 100, 100, 0.5, 0.02}, {4, 100, 110, 0.5, 0.02}};
    const auto volatilities = session.map<double>("volatility", quotes);
    highest = *std::max_element(volatilities.begin(), volatilities.end());
  });
  MPI_Bcast(&highest, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::printf("rank %d: the highest volatility is %g\n", rank, highest);
  MPI_Finalize();
}
