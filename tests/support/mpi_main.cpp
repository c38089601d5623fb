// main() of test programs that run under mpirun. Every rank runs every test; each rank's failures are its
// exit status, so that mpirun reports them.
#include "support/mpi_main.hpp"

#include <mpi.h>

#include <cstdio>

namespace mproc::testing {
namespace {

MpiRank* rank = nullptr;

/// Ranks that are not central print their failures alone.
class OnlyFailures : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "%s:%d: Failure on rank %d\n%s\n", result.file_name(), result.line_number(),
                 rank->channel.self().value, result.message());
  }
};

}  // namespace

MpiRank& mpi_rank() {
  return *rank;
}

void wait_for_everyone() {
  MPI_Barrier(MPI_COMM_WORLD);
}

}  // namespace mproc::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  static mproc::testing::MpiRank self;
  mproc::testing::rank = &self;
  if (self.channel.self() != mproc::base::central_rank) {
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new mproc::testing::OnlyFailures);
  }
  const int status = RUN_ALL_TESTS();
  self.session.finalize();
  return status;
}
