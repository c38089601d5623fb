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
  const auto channels = make_in_process(ranks);
  std::vector<std::thread> threads;
  for (const auto& channel : channels) threads.emplace_back([&, run = contract.run] { run(*channel); });
  for (auto& thread : threads) thread.join();
}

std::vector<Parameters> all_contracts() {
  std::vector<Parameters> all;
  for (const auto* contracts : {&channel_contracts(), &forgetting_contracts()})
    for (const auto& contract : *contracts)
      for (const int ranks : {1, 2, 3, 5})
        if (ranks >= contract.min_ranks) all.emplace_back(contract, ranks);
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Parameters>& info) {
  return std::string(std::get<0>(info.param).name) + "_" + std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(contract, InProcessChannel, ::testing::ValuesIn(all_contracts()), name_of);

}  // namespace
}  // namespace mproc::comm
