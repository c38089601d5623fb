#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/node_memory.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/job/data.hpp"
#include "mproc/job/demand.hpp"
#include "mproc/job/kernel.hpp"

namespace mproc::wire {

/// What travels between central and workers. A message is a fixed prefix (magic, version, type, the head's
/// size in 32 bits, the payload's in 64), a MessagePack head and a payload of raw bytes, which is never
/// copied into the head.
inline constexpr std::uint8_t version = 1;

enum class Type : std::uint8_t {
  hello = 1,
  setup = 2,
  init = 3,
  map = 4,
  slots = 5,
  setup_failed = 6,
  chunk = 7,
  block = 8,
  recall = 9,
  taken_back = 10,
  chunk_lost = 11,
  drain = 12,
  stop = 13,
  heartbeat = 14,
  start = 15,
  parent = 16,
  child_gone = 17,
  follow = 18,
  entries = 19,
  share = 20,
  forget = 21,
  piece = 22,
  piece_taken = 23,
  given_up = 24,
  end_tasks = 25,
  forget_maps = 26,
  skip = 27,
  // between a driver and central: driver_message.hpp
  driver_init = 32,
  open_map = 33,
  items = 34,
  close_map = 35,
  cancel_map = 36,
  crew = 37,
  driver_setup_failed = 38,
  task_outcomes = 39,
  map_done = 40,
  warning = 41,
  share_taken = 42,
  ask_state = 43,
  session_state = 44,
};

/// Worker to central, first of all.
struct Hello {
  static constexpr Type type = Type::hello;
  std::string host;
  std::int64_t pid = 0;
  std::string node;  ///< equal for ranks that reach each other's memory
  MSGPACK_DEFINE(host, pid, node)
};

/// What every worker gets, all in the same order, are entries: Setup, Init, Map, Start, Share, Forget and
/// ForgetMaps.
/// They travel along a tree: each worker gets them from its parent, and passes them on (run::Relay).

/// Entry, the first one: the executors' environment, and what each takes of its node. Init code is loaded as
/// it comes from here on.
struct Setup {
  static constexpr Type type = Type::setup;
  std::vector<std::pair<std::string, std::string>> env;
  job::Demand demand;
  std::uint64_t recycle = 0;  ///< tasks that an executor runs at most; 0: no limit
  MSGPACK_DEFINE(env, demand, recycle)
};

/// Entry: start executors, once what came by Init and Map so far is loaded.
struct Start {
  static constexpr Type type = Type::start;
  std::uint32_t executors = 1;           ///< of each worker; 0: what fits its part of the node
  std::uint32_t all = 0;                 ///< of all workers, the last of which has fewer; 0: no limit
  std::vector<std::uint32_t> each = {};  ///< where they differ: of each worker, in the place of both
  MSGPACK_DEFINE(executors, all, each)
};

/// Entry.
struct Init {
  static constexpr Type type = Type::init;
  job::InitBlock block;
  MSGPACK_DEFINE(block)
};

/// Entry.
struct Map {
  static constexpr Type type = Type::map;
  job::MapSpec spec;
  MSGPACK_DEFINE(spec)
};

/// Entry: a shared array. Where its elements are, for a child on its parent's node; else they follow in
/// pieces, with no entry between them.
struct Share {
  static constexpr Type type = Type::share;
  job::ArraySpec array;
  base::MemoryAddress memory;  ///< pid 0: none
  MSGPACK_DEFINE(array, memory)
};

/// Entry: the shared array of this name is not wanted any more. Without a name: nothing; it stands in the
/// place of an array that was forgotten.
struct Forget {
  static constexpr Type type = Type::forget;
  std::string name;
  MSGPACK_DEFINE(name)
};

/// Entry: no task of these maps will come any more.
struct ForgetMaps {
  static constexpr Type type = Type::forget_maps;
  std::vector<std::uint32_t> maps;
  MSGPACK_DEFINE(maps)
};

/// Parent to child: the next entry is the one with this number; those before it are not needed any more.
struct Skip {
  static constexpr Type type = Type::skip;
  std::uint64_t next = 0;
  MSGPACK_DEFINE(next)
};

/// Parent to child; payload: the next bytes of the array that Share has announced.
struct Piece {
  static constexpr Type type = Type::piece;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

/// Child to parent, for each Piece: few are under way at a time.
struct PieceTaken {
  static constexpr Type type = Type::piece_taken;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

/// Central to worker: whom it gets entries from; the one before is dead. (At first: from central.)
struct Parent {
  static constexpr Type type = Type::parent;
  std::int32_t rank = 0;
  bool same_node = false;
  MSGPACK_DEFINE(rank, same_node)
};

/// Central to worker: a child of its is dead.
struct ChildGone {
  static constexpr Type type = Type::child_gone;
  std::int32_t rank = 0;
  MSGPACK_DEFINE(rank)
};

/// Child to its new parent: it has `next` entries, and `bytes` of the array that comes then.
struct Follow {
  static constexpr Type type = Type::follow;
  std::uint64_t next = 0, bytes = 0;
  bool same_node = false;
  MSGPACK_DEFINE(next, bytes, same_node)
};

/// Parent to child, as the answer to Follow: entries come now as it has asked.
struct Entries {
  static constexpr Type type = Type::entries;
  std::uint64_t next = 0;
  MSGPACK_DEFINE(next)
};

/// Worker to central: how many of its executors take chunks now.
struct Slots {
  static constexpr Type type = Type::slots;
  std::uint32_t ready = 0;
  MSGPACK_DEFINE(ready)
};

struct SetupFailed {
  static constexpr Type type = Type::setup_failed;
  base::Failure failure;
  MSGPACK_DEFINE(failure)
};

/// Worker to central: one of its executors could not be started and is given up; `left` are not.
struct GivenUp {
  static constexpr Type type = Type::given_up;
  std::uint32_t slot = 0, left = 0;
  base::Failure cause;
  MSGPACK_DEFINE(slot, left, cause)
};

/// Central to worker; payload: the items.
struct Chunk {
  static constexpr Type type = Type::chunk;
  std::uint64_t chunk = 0;
  std::uint32_t map = 0, stage = 0;
  std::uint64_t first = 0, count = 0;
  std::uint32_t attempt = 0;
  std::uint64_t after = 0;  ///< entries that the worker has to have before: they come another way
  MSGPACK_DEFINE(chunk, map, stage, first, count, attempt, after)
};

/// Worker to central; payload: an encoded OutcomeBlock.
struct Block {
  static constexpr Type type = Type::block;
  std::uint64_t chunk = 0;
  std::uint32_t map = 0, stage = 0;
  std::uint32_t slot = 0;
  MSGPACK_DEFINE(chunk, map, stage, slot)
};

/// Central to worker: give back what of the chunk is not started from position `keep` on.
struct Recall {
  static constexpr Type type = Type::recall;
  std::uint64_t chunk = 0;
  std::uint32_t keep = 0;
  MSGPACK_DEFINE(chunk, keep)
};

/// Central to worker: nobody waits for the map's tasks any more: end those that run still.
struct EndTasks {
  static constexpr Type type = Type::end_tasks;
  std::uint32_t map = 0;
  MSGPACK_DEFINE(map)
};

/// Worker to central: these tasks of the chunk are not run here (count 0: none were left).
struct TakenBack {
  static constexpr Type type = Type::taken_back;
  std::uint64_t chunk = 0;
  std::uint64_t first = 0, count = 0;
  MSGPACK_DEFINE(chunk, first, count)
};

/// Worker to central: the executor died with this chunk.
struct ChunkLost {
  static constexpr Type type = Type::chunk_lost;
  std::uint64_t chunk = 0;
  bool was_running = false;
  std::uint64_t running = 0;  ///< the task that it was at
  base::Failure cause;
  MSGPACK_DEFINE(chunk, was_running, running, cause)
};

/// Central to worker: give back all that is not started, start nothing more.
struct Drain {
  static constexpr Type type = Type::drain;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

/// Central to worker: end.
struct Stop {
  static constexpr Type type = Type::stop;
  bool lossy = false;  ///< a rank was lost: leave without MPI_Finalize
  MSGPACK_DEFINE(lossy)
};

struct Heartbeat {
  static constexpr Type type = Type::heartbeat;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

namespace detail {
/// Prefix and head of a message whose payload of `payload_bytes` follows.
base::Bytes frame(Type type, base::ByteView head, std::size_t payload_bytes);
void announce_payload(base::Bytes& message, std::size_t payload_bytes);
}  // namespace detail

/// All of a message but its payload, which the caller puts behind it.
template <class Message>
base::Bytes encode_head(const Message& message, std::size_t payload_bytes) {
  base::Bytes head;
  base::pack_to(head, message);
  return detail::frame(Message::type, head, payload_bytes);
}

template <class Message>
base::Bytes encode(const Message& message, base::ByteView payload = {}) {
  base::Bytes bytes = encode_head(message, payload.size());
  bytes.reserve(bytes.size() + payload.size());
  base::append(bytes, payload);
  return bytes;
}

/// With the payload that `append` appends to the bytes it is given.
template <class Message, class Append>
base::Bytes encode_appending(const Message& message, Append&& append) {
  base::Bytes bytes = encode_head(message, 0);
  const std::size_t head = bytes.size();
  append(bytes);
  detail::announce_payload(bytes, bytes.size() - head);
  return bytes;
}

/// A checked view of a message's parts.
struct Parts {
  Type type{};
  base::ByteView head, payload;
};
/// Throws DecodeError for foreign bytes, another version, and sizes that do not add up.
Parts split(base::ByteView bytes);

/// A message's payload: what came with it in shared memory, else what follows its head.
inline base::PayloadView payload_of(const Parts& parts, const base::SharedBytes& shared) {
  return shared ? base::PayloadView(shared) : base::PayloadView(parts.payload);
}

template <class Message>
Message decode(const Parts& parts) {
  return base::unpack_as<Message>(parts.head);
}

}  // namespace mproc::wire
