#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mproc/exec/task_loop.hpp"

namespace mproc::testing {

/// Keeps blocks as they are delivered; captured text is what the test put there.
struct BlockLog : exec::BlockSink {
  void deliver(const base::OutcomeBlock& block) override {
    base::Bytes bytes;
    base::encode_block(bytes, block);
    blocks.push_back(base::decode_block(bytes));
  }
  std::string take_capture() override { return std::exchange(printed, {}); }
  std::vector<base::OutcomeBlock> blocks;
  std::string printed;
};

}  // namespace mproc::testing
