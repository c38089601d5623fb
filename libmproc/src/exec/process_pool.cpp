#include "mproc/exec/process_pool.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::exec {
namespace {

constexpr int max_failed_starts = 3;
constexpr std::int64_t short_pause_ns = 100'000'000, long_pause_ns = 1'000'000'000;  // after one, after more
// How often output is looked at: while more of it comes than is kept, and otherwise.
constexpr std::int64_t trim_flow_ns = 10'000'000, trim_idle_ns = 100'000'000;

base::Failure cannot_start(int error) {
  base::Failure failure;
  failure.kind = base::FailureKind::init;
  failure.message = fmt::format("cannot fork an executor: {}", std::strerror(error));
  return failure;
}

}  // namespace

base::Failure death_failure(int wait_status, const std::string& last_words) {
  base::Failure failure;
  failure.kind = base::FailureKind::crash;
  if (WIFSIGNALED(wait_status)) {
    failure.message = fmt::format("the executor was killed by {} ({})", signal_name(WTERMSIG(wait_status)),
                                  ::strsignal(WTERMSIG(wait_status)));
  } else {
    failure.message = fmt::format("the executor exited with status {} (os._exit or exit in native code)",
                                  WEXITSTATUS(wait_status));
  }
  failure.traceback = last_words;
  return failure;
}

ProcessPool::ProcessPool(Zygote zygote, const base::SharedMemory& bell, base::Watcher& watcher)
    : hosts_(std::move(zygote), bell, watcher) {}

void ProcessPool::load(const HostSettings& settings) {
  hosts_.load(settings);
  watchdog_.limit_memory(settings.memory);
  slots_.recycle(settings.recycle);
}

void ProcessPool::start(std::vector<Place> places) {
  slots_.open(std::move(places));
  look_again();
}

void ProcessPool::share(const ArrayPlace& place) {
  hosts_.share(place);
  slots_.send(FrameType::share, place);
}

void ProcessPool::unshare(const std::string& name) {
  hosts_.unshare(name);
  slots_.send(FrameType::unshare, name);
}

void ProcessPool::init(const job::InitBlock& block) {
  hosts_.init(block);
  slots_.send(FrameType::init, block);
  look_again();
}

void ProcessPool::prepare(const job::MapSpec& spec) {
  watchdog_.limit_time(spec);
  hosts_.prepare(spec, !slots_.empty());
  slots_.send(FrameType::prepare, spec);
  look_again();
}

void ProcessPool::forget(base::MapId map) {
  watchdog_.forget(map);
  hosts_.forget(map);
  slots_.send(FrameType::forget, map.value);
}

/// Slots are filled when the template, if there is one, has loaded all that it was told so far.
void ProcessPool::look_again() {
  if (!slots_.empty() && !hosts_.ask_template()) fill_slots();
}

void ProcessPool::generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) {
  slots_.generate(name, max_items, max_bytes);
}

bool ProcessPool::submit(const ChunkTicket& ticket, const base::PayloadView& items) {
  if (!slots_.submit(ticket, items)) return false;
  watchdog_.on_submit(ticket.stage.map);
  return true;
}

base::TaskRange ProcessPool::take_back(base::ChunkId chunk, std::uint32_t keep) {
  return slots_.take_back(chunk, keep);
}

std::optional<base::ChunkId> ProcessPool::misplaced() const {
  return slots_.misplaced();
}

void ProcessPool::fill_slots() {
  if (hosts_.state() == Hosts::Template::loading || setup_failed_) return;
  const std::int64_t now = base::monotonic_ns();
  delayed_ = false;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_.at(i);
    if (slot.link || slot.retired) continue;
    if (now >= slot.not_before_ns)
      fill(slot, i);
    else
      delayed_ = true;
  }
}

void ProcessPool::fill(Slot& slot, std::uint32_t index) {
  slot.link = std::make_unique<SlotLink>(SlotMemory::create());
  if (hosts_.state() == Hosts::Template::warm)
    return hosts_.fork(index, slot.place, slot.link->descriptors());
  slot.host = hosts_.become(index, slot.place, slot.link->descriptors());
  slot.pid = hosts_.pid(slot.host);
}

void ProcessPool::clear(Slot& slot) {
  hosts_.forget(slot.host);
  slot.clear();
}

bool ProcessPool::poll(PoolListener& listener, bool descriptors) {
  bool any = false;
  if (descriptors) {
    hosts_.poll(events_);
    any = !events_.empty();
    for (auto& event : events_) std::visit([&](auto& e) { take(e, listener); }, event);
    events_.clear();
  }
  hosts_.flush();
  if (delayed_) fill_slots();
  for (std::uint32_t i = 0; i < slots_.size(); ++i) any |= poll_slot(slots_.at(i), base::SlotId{i}, listener);
  any |= slots_.report_left_out(listener);
  if (any) report_slots(listener);
  if (!given_up_.empty()) report_given_up(listener);
  const std::int64_t now = base::monotonic_ns();
  watchdog_.look(slots_, now);
  kernel_kills_.look(now);
  if (now >= next_trim_ns_) trim_output(now);
  return any;
}

void ProcessPool::trim_output(std::int64_t now) {
  bool flows = false;
  for (Slot& slot : slots_) flows |= slot.link && slot.link->trim_output();
  next_trim_ns_ = now + (flows ? trim_flow_ns : trim_idle_ns);
}

bool ProcessPool::poll_slot(Slot& slot, base::SlotId id, PoolListener& listener) {
  if (!slot.link || !slot.damage.empty()) return false;
  const bool any = slot.poll(listener, id);
  if (!slot.damage.empty() && slot.pid > 0) hosts_.kill(slot.pid);
  if (slot.renewed()) {
    slot.renewing = false;
    reported_slots_ = unreported;  // a chunk may wait behind another one meanwhile
  }
  if (slot.host != 0 && slot.ready()) hosts_.forget(std::exchange(slot.host, 0));
  if (slots_.is_used_up(slot)) {
    slot.renewing = true;
    hosts_.kill(slot.pid);
  }
  return any;
}

void ProcessPool::report_slots(PoolListener& listener) {
  const std::uint32_t ready = slots_.ready();
  if (ready != std::exchange(reported_slots_, ready)) listener.on_slots(ready);
}

/// Where no executor starts, that alone is said.
void ProcessPool::report_given_up(PoolListener& listener) {
  if (slots_.ready() == 0) return;
  for (const auto& [slot, cause] : std::exchange(given_up_, {}))
    listener.on_given_up(slot, slots_.not_retired(), cause);
}

void ProcessPool::take(const TemplateLoaded&, PoolListener&) {
  failed_templates_ = 0;
  fill_slots();
}

void ProcessPool::take(LoadFailed& failed, PoolListener& listener) {
  Slot* slot = slots_.with_host(failed.host);
  if (slot == nullptr) return fail_setup(std::move(failed.failure), listener);
  start_failed(*slot, std::move(failed.failure), true, listener);
}

void ProcessPool::take(const NotSpawned& failed, PoolListener& listener) {
  Slot* slot = slots_.with_host(failed.host);
  if (slot == nullptr) {
    hosts_.forget(failed.host);
    return fail_setup(cannot_start(failed.error), listener);
  }
  start_failed(*slot, cannot_start(failed.error), false, listener);
  fill_slots();
}

void ProcessPool::take(const Spawned& spawned, PoolListener&) {
  if (Slot* slot = slots_.with_host(spawned.host)) slot->pid = spawned.pid;
}

void ProcessPool::take(const Forked& forked, PoolListener& listener) {
  Slot& slot = slots_.at(forked.slot);
  if (forked.pid < 0) {
    start_failed(slot, cannot_start(-forked.pid), false, listener);
    return fill_slots();
  }
  slot.pid = forked.pid;
  const auto early = early_deaths_.extract(slot.pid);
  // A number that was an orphan's may be an executor's one day.
  if (!slots_.awaits_fork()) early_deaths_.clear();
  if (!early.empty()) on_executor_death(base::SlotId{forked.slot}, early.mapped(), listener);
}

void ProcessPool::take(const Died& died, PoolListener& listener) {
  if (const auto slot = slots_.with_pid(died.pid))
    return on_executor_death(base::SlotId{*slot}, died.status, listener);
  if (died.host != 0) return on_host_death(died, listener);
  if (slots_.awaits_fork()) early_deaths_[died.pid] = died.status;
}

void ProcessPool::on_host_death(const Died& died, PoolListener& listener) {
  const bool was_template = hosts_.is_template(died.host);
  const std::string last_words = hosts_.last_words(died.host);
  hosts_.forget(died.host);
  if (!was_template || setup_failed_) return;
  // Once it has loaded, it was killed from outside, as far as that can be told: another one owes what it
  // owed.
  const bool loaded = hosts_.state() == Hosts::Template::warm;
  if (loaded || ++failed_templates_ < max_failed_starts) {
    for (Slot& slot : slots_)
      if (slot.awaits_fork()) slot.clear();
    hosts_.replace_template();
    return look_again();
  }
  base::Failure failure = death_failure(died.status, last_words);
  failure.kind = base::FailureKind::init;
  failure.message +=
      hosts_.has_init_code() ? " while it loaded the init code" : " while it loaded the kernel";
  fail_setup(std::move(failure), listener);
}

void ProcessPool::on_executor_death(base::SlotId id, int status, PoolListener& listener) {
  Slot& slot = slots_.at(id.value);
  if (slot.damage.empty()) slot.poll(listener, id);
  const std::string phase = slot.link->ready() ? " before its first task" : " before it was ready";
  base::Failure cause = cause_of_death(slot, status);
  slot.link->report_losses(
      listener, cause,
      slot.overrun && slot.overrun->killed ? std::optional(slot.overrun->task) : std::nullopt);
  if (slot.link->has_worked()) {
    slot.failed_starts = 0;
    clear(slot);
  } else {
    if (cause.traceback.empty()) cause.traceback = hosts_.last_words(slot.host);
    cause.kind = base::FailureKind::init;
    cause.message += phase;
    start_failed(slot, std::move(cause), false, listener);
  }
  report_slots(listener);
  fill_slots();
}

base::Failure ProcessPool::cause_of_death(const Slot& slot, int status) const {
  base::Failure cause = death_failure(status, slot.link->last_words());
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (slot.overrun && slot.overrun->killed && killed) {
    cause.kind = slot.overrun->failure.kind;
    cause.message = slot.overrun->failure.message;
  } else if (!slot.damage.empty()) {
    cause.message = slot.damage;
  } else if (const std::string lack = killed ? kernel_kills_.cause() : ""; !lack.empty()) {
    cause.message = fmt::format(
        "the executor was {}\nrun fewer executors at a time, or set task.memory, which ends a task that "
        "takes more",
        lack);
  }
  cause.rank = hosts_.settings().rank;
  cause.host = hosts_.settings().host;
  cause.pid = slot.pid;
  return cause;
}

/// The slot's executor did not come up. It is tried again a few times, as the machine may be short of
/// something for a while, or not at all where it failed `for_good`.
void ProcessPool::start_failed(Slot& slot, base::Failure cause, bool for_good, PoolListener& listener) {
  clear(slot);
  slot.renewing = false;
  slot.retired = for_good || ++slot.failed_starts >= max_failed_starts;
  slot.not_before_ns = base::monotonic_ns() + (slot.failed_starts > 1 ? long_pause_ns : short_pause_ns);
  if (!slot.retired || setup_failed_) return;
  if (slots_.not_retired() == 0) return fail_setup(std::move(cause), listener);
  given_up_.emplace_back(slots_.id_of(slot), std::move(cause));
}

void ProcessPool::fail_setup(base::Failure cause, PoolListener& listener) {
  if (std::exchange(setup_failed_, true)) return;
  cause.rank = hosts_.settings().rank;
  cause.host = hosts_.settings().host;
  listener.on_setup_failed(cause);
}

}  // namespace mproc::exec
