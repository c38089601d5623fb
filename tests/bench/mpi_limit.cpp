// What MPI itself gives two ranks of this machine, as the limit of what mproc can reach:
//
//     mpirun -n 2 bench_mpi
//
// Round trip of 8 bytes, messages of 64 bytes a second one way (64 under way), and 8 MiB there and back.
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace {

double round_trip(int rank, std::vector<char>& buffer, std::size_t size, int times) {
  const int bytes = static_cast<int>(size), other = 1 - rank;
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  for (int i = 0; i < times; ++i) {
    if (rank == 0) MPI_Send(buffer.data(), bytes, MPI_BYTE, other, 0, MPI_COMM_WORLD);
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == 1) MPI_Send(buffer.data(), bytes, MPI_BYTE, other, 0, MPI_COMM_WORLD);
  }
  return (MPI_Wtime() - begin) / times;
}

double message_rate(int rank, int times) {
  constexpr int window = 64, bytes = 64;
  std::array<std::array<char, bytes>, window> buffers{};
  std::array<MPI_Request, window> requests{};
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  for (int i = 0; i < times; ++i) {
    for (int k = 0; k < window; ++k)
      if (rank == 0)
        MPI_Isend(buffers[k].data(), bytes, MPI_BYTE, 1, 1, MPI_COMM_WORLD, &requests[k]);
      else
        MPI_Irecv(buffers[k].data(), bytes, MPI_BYTE, 0, 1, MPI_COMM_WORLD, &requests[k]);
    MPI_Waitall(window, requests.data(), MPI_STATUSES_IGNORE);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  return times * window / (MPI_Wtime() - begin);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  constexpr std::size_t large = std::size_t{8} << 20;
  std::vector<char> buffer(large);
  round_trip(rank, buffer, 8, 1000);
  const double trip = round_trip(rank, buffer, 8, 20'000);
  const double rate = message_rate(rank, 20'000);
  round_trip(rank, buffer, large, 5);
  const double seconds = round_trip(rank, buffer, large, 100);
  if (rank == 0)
    std::printf("{\"round_trip_us\": %g, \"messages_per_second\": %g, \"gib_per_second\": %g}\n", trip * 1e6,
                rate, 2.0 * large / seconds / (1u << 30));
  MPI_Finalize();
}
