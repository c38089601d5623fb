#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "mproc/base/msgpack.hpp"
#include "mproc/run/outcome_parts.hpp"
#include "support/driver_session.hpp"

namespace mproc {

/// Maps of a session, whose items are the numbers from 0 on, with what came of them.
class DriverSessionTest : public ::testing::Test {
 protected:
  /// Runs the map to its end.
  void map(run::DriverClient& client, job::MapSpec spec, std::uint64_t tasks,
           run::DriverClient::MapOptions options = {}) {
    options.total = tasks;
    const auto number = client.open(std::move(spec), options,
                                    [this](const wire::TaskOutcomes&, base::ByteView bytes) { take(bytes); });
    base::Bytes items;
    std::vector<std::uint64_t> ends;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      base::pack_to(items, i);
      ends.push_back(items.size());
    }
    EXPECT_TRUE(client.give(number, ends, items));
    client.close(number);
    client.wait_until([&] { return client.is_done(number); });
  }
  static void init(run::DriverClient& client, const std::string& code) {
    client.init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code", code});
  }
  static job::MapSpec function(const std::string& name) {
    job::MapSpec spec;
    spec.function = name;
    return spec;
  }

  std::map<std::uint64_t, std::uint64_t> results_;
  std::map<std::uint64_t, std::string> failures_;

 private:
  void take(base::ByteView bytes) {
    base::ByteView values;
    const auto block = base::decode_block_header(bytes, values);
    for (const auto& failed : run::failures_in(block, values))
      failures_[block.tasks.first + failed.position] = failed.failure.summary();
    std::size_t offset = 0;
    for (std::uint64_t i = 0; i < block.tasks.count; ++i) {
      const auto value = base::unpack_value(values, offset);
      if (!failures_.contains(block.tasks.first + i))
        results_[block.tasks.first + i] = value.get().as<std::uint64_t>();
    }
  }
};

}  // namespace mproc
