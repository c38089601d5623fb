#include "mproc/comm/in_process.hpp"

#include <deque>
#include <mutex>
#include <set>

#include "mproc/base/error.hpp"

namespace mproc::comm {
namespace {

struct Mailbox {
  std::mutex mutex;
  std::deque<Message> messages;
  base::Doorbell* bell = nullptr;
};

class InProcessChannel : public Channel {
 public:
  InProcessChannel(base::Rank self, std::shared_ptr<std::vector<Mailbox>> boxes)
      : self_(self), boxes_(std::move(boxes)) {}
  base::Rank self() const override { return self_; }
  int size() const override { return static_cast<int>(boxes_->size()); }

  void send(base::Rank to, base::Bytes body, base::SharedBytes payload) override {
    MPROC_ASSERT(to.value >= 0 && to.value < size(), "message to rank {} of {}", to.value, size());
    if (forgotten_.contains(to)) return;
    Mailbox& box = (*boxes_)[static_cast<std::size_t>(to.value)];
    {
      const std::lock_guard lock(box.mutex);
      box.messages.push_back({self_, std::move(body), std::move(payload)});
    }
    if (box.bell != nullptr) box.bell->ring();
  }

  std::optional<Message> receive() override {
    Mailbox& box = (*boxes_)[static_cast<std::size_t>(self_.value)];
    const std::lock_guard lock(box.mutex);
    while (!box.messages.empty()) {
      Message message = std::move(box.messages.front());
      box.messages.pop_front();
      if (!forgotten_.contains(message.from)) return message;
    }
    return std::nullopt;
  }

  bool busy() const override { return false; }
  bool rings(base::Rank peer) const override {
    return (*boxes_)[static_cast<std::size_t>(self_.value)].bell != nullptr && !forgotten_.contains(peer);
  }
  std::optional<int> local_pid(base::Rank) const override { return std::nullopt; }
  void forget(base::Rank peer) override { forgotten_.insert(peer); }

 private:
  base::Rank self_;
  std::shared_ptr<std::vector<Mailbox>> boxes_;
  std::set<base::Rank> forgotten_;
};

}  // namespace

std::vector<std::unique_ptr<Channel>> make_in_process(int size, std::vector<base::Doorbell*> bells) {
  auto boxes = std::make_shared<std::vector<Mailbox>>(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < bells.size(); ++i) (*boxes)[i].bell = bells[i];
  std::vector<std::unique_ptr<Channel>> channels;
  for (int rank = 0; rank < size; ++rank)
    channels.push_back(std::make_unique<InProcessChannel>(base::Rank{rank}, boxes));
  return channels;
}

}  // namespace mproc::comm
