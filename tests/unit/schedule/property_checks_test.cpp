// What must hold after every event of a random session.
#include <algorithm>

#include "unit/schedule/world.hpp"

namespace mproc::schedule {

std::uint64_t World::executors() const {
  std::uint64_t sum = 0;
  for (const auto& [rank, member] : members_) sum += member.executors;
  return sum;
}

std::uint64_t World::idle() const {
  std::uint64_t sum = 0;
  for (const auto& [rank, member] : members_) {
    if (member.executors > member.chunks.size()) sum += member.executors - member.chunks.size();
  }
  return sum;
}

std::uint64_t World::pending() const {
  std::uint64_t sum = 0;
  for (const auto& [key, input] : inputs_) {
    if (!input.drained) sum += input.tasks.size() - input.finals - input.out;
  }
  return sum;
}

void World::set_final(Input& input, Task& task) {
  ASSERT_EQ(task.state, State::out);
  task.state = State::final;
  --input.out;
  ++input.finals;
}

void World::return_tasks(base::StageKey stage, base::TaskRange tasks) {
  Input& input = inputs_[stage];
  for (std::uint64_t task = tasks.first; task < tasks.end(); ++task) {
    ASSERT_EQ(input.tasks.at(task).state, State::out);
    input.tasks[task].state = State::pending;
    --input.out;
  }
}

void World::absorb() {
  const std::uint64_t most = pending() + executors() + must_fail_.size() + inputs_.size();
  const auto actions = scheduler_.take_actions();
  ASSERT_LE(actions.size(), most);
  for (const Action& action : actions) {
    std::visit([this](const auto& a) { on(a); }, action);
    if (::testing::Test::HasFatalFailure()) return;
  }
  ASSERT_TRUE(must_fail_.empty());
  check_counts();
}

void World::on(const Send& send) {
  const auto member = members_.find(send.worker);
  ASSERT_TRUE(member != members_.end());
  ASSERT_GT(member->second.executors, 0u);
  ASSERT_TRUE(seen_.insert(send.chunk).second);
  Input& input = inputs_.at(send.stage);
  ASSERT_FALSE(input.drained);
  ASSERT_GT(send.tasks.count, 0u);
  for (std::uint64_t index = send.tasks.first; index < send.tasks.end(); ++index) {
    ASSERT_TRUE(input.tasks.contains(index));
    Task& task = input.tasks[index];
    ASSERT_EQ(task.state, State::pending);
    ASSERT_EQ(task.failures, send.attempt.value);
    if (task.failures + task.losses > 0) {
      ASSERT_EQ(send.tasks.count, 1u);
    }
    task.state = State::out;
  }
  input.out += send.tasks.count;
  Held held;
  held.stage = send.stage;
  held.first = send.tasks.first;
  held.left = send.tasks;
  held.attempt = send.attempt.value;
  held.task_bytes = input.task_bytes;
  member->second.chunks.emplace(send.chunk, held);
  check_credit(member->second, send);
}

void World::check_credit(const Member& member, const Send& send) {
  const Input& input = inputs_.at(send.stage);
  const double task_ns = scheduler_.task_ns(send.stage);
  EXPECT_LE(send.tasks.count, policy_.max_chunk_tasks);
  if (send.tasks.count > 1) {
    EXPECT_LE(send.tasks.count * input.task_bytes, policy_.max_chunk_bytes);
    if (input.options.chunk > 0) {
      EXPECT_LE(send.tasks.count, input.options.chunk);
    } else {
      EXPECT_GT(task_ns, 0);
      EXPECT_LE(static_cast<double>(send.tasks.count) * task_ns,
                1.001 * static_cast<double>(policy_.target_chunk_ns));
    }
  }
  if (member.chunks.size() <= member.executors) return;
  double ahead_ns = 0;
  std::uint64_t bytes = 0;
  for (const auto& [id, held] : member.chunks) {
    ahead_ns += static_cast<double>(held.left.count) * scheduler_.task_ns(held.stage);
    bytes += held.left.count * held.task_bytes;
  }
  EXPECT_LE(bytes, policy_.max_bytes_ahead);
  if (member.chunks.size() <= std::uint64_t{member.executors} * policy_.min_chunks_ahead) return;
  EXPECT_GT(task_ns, 0);
  EXPECT_LE(member.chunks.size(), member.executors * 4096u);
  EXPECT_LE(ahead_ns, 1.001 * static_cast<double>(policy_.credit_ns) * member.executors);
}

void World::on(const Recall& recall) {
  ASSERT_EQ(pending(), 0u);
  auto& chunks = members_.at(recall.worker).chunks;
  const auto at = chunks.find(recall.chunk);
  ASSERT_TRUE(at != chunks.end());
  Held& held = at->second;
  EXPECT_FALSE(held.asked);
  EXPECT_FALSE(held.denied);
  const bool runs = std::distance(chunks.begin(), at) < std::ptrdiff_t{members_[recall.worker].executors};
  EXPECT_GE(held.first + recall.keep, held.left.first + (runs ? 1 : 0));
  EXPECT_LT(held.first + recall.keep, held.left.end());
  held.asked = true;
  held.keep = recall.keep;
  std::uint64_t under_way = 0;
  for (const auto& [rank, member] : members_) {
    for (const auto& [id, other] : member.chunks) under_way += other.asked;
  }
  EXPECT_LE(under_way, idle());
}

void World::on(const FailLost& failed) {
  ASSERT_EQ(must_fail_.erase({failed.stage, failed.task}), 1u);
  Input& input = inputs_.at(failed.stage);
  Task& task = input.tasks.at(failed.task);
  EXPECT_EQ(failed.attempts, task.failures + task.losses);
  EXPECT_EQ(scheduler_.losses(failed.stage, failed.task), task.losses);
  set_final(input, task);
}

void World::on(const StageDone& done) {
  Input& input = inputs_.at(done.stage);
  EXPECT_FALSE(input.done);
  EXPECT_FALSE(input.drained);
  EXPECT_TRUE(input.closed);
  EXPECT_EQ(input.finals, input.tasks.size());
  input.done = true;
}

void World::check_counts() const {
  std::uint64_t out = 0;
  for (const auto& [key, input] : inputs_) {
    out += input.out;
    const std::uint64_t waiting = input.drained ? 0 : input.tasks.size() - input.finals - input.out;
    ASSERT_EQ(scheduler_.pending(key), waiting);
    ASSERT_EQ(input.done, input.closed && !input.drained && input.finals == input.tasks.size());
  }
  ASSERT_EQ(scheduler_.outstanding(), out);
  // Nobody starves beside work.
  if (pending() > 0) {
    ASSERT_EQ(idle(), 0u);
  }
}

void World::check_end() const {
  EXPECT_EQ(scheduler_.outstanding(), 0u);
  for (const auto& [key, input] : inputs_) {
    EXPECT_TRUE(input.done || input.drained);
    EXPECT_EQ(input.out, 0u);
    if (input.drained) continue;
    for (const auto& [index, task] : input.tasks) EXPECT_EQ(task.state, State::final);
  }
}

}  // namespace mproc::schedule
