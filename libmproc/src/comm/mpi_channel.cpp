#include "mproc/comm/mpi_channel.hpp"

#include <mpi.h>

#include <algorithm>
#include <boost/mpi/environment.hpp>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "bundle.hpp"
#include "loans.hpp"
#include "mproc/base/error.hpp"
#include "mproc/comm/mpi_communicator.hpp"
#include "node_peers.hpp"

namespace mproc::comm {
namespace {

namespace mpi = boost::mpi;
using base::Bytes;
using base::Rank;

constexpr int tag_message = 1;  // a message in one piece
constexpr int tag_sizes = 2;  // Sizes of a message whose pieces follow: first the body's, then the payload's
constexpr int tag_piece = 3;
constexpr int tag_bell = 4;
constexpr int tag_lent = 5;   // what Loans::lend() says: the payload is in memory of the node
constexpr int tag_taken = 6;  // the loan of that number is held by the receiver now
constexpr int tag_bundle = 7;
constexpr std::size_t piece_bytes = std::size_t{256} << 20;  // MPI counts in int
// What MPI sends on a node without asking the receiver first: a bundle is no longer than that.
constexpr std::size_t bundle_bytes = 4'000, small_bytes = bundle_bytes / 4;
constexpr std::chrono::microseconds first_nap(20), longest_nap(1'000);  // while the channel is closed

struct Sizes {
  std::uint64_t body = 0, payload = 0;
};

struct Outgoing {
  Rank to;
  Bytes body;
  base::SharedBytes payload;
  std::vector<MPI_Request> requests;
  Sizes sizes;  // what tag_sizes announces
};

/// A message that is arriving, in one piece or several.
struct Incoming {
  Bytes body;
  base::SharedPool::Draft payload;
  Sizes posted;  // bytes with a receive under way or done
  std::vector<MPI_Request> requests;
  int tag = tag_message;
  bool whole() const { return posted.body == body.size() && posted.payload == payload.size(); }
};

class MpiChannel : public Channel {
 public:
  MpiChannel(MPI_Comm comm, const base::SharedMemory& bell) : comm_(comm), node_(bell) {
    MPI_Comm_rank(comm, &self_.value);
    int size = 0;
    MPI_Comm_size(comm, &size);
    sent_.resize(static_cast<std::size_t>(size));
    if (self_ != base::central_rank) offer_bell(base::central_rank);
  }

  Rank self() const override { return self_; }
  int size() const override { return static_cast<int>(sent_.size()); }

  void send(Rank to, Bytes body, base::SharedBytes payload) override {
    if (forgotten_.contains(to)) return;
    if (!payload && body.size() <= small_bytes) return hold(to, body);
    send_bundle(to);  // it goes first
    const bool one_piece = body.size() <= piece_bytes;
    if (payload && one_piece && lends_ && node_.contains(to))
      send_whole(to, loans_.lend(to, body, std::move(payload)), tag_lent);
    else if (!payload && one_piece)
      send_whole(to, std::move(body), tag_message);
    else
      send_in_pieces(to, std::move(body), std::move(payload));
    node_.ring(to);
  }

  std::optional<Message> receive() override {
    send_bundles();
    if (auto message = next_unpacked()) return message;
    complete_sends();
    for (;;) {
      if (auto message = next_complete()) return message;
      int found = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      // Open MPI looks first and makes progress afterwards: what one call brings in, only the next one finds.
      for (int look = 0; look < 2 && found == 0; ++look)
        MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &found, &handle, &status);
      if (found == 0) return next_complete();
      ++received_;
      take(handle, status);
    }
  }

  bool busy() const override {
    return !outgoing_.empty() || !incoming_.empty() || loans_.any() || !held_.empty();
  }
  bool rings(Rank peer) const override { return node_.contains(peer); }

  std::optional<int> local_pid(Rank peer) const override { return node_.pid(peer); }

  void forget(Rank peer) override {
    forgotten_.insert(peer);
    node_.forget(peer);
    loans_.forget(peer);
    held_.erase(peer);
    std::erase_if(unpacked_, [&](const Message& message) { return message.from == peer; });
    // Requests to a dead rank may never complete, nor be cancelled: their buffers stay for the process's
    // life.
    for (auto out = outgoing_.begin(); out != outgoing_.end();) {
      const auto next = std::next(out);
      if (out->to == peer) abandoned_.splice(abandoned_.end(), outgoing_, out);
      out = next;
    }
    if (const auto in = incoming_.extract(peer); !in.empty())
      abandoned_in_.splice(abandoned_in_.end(), in.mapped());
  }

  /// Collective. What was sent before is received and dropped, so that nothing of it is left in MPI.
  void close() {
    send_bundles();
    std::uint64_t expected = 0;
    auto& counting = abandoned_.emplace_back();
    MPI_Ireduce_scatter_block(sent_.data(), &expected, 1, MPI_UINT64_T, MPI_SUM, comm_,
                              &counting.requests.emplace_back());
    for (Rank peer{0}; peer.value < size(); ++peer.value) forget(peer);
    for (auto nap = first_nap;; nap = std::min(2 * nap, longest_nap)) {
      receive();
      drop_done(abandoned_);
      drop_done(abandoned_in_);
      if (abandoned_.empty() && abandoned_in_.empty() && received_ == expected) return;
      std::this_thread::sleep_for(nap);
    }
  }

 private:
  /// Small messages to a rank leave together, when the next thing is received or when they are many.
  void hold(Rank to, const Bytes& body) {
    Bytes& bundle = held_[to];
    append_to_bundle(bundle, body);
    if (bundle.size() > bundle_bytes - small_bytes) send_bundle(to);
  }

  void send_bundle(Rank to) {
    if (auto bundle = held_.extract(to); !bundle.empty()) send_bundle(to, std::move(bundle.mapped()));
  }

  void send_bundles() {
    for (auto& [to, bundle] : held_) send_bundle(to, std::move(bundle));
    held_.clear();
  }

  void send_bundle(Rank to, Bytes bundle) {
    send_whole(to, std::move(bundle), tag_bundle);
    node_.ring(to);
  }

  std::optional<Message> next_unpacked() {
    if (unpacked_.empty()) return std::nullopt;
    Message message = std::move(unpacked_.front());
    unpacked_.pop_front();
    return message;
  }

  void send_whole(Rank to, Bytes body, int tag) {
    Outgoing& out = outgoing_.emplace_back();
    out.to = to;
    out.body = std::move(body);
    start_send(out, out.body.data(), out.body.size(), tag);
    if (all_done(out.requests)) outgoing_.pop_back();  // MPI copies a short one at once
  }

  void send_in_pieces(Rank to, Bytes body, base::SharedBytes payload) {
    Outgoing& out = outgoing_.emplace_back();
    out.to = to;
    out.body = std::move(body);
    out.payload = std::move(payload);
    out.sizes = {out.body.size(), out.payload.size()};
    start_send(out, &out.sizes, sizeof out.sizes, tag_sizes);
    send_pieces(out, out.body);
    send_pieces(out, out.payload.view());
  }

  void send_pieces(Outgoing& out, base::ByteView bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
      start_send(out, bytes.data() + at, std::min(piece_bytes, bytes.size() - at), tag_piece);
  }

  void start_send(Outgoing& out, const void* data, std::size_t size, int tag) {
    MPI_Isend(data, static_cast<int>(size), MPI_BYTE, out.to.value, tag, comm_, &out.requests.emplace_back());
    ++sent_[static_cast<std::size_t>(out.to.value)];
  }

  void offer_bell(Rank to) { send_whole(to, node_.address(), tag_bell); }

  /// What the message's sender has lent. Nothing when that rank has died: its messages do not count any more.
  std::optional<Message> take_loan(Rank from, const Bytes& body) {
    auto borrowed = borrow(from, body);
    if (!borrowed) return std::nullopt;
    Bytes number;
    base::append_pod(number, borrowed->number);
    send_whole(from, std::move(number), tag_taken);
    return std::move(borrowed->message);
  }

  static bool all_done(std::vector<MPI_Request>& requests) {
    int done = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
    return done != 0;
  }

  template <class Transfers>
  static void drop_done(Transfers& transfers) {
    std::erase_if(transfers, [](auto& transfer) { return all_done(transfer.requests); });
  }

  /// Frees what has been sent, in order: behind one that is under way the others wait to be freed, not to be
  /// sent.
  void complete_sends() {
    while (!outgoing_.empty() && all_done(outgoing_.front().requests)) outgoing_.pop_front();
  }

  /// The oldest message of some rank, once all of it is there: later ones of that rank wait behind it.
  std::optional<Message> next_complete() {
    for (auto in = incoming_.begin(); in != incoming_.end();) {
      auto& [from, queue] = *in;
      Incoming& oldest = queue.front();
      if (!oldest.whole() || !all_done(oldest.requests)) {
        ++in;
        continue;
      }
      auto message = take_out(from, oldest);
      queue.pop_front();
      if (queue.empty()) in = incoming_.erase(in);
      if (message) return message;
    }
    return std::nullopt;
  }

  std::optional<Message> take_out(Rank from, Incoming& in) {
    if (in.tag == tag_lent) return take_loan(from, in.body);
    if (in.tag != tag_bundle) return finish(from, in);
    split_bundle(in.body, [&](base::ByteView body) {
      unpacked_.push_back({from, Bytes(body.begin(), body.end()), {}});
    });
    return next_unpacked();
  }

  static Message finish(Rank from, Incoming& in) {
    Message message{from, std::move(in.body), {}};
    if (in.payload.size() > 0) message.payload = std::move(in.payload).publish();
    return message;
  }

  /// Starts to receive what was found. Never waits for its bytes: the sender may die amid them.
  void take(MPI_Message& handle, const MPI_Status& status) {
    const Rank from{status.MPI_SOURCE};
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    const auto bytes = static_cast<std::size_t>(count);
    if (forgotten_.contains(from)) {
      Incoming& scratch = abandoned_in_.emplace_back();
      scratch.body.resize(bytes);
      return post(scratch, handle, bytes);
    }
    auto& queue = incoming_[from];
    switch (status.MPI_TAG) {
      case tag_message:
      case tag_lent:
      case tag_bundle:
        queue.emplace_back().body.resize(bytes);
        queue.back().tag = status.MPI_TAG;
        return post(queue.back(), handle, bytes);
      case tag_piece: {
        const auto unfinished =
            std::find_if(queue.begin(), queue.end(), [](const Incoming& in) { return !in.whole(); });
        MPROC_ASSERT(unfinished != queue.end(), "piece of {} bytes that rank {} did not announce", bytes,
                     from.value);
        return post(*unfinished, handle, bytes);
      }
      default:
        break;
    }
    Bytes body(bytes);  // a few bytes, which came with the envelope
    MPI_Mrecv(body.data(), count, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
    if (status.MPI_TAG == tag_sizes) {
      const auto sizes = pod_in<Sizes>(body, from);
      queue.emplace_back().body.resize(sizes.body);
      if (sizes.payload > 0) queue.back().payload = pool_.reserve(sizes.payload);
      return;
    }
    if (queue.empty()) incoming_.erase(from);
    if (status.MPI_TAG == tag_taken) return loans_.taken(pod_in<std::uint64_t>(body, from));
    if (self() == base::central_rank) offer_bell(from);  // a bell came: it gets ours
    node_.meet(from, body);
  }

  template <class T>
  static T pod_in(const Bytes& body, Rank from) {
    T value;
    MPROC_ASSERT(body.size() == sizeof value, "announcement of {} bytes from rank {}", body.size(),
                 from.value);
    std::memcpy(&value, body.data(), sizeof value);
    return value;
  }

  /// The next bytes of the message. A piece is of the body or of the payload.
  static void post(Incoming& in, MPI_Message& handle, std::size_t bytes) {
    const bool is_body = in.posted.body < in.body.size();
    std::uint64_t& posted = is_body ? in.posted.body : in.posted.payload;
    const std::uint64_t left = (is_body ? in.body.size() : in.payload.size()) - posted;
    MPROC_ASSERT(bytes <= left, "piece of {} bytes where {} are left", bytes, left);
    std::byte* to = is_body ? in.body.data() : in.payload.data();
    MPI_Imrecv(to + posted, static_cast<int>(bytes), MPI_BYTE, &handle, &in.requests.emplace_back());
    posted += bytes;
  }

  MPI_Comm comm_;
  Rank self_{0};
  NodePeers node_;
  Loans loans_;                                   // not taken yet
  std::list<Outgoing> outgoing_;                  // requests point into its elements
  std::map<Rank, std::list<Incoming>> incoming_;  // no queue is empty
  std::map<Rank, Bytes> held_;                    // bundles that have not left
  std::deque<Message> unpacked_;                  // out of one bundle
  std::set<Rank> forgotten_;
  std::list<Outgoing> abandoned_;
  std::list<Incoming> abandoned_in_;
  base::SharedPool pool_;
  std::vector<std::uint64_t> sent_;  // to each rank, as MPI counts messages
  std::uint64_t received_ = 0;
  const bool lends_ = std::getenv("MPROC_TEST_RANKS_PER_NODE") == nullptr;  // not between nodes
};

}  // namespace

class MpiSession::Impl {
 public:
  explicit Impl(const base::SharedMemory& bell) {
    environment_ = new mpi::environment(mpi::threading::funneled, false);
    // A dead peer is an error code somewhere, not the end of this rank.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    channel_ = std::make_unique<MpiChannel>(MPI_COMM_WORLD, bell);
  }
  MpiChannel& channel() { return *channel_; }
  void finalize() {
    channel_.reset();
    delete environment_;
  }

 private:
  mpi::environment* environment_ = nullptr;  // its destructor finalises MPI: only when asked to
  std::unique_ptr<MpiChannel> channel_;
};

MpiSession::MpiSession(const base::SharedMemory& bell) : impl_(std::make_unique<Impl>(bell)) {}
MpiSession::~MpiSession() = default;
Channel& MpiSession::channel() {
  return impl_->channel();
}
void MpiSession::finalize() {
  impl_->finalize();
}

class MpiCommunicator::Impl {
 public:
  Impl(MPI_Comm communicator, const base::SharedMemory& bell) {
    MPI_Comm_dup(communicator, &comm_);
    // The program's handler may be one that returns, and nobody looks at what our calls return.
    MPI_Comm_set_errhandler(comm_, MPI_ERRORS_ARE_FATAL);
    MPI_Comm node = MPI_COMM_NULL;
    MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &node_rank_.rank);
    MPI_Comm_size(node, &node_rank_.size);
    MPI_Comm_free(&node);
    channel_ = std::make_unique<MpiChannel>(comm_, bell);
  }
  MpiChannel& channel() { return *channel_; }
  NodeRank node_rank() const { return node_rank_; }
  void close() {
    channel_->close();
    channel_.reset();
    MPI_Comm_free(&comm_);
  }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  NodeRank node_rank_;
  std::unique_ptr<MpiChannel> channel_;
};

MpiCommunicator::MpiCommunicator(MPI_Comm communicator, const base::SharedMemory& bell)
    : impl_(std::make_unique<Impl>(communicator, bell)) {}
MpiCommunicator::~MpiCommunicator() = default;
Channel& MpiCommunicator::channel() {
  return impl_->channel();
}
NodeRank MpiCommunicator::node_rank() const {
  return impl_->node_rank();
}
void MpiCommunicator::close() {
  impl_->close();
}

}  // namespace mproc::comm
