// Messages between ranks and to drivers: what decodes is the same after its encoding.
#include <tuple>

#include "fuzz.hpp"
#include "mproc/wire/driver_message.hpp"

namespace mproc::fuzz {
namespace {

using namespace mproc::wire;  // NOLINT: every message of it

using Messages = std::tuple<Hello, Setup, Start, Init, Map, Share, Forget, Piece, PieceTaken, Parent,
                            ChildGone, Follow, Entries, Slots, SetupFailed, Chunk, Block, Recall, TakenBack,
                            ChunkLost, Drain, Stop, Heartbeat, DriverInit, OpenMap, Items, CloseMap,
                            CancelMap, Crew, DriverSetupFailed, TaskOutcomes, MapDone, ShareTaken, AskState,
                            SessionState, Warning, GivenUp, EndTasks, ForgetMaps, Skip>;

template <class Message>
void expect_same_again(const Parts& parts) {
  Message message;
  try {
    message = decode<Message>(parts);
  } catch (const base::DecodeError&) {
    return;
  }
  const base::Bytes once = encode(message, parts.payload);
  const Parts again = split(once);
  MPROC_ASSERT(again.type == parts.type && base::text(again.payload) == base::text(parts.payload),
               "a message became another");
  MPROC_ASSERT(encode(decode<Message>(again), again.payload) == once, "a message changed on its way");
}

/// Whether one of the messages has the type.
template <class... Message>
bool try_all(const Parts& parts, const std::tuple<Message...>*) {
  return ((Message::type == parts.type && (expect_same_again<Message>(parts), true)) || ...);
}

void attack_message(base::ByteView bytes) {
  Parts parts;
  try {
    parts = split(bytes);
  } catch (const base::DecodeError&) {
    return;
  }
  MPROC_ASSERT(try_all(parts, static_cast<const Messages*>(nullptr)),
               "a message of type {} is missing in the list above", static_cast<int>(parts.type));
}

template <class... Message>
std::vector<std::string> all_seeds(const std::tuple<Message...>*) {
  std::vector<std::string> out;
  const auto add = [&](const base::Bytes& message) {
    const Parts parts = split(message);
    out.push_back(seed(message, std::uint8_t{0}));
    out.push_back(seed(parts.head, std::uint8_t{1}, parts.type));
  };
  (add(encode(Message{}, base::view("payload"))), ...);
  return out;
}

}  // namespace

/// A whole message, or a type and its head.
void attack(Input input) {
  if (input.number() == 0) return attack_message(input.rest());
  const auto type = input.number<Type>();
  attack_message(wire::detail::frame(type, input.rest(), 0));
}

std::vector<std::string> seeds() {
  auto out = all_seeds(static_cast<const Messages*>(nullptr));
  base::Failure failure;
  failure.message = "bad x";
  for (const base::Bytes& message :
       {encode(Setup{{{"OMP_NUM_THREADS", "1"}}, {4, 2, true}}), encode(SetupFailed{failure}),
        encode(Share{{"X", "", {{"year", "<i8"}}, true, {7, 0}}, {1 << 30, 7, "label"}}),
        encode(Init{{1, "model.py", "x = 1"}})})
    out.push_back(seed(message, std::uint8_t{0}));
  return out;
}

}  // namespace mproc::fuzz
