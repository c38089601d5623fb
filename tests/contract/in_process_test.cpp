// The channel contract over channels within one process, a thread a rank.
#include <gtest/gtest.h>

#include <thread>

#include "channel_contract.hpp"
#include "mproc/comm/in_process.hpp"

namespace mproc::comm {
namespace {

using Parameters = std::tuple<ChannelContract, int>;

class InProcessChannel : public ::testing::TestWithParam<Parameters> {};

TEST_P(InProcessChannel, keeps_the_contract) {
  const auto& [contract, ranks] = GetParam();
  if (ranks < contract.min_ranks) GTEST_SKIP() << "needs " << contract.min_ranks << " ranks";
  const auto channels = make_in_process(ranks);
  std::vector<std::thread> threads;
  for (const auto& channel : channels) threads.emplace_back([&, run = contract.run] { run(*channel); });
  for (auto& thread : threads) thread.join();
}

std::vector<ChannelContract> all_contracts() {
  std::vector<ChannelContract> all = channel_contracts();
  all.insert(all.end(), forgetting_contracts().begin(), forgetting_contracts().end());
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Parameters>& info) {
  return std::string(std::get<0>(info.param).name) + "_" + std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(contract, InProcessChannel,
                         ::testing::Combine(::testing::ValuesIn(all_contracts()),
                                            ::testing::Values(1, 2, 3, 5)),
                         name_of);

}  // namespace
}  // namespace mproc::comm
