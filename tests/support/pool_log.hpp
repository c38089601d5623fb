#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/exec/pool.hpp"
#include "support/values.hpp"

namespace mproc::testing {

/// Keeps what a pool reports.
struct PoolLog : exec::PoolListener {
  struct Lost {
    exec::ChunkTicket ticket;
    std::optional<std::uint64_t> running;
    base::Failure cause;
  };
  void on_setup_failed(const base::Failure& failure) override { setup_failures.push_back(failure); }
  void on_slots(std::uint32_t ready) override { slots = ready; }
  void on_block(const exec::ChunkTicket&, base::SlotId slot, const base::PayloadView& bytes) override {
    const auto block = base::decode_block(bytes);
    std::size_t offset = 0;
    for (std::uint64_t i = 0; i < block.tasks.count; ++i) {
      const std::size_t end = base::skip_value(block.values, offset);
      base::Bytes value(block.values.begin() + static_cast<std::ptrdiff_t>(offset),
                        block.values.begin() + static_cast<std::ptrdiff_t>(end));
      if (!results.emplace(block.tasks.first + i, std::move(value)).second) ++twice;
      offset = end;
    }
    for (const auto p : block.failed) failed.push_back(block.tasks.first + p);
    slots_used[slot.value] += block.tasks.count;
  }
  void on_chunk_end(const exec::ChunkTicket& ticket) override { ended.push_back(ticket.chunk.value); }
  void on_left_out(const exec::ChunkTicket& ticket, base::TaskRange tasks) override {
    left_out.emplace_back(ticket.chunk.value, tasks);
  }
  void on_chunk_lost(const exec::ChunkTicket& ticket, std::optional<std::uint64_t> running,
                     const base::Failure& cause) override {
    lost.push_back({ticket, running, cause});
  }
  void on_items(base::ByteView, const base::PayloadView&, bool) override {}
  void on_generator_failed(const base::Failure& failure) override { generator_failures.push_back(failure); }

  /// The result {exit, stdout, stderr} of a command's task: one of its texts.
  std::string text_of(std::uint64_t task, const char* key = "stdout") const {
    const auto found = results.find(task);
    if (found == results.end()) return "no result";
    std::size_t offset = 0;
    const auto handle = base::unpack_value(found->second, offset);
    if (handle.get().type != msgpack::type::MAP) return "not a result";
    return handle.get().as<std::map<std::string, msgpack::object>>().at(key).as<std::string>();
  }

  std::vector<base::Failure> setup_failures, generator_failures;
  std::uint32_t slots = 0;
  std::map<std::uint64_t, base::Bytes> results;
  std::vector<std::uint64_t> failed, ended;
  std::map<std::uint32_t, std::uint64_t> slots_used;
  std::vector<Lost> lost;
  std::vector<std::pair<std::uint64_t, base::TaskRange>> left_out;
  int twice = 0;
};

inline exec::PythonFactory no_python() {
  return []() -> std::unique_ptr<exec::Runtime> { throw base::UserError("no Python in this test"); };
}

inline job::MapSpec command_map(std::vector<std::string> command) {
  job::MapSpec spec;
  spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::command);
  spec.command = std::move(command);
  return spec;
}

inline exec::ChunkTicket ticket(std::uint64_t chunk, base::TaskRange tasks) {
  return {base::ChunkId{chunk}, {}, tasks, {}};
}

}  // namespace mproc::testing
