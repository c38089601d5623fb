#include "mproc/comm/mpi_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <cstdlib>
#include <list>
#include <map>
#include <random>
#include <set>

#include "mproc/base/error.hpp"

namespace mproc::comm {
namespace {

namespace mpi = boost::mpi;
using base::Bytes;
using base::Rank;

constexpr int tag_message = 1;  // a message in one piece
constexpr int tag_size = 2;     // 64-bit size of a message whose pieces follow
constexpr int tag_piece = 3;
constexpr int tag_bell = 4;
constexpr std::size_t piece_bytes = std::size_t{256} << 20;  // MPI counts in int

/// Where a rank's doorbell is, for other ranks of its node. The token proves that what is found there is it.
struct BellAddress {
  std::int64_t pid;
  std::int64_t fd;
  std::uint64_t token;
};

struct BellPage {
  base::Doorbell bell;  // first: executors know the page as a Doorbell alone
  std::uint64_t token;
};

struct Outgoing {
  Rank to;
  Bytes body;
  std::vector<MPI_Request> requests;
  std::uint64_t size = 0;  // what tag_size announces
};

/// A message that is arriving, in one piece or several.
struct Incoming {
  Bytes body;
  std::size_t posted = 0;  // bytes with a receive under way or done
  std::vector<MPI_Request> requests;
};

class MpiChannel : public Channel {
 public:
  MpiChannel(const mpi::communicator& world, const base::SharedMemory& bell)
      : world_(world), comm_(world), bell_(*bell.as<BellPage>()), bell_fd_(bell.fd()) {
    bell_.token = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
    if (self() != base::central_rank) offer_bell(base::central_rank);
  }

  Rank self() const override { return Rank{world_.rank()}; }
  int size() const override { return world_.size(); }

  void send(Rank to, Bytes body) override {
    if (forgotten_.contains(to)) return;
    Outgoing& out = outgoing_.emplace_back();
    out.to = to;
    out.body = std::move(body);
    if (out.body.size() <= piece_bytes) {
      start_send(out, out.body.data(), out.body.size(), tag_message);
      if (all_done(out.requests)) outgoing_.pop_back();  // a short one is copied at once
    } else {
      out.size = out.body.size();
      start_send(out, &out.size, sizeof out.size, tag_size);
      for (std::size_t at = 0; at < out.body.size(); at += piece_bytes)
        start_send(out, out.body.data() + at, std::min(piece_bytes, out.body.size() - at), tag_piece);
    }
    if (const auto peer = peers_.find(to); peer != peers_.end()) peer->second.as<base::Doorbell>()->ring();
  }

  std::optional<Message> receive() override {
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
      take(handle, status);
    }
  }

  bool busy() const override { return !outgoing_.empty() || !incoming_.empty(); }
  bool rings(Rank peer) const override { return peers_.contains(peer); }

  std::optional<int> local_pid(Rank peer) const override {
    const auto found = pids_.find(peer);
    return found == pids_.end() ? std::nullopt : std::optional(found->second);
  }

  void forget(Rank peer) override {
    forgotten_.insert(peer);
    peers_.erase(peer);
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

 private:
  void start_send(Outgoing& out, const void* data, std::size_t size, int tag) {
    MPI_Isend(data, static_cast<int>(size), MPI_BYTE, out.to.value, tag, comm_, &out.requests.emplace_back());
  }

  static bool all_done(std::vector<MPI_Request>& requests) {
    int done = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
    return done != 0;
  }

  /// Frees what has been sent, in order: behind one that is under way the others wait to be freed, not to be
  /// sent.
  void complete_sends() {
    while (!outgoing_.empty() && all_done(outgoing_.front().requests)) outgoing_.pop_front();
  }

  /// The oldest message of some rank, once all of it is there: later ones of that rank wait behind it.
  std::optional<Message> next_complete() {
    for (auto in = incoming_.begin(); in != incoming_.end(); ++in) {
      auto& [from, queue] = *in;
      Incoming& oldest = queue.front();
      if (oldest.posted < oldest.body.size() || !all_done(oldest.requests)) continue;
      Message message{from, std::move(oldest.body)};
      queue.pop_front();
      if (queue.empty()) incoming_.erase(in);
      return message;
    }
    return std::nullopt;
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
    if (status.MPI_TAG == tag_size || status.MPI_TAG == tag_bell) {
      Bytes body(bytes);  // a few bytes, which came with the envelope
      MPI_Mrecv(body.data(), count, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
      if (status.MPI_TAG == tag_bell) return accept_bell(from, body);
      std::uint64_t size = 0;
      MPROC_ASSERT(bytes == sizeof size, "announcement of {} bytes from rank {}", bytes, from.value);
      std::memcpy(&size, body.data(), sizeof size);
      incoming_[from].emplace_back().body.resize(size);
      return;
    }
    auto& queue = incoming_[from];
    if (status.MPI_TAG == tag_message) {
      queue.emplace_back().body.resize(bytes);
      return post(queue.back(), handle, bytes);
    }
    const auto unfinished = std::find_if(queue.begin(), queue.end(),
                                         [](const Incoming& in) { return in.posted < in.body.size(); });
    MPROC_ASSERT(unfinished != queue.end() && bytes <= unfinished->body.size() - unfinished->posted,
                 "piece of {} bytes that rank {} did not announce", bytes, from.value);
    post(*unfinished, handle, bytes);
  }

  static void post(Incoming& in, MPI_Message& handle, std::size_t bytes) {
    MPI_Imrecv(in.body.data() + in.posted, static_cast<int>(bytes), MPI_BYTE, &handle,
               &in.requests.emplace_back());
    in.posted += bytes;
  }

  void offer_bell(Rank to) {
    Bytes body;
    base::append_pod(body, BellAddress{::getpid(), bell_fd_, bell_.token});
    Outgoing& out = outgoing_.emplace_back();
    out.to = to;
    out.body = std::move(body);
    start_send(out, out.body.data(), out.body.size(), tag_bell);
  }

  /// Opens the peer's bell where it is on this node, and answers with ours.
  void accept_bell(Rank from, const Bytes& body) {
    BellAddress address{};
    if (body.size() != sizeof address) return;
    std::memcpy(&address, body.data(), sizeof address);
    if (self() == base::central_rank) offer_bell(from);
    base::Fd fd(::open(fmt::format("/proc/{}/fd/{}", address.pid, address.fd).c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return;
    try {
      auto memory = base::SharedMemory::open(std::move(fd));
      if (memory.size() < sizeof(BellPage) || memory.as<BellPage>()->token != address.token) return;
      peers_[from] = std::move(memory);
      pids_[from] = static_cast<int>(address.pid);
    } catch (const base::SystemError&) {
      // Not memory at all: that pid is another process, on another node.
    }
  }

  mpi::communicator world_;
  MPI_Comm comm_;
  BellPage& bell_;
  int bell_fd_;
  std::list<Outgoing> outgoing_;                  // requests point into its elements
  std::map<Rank, std::list<Incoming>> incoming_;  // no queue is empty
  std::map<Rank, base::SharedMemory> peers_;
  std::map<Rank, int> pids_;
  std::set<Rank> forgotten_;
  std::list<Outgoing> abandoned_;
  std::list<Incoming> abandoned_in_;
};

int environment_int(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

}  // namespace

class MpiSession::Impl {
 public:
  explicit Impl(const base::SharedMemory& bell) {
    MPROC_ASSERT(bell.size() >= sizeof(BellPage), "doorbell memory of {} bytes", bell.size());
    environment_ = new mpi::environment(mpi::threading::funneled, false);
    // A dead peer is an error code somewhere, not the end of this rank.
    mpi::communicator world;
    MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
    channel_ = std::make_unique<MpiChannel>(world, bell);
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

LaunchedAs launched_as() {
  for (const auto& [rank, size] :
       {std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        std::pair{"PMIX_RANK", "SLURM_STEP_NUM_TASKS"}, std::pair{"PMI_RANK", "PMI_SIZE"}})
    if (std::getenv(rank) != nullptr) return {true, environment_int(rank, 0), environment_int(size, 1)};
  return {};
}

}  // namespace mproc::comm
