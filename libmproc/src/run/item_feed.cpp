#include "mproc/run/item_feed.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "mproc/job/task_array.hpp"

namespace mproc::run {
namespace {

class SourceFeed : public ItemFeed {
 public:
  explicit SourceFeed(std::unique_ptr<job::ItemSource> source) : source_(std::move(source)) {}
  bool poll(job::ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) override {
    if (exhausted_) return false;
    exhausted_ = !source_->read(batch, max_items, max_bytes);
    return !exhausted_;
  }
  bool step(bool) override { return false; }
  bool exhausted() const override { return exhausted_; }
  std::optional<std::uint64_t> count() const override { return source_->count(); }
  bool recomputable() const override { return source_->recomputable(); }
  const std::optional<base::Failure>& failure() const override { return none_; }

 private:
  std::unique_ptr<job::ItemSource> source_;
  bool exhausted_ = false;
  std::optional<base::Failure> none_;
};

class GeneratorFeed : public ItemFeed, exec::PoolListener {
 public:
  GeneratorFeed(std::string name, const job::Job& job, const std::vector<LoadedArray>& data,
                std::unique_ptr<exec::Pool> pool, const exec::HostSettings& settings)
      : name_(std::move(name)), pool_(std::move(pool)) {
    pool_->load(settings);
    for (const auto& [array, memory] : data) pool_->share({array, memory->address()});
    for (const auto& block : job.init) pool_->init(block);
    pool_->start({{}});
  }

  bool poll(job::ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) override {
    if (arrived_.empty()) {
      if (ready_ && !asked_ && !exhausted_ && !failure_) ask(max_items, max_bytes);
      return false;
    }
    Answer answer = std::move(arrived_.front());
    arrived_.pop_front();
    batch.data = std::move(answer.items);
    batch.ends = std::move(answer.ends);
    return !batch.ends.empty();
  }

  bool step(bool descriptors) override { return pool_->poll(*this, descriptors); }
  bool exhausted() const override { return exhausted_ && arrived_.empty() && !failure_; }
  std::optional<std::uint64_t> count() const override { return std::nullopt; }
  bool recomputable() const override { return false; }
  const std::optional<base::Failure>& failure() const override { return failure_; }

 private:
  struct Answer {
    base::Payload items;
    std::vector<std::uint64_t> ends;
  };

  void ask(std::uint64_t max_items, std::size_t max_bytes) {
    asked_ = true;
    pool_->generate(name_, max_items, max_bytes);
    name_.clear();  // opened by the first request
  }

  void on_setup_failed(const base::Failure& failure) override { failure_ = failure; }
  void on_slots(std::uint32_t ready) override {
    // A helper that died has forgotten where the generator stood.
    if (ready_ && ready == 0 && !failure_) {
      failure_.emplace();
      failure_->kind = base::FailureKind::crash;
      failure_->message = "the process that ran the item generator died";
    }
    ready_ = ready > 0;
  }
  void on_items(base::ByteView ends, const base::PayloadView& items, bool more) override {
    asked_ = false;
    exhausted_ = !more;
    Answer answer;
    answer.ends.resize(ends.size() / sizeof(std::uint64_t));
    if (!ends.empty()) std::memcpy(answer.ends.data(), ends.data(), ends.size());
    answer.items = items.keep();
    if (!answer.ends.empty()) arrived_.push_back(std::move(answer));
  }
  void on_generator_failed(const base::Failure& failure) override {
    if (!failure_) failure_ = failure;  // the first says why
  }
  void on_block(const exec::ChunkTicket&, base::SlotId, const base::PayloadView&) override {}
  void on_chunk_end(const exec::ChunkTicket&) override {}
  void on_left_out(const exec::ChunkTicket&, base::TaskRange) override {}
  void on_chunk_lost(const exec::ChunkTicket&, std::optional<std::uint64_t>, const base::Failure&) override {}

  std::string name_;
  std::unique_ptr<exec::Pool> pool_;
  std::deque<Answer> arrived_;
  bool ready_ = false, asked_ = false, exhausted_ = false;
  std::optional<base::Failure> failure_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> executor_environment(const job::Job& job) {
  auto env = job.run.env;
  const auto set_by_user = [&](const std::string& name) {
    return std::getenv(name.c_str()) != nullptr ||
           std::any_of(env.begin(), env.end(), [&](const auto& e) { return e.first == name; });
  };
  for (const char* name :
       {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"})
    if (!set_by_user(name)) env.emplace_back(name, std::to_string(job.task.demand.cpus));
  if (job.seed && !set_by_user("PYTHONHASHSEED")) env.emplace_back("PYTHONHASHSEED", "0");
  if (const auto array = job::task_array(job))
    for (const auto& variable : job::array_environment(*array)) env.push_back(variable);
  std::string path = std::filesystem::absolute(job.document.base_dir()).string();
  for (auto& [name, value] : env)
    if (name == "PYTHONPATH") return value = path + ":" + value, env;
  if (const char* inherited = std::getenv("PYTHONPATH")) path += std::string(":") + inherited;
  env.emplace_back("PYTHONPATH", path);
  return env;
}

std::unique_ptr<ItemFeed> feed_from(std::unique_ptr<job::ItemSource> source) {
  return std::make_unique<SourceFeed>(std::move(source));
}

std::unique_ptr<ItemFeed> feed_from_generator(const std::string& name, const job::Job& job,
                                              const std::vector<LoadedArray>& data,
                                              std::unique_ptr<exec::Pool> pool,
                                              const exec::HostSettings& settings) {
  return std::make_unique<GeneratorFeed>(name, job, data, std::move(pool), settings);
}

}  // namespace mproc::run
