#pragma once

#include <cstdint>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_bytes.hpp"

namespace mproc::journal {

/// Who ran a block.
struct Origin {
  static constexpr std::uint32_t unknown_slot = ~std::uint32_t{0};  ///< it was lost, with its tasks
  std::int32_t rank = 0;
  std::uint32_t slot = 0;
  std::uint32_t attempt = 0;  ///< of its first task
  std::string host;
};

/// Outcomes of consecutive tasks, as one record. `block` is an encoded base::OutcomeBlock.
struct ResultsRecord {
  base::StageKey stage;
  Origin origin;
  base::Payload block;
  base::Payload
      items;  ///< the tasks' items, one msgpack value each; empty when the job document gives them again
};

/// Attempts that failed and are made again: no outcomes, for those who look into a task later.
struct AttemptsRecord {
  base::StageKey stage;
  Origin origin;
  base::Payload block;
};

/// What happened to the run besides its tasks: how it began and ended, ranks that were lost.
struct EventRecord {
  std::int64_t time_ns = 0;  ///< wall clock
  std::string text;          ///< one line
};

/// Where the items stood: after `count` items (in order) their job::ItemHash is `hash`.
struct ItemsRecord {
  std::uint64_t count = 0;
  std::uint64_t hash = 0;
  bool complete = false;  ///< the source had no more
};

/// How a run ended, for now. Absent while it runs or after a kill.
struct EndRecord {
  std::string state;  ///< "finished", "drained", "interrupted", "stopped" (max-failures), "incomplete"
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
};

}  // namespace mproc::journal
