#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace mproc::base {

/// An integer that cannot be mistaken for another kind of integer.
template <class Tag, class T>
struct Id {
  using value_type = T;
  T value{};
  friend constexpr auto operator<=>(Id, Id) = default;
};

using Rank = Id<struct RankTag, std::int32_t>;         ///< MPI rank; 0 is central
using MapId = Id<struct MapTag, std::uint32_t>;        ///< one map of a session
using StageId = Id<struct StageTag, std::uint32_t>;    ///< stage of a map
using ChunkId = Id<struct ChunkTag, std::uint64_t>;    ///< unique within a session, never reused
using Attempt = Id<struct AttemptTag, std::uint32_t>;  ///< 0 for the first try of a task
using Epoch = Id<struct EpochTag, std::uint32_t>;      ///< how often the run was taken up; 1 for the first
using SlotId = Id<struct SlotTag, std::uint32_t>;      ///< executor's place within its worker

inline constexpr Rank central_rank{0};

/// Which list of tasks: tasks are numbered (map, stage, index).
struct StageKey {
  MapId map;
  StageId stage;
  friend constexpr auto operator<=>(const StageKey&, const StageKey&) = default;
};

/// Consecutive tasks [first, first + count) of one stage.
struct TaskRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  constexpr std::uint64_t end() const { return first + count; }
  friend constexpr auto operator<=>(const TaskRange&, const TaskRange&) = default;
};

}  // namespace mproc::base

template <class Tag, class T>
struct std::hash<mproc::base::Id<Tag, T>> {
  std::size_t operator()(mproc::base::Id<Tag, T> id) const noexcept { return std::hash<T>{}(id.value); }
};
