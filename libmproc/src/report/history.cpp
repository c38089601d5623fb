#include "mproc/report/history.hpp"

namespace mproc::report {

History::History(const journal::Index& index, const std::optional<journal::Status>& status) : index_(index) {
  learn(status);
  timeline_.emplace(axis_.length_ns(), executors_.size());
  usage_.emplace(executors_.size());
  for_each_bar([&](Bar& bar, base::Epoch epoch) {
    usage_->add(epoch, bar);
    if (bar.length_ns() > 0) times_.add(bar.tasks.count, bar.task_ns());  // else it is not known
    const Axis::Session& session = axis_.sessions().at(epoch);
    bar.start_ns = session.at(bar.start_ns);
    bar.end_ns = session.at(bar.end_ns);
    timeline_->add(bar);
  });
}

void History::for_each_bar(const std::function<void(Bar&, base::Epoch)>& use) const {
  BarReader reader;
  index_.for_each_block([&](const journal::Index::Block& block) {
    const std::uint32_t executor = place_of(block.origin);
    reader.read(block, [&](Bar& bar) {
      bar.executor = executor;
      use(bar, block.epoch);
    });
  });
}

void History::learn(const std::optional<journal::Status>& status) {
  for (const auto& session : index_.sessions())
    axis_.extend(session.epoch, session.first_ns, session.last_ns);
  std::map<ExecutorKey, std::string> hosts;
  BarReader reader;
  index_.for_each_block([&](const journal::Index::Block& block) {
    hosts[{block.origin.rank, block.origin.slot}] = block.origin.host;
    reader.read(block, [&](const Bar& bar) { axis_.extend(block.epoch, bar.start_ns, bar.end_ns); });
  });
  // A status that is older than the last session is of one before it.
  const auto last = axis_.sessions().find(index_.epoch());
  if (status && !index_.end() && last != axis_.sessions().end() && status->updated_ns > last->second.first_ns)
    axis_.extend(index_.epoch(), status->updated_ns, status->updated_ns);
  axis_.settle();
  for (const auto& [key, host] : hosts) {
    const auto& [rank, slot] = key;
    // What a rank's only executor was lost with is its own.
    const bool known =
        slot == journal::Origin::unknown_slot && hosts.contains({rank, 0}) && !hosts.contains({rank, 1});
    if (!known) executors_.push_back({rank, slot, host});
    places_[key] = static_cast<std::uint32_t>(executors_.size() - 1);
  }
}

std::uint32_t History::place_of(const journal::Origin& origin) const {
  return places_.at({origin.rank, origin.slot});
}

}  // namespace mproc::report
