#include "mproc/exec/process_pool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/exec/socket_message.hpp"

namespace mproc::exec {
namespace {

constexpr int max_failed_starts = 3;
/// Chunks that wait at one executor: many where there is no choice of executor anyway.
constexpr std::size_t max_held_alone = claims_per_slot, max_held_among_many = 2;

template <class T>
base::Bytes packed(const T& value) {
  base::Bytes bytes;
  base::pack_to(bytes, value);
  return bytes;
}

}  // namespace

base::Failure death_failure(int wait_status, const std::string& last_words) {
  base::Failure failure;
  failure.kind = base::FailureKind::crash;
  if (WIFSIGNALED(wait_status)) {
    failure.type = fmt::format("SIG{}", ::sigabbrev_np(WTERMSIG(wait_status)));
    failure.message =
        fmt::format("the executor was killed by {} ({})", failure.type, ::sigdescr_np(WTERMSIG(wait_status)));
    failure.type.clear();
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
  ::waitpid(zygote_.pid, nullptr, 0);
}

void ProcessPool::load(const HostSettings& settings) {
  settings_ = settings;
  template_ = spawn_host();
  replay(hosts_.at(template_));
}

void ProcessPool::start(std::uint32_t executors) {
  slots_.resize(executors);
  if (hosts_.contains(template_)) tell(hosts_.at(template_), HostMessage::report);
}

std::uint32_t ProcessPool::spawn_host() {
  auto [ours, theirs] = make_socket_pair();
  const std::uint32_t id = ++next_host_;
  watcher_.add(ours.get());
  SocketMessage message{static_cast<std::uint32_t>(ZygoteMessage::spawn), id, 0, {}, {}};
  if (!send_message(zygote_.socket.get(), message, {theirs.get(), bell_.get()}))
    throw base::SystemError("cannot reach the process that starts executors", EPIPE);
  hosts_[id].control = std::move(ours);
  return id;
}

void ProcessPool::tell(const HostProcess& host, HostMessage type, const base::Bytes& payload,
                       std::uint32_t slot, const std::vector<int>& fds) {
  // A host that is gone is noticed by its death, not here.
  send_message(host.control.get(), {static_cast<std::uint32_t>(type), slot, 0, payload, {}}, fds);
}

void ProcessPool::replay(const HostProcess& host) {
  tell(host, HostMessage::settings, packed(settings_));
  for (const auto& block : init_) tell(host, HostMessage::init, packed(block));
  for (const auto& spec : maps_) tell(host, HostMessage::prepare, packed(spec));
}

void ProcessPool::init(const job::InitBlock& block) {
  init_.push_back(block);
  if (hosts_.contains(template_)) tell(hosts_.at(template_), HostMessage::init, packed(block));
  send_to_executors(FrameType::init, packed(block));
}

void ProcessPool::prepare(const job::MapSpec& spec) {
  maps_.push_back(spec);
  if (hosts_.contains(template_)) tell(hosts_.at(template_), HostMessage::prepare, packed(spec));
  send_to_executors(FrameType::prepare, packed(spec));
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
    if (slot.link && slot.link->ready() && slot.link->held() < limit &&
        (!best || slot.link->held() < best->held()))
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
    if (!slot.link || !slot.link->ready()) continue;
    idle |= slot.link->held() == 0;
    if (slot.link->held() > 1) crowded = slot.link.get();
  }
  if (!idle || crowded == nullptr) return std::nullopt;
  return crowded->newest();
}

void ProcessPool::fill_slots() {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.link || setup_failed_) continue;
    slot.link = std::make_unique<SlotLink>(SlotMemory::create());
    slot.pid = -1;
    if (mode_ == Mode::warm) {
      tell(hosts_.at(template_), HostMessage::fork, {}, i, slot.link->descriptors());
      continue;
    }
    // The process that turned out not to be forkable is as good an executor as any: use it first.
    const bool use_template = hosts_.contains(template_);
    const std::uint32_t id = use_template ? template_ : spawn_host();
    if (!use_template) replay(hosts_.at(id));
    tell(hosts_.at(id), HostMessage::become, {}, i, slot.link->descriptors());
    slot.pid = use_template ? hosts_.at(id).pid : -static_cast<int>(id) - 1;
    watcher_.remove(hosts_.at(id).control.get());
    if (use_template) hosts_.erase(id);
  }
}

bool ProcessPool::poll(PoolListener& listener, bool descriptors) {
  bool any = false;
  if (descriptors) {
    any |= poll_hosts(listener);
    any |= poll_zygote(listener);
  }
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].link) any |= slots_[i].link->poll(listener, base::SlotId{i});
  if (any) report_slots(listener);
  return any;
}

void ProcessPool::report_slots(PoolListener& listener) {
  std::uint32_t ready = 0;
  for (const Slot& slot : slots_) ready += slot.link && slot.link->ready() ? 1 : 0;
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
    on_host_message(id, hosts_.at(id), message, listener);
    any = true;
  }
  return any;
}

void ProcessPool::on_host_message(std::uint32_t id, HostProcess& host, const SocketMessage& message,
                                  PoolListener& listener) {
  switch (static_cast<HostMessage>(message.type)) {
    case HostMessage::failed:
      if (!setup_failed_) listener.on_setup_failed(base::unpack_as<base::Failure>(message.payload));
      host.failed = setup_failed_ = true;
      return;
    case HostMessage::state:
      if (id != template_ || setup_failed_) return;
      mode_ = message.value != 0 ? Mode::warm : Mode::cold;
      return fill_slots();
    case HostMessage::forked: {
      Slot& slot = slots_.at(message.slot);
      slot.pid = static_cast<int>(message.value);
      if (slot.pid < 0) throw base::SystemError("cannot fork an executor", EAGAIN);
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
    if (static_cast<ZygoteMessage>(message.type) == ZygoteMessage::died) {
      on_death(static_cast<int>(message.value), static_cast<int>(message.slot), listener);
      continue;
    }
    const int pid = static_cast<int>(message.value);
    if (pid < 0) throw base::SystemError("cannot fork an executor", EAGAIN);
    if (hosts_.contains(message.slot)) hosts_.at(message.slot).pid = pid;
    // A cold executor's slot was promised to host `slot` before its pid was known.
    for (Slot& slot : slots_)
      if (slot.pid == -static_cast<int>(message.slot) - 1) {
        slot.pid = pid;
        hosts_.erase(message.slot);
      }
  }
}

void ProcessPool::on_death(int pid, int status, PoolListener& listener) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].pid == pid) return on_executor_death(base::SlotId{i}, status, listener);
  const auto host = std::ranges::find_if(hosts_, [&](const auto& h) { return h.second.pid == pid; });
  if (host == hosts_.end()) {
    early_deaths_[pid] = status;
    return;
  }
  const std::uint32_t id = host->first;
  poll_host(id, listener);  // its last answers
  watcher_.remove(hosts_.at(id).control.get());
  hosts_.erase(id);
  if (id == template_ && !setup_failed_) on_template_death(status, listener);
}

void ProcessPool::on_template_death(int status, PoolListener& listener) {
  if (mode_ == Mode::warm) {  // killed from outside: make another, which will be asked for what this one owes
    for (Slot& slot : slots_)
      if (slot.pid == -1) slot.link.reset();
    mode_ = Mode::unknown;
    load(settings_);
    tell(hosts_.at(template_), HostMessage::report);
    return;
  }
  setup_failed_ = true;
  base::Failure failure = death_failure(status, {});
  failure.kind = base::FailureKind::init;
  failure.message += " while it loaded the init code";
  failure.rank = settings_.rank;
  failure.host = settings_.host;
  listener.on_setup_failed(failure);
}

void ProcessPool::on_executor_death(base::SlotId id, int status, PoolListener& listener) {
  Slot& slot = slots_.at(id.value);
  slot.link->poll(listener, id);
  const bool was_ready = slot.link->ready();
  base::Failure cause = death_failure(status, slot.link->last_words());
  cause.rank = settings_.rank;
  cause.host = settings_.host;
  cause.pid = slot.pid;
  slot.link->report_losses(listener, cause);
  slot.link.reset();
  slot.pid = -1;
  slot.failed_starts = was_ready ? 0 : slot.failed_starts + 1;
  if (slot.failed_starts >= max_failed_starts && !setup_failed_) {
    setup_failed_ = true;
    cause.kind = base::FailureKind::init;
    listener.on_setup_failed(cause);
  }
  report_slots(listener);
  if (mode_ != Mode::unknown) fill_slots();
}

}  // namespace mproc::exec
