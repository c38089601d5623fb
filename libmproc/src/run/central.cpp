#include "mproc/run/central.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "mproc/base/time.hpp"

namespace mproc::run {
namespace {

constexpr int messages_per_step = 256;

}  // namespace

Central::Central(Environment environment, std::vector<std::pair<std::string, std::string>> variables,
                 Listener& listener)
    : env_(std::move(environment)),
      listener_(listener),
      tree_(env_.node),
      relay_(env_.channel),
      started_ns_(base::monotonic_ns()),
      last_beat_ns_(started_ns_) {
  add(wire::Setup{std::move(variables), env_.demand, env_.recycle});
}

std::vector<base::Rank> Central::peers() const {
  std::vector<base::Rank> ranks;
  for (base::Rank rank{1}; rank.value < env_.channel.size(); ++rank.value)
    if (!lost_.contains(rank)) ranks.push_back(rank);
  return ranks;
}

std::uint32_t Central::executors() const {
  std::uint32_t all = 0;
  for (const auto& [rank, worker] : workers_) all += worker.executors;
  return all;
}

wire::SessionState Central::state() const {
  wire::SessionState state{
      .lost_workers = lost_.size(), .lost_executors = lost_executors_, .busy_ns = busy_ns_};
  for (const auto& [rank, worker] : workers_)
    state.workers.push_back(
        {rank.value, worker.hello.host, worker.hello.pid, worker.executors, worker.tasks, worker.busy_ns});
  return state;
}

void Central::init(const job::InitBlock& block) {
  add(wire::Init{block});
}

void Central::share(const job::ArraySpec& array, std::shared_ptr<const base::NodeMemory> memory) {
  relay_.drop_array(array.name);
  relay_.append(array, std::move(memory));
}

void Central::unshare(const std::string& name) {
  relay_.drop_array(name);
  add(wire::Forget{name});
}

void Central::prepare(const job::MapSpec& spec) {
  relay_.append(wire::encode(wire::Map{spec}), spec.map);
}

void Central::forget(base::MapId map) {
  unwanted_maps_.push_back(map.value);
}

/// A map that was cancelled may have chunks that run still.
void Central::forget_maps() {
  std::set<std::uint32_t> busy;
  for (const auto& [id, chunk] : chunks_) busy.insert(chunk.stage.map.value);
  const auto idle = std::partition(unwanted_maps_.begin(), unwanted_maps_.end(),
                                   [&](std::uint32_t map) { return busy.contains(map); });
  const std::vector<std::uint32_t> maps(idle, unwanted_maps_.end());
  unwanted_maps_.erase(idle, unwanted_maps_.end());
  if (!maps.empty()) relay_.drop_maps(maps, wire::encode(wire::ForgetMaps{maps}));
}

void Central::start() {
  add(wire::Start{env_.executors_per_worker, env_.executors, env_.executors_each});
}

void Central::open(base::StageKey key, schedule::StageOptions options, Stage& stage) {
  stages_[key] = {&stage, options.retries};
  scheduler_.open_stage(key, options);
}

void Central::cancel(base::StageKey key, bool end) {
  stages_.erase(key);
  forget_losses(key);
  scheduler_.drain(key);
  for (const auto& [id, chunk] : chunks_)
    if (chunk.stage == key) tell(chunk.worker, wire::Recall{id.value, 0});
  if (end) tell_all(wire::EndTasks{key.map.value});
}

bool Central::step(bool descriptors) {
  bool any = false;
  for (int i = 0; i < messages_per_step && !stopped_; ++i) {
    const auto message = env_.channel.receive();
    if (!message) break;
    handle(*message);
    any = true;
  }
  if (descriptors && !stopped_) any |= lose_dead_workers();
  if (!stopped_ && !draining_)
    for (const auto& [key, open] : stages_) any |= open.stage->feed(scheduler_);
  if (!stopped_) carry_out_actions();
  if (!stopped_) keep_house();
  return any;
}

void Central::handle(const comm::Message& message) {
  const auto parts = wire::split(message.body);
  if (parts.type == wire::Type::hello) return greet(message.from, wire::decode<wire::Hello>(parts));
  const auto worker = workers_.find(message.from);
  if (worker == workers_.end()) return;  // lost; its last words come late
  worker->second.heard_ns = base::monotonic_ns();
  switch (parts.type) {
    case wire::Type::slots:
      return on_slots(message.from, wire::decode<wire::Slots>(parts).ready);
    case wire::Type::setup_failed:
      return on_setup_failed(message.from, wire::decode<wire::SetupFailed>(parts).failure);
    case wire::Type::given_up:
      return on_given_up(message.from, wire::decode<wire::GivenUp>(parts));
    case wire::Type::block:
      return on_block(message.from, wire::decode<wire::Block>(parts),
                      wire::payload_of(parts, message.payload));
    case wire::Type::taken_back:
      return on_taken_back(message.from, wire::decode<wire::TakenBack>(parts));
    case wire::Type::chunk_lost:
      return on_chunk_lost(message.from, wire::decode<wire::ChunkLost>(parts));
    case wire::Type::follow:
      return relay_.follow(message.from, wire::decode<wire::Follow>(parts));
    case wire::Type::piece_taken:
      return relay_.taken(message.from);
    case wire::Type::heartbeat:
      return;
    default:
      throw base::DecodeError("message that is not for central");
  }
}

void Central::greet(base::Rank rank, const wire::Hello& hello) {
  WorkerState& worker = workers_[rank];
  worker.hello = hello;
  worker.heard_ns = base::monotonic_ns();
  const auto pid = env_.channel.local_pid(rank);
  if (pid) worker.pidfd = base::open_pidfd(*pid);
  const bool died = pid && !worker.pidfd && errno == ESRCH;  // before its hello was read
  if (worker.pidfd) env_.watcher.add(worker.pidfd.get());
  if (!draining_) place(tree_.add(rank, hello.node));
  if (died) lose(rank, "its process died");
}

/// Whom the worker gets entries from. It need not be told that it gets them from central at first.
void Central::place(const Tree::Link& link) {
  if (link.parent == base::central_rank)
    relay_.follow(link.child, {0, 0, link.same_node});
  else
    tell(link.child, wire::Parent{link.parent.value, link.same_node});
}

void Central::on_slots(base::Rank rank, std::uint32_t ready) {
  workers_.at(rank).executors = ready;
  scheduler_.worker_ready(rank, ready);
}

void Central::on_setup_failed(base::Rank rank, const base::Failure& failure) {
  WorkerState& worker = workers_.at(rank);
  worker.set_up = false;
  worker.executors = 0;
  scheduler_.worker_ready(rank, 0);
  listener_.on_setup_failed(rank, worker.hello.host, failure, hopeful_workers());
}

void Central::on_given_up(base::Rank rank, const wire::GivenUp& given_up) {
  std::string text =
      fmt::format("executor {} of rank {} on {} does not start and is given up ({} left): {}", given_up.slot,
                  rank.value, workers_.at(rank).hello.host, given_up.left, given_up.cause.summary());
  if (!given_up.cause.traceback.empty()) text += "\n" + given_up.cause.traceback;
  text.erase(text.find_last_not_of('\n') + 1);
  env_.observer.warning(text);
  listener_.on_event(text);
}

std::size_t Central::hopeful_workers() const {
  const auto failed = std::ranges::count_if(workers_, [](const auto& w) { return !w.second.set_up; });
  return static_cast<std::size_t>(env_.channel.size() - 1) - lost_.size() - static_cast<std::size_t>(failed);
}

bool Central::lose_dead_workers() {
  std::vector<base::Rank> dead;
  for (const auto& [rank, worker] : workers_)
    if (worker.pidfd && base::has_ended(worker.pidfd)) dead.push_back(rank);
  for (const base::Rank rank : dead) lose(rank, "its process died");
  return !dead.empty();
}

void Central::lose(base::Rank rank, const std::string& why) {
  const auto worker = workers_.extract(rank);
  lost_.insert(rank);
  if (worker.mapped().pidfd) env_.watcher.remove(worker.mapped().pidfd.get());
  env_.channel.forget(rank);
  replace_in_tree(rank);
  const std::string& host = worker.mapped().hello.host;
  std::vector<std::pair<base::StageKey, std::uint64_t>> running;
  for (const ChunkState& chunk : take_running(rank, worker.mapped().executors)) {
    running.emplace_back(chunk.stage, chunk.next);
    note_loss(chunk.stage, chunk.next, chunk.attempt,
              {.kind = base::FailureKind::lost,
               .message = "its worker rank was lost",
               .host = host,
               .rank = rank.value});
  }
  scheduler_.worker_lost(rank, running);
  const std::string text =
      fmt::format("rank {} on {} is lost ({}); its tasks run elsewhere", rank.value, host, why);
  env_.observer.warning(text);
  listener_.on_event(text);
  if (hopeful_workers() == 0 && !stopped_) listener_.on_no_worker("no worker rank is left");
}

/// Those that got entries from it get them from another rank; who gave it entries need not any more.
void Central::replace_in_tree(base::Rank rank) {
  if (!tree_.contains(rank)) return;
  const base::Rank parent = tree_.parent(rank);
  if (parent == base::central_rank)
    relay_.leave(rank);
  else
    tell(parent, wire::ChildGone{rank.value});
  for (const Tree::Link& link : tree_.remove(rank))
    tell(link.child, wire::Parent{link.parent.value, link.same_node});
}

/// Forgets the rank's chunks; returns the tasks that it may have been at when it was lost: what its executors
/// had not reported of their oldest chunks.
std::vector<Central::ChunkState> Central::take_running(base::Rank rank, std::uint32_t executors) {
  std::vector<ChunkState> running;
  std::erase_if(chunks_, [&](const auto& chunk) {
    const ChunkState& state = chunk.second;
    if (state.worker != rank) return false;
    if (running.size() < executors) running.push_back(state);
    return true;
  });
  return running;
}

void Central::drain() {
  draining_ = true;
  scheduler_.drain();
  tell_all(wire::Drain{});
}

void Central::stop() {
  stopped_ = true;
  tell_all(wire::Stop{lossy()});
}

void Central::keep_house() {
  const std::int64_t now = base::monotonic_ns(), step = now - last_beat_ns_;
  if (step < base::second_ns) return;
  // Central itself was stopped, as a job is that Slurm suspends: so long nobody could be heard.
  if (step > base::second_ns + env_.silence.count() / 4) {
    started_ns_ += step;
    for (auto& [rank, worker] : workers_) worker.heard_ns += step;
  }
  last_beat_ns_ = now;
  forget_maps();
  const bool none = std::ranges::none_of(workers_, [](const auto& w) { return w.second.set_up; });
  const double limit = std::chrono::duration<double>(env_.silence).count();
  if (none && now - started_ns_ > env_.silence.count())
    return listener_.on_no_worker(fmt::format("no worker rank has come within {} s", limit));
  std::vector<base::Rank> silent;
  for (const auto& [rank, worker] : workers_) {
    // One on this host sees central's end by its pidfd; but that it lives does not mean that it works.
    if (!worker.pidfd) tell(rank, wire::Heartbeat{});
    if (now - worker.heard_ns > env_.silence.count()) silent.push_back(rank);
  }
  for (const base::Rank rank : silent) lose(rank, fmt::format("nothing heard from it for {} s", limit));
}

}  // namespace mproc::run
