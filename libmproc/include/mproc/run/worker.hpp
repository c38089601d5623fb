#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mproc/comm/channel.hpp"
#include "mproc/exec/pool.hpp"
#include "mproc/run/upstream.hpp"
#include "mproc/wire/message.hpp"

namespace mproc::run {

/// A worker rank: passes chunks from central to executors and outcomes back, and gives back what it has not
/// started when central asks. One thread; step() never blocks.
class Worker : exec::PoolListener, Upstream::Listener {
 public:
  /// Where this worker's executors run: `executors` of them, or what fits (0); `each`: what a worker of the
  /// node has at most. Asked once central has been heard; throws UserError where there is no room for them.
  using FindPlaces = std::function<std::vector<exec::Place>(const job::Demand&, std::uint32_t executors,
                                                            std::uint32_t each)>;
  /// Says hello to central. `node`: as wire::Hello::node.
  Worker(comm::Channel& channel, exec::Pool& pool, std::string host, FindPlaces find_places,
         const std::string& node = {});
  /// Handles all that has come. `descriptors`: the watcher fired. False when there was nothing.
  bool step(bool descriptors);
  /// Central has said stop.
  bool stopped() const { return stopped_; }
  /// Ranks that messages are waited for from.
  std::vector<base::Rank> peers() const { return upstream_.peers(); }
  /// When step() has to be called again at the latest, monotonic ns.
  std::int64_t due_ns() const;
  /// When central was heard last, monotonic ns.
  std::int64_t heard_ns() const { return heard_ns_; }
  /// Some rank was lost: leave without MPI_Finalize.
  bool lossy() const { return lossy_; }

 private:
  struct Queued {
    exec::ChunkTicket ticket;
    comm::Message message;  // the items are its payload
    std::uint64_t after;    // entries that its executor has to have
  };
  void handle(const wire::Parts& parts);
  void set_up(const wire::Setup& setup);
  void start(const wire::Start& start);
  void queue(comm::Message message);
  void submit_queued();
  void recall(base::ChunkId chunk, std::uint32_t keep);
  void give_back_stuck();
  void drain();
  void taken_back(base::ChunkId chunk, base::TaskRange tasks);
  void report(base::Bytes block);
  void send_reports();
  template <class Message>
  void tell(const Message& message) {
    send_reports();
    channel_.send(base::central_rank, wire::encode(message));
  }

  void on_entry(const wire::Parts& entry) override;
  void on_array(const job::ArraySpec& array, const base::NodeMemory& memory) override;
  void on_forget(const std::string& name) override;
  void on_setup_failed(const base::Failure& failure) override;
  void on_given_up(base::SlotId slot, std::uint32_t left, const base::Failure& cause) override;
  void on_slots(std::uint32_t ready) override;
  void on_block(const exec::ChunkTicket& ticket, base::SlotId slot, const base::PayloadView& block) override;
  void on_chunk_end(const exec::ChunkTicket& ticket) override;
  void on_left_out(const exec::ChunkTicket& ticket, base::TaskRange tasks) override;
  void on_chunk_lost(const exec::ChunkTicket& ticket, std::optional<std::uint64_t> running,
                     const base::Failure& cause) override;
  void on_items(base::ByteView ends, const base::PayloadView& items, bool more) override;
  void on_generator_failed(const base::Failure& failure) override;

  comm::Channel& channel_;
  exec::Pool& pool_;
  std::string host_;
  FindPlaces find_places_;
  job::Demand demand_;
  Upstream upstream_;
  std::deque<Queued> queue_;                                   // no executor has room for these
  std::map<base::ChunkId, exec::ChunkTicket> with_executors_;  // submitted and not ended, oldest first
  std::vector<base::Bytes> reports_;                           // for central, which gets them together
  std::int64_t block_age_ns_ = 0, report_pace_ns_ = 0, next_report_ns_ = 0;
  std::int64_t last_heartbeat_ = 0, heard_ns_ = 0;
  bool stopped_ = false, lossy_ = false, draining_ = false;
};

}  // namespace mproc::run
