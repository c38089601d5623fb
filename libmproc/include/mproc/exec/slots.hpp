#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/exec/hosts.hpp"
#include "mproc/exec/slot_link.hpp"

namespace mproc::exec {

/// A task that is over a limit: its executor is asked for the stack, then killed.
struct Overrun {
  std::uint64_t task = 0;
  base::Failure failure;
  std::int64_t until_ns = 0;  ///< the stack is awaited no longer
  bool killed = false;
};

/// The place of one executor of a worker: an executor that dies is replaced in it.
struct Slot {
  Place place;
  std::unique_ptr<SlotLink> link;  ///< none: no executor yet
  int pid = -1;                    ///< not known before the zygote or the template has said it
  HostId host = 0;                 ///< which host becomes its executor; 0: forked from the template
  int failed_starts = 0;
  std::int64_t not_before_ns = 0;  ///< of the next try, monotonic
  bool retired = false;            ///< no executor comes up here
  std::string damage;              ///< of its shared memory: its executor was told to die
  std::optional<Overrun> overrun;
  std::int64_t memory_look_ns = 0;  ///< when its memory is looked at next
  std::uint64_t given = 0;          ///< tasks that the executor has got
  bool renewing = false;            ///< its executor has run all that it may, and makes way for another

  bool ready() const { return link && pid > 0 && damage.empty() && !renewing && link->ready(); }
  /// The executor that takes the place of another is there.
  bool renewed() const { return renewing && link && pid > 0 && given == 0 && link->ready(); }
  bool awaits_fork() const { return link && pid == -1 && host == 0; }
  /// Handles what the executor has sent, and marks the slot where its executor has written over its rings:
  /// nothing of it can be trusted any more. False when there was nothing.
  bool poll(PoolListener& listener, base::SlotId id);
  /// Without an executor, as at the start.
  void clear();
};

/// The executors of a worker as places for chunks.
class Slots {
 public:
  void open(std::vector<Place> places);
  /// How many tasks an executor gets at most; 0: no limit.
  void recycle(std::uint64_t tasks) { recycle_ = tasks; }
  bool empty() const { return slots_.empty(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(slots_.size()); }
  Slot& at(std::uint32_t index) { return slots_.at(index); }
  auto begin() { return slots_.begin(); }
  auto end() { return slots_.end(); }

  /// How many take chunks, or will in a moment.
  std::uint32_t ready() const;
  /// Its executor has run all the tasks that it may.
  bool is_used_up(const Slot& slot) const;
  std::uint32_t not_retired() const;
  base::SlotId id_of(const Slot& slot) const {
    return base::SlotId{static_cast<std::uint32_t>(&slot - slots_.data())};
  }
  /// The template has been asked to fork an executor, and has not answered.
  bool awaits_fork() const { return std::ranges::any_of(slots_, &Slot::awaits_fork); }
  std::optional<std::uint32_t> with_pid(int pid) const;
  Slot* with_host(HostId host);

  /// To every executor, in order with what it has got so far.
  template <class T>
  void send(FrameType type, const T& value) {
    base::Bytes payload;
    base::pack_to(payload, value);
    send(type, std::move(payload));
  }
  /// As in Pool.
  void generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes);
  bool submit(const ChunkTicket& ticket, const base::PayloadView& items);
  /// Reports the tasks that submit() has left out. False when there were none.
  bool report_left_out(PoolListener& listener);
  base::TaskRange take_back(base::ChunkId chunk, std::uint32_t keep);
  std::optional<base::ChunkId> misplaced() const;

 private:
  void send(FrameType type, base::Bytes payload);

  struct LeftOut {
    ChunkTicket ticket;
    base::TaskRange tasks;
  };
  std::uint64_t left_of(const Slot& slot) const;

  std::vector<Slot> slots_;
  std::vector<LeftOut> left_out_;
  std::uint64_t recycle_ = 0;
};

}  // namespace mproc::exec
