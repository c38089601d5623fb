#include "mproc/comm/mpi_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <cstdlib>
#include <deque>
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

struct Incoming {
  Bytes body;
  std::vector<MPI_Request> requests;
  std::size_t arrived = 0;     // bytes with a receive posted
  std::deque<Message> behind;  // messages that overtook the pieces' transfer
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
    } else {
      out.size = out.body.size();
      start_send(out, &out.size, sizeof out.size, tag_size);
      for (std::size_t at = 0; at < out.body.size(); at += piece_bytes)
        start_send(out, out.body.data() + at, std::min(piece_bytes, out.body.size() - at), tag_piece);
    }
    complete_sends();
    if (const auto peer = peers_.find(to); peer != peers_.end()) peer->second.as<base::Doorbell>()->ring();
  }

  std::optional<Message> receive() override {
    complete_sends();
    complete_large();
    if (!ready_.empty()) {
      Message message = std::move(ready_.front());
      ready_.pop_front();
      return message;
    }
    for (;;) {
      int found = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &found, &handle, &status);
      if (found == 0) return std::nullopt;
      if (auto message = take(handle, status)) return message;
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
    if (const auto in = incoming_.extract(peer); !in.empty()) abandoned_in_.push_back(std::move(in.mapped()));
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

  void complete_sends() {
    std::erase_if(outgoing_, [](Outgoing& out) { return all_done(out.requests); });
  }

  void complete_large() {
    for (auto in = incoming_.begin(); in != incoming_.end();) {
      auto& [from, message] = *in;
      if (message.arrived < message.body.size() || !all_done(message.requests)) {
        ++in;
        continue;
      }
      ready_.push_back({from, std::move(message.body)});
      for (auto& later : message.behind) ready_.push_back(std::move(later));
      in = incoming_.erase(in);
    }
  }

  std::optional<Message> take(MPI_Message& handle, const MPI_Status& status) {
    const Rank from{status.MPI_SOURCE};
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    if (status.MPI_TAG == tag_piece) {
      Incoming& in = incoming_.at(from);
      MPI_Imrecv(in.body.data() + in.arrived, count, MPI_BYTE, &handle, &in.requests.emplace_back());
      in.arrived += static_cast<std::size_t>(count);
      return std::nullopt;
    }
    Bytes body(static_cast<std::size_t>(count));
    MPI_Mrecv(body.data(), count, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
    if (status.MPI_TAG == tag_message) return deliver({from, std::move(body)});
    if (status.MPI_TAG == tag_size) {
      std::uint64_t size = 0;
      std::memcpy(&size, body.data(), sizeof size);
      incoming_[from].body.resize(size);
    } else if (status.MPI_TAG == tag_bell) {
      accept_bell(from, body);
    }
    return std::nullopt;
  }

  std::optional<Message> deliver(Message message) {
    if (forgotten_.contains(message.from)) return std::nullopt;
    const auto before = incoming_.find(message.from);
    if (before == incoming_.end()) return message;
    before->second.behind.push_back(std::move(message));
    return std::nullopt;
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
  std::list<Outgoing> outgoing_;  // requests point into its elements
  std::map<Rank, Incoming> incoming_;
  std::deque<Message> ready_;
  std::map<Rank, base::SharedMemory> peers_;
  std::map<Rank, int> pids_;
  std::set<Rank> forgotten_;
  std::list<Outgoing> abandoned_;
  std::deque<Incoming> abandoned_in_;
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
