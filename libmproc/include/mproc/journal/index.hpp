#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/outcome.hpp"
#include "mproc/journal/record.hpp"
#include "mproc/journal/run_directory.hpp"

namespace mproc::journal {

/// What a run's journal holds: read-only, at any time, while it is written too (what is torn at the end of a
/// segment is not there yet; a record whose checksum fails counts as not done).
class Index {
 public:
  explicit Index(const RunDirectory& run);
  ~Index();
  Index(Index&&) noexcept;

  enum class State : std::uint8_t { pending, succeeded, failed };

  base::Epoch epoch() const;  ///< the last one; 0 in an empty run
  /// The RunDirectory::journal_size() that was read.
  std::uint64_t journal_size() const;
  /// The ItemsRecord that goes furthest, and the last EndRecord of the last epoch.
  std::optional<ItemsRecord> items() const;
  std::optional<EndRecord> end() const;
  /// In the order of writing.
  const std::vector<EventRecord>& events() const;
  /// From the first event of an epoch to its last.
  struct Session {
    base::Epoch epoch;
    std::int64_t first_ns = 0, last_ns = 0;  ///< wall clock
  };
  /// Those of epochs with events, in order.
  const std::vector<Session>& sessions() const;
  /// Segments or records that were damaged, one line each for a warning; empty normally.
  const std::vector<std::string>& damage() const;

  /// A job's first stage, and those that followed from its outcomes as they are: of each map the one that was
  /// written to last.
  std::vector<base::StageKey> stages() const;
  /// Highest task index with an outcome, plus one.
  std::uint64_t extent(base::StageKey stage) const;
  State state(base::StageKey stage, std::uint64_t index) const;
  std::uint64_t succeeded(base::StageKey stage) const;
  std::uint64_t failed(base::StageKey stage) const;
  /// Tasks in [0, extent) in the given state, as ascending ranges.
  std::vector<base::TaskRange> ranges(base::StageKey stage, State state) const;

  /// A task's outcome. Views live as long as the Index.
  struct Outcome {
    State state = State::pending;
    base::ByteView value;  ///< msgpack (an Ext::failure when failed); empty when pending
    base::ByteView item;   ///< msgpack, where the journal holds items
  };
  /// Reads outcomes in ascending order of index: sequential access costs a constant per task. Success beats
  /// failure, the first success counts, a later failure beats an earlier one.
  class Cursor {
   public:
    Cursor(const Index& index, base::StageKey stage);
    ~Cursor();
    Outcome at(std::uint64_t task);  ///< ascending calls
   private:
    class Impl;
    std::unique_ptr<Impl> impl_;
  };

  /// One task with all that is known of it: origin, times, captured output. For `log` and summaries.
  struct Detail {
    Outcome outcome;
    Origin origin;
    std::int64_t start_ns = 0, end_ns = 0;  ///< wall clock; of the block where tasks are not timed singly
    std::string capture;
  };
  std::optional<Detail> detail(base::StageKey stage, std::uint64_t task) const;
  /// Each time that these tasks were tried, in the order of writing: attempts that failed and were made
  /// again, outcomes that a later one replaced, and the one that counts.
  std::map<std::uint64_t, std::vector<Detail>> tries(base::StageKey stage, base::TaskRange tasks) const;
  /// Tasks and failures (Ext::failure) of all attempts that were made again.
  std::vector<std::pair<std::uint64_t, base::ByteView>> retried(base::StageKey stage) const;

  /// What an executor sent at once: consecutive tasks, and when they ran.
  struct Block {
    base::StageKey stage;
    base::Epoch epoch;
    Origin origin;
    base::OutcomeBlock tasks;  ///< without its values
  };
  /// Every one of all stages, attempts that were made again among them; of a stage in the order of writing.
  void for_each_block(const std::function<void(const Block&)>& use) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mproc::journal
