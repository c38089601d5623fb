#include "mproc/journal/writer.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/signal_mask.hpp"
#include "mproc/journal/segment.hpp"
#include "segment_output.hpp"

namespace mproc::journal {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto sync_interval = std::chrono::seconds(1);
// Records of this while are written together: waking up for each costs more than writing it.
constexpr auto commit_interval = std::chrono::microseconds(500);

}  // namespace

class Writer::Impl {
 public:
  Impl(const RunDirectory& run, base::Epoch epoch, std::function<void()> wake, std::uint64_t segment_size)
      : output_(run, epoch, segment_size), wake_(std::move(wake)) {
    const base::SignalsBlocked blocked;
    thread_ = std::thread([this] { serve(); });
  }
  ~Impl() { stop(); }

  void append(EncodedRecord record);
  void stop();
  std::string error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

  std::atomic<std::size_t> backlog{0};

 private:
  void serve();
  std::vector<EncodedRecord> wait_for_work();
  void commit(const std::vector<EncodedRecord>& group);
  void sync_if_due();
  void fail(const std::string& text);

  SegmentOutput output_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<EncodedRecord> queue_;
  bool closing_ = false;
  bool asleep_ = false;  // until there is a record
  std::string error_;
  // The thread's own:
  bool unsynced_ = true;
  bool broken_ = false;
  Clock::time_point sync_due_ = Clock::now() + sync_interval;
  Clock::time_point next_commit_ = Clock::now();
  std::thread thread_;
};

void Writer::Impl::append(EncodedRecord record) {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    MPROC_ASSERT(!closing_, "a record was appended to a closed journal");
    if (!error_.empty()) return;
    backlog += record.size();
    queue_.push_back(std::move(record));
    asleep = std::exchange(asleep_, false);
  }
  if (asleep) changed_.notify_one();
}

void Writer::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::Impl::serve() {
  for (;;) {
    const std::vector<EncodedRecord> group = wait_for_work();
    try {
      if (!group.empty()) commit(group);
      sync_if_due();
    } catch (const std::exception& failure) {
      fail(failure.what());
    }
    if (broken_ || !group.empty()) wake_();
    const std::lock_guard lock(mutex_);
    if (broken_ || (closing_ && queue_.empty() && !unsynced_)) return;
  }
}

std::vector<EncodedRecord> Writer::Impl::wait_for_work() {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, next_commit_, [this] { return closing_; });
  const auto ready = [this] { return closing_ || !queue_.empty(); };
  asleep_ = true;
  if (unsynced_)
    changed_.wait_until(lock, sync_due_, ready);
  else
    changed_.wait(lock, ready);
  asleep_ = false;
  if (closing_) sync_due_ = Clock::now();
  return std::exchange(queue_, {});
}

void Writer::Impl::commit(const std::vector<EncodedRecord>& group) {
  std::size_t bytes = 0;
  for (const EncodedRecord& record : group) bytes += record.size();
  if (!std::exchange(unsynced_, true)) sync_due_ = Clock::now() + sync_interval;
  output_.write(group);
  backlog -= bytes;
  next_commit_ = Clock::now() + commit_interval;
}

void Writer::Impl::sync_if_due() {
  if (!unsynced_ || Clock::now() < sync_due_) return;
  output_.sync();
  unsynced_ = false;
}

void Writer::Impl::fail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  error_ = text;
  queue_.clear();
  backlog = 0;
}

Writer::Writer(const RunDirectory& run, base::Epoch epoch, std::function<void()> wake,
               std::uint64_t segment_size)
    : impl_(std::make_unique<Impl>(
          run, epoch, wake ? std::move(wake) : [] {}, segment_size)) {}
Writer::~Writer() = default;

void Writer::append(ResultsRecord record) {
  impl_->append(encode(std::move(record)));
}
void Writer::append(AttemptsRecord record) {
  impl_->append(encode(std::move(record)));
}
void Writer::append(const EventRecord& record) {
  impl_->append(encode(record));
}
void Writer::append(const ItemsRecord& record) {
  impl_->append(encode(record));
}
void Writer::append(const EndRecord& record) {
  impl_->append(encode(record));
}
std::size_t Writer::backlog() const {
  return impl_->backlog;
}
std::string Writer::error() const {
  return impl_->error();
}

void Writer::close() {
  impl_->stop();
  const std::string error = impl_->error();
  if (!error.empty()) throw base::SystemError(error);
}

}  // namespace mproc::journal
