// The channel contract over MPI: this program is one rank of a session.
#include <gtest/gtest.h>

#include "channel_contract.hpp"
#include "support/mpi_main.hpp"

namespace mproc::comm {
namespace {

void run(const ChannelContract& contract) {
  Channel& channel = testing::mpi_rank().channel;
  if (channel.size() < contract.min_ranks) GTEST_SKIP() << "needs " << contract.min_ranks << " ranks";
  testing::wait_for_everyone();
  contract.run(channel);
}

std::string name_of(const ::testing::TestParamInfo<ChannelContract>& info) {
  return info.param.name;
}

class MpiChannel : public ::testing::TestWithParam<ChannelContract> {};
TEST_P(MpiChannel, keeps_the_contract) {
  run(GetParam());
  testing::wait_for_everyone();
}
INSTANTIATE_TEST_SUITE_P(contract, MpiChannel, ::testing::ValuesIn(channel_contracts()), name_of);
INSTANTIATE_TEST_SUITE_P(large, MpiChannel, ::testing::ValuesIn(large_contracts()), name_of);

// One of them a session: afterwards a rank is forgotten.
class MpiChannelForgetting : public ::testing::TestWithParam<ChannelContract> {};
TEST_P(MpiChannelForgetting, keeps_the_contract) {
  run(GetParam());
}
INSTANTIATE_TEST_SUITE_P(contract, MpiChannelForgetting, ::testing::ValuesIn(forgetting_contracts()),
                         name_of);

}  // namespace
}  // namespace mproc::comm
