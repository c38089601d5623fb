#include "mproc/exec/process_pool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/process_tree.hpp"
#include "mproc/exec/socket_message.hpp"

namespace mproc::exec {
namespace {

constexpr int max_failed_starts = 3;
constexpr int farewell_ms = 10'000;  // the zygote gives up earlier
/// Chunks that wait at one executor: many where there is no choice of executor anyway.
constexpr std::size_t max_held_alone = claims_per_slot, max_held_among_many = 2;

template <class T>
base::Bytes packed(const T& value) {
  base::Bytes bytes;
  base::pack_to(bytes, value);
  return bytes;
}

base::Failure cannot_start(std::int64_t code) {
  base::Failure failure;
  failure.kind = base::FailureKind::init;
  failure.message = fmt::format("cannot fork an executor: {}", std::strerror(static_cast<int>(code)));
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
    : zygote_(std::move(zygote)), bell_(::fcntl(bell.fd(), F_DUPFD_CLOEXEC, 0)), watcher_(watcher) {
  watcher_.add(zygote_.socket.get());
}

ProcessPool::~ProcessPool() {
  for (auto& [id, host] : hosts_) watcher_.remove(host.control.get());
  watcher_.remove(zygote_.socket.get());
  // The zygote ends everything when it sees the socket close; wait, so that nothing outlives the rank.
  zygote_.socket.reset();
  const base::Fd pidfd = base::open_pidfd(zygote_.pid);
  pollfd ended{pidfd.get(), POLLIN, 0};
  ::poll(&ended, 1, farewell_ms);
  ::waitpid(zygote_.pid, nullptr, WNOHANG);
}

void ProcessPool::load(const HostSettings& settings) {
  settings_ = settings;
  template_ = spawn_host();
  replay(hosts_.at(template_));
}

void ProcessPool::start(std::uint32_t executors) {
  slots_.resize(executors);
  look_again();
}

/// Asks the template whether it can be forked, after all that it was told before; then slots are filled.
void ProcessPool::look_again() {
  const HostProcess* host = warm_template();
  if (slots_.empty() || host == nullptr) return;
  mode_ = Mode::unknown;
  tell(*host, HostMessage::report);
}

std::uint32_t ProcessPool::spawn_host() {
  auto [ours, theirs] = make_socket_pair();
  const std::uint32_t id = ++next_host_;
  base::Fd capture = make_capture("mproc-host");
  SocketMessage message{static_cast<std::uint32_t>(ZygoteMessage::spawn), id, 0, {}, {}};
  if (!send_message(zygote_.socket.get(), message, {theirs.get(), bell_.get(), capture.get()}))
    throw base::SystemError("cannot reach the process that starts executors", EPIPE);
  watcher_.add(ours.get());
  hosts_[id] = {std::move(ours), std::move(capture), -1};
  return id;
}

void ProcessPool::tell(const HostProcess& host, HostMessage type, const base::Bytes& payload,
                       std::uint32_t slot, const std::vector<int>& fds) {
  // A host that is gone is noticed by its death, not here.
  send_message(host.control.get(), {static_cast<std::uint32_t>(type), slot, 0, payload, {}}, fds);
}

void ProcessPool::tell_prepare(const HostProcess& host, const Map& map) {
  send_message(host.control.get(),
               {static_cast<std::uint32_t>(HostMessage::prepare), 0, map.late ? 1 : 0, packed(map.spec), {}});
}

ProcessPool::HostProcess* ProcessPool::warm_template() {
  const auto host = hosts_.find(template_);
  return host == hosts_.end() ? nullptr : &host->second;
}

void ProcessPool::replay(const HostProcess& host) {
  tell(host, HostMessage::settings, packed(settings_));
  for (const auto& block : init_) tell(host, HostMessage::init, packed(block));
  for (const auto& map : maps_) tell_prepare(host, map);
}

void ProcessPool::init(const job::InitBlock& block) {
  init_.push_back(block);
  if (const auto* host = warm_template()) tell(*host, HostMessage::init, packed(block));
  send_to_executors(FrameType::init, packed(block));
  look_again();
}

void ProcessPool::prepare(const job::MapSpec& spec) {
  maps_.push_back({spec, !slots_.empty()});
  if (const auto* host = warm_template()) tell_prepare(*host, maps_.back());
  send_to_executors(FrameType::prepare, packed(spec));
  look_again();
}

void ProcessPool::send_to_executors(FrameType type, const base::Bytes& payload) {
  FrameHeader header;
  header.type = type;
  for (Slot& slot : slots_)
    if (slot.link) slot.link->send(header, payload);
}

void ProcessPool::generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) {
  MPROC_ASSERT(!slots_.empty() && slots_[0].link, "generate before the pool has started");
  FrameHeader header;
  header.type = FrameType::generate;
  header.tasks.count = max_items;
  header.count = max_bytes;
  slots_[0].link->send(header, base::view(name));
}

bool ProcessPool::submit(const ChunkTicket& ticket, base::ByteView items) {
  const std::size_t limit = slots_.size() == 1 ? max_held_alone : max_held_among_many;
  SlotLink* best = nullptr;
  for (Slot& slot : slots_)
    if (slot.ready() && slot.link->held() < limit && (!best || slot.link->held() < best->held()))
      best = slot.link.get();
  return best != nullptr && best->submit(ticket, items);
}

base::TaskRange ProcessPool::take_back(base::ChunkId chunk, std::uint32_t keep) {
  for (Slot& slot : slots_)
    if (slot.link)
      if (const auto tasks = slot.link->take_back(chunk, keep)) return *tasks;
  return {};
}

std::optional<base::ChunkId> ProcessPool::misplaced() const {
  bool idle = false;
  const SlotLink* crowded = nullptr;
  for (const Slot& slot : slots_) {
    if (!slot.ready()) continue;
    idle |= slot.link->held() == 0;
    if (slot.link->held() > 1) crowded = slot.link.get();
  }
  if (!idle || crowded == nullptr) return std::nullopt;
  return crowded->newest();
}

void ProcessPool::fill_slots() {
  if (mode_ == Mode::unknown || setup_failed_) return;
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (!slots_[i].link && !slots_[i].retired) fill(slots_[i], i);
}

void ProcessPool::fill(Slot& slot, std::uint32_t index) {
  slot.link = std::make_unique<SlotLink>(SlotMemory::create());
  slot.pid = -1;
  slot.host = 0;
  if (mode_ == Mode::warm)
    return tell(hosts_.at(template_), HostMessage::fork, {}, index, slot.link->descriptors());
  // The process that turned out not to be forkable is as good an executor as any: use it first.
  slot.host = std::exchange(template_, 0);
  if (slot.host == 0) {
    slot.host = spawn_host();
    replay(hosts_.at(slot.host));
  }
  const HostProcess& host = hosts_.at(slot.host);
  tell(host, HostMessage::become, {}, index, slot.link->descriptors());
  slot.pid = host.pid;
}

bool ProcessPool::poll(PoolListener& listener, bool descriptors) {
  bool any = false;
  if (descriptors) {
    any |= poll_hosts(listener);
    any |= poll_zygote(listener);
  }
  for (std::uint32_t i = 0; i < slots_.size(); ++i) any |= poll_slot(slots_[i], base::SlotId{i}, listener);
  if (any) report_slots(listener);
  return any;
}

bool ProcessPool::poll_slot(Slot& slot, base::SlotId id, PoolListener& listener) {
  if (!slot.link || !slot.damage.empty()) return false;
  const bool any = poll_link(slot, id, listener);
  if (!slot.damage.empty() && slot.pid > 0)
    send_message(zygote_.socket.get(),
                 {static_cast<std::uint32_t>(ZygoteMessage::kill), 0, slot.pid, {}, {}});
  if (slot.host != 0 && slot.ready()) forget_host(std::exchange(slot.host, 0));
  return any;
}

/// Marks the slot where its executor has written over its rings: nothing of it can be trusted any more.
bool ProcessPool::poll_link(Slot& slot, base::SlotId id, PoolListener& listener) {
  try {
    return slot.link->poll(listener, id);
  } catch (const base::DecodeError& e) {
    slot.damage = e.what();
    return true;
  }
}

void ProcessPool::report_slots(PoolListener& listener) {
  const auto ready = static_cast<std::uint32_t>(std::ranges::count_if(slots_, &Slot::ready));
  if (ready == reported_slots_) return;
  reported_slots_ = ready;
  listener.on_slots(ready);
}

bool ProcessPool::poll_hosts(PoolListener& listener) {
  bool any = false;
  std::vector<std::uint32_t> ids;
  for (const auto& [id, host] : hosts_) ids.push_back(id);
  for (const std::uint32_t id : ids) any |= poll_host(id, listener);
  return any;
}

bool ProcessPool::poll_host(std::uint32_t id, PoolListener& listener) {
  bool any = false;
  SocketMessage message;
  while (hosts_.contains(id) &&
         receive_message(hosts_.at(id).control.get(), message, false) == Received::message) {
    on_host_message(id, message, listener);
    any = true;
  }
  return any;
}

void ProcessPool::on_host_message(std::uint32_t id, const SocketMessage& message, PoolListener& listener) {
  switch (static_cast<HostMessage>(message.type)) {
    case HostMessage::failed: {
      auto failure = base::unpack_as<base::Failure>(message.payload);
      Slot* slot = slot_of_host(id);
      if (slot == nullptr) return fail_setup(std::move(failure), listener);
      return start_failed(*slot, std::move(failure), true, listener);
    }
    case HostMessage::state:
      if (id != template_) return;
      mode_ = message.value != 0 ? Mode::warm : Mode::cold;
      return fill_slots();
    case HostMessage::forked: {
      Slot& slot = slots_.at(message.slot);
      slot.pid = static_cast<int>(message.value);
      if (slot.pid < 0) {
        start_failed(slot, cannot_start(-message.value), false, listener);
        return fill_slots();
      }
      if (const auto early = early_deaths_.extract(slot.pid); !early.empty())
        on_executor_death(base::SlotId{message.slot}, early.mapped(), listener);
      return;
    }
    default:
      throw base::DecodeError("unknown message from an executor's host");
  }
}

bool ProcessPool::poll_zygote(PoolListener& listener) {
  SocketMessage message;
  bool any = false;
  for (;;) {
    const Received received = receive_message(zygote_.socket.get(), message, false);
    if (received == Received::closed)
      throw base::SystemError("the process that starts executors died", EPIPE);
    if (received == Received::nothing) return any;
    any = true;
    if (static_cast<ZygoteMessage>(message.type) == ZygoteMessage::died)
      on_death(static_cast<int>(message.value), static_cast<int>(message.slot), listener);
    else
      on_spawned(message.slot, message.value, listener);
  }
}

void ProcessPool::on_spawned(std::uint32_t id, std::int64_t pid, PoolListener& listener) {
  const auto host = hosts_.find(id);
  if (host == hosts_.end()) return;
  Slot* slot = slot_of_host(id);
  if (pid > 0) {
    host->second.pid = static_cast<int>(pid);
    if (slot != nullptr) slot->pid = static_cast<int>(pid);
    return;
  }
  if (slot == nullptr) {
    forget_host(id);
    return fail_setup(cannot_start(-pid), listener);
  }
  start_failed(*slot, cannot_start(-pid), false, listener);
  fill_slots();
}

void ProcessPool::on_death(int pid, int status, PoolListener& listener) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].pid == pid) return on_executor_death(base::SlotId{i}, status, listener);
  const auto host = std::ranges::find_if(hosts_, [&](const auto& h) { return h.second.pid == pid; });
  if (host == hosts_.end()) {
    const auto awaited = [](const Slot& slot) { return slot.link && slot.pid == -1; };
    if (std::ranges::any_of(slots_, awaited)) early_deaths_[pid] = status;
    return;
  }
  const std::uint32_t id = host->first;
  poll_host(id, listener);  // its last answers
  const std::string last_words = drain_capture(hosts_.at(id).capture.get());
  forget_host(id);
  if (id == template_ && !setup_failed_) on_template_death(status, last_words, listener);
}

void ProcessPool::on_template_death(int status, const std::string& last_words, PoolListener& listener) {
  template_ = 0;
  if (mode_ == Mode::warm) {  // killed from outside: make another, which will be asked for what this one owes
    for (Slot& slot : slots_)
      if (slot.pid == -1) slot.link.reset();
    load(settings_);
    return look_again();
  }
  base::Failure failure = death_failure(status, last_words);
  failure.kind = base::FailureKind::init;
  failure.message += " while it loaded the init code";
  fail_setup(std::move(failure), listener);
}

void ProcessPool::on_executor_death(base::SlotId id, int status, PoolListener& listener) {
  Slot& slot = slots_.at(id.value);
  if (slot.damage.empty()) poll_link(slot, id, listener);
  const bool was_ready = slot.link->ready();
  base::Failure cause = death_failure(status, slot.link->last_words());
  if (!slot.damage.empty())
    cause.message = fmt::format("the executor wrote where it must not: {}", slot.damage);
  cause.rank = settings_.rank;
  cause.host = settings_.host;
  cause.pid = slot.pid;
  slot.link->report_losses(listener, cause);
  if (was_ready) {
    slot.failed_starts = 0;
    slot.link.reset();
    slot.pid = -1;
    if (slot.host != 0) forget_host(std::exchange(slot.host, 0));
  } else {
    if (cause.traceback.empty() && slot.host != 0 && hosts_.contains(slot.host))
      cause.traceback = drain_capture(hosts_.at(slot.host).capture.get());
    cause.kind = base::FailureKind::init;
    start_failed(slot, std::move(cause), false, listener);
  }
  slot.damage.clear();
  report_slots(listener);
  fill_slots();
}

/// The slot's executor did not come up. It is tried again a few times, or not at all where it failed
/// `for_good`.
void ProcessPool::start_failed(Slot& slot, base::Failure cause, bool for_good, PoolListener& listener) {
  slot.link.reset();
  slot.pid = -1;
  if (slot.host != 0) forget_host(std::exchange(slot.host, 0));
  slot.retired = for_good || ++slot.failed_starts >= max_failed_starts;
  if (std::ranges::all_of(slots_, &Slot::retired)) fail_setup(std::move(cause), listener);
}

void ProcessPool::fail_setup(base::Failure cause, PoolListener& listener) {
  if (std::exchange(setup_failed_, true)) return;
  cause.rank = settings_.rank;
  cause.host = settings_.host;
  listener.on_setup_failed(cause);
}

ProcessPool::Slot* ProcessPool::slot_of_host(std::uint32_t id) {
  const auto slot = std::ranges::find(slots_, id, &Slot::host);
  return slot == slots_.end() ? nullptr : &*slot;
}

void ProcessPool::forget_host(std::uint32_t id) {
  const auto host = hosts_.extract(id);
  if (!host.empty()) watcher_.remove(host.mapped().control.get());
}

}  // namespace mproc::exec
