// What a struct with vectors takes to be an item and a value again, beside what Boost.MPI takes to send it:
//
//     mpirun -n 2 bench_native
#include <mpi.h>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "mproc/exec/native_item.hpp"
#include "mproc/exec/native_result.hpp"
#include "mproc/kernel.hpp"

namespace {

struct Swap {
  std::string name;
  std::int64_t years = 0;
  std::vector<double> flows;
  std::vector<std::int32_t> days;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& years& flows& days;
  }
};
MPROC_STRUCT(Swap, name, years, flows, days)

Swap swap_of(std::size_t size) {
  Swap swap{"receiver", 30, std::vector<double>(size), std::vector<std::int32_t>(size)};
  for (std::size_t i = 0; i < size; ++i) {
    swap.flows[i] = 1.0 / static_cast<double>(i + 3);
    swap.days[i] = static_cast<std::int32_t>(i) * 91;
  }
  return swap;
}

/// Seconds of one way.
double boost_send(const boost::mpi::communicator& world, Swap& swap, int times) {
  world.barrier();
  const double begin = MPI_Wtime();
  for (int i = 0; i < times; ++i) {
    if (world.rank() == 0) world.send(1, 0, swap);
    world.recv(1 - world.rank(), 0, swap);
    if (world.rank() == 1) world.send(0, 0, swap);
  }
  return (MPI_Wtime() - begin) / times / 2;
}

/// Seconds to encode and decode it.
double there_and_back(const Swap& swap, int times) {
  const auto add = [](const Swap& given) { return given.years; };
  mproc::add_kernel("take", add);
  const mproc::abi::Kernel& kernel = mproc::detail::entries().back().kernel;
  mproc::exec::NativeItem item(kernel, {}, mproc::job::Call::automatic);
  mproc::exec::NativeResult result(mproc::job::Encoding::driver);
  mproc::base::Bytes bytes;
  Swap back;
  const double begin = MPI_Wtime();
  for (int i = 0; i < times; ++i) {
    bytes.clear();
    result.start(bytes);
    mproc::detail::write(result, swap);
    item.start(bytes);
    item.parameter(0);
    back = mproc::detail::read<Swap>(item);
  }
  const double seconds = (MPI_Wtime() - begin) / times;
  return back.flows == swap.flows && back.days == swap.days ? seconds : 0;
}

}  // namespace

int main() {
  const boost::mpi::environment environment;
  const boost::mpi::communicator world;
  for (const std::size_t size : {4u, 100u, 10'000u}) {
    const int times = static_cast<int>(2'000'000 / (size + 100));
    Swap swap = swap_of(size);
    const double sent = boost_send(world, swap, times);
    if (world.rank() == 0)
      std::printf("vectors of %5zu: Boost.MPI sends it in %8.2f us, to encode and decode it takes %8.2f us\n",
                  size, sent * 1e6, there_and_back(swap, times) * 1e6);
    world.barrier();
  }
}
