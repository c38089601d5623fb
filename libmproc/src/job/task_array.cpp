#include "mproc/job/task_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "mproc/base/msgpack.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

constexpr std::uint32_t last_id = 4'000'000;  // of the largest array that Slurm can be told to take

class ArraySource : public IndexedSource {
 public:
  explicit ArraySource(std::vector<std::uint32_t> ids)
      : IndexedSource(ids.size(), true), ids_(std::move(ids)) {}

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override { base::pack_to(to, ids_[index]); }
  std::vector<std::uint32_t> ids_;
};

class ArrayText {
 public:
  explicit ArrayText(std::string_view text) : text_(text) {}

  TaskArray parse() {
    TaskArray array;
    do add_range(array.ids);
    while (take(','));
    if (take('%')) array.at_a_time = number();
    check(at_ == text_.size() && (array.at_a_time > 0 || text_.find('%') == text_.npos));
    std::sort(array.ids.begin(), array.ids.end());
    array.ids.erase(std::unique(array.ids.begin(), array.ids.end()), array.ids.end());
    return array;
  }

 private:
  void add_range(std::vector<std::uint32_t>& to) {
    const std::uint32_t first = number();
    const bool range = take('-');
    const std::uint32_t last = range ? number() : first;
    const std::uint32_t step = range && take(':') ? number() : 1;
    check(step > 0);
    MPROC_CHECK(first <= last, "has a range that ends before it begins: {}-{}", first, last);
    MPROC_CHECK(last <= last_id, "goes to {}; Slurm's arrays end at {}", last, last_id);
    MPROC_CHECK(to.size() + (last - first) / step <= last_id, "has more than {} indices", last_id);
    for (std::uint64_t id = first; id <= last; id += step) to.push_back(static_cast<std::uint32_t>(id));
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    check(error == std::errc());
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void check(bool right) const {
    MPROC_CHECK(right, "has to be as sbatch takes it, 1-10, 0-100:5, 1,3,7-9 or 1-1000%20, not \"{}\"",
                text_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

TaskArray read_task_array(const Spot& spot) {
  try {
    return parse_task_array(spot.text());
  } catch (const base::UserError& e) {
    spot.refuse(e.what());
  }
}

}  // namespace

std::uint32_t TaskArray::step() const {
  const std::uint32_t first = ids.size() > 1 ? ids[1] - ids[0] : 1;
  for (std::size_t i = 1; i < ids.size(); ++i)
    if (ids[i] - ids[i - 1] != first) return 1;
  return first;
}

TaskArray parse_task_array(std::string_view text) {
  return ArrayText(text).parse();
}

std::optional<TaskArray> task_array(const Job& job) {
  if (!job.items.contains("array")) return std::nullopt;
  return parse_task_array(job.items.at("array").get<std::string>());
}

std::vector<std::pair<std::string, std::string>> array_environment(const TaskArray& array) {
  std::vector<std::pair<std::string, std::string>> env{
      {"SLURM_ARRAY_TASK_COUNT", std::to_string(array.ids.size())},
      {"SLURM_ARRAY_TASK_MIN", std::to_string(array.ids.front())},
      {"SLURM_ARRAY_TASK_MAX", std::to_string(array.ids.back())},
      {"SLURM_ARRAY_TASK_STEP", std::to_string(array.step())}};
  // The allocation's: there is no other job.
  if (const char* id = std::getenv("SLURM_JOB_ID")) env.emplace_back("SLURM_ARRAY_JOB_ID", id);
  return env;
}

std::unique_ptr<ItemSource> open_array(const Spot& spot) {
  return std::make_unique<ArraySource>(read_task_array(spot).ids);
}

}  // namespace mproc::job
