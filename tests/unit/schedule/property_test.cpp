// The events of a random session, and the properties that hold for every one. What is checked after each
// event is in property_checks_test.cpp.
#include <algorithm>

#include "unit/schedule/world.hpp"

namespace mproc::schedule {

World::World(unsigned seed, Chances chances)
    : random_(seed), chances_(chances), policy_(random_policy()), scheduler_(policy_) {}

Policy World::random_policy() {
  Policy policy;
  policy.max_bytes_ahead = 500 + below(5'000);
  policy.max_chunk_bytes = 100 + below(1'000);
  policy.max_chunk_tasks = 1 + below(200);
  policy.min_chunks_ahead = 1 + static_cast<std::uint32_t>(below(3));
  return policy;
}

void World::random_event() {
  ++events_;
  const std::uint64_t dice = below(100);
  if (dice < 3 || inputs_.empty()) {
    open();
  } else if (dice < 15) {
    const auto at = std::next(inputs_.begin(), static_cast<std::ptrdiff_t>(below(inputs_.size())));
    if (at->second.closed) return;
    chance(0.15) ? close(at->second, at->first) : add(at->second, at->first);
  } else if (dice < 22) {
    join();
  } else if (dice < 24) {
    stale_reports();
  } else if (dice < 25 && chances_.drains) {
    drain();
  } else if (dice < 30 && chances_.accidents) {
    chance(0.7) ? lose_executor() : lose_worker();
  } else {
    step();
  }
}

void World::finish() {
  chances_.accidents = false;
  for (auto& [key, input] : inputs_) {
    if (!input.closed) close(input, key);
  }
  scheduler_.worker_ready({1}, 2);
  members_[{1}].executors = 2;
  absorb();
  std::uint64_t tasks = 0;
  for (const auto& [key, input] : inputs_) tasks += input.tasks.size();
  const std::uint64_t enough = 1'000 + 100 * tasks;
  for (std::uint64_t steps = 0; step() && !::testing::Test::HasFailure(); ++steps) {
    ASSERT_LT(steps, enough) << "the session does not come to its end";
  }
}

void World::open() {
  const base::StageKey key{{++opened_}, {0}};
  Input& input = inputs_[key];
  input.options.retries = static_cast<std::uint32_t>(below(3));
  input.options.lost_retries = static_cast<std::uint32_t>(below(3));
  input.options.chunk = chance(0.3) ? 1 + below(10) : 0;
  input.task_bytes = chance(0.5) ? below(300) : 0;
  input.task_ns = std::int64_t{100} << below(20);
  scheduler_.open_stage(key, input.options);
  if (chance(0.3)) scheduler_.set_total(key, below(500));  // a wrong guess must do no harm
  absorb();
}

void World::add(Input& input, base::StageKey key) {
  const base::TaskRange tasks{input.next + below(3), below(60)};
  input.next = tasks.end();
  scheduler_.add_tasks(key, tasks, tasks.count * input.task_bytes);
  if (!input.drained) {
    for (std::uint64_t task = tasks.first; task < tasks.end(); ++task) input.tasks[task];
  }
  absorb();
}

void World::close(Input& input, base::StageKey key) {
  scheduler_.close_stage(key);
  input.closed = true;
  absorb();
}

void World::drain() {
  if (chance(0.2)) {
    scheduler_.drain();
    for (auto& [key, input] : inputs_) input.drained = input.drained || !input.done;
  } else {
    const auto at = std::next(inputs_.begin(), static_cast<std::ptrdiff_t>(below(inputs_.size())));
    scheduler_.drain(at->first);
    at->second.drained = at->second.drained || !at->second.done;
  }
  absorb();
}

void World::join() {
  const base::Rank rank{1 + static_cast<std::int32_t>(below(6))};
  const auto count = static_cast<std::uint32_t>(below(5));
  scheduler_.worker_ready(rank, count);
  members_[rank].executors = count;
  absorb();
}

World::Member* World::any_loaded(base::Rank& rank) {
  std::vector<base::Rank> loaded;
  for (const auto& [id, member] : members_) {
    if (!member.chunks.empty()) loaded.push_back(id);
  }
  if (loaded.empty()) return nullptr;
  rank = loaded[below(loaded.size())];
  return &members_[rank];
}

bool World::step() {
  base::Rank rank;
  if (!any_loaded(rank)) return false;
  chance(0.4) ? answer_recall() : report();
  return true;
}

void World::report() {
  base::Rank rank;
  Member& member = *any_loaded(rank);
  const std::uint64_t running = std::clamp<std::uint64_t>(member.executors, 1, member.chunks.size());
  const auto at = std::next(member.chunks.begin(), static_cast<std::ptrdiff_t>(below(running)));
  Held& held = at->second;
  Input& input = inputs_[held.stage];
  const base::TaskRange part{held.left.first, chance(0.5) ? held.left.count : 1 + below(held.left.count)};
  std::vector<std::uint32_t> failed;
  for (std::uint32_t i = 0; i < part.count; ++i) {
    if (chances_.accidents && chance(0.1)) failed.push_back(i);
  }
  ASSERT_TRUE(scheduler_.tasks_done(rank, at->first, part, failed,
                                    input.task_ns * static_cast<std::int64_t>(part.count * (1 + below(3)))));
  for (std::uint64_t task = part.first; task < part.end(); ++task) {
    const bool fails =
        std::binary_search(failed.begin(), failed.end(), static_cast<std::uint32_t>(task - part.first));
    if (fails && held.attempt < input.options.retries) {
      input.tasks[task].failures = held.attempt + 1;
      return_tasks(held.stage, {task, 1});
    } else {
      set_final(input, input.tasks[task]);
    }
  }
  held.left = {part.end(), held.left.count - part.count};
  if (held.left.count == 0) member.chunks.erase(at);
  for (auto& [id, other] : member.chunks) other.denied = false;
  absorb();
}

void World::answer_recall() {
  for (auto& [rank, member] : members_) {
    for (auto at = member.chunks.begin(); at != member.chunks.end(); ++at) {
      Held& held = at->second;
      if (!held.asked) continue;
      // Some of what was asked for has been started meanwhile.
      const std::uint64_t from = std::max(held.first + held.keep, held.left.first);
      const std::uint64_t most = held.left.end() > from ? held.left.end() - from : 0;
      const std::uint64_t granted = chance(0.3) ? 0 : chance(0.5) ? most : below(most + 1);
      const base::TaskRange back{held.left.end() - granted, granted};
      ASSERT_TRUE(scheduler_.taken_back(rank, at->first, back));
      held.asked = false;
      held.denied = granted == 0;
      held.left.count -= granted;
      return_tasks(held.stage, back);
      if (held.left.count == 0) member.chunks.erase(at);
      return absorb();
    }
  }
}

void World::lose_chunk(const Held& held, std::optional<std::uint64_t> running) {
  Input& input = inputs_[held.stage];
  for (std::uint64_t task = held.left.first; task < held.left.end(); ++task) {
    const bool charged = task == running && !input.drained;
    if (charged && ++input.tasks[task].losses > input.options.lost_retries) {
      must_fail_.emplace(held.stage, task);
    } else {
      return_tasks(held.stage, {task, 1});
    }
  }
}

void World::lose_executor() {
  base::Rank rank;
  Member* member = any_loaded(rank);
  if (!member) return;
  const auto at = member->chunks.begin();
  std::optional<std::uint64_t> running;
  if (chance(0.8)) running = at->second.left.first + below(at->second.left.count);
  ASSERT_TRUE(scheduler_.executor_lost(rank, at->first, running));
  lose_chunk(at->second, running);
  member->chunks.erase(at);
  for (auto& [id, other] : member->chunks) other.denied = false;
  absorb();
}

void World::lose_worker() {
  if (members_.empty()) return;
  const auto at = std::next(members_.begin(), static_cast<std::ptrdiff_t>(below(members_.size())));
  std::vector<std::pair<base::StageKey, std::uint64_t>> running;
  for (const auto& [id, held] : at->second.chunks) {
    const std::uint64_t task = held.left.first + below(held.left.count);
    const bool charged = chance(0.3);
    if (charged) running.emplace_back(held.stage, task);
    lose_chunk(held, charged ? std::optional(task) : std::nullopt);
  }
  std::shuffle(running.begin(), running.end(), random_);
  scheduler_.worker_lost(at->first, running);
  members_.erase(at);
  absorb();
}

void World::stale_reports() {
  if (seen_.empty()) return;
  const base::ChunkId id = *std::next(seen_.begin(), static_cast<std::ptrdiff_t>(below(seen_.size())));
  for (std::int32_t rank = 1; rank <= 6; ++rank) {
    const auto member = members_.find({rank});
    if (member != members_.end() && member->second.chunks.contains(id)) continue;
    EXPECT_FALSE(scheduler_.tasks_done({rank}, id, {0, 1}, {}, 1));
    EXPECT_FALSE(scheduler_.taken_back({rank}, id, {0, 1}));
    EXPECT_FALSE(scheduler_.executor_lost({rank}, id, 0));
  }
  absorb();
}

namespace {

void play(unsigned seed, World::Chances chances) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  World world(seed, chances);
  const unsigned events = 20 + seed % 300;
  for (unsigned i = 0; i < events && !::testing::Test::HasFailure(); ++i) world.random_event();
  if (!::testing::Test::HasFailure()) world.finish();
  if (!::testing::Test::HasFailure()) world.check_end();
}

#ifdef NDEBUG
constexpr unsigned sessions = 1'000;
#else
constexpr unsigned sessions = 150;  // unoptimised, the model takes ten times as long
#endif

TEST(SchedulerProperties, every_task_gets_one_outcome_whatever_happens) {
  for (unsigned seed = 0; seed < 3 * sessions && !HasFailure(); ++seed) play(seed, {});
}

TEST(SchedulerProperties, a_calm_session_ends_too) {
  for (unsigned seed = 0; seed < sessions && !HasFailure(); ++seed) play(seed, {.accidents = false});
}

TEST(SchedulerProperties, drained_stages_hand_out_nothing_and_disturb_no_other) {
  for (unsigned seed = 0; seed < sessions && !HasFailure(); ++seed) play(seed, {.drains = true});
}

}  // namespace
}  // namespace mproc::schedule
