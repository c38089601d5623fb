#include "mproc/exec/hosts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "mproc/base/error.hpp"
#include "mproc/exec/capture.hpp"

namespace mproc::exec {
namespace {

template <class T>
base::Bytes packed(const T& value) {
  base::Bytes bytes;
  base::pack_to(bytes, value);
  return bytes;
}

}  // namespace

Hosts::Hosts(Zygote zygote, const base::SharedMemory& bell, base::Watcher& watcher)
    : zygote_(std::move(zygote)), bell_(::fcntl(bell.fd(), F_DUPFD_CLOEXEC, 0)), watcher_(watcher) {
  watcher_.add(zygote_.socket.get());
}

Hosts::~Hosts() {
  for (auto& [id, host] : hosts_) watcher_.remove(host.control.get());
  watcher_.remove(zygote_.socket.get());
  end_zygote(zygote_);
}

void Hosts::load(const HostSettings& settings) {
  settings_ = settings;
  if (settings_.forkable) return replace_template();
  state_ = Template::cold;
}

void Hosts::replace_template() {
  template_ = spawn();
  replay(template_, {});
}

void Hosts::share(const ArrayPlace& place) {
  shared_.insert_or_assign(place.array.name, place);
  if (template_ != 0) tell(template_, HostMessage::share, packed(place));
}

void Hosts::unshare(const std::string& name) {
  shared_.erase(name);
  if (template_ != 0) tell(template_, HostMessage::unshare, packed(name));
}

void Hosts::init(const job::InitBlock& block) {
  init_.push_back(block);
  if (template_ != 0) tell(template_, HostMessage::init, packed(block));
}

void Hosts::prepare(const job::MapSpec& spec, bool late) {
  maps_.push_back({spec, late});
  if (template_ != 0) tell_prepare(template_, maps_.back());
}

void Hosts::forget(base::MapId map) {
  std::erase_if(maps_, [&](const Map& known) { return known.spec.map == map.value; });
  if (template_ != 0)
    tell(hosts_.at(template_), {static_cast<std::uint32_t>(HostMessage::forget), 0, map.value, {}, {}});
}

bool Hosts::ask_template() {
  if (template_ == 0) return false;
  state_ = Template::loading;
  tell(template_, HostMessage::report);
  return true;
}

void Hosts::fork(std::uint32_t slot, const Place& place, const std::vector<int>& memory) {
  tell(template_, HostMessage::fork, packed(place), slot, memory);
}

HostId Hosts::become(std::uint32_t slot, const Place& place, const std::vector<int>& memory) {
  // The template that turned out not to be forkable is as good an executor as any: use it first.
  HostId host = std::exchange(template_, 0);
  if (host == 0) {
    host = spawn();
    replay(host, place);
  }
  tell(host, HostMessage::become, packed(place), slot, memory);
  return host;
}

HostId Hosts::spawn() {
  SocketPair ends = make_socket_pair();
  const HostId id = ++last_;
  base::Fd capture = make_capture("mproc-host");
  const SocketMessage message{static_cast<std::uint32_t>(ZygoteMessage::spawn), id, 0, {}, {}};
  if (!send_message(zygote_.socket.get(), message, {ends.there.get(), bell_.get(), capture.get()}))
    throw base::SystemError("cannot reach the process that starts executors", EPIPE);
  watcher_.add(ends.here.get());
  hosts_[id] = {std::move(ends.here), std::move(capture), -1, {}};
  return id;
}

void Hosts::replay(HostId host, const Place& place) {
  HostSettings settings = settings_;
  settings.env.insert(settings.env.end(), place.env.begin(), place.env.end());
  tell(host, HostMessage::settings, packed(settings));
  for (const auto& [name, shared] : shared_) tell(host, HostMessage::share, packed(shared));
  for (const auto& block : init_) tell(host, HostMessage::init, packed(block));
  for (const auto& map : maps_) tell_prepare(host, map);
}

void Hosts::tell(HostId host, HostMessage type, base::Bytes payload, std::uint32_t slot,
                 const std::vector<int>& fds) {
  tell(hosts_.at(host), {static_cast<std::uint32_t>(type), slot, 0, std::move(payload), {}}, fds);
}

void Hosts::tell_prepare(HostId host, const Map& map) {
  tell(hosts_.at(host),
       {static_cast<std::uint32_t>(HostMessage::prepare), 0, map.late ? 1 : 0, packed(map.spec), {}});
}

/// A host that is gone is noticed by its death, not here.
void Hosts::tell(HostProcess& host, SocketMessage message, const std::vector<int>& fds) {
  if (host.untold.empty() && offer_message(host.control.get(), message, fds)) return;
  for (const int fd : fds) message.fds.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  host.untold.push_back(std::move(message));
}

void Hosts::flush() {
  for (auto& [id, host] : hosts_)
    for (; !host.untold.empty(); host.untold.pop_front()) {
      const SocketMessage& next = host.untold.front();
      std::vector<int> fds;
      for (const base::Fd& fd : next.fds) fds.push_back(fd.get());
      if (!offer_message(host.control.get(), next, fds)) break;
    }
}

std::string Hosts::last_words(HostId host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? std::string() : drain_capture(found->second.capture.get());
}

void Hosts::forget(HostId id) {
  const auto host = hosts_.extract(id);
  if (host.empty()) return;
  watcher_.remove(host.mapped().control.get());
  if (is_template(id)) template_ = 0;
}

void Hosts::kill(int pid) {
  send_message(zygote_.socket.get(), {static_cast<std::uint32_t>(ZygoteMessage::kill), 0, pid, {}, {}});
}

void Hosts::ask_for_stack(int pid) {
  send_message(zygote_.socket.get(),
               {static_cast<std::uint32_t>(ZygoteMessage::ask_for_stack), 0, pid, {}, {}});
}

void Hosts::poll(std::vector<HostEvent>& events) {
  for (auto& [id, host] : hosts_) poll_host(id, events);
  poll_zygote(events);
}

void Hosts::poll_host(HostId id, std::vector<HostEvent>& events) {
  SocketMessage message;
  while (receive_message(hosts_.at(id).control.get(), message, false) == Received::message)
    take(id, message, events);
}

void Hosts::take(HostId id, const SocketMessage& message, std::vector<HostEvent>& events) {
  switch (static_cast<HostMessage>(message.type)) {
    case HostMessage::failed:
      events.push_back(LoadFailed{id, base::unpack_as<base::Failure>(message.payload)});
      return;
    case HostMessage::state:
      if (!is_template(id)) return;
      state_ = message.value != 0 ? Template::warm : Template::cold;
      events.push_back(TemplateLoaded{});
      return;
    case HostMessage::forked:
      events.push_back(Forked{message.slot, static_cast<int>(message.value)});
      return;
    default:
      throw base::DecodeError("unknown message from an executor's host");
  }
}

void Hosts::poll_zygote(std::vector<HostEvent>& events) {
  SocketMessage message;
  for (;;) {
    const Received received = receive_message(zygote_.socket.get(), message, false);
    if (received == Received::closed)
      throw base::SystemError("the process that starts executors died", EPIPE);
    if (received == Received::nothing) return;
    if (static_cast<ZygoteMessage>(message.type) == ZygoteMessage::died)
      on_died(static_cast<int>(message.value), static_cast<int>(message.slot), events);
    else
      on_spawned(message.slot, static_cast<int>(message.value), events);
  }
}

void Hosts::on_spawned(HostId id, int pid, std::vector<HostEvent>& events) {
  const auto host = hosts_.find(id);
  if (host == hosts_.end()) return;
  if (pid < 0) {
    events.push_back(NotSpawned{id, -pid});
    return;
  }
  host->second.pid = pid;
  events.push_back(Spawned{id, pid});
}

void Hosts::on_died(int pid, int status, std::vector<HostEvent>& events) {
  const auto host = std::ranges::find_if(hosts_, [&](const auto& h) { return h.second.pid == pid; });
  const HostId id = host == hosts_.end() ? 0 : host->first;
  if (id != 0) poll_host(id, events);  // its last answers
  events.push_back(Died{pid, status, id});
}

}  // namespace mproc::exec
