#include "mproc/run/item_window.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "mproc/base/error.hpp"

namespace mproc::run {

void ItemWindow::add(job::ItemBatch batch, std::uint64_t wanted) {
  if (wanted == 0) return;
  bytes_ += batch.data.size();
  std::uint64_t before = 0;
  for (const std::uint64_t end : batch.ends) largest_ = std::max(largest_, end - std::exchange(before, end));
  const std::uint64_t first = batch.first;
  batches_.emplace(first, Batch{std::move(batch), wanted});
}

template <class Use>
void ItemWindow::for_each_part(base::TaskRange tasks, Use use) const {
  for (std::uint64_t at = tasks.first; at < tasks.end();) {
    auto batch = batches_.upper_bound(at);
    MPROC_ASSERT(batch != batches_.begin(), "item {} is not in the window", at);
    --batch;
    const job::ItemBatch& items = batch->second.items;
    const std::uint64_t from = at - items.first;
    const std::uint64_t until = std::min(tasks.end() - items.first, items.count());
    MPROC_ASSERT(from < items.count(), "item {} is not in the window", at);
    use(items.data, from == 0 ? 0 : items.ends[from - 1], items.ends[until - 1]);
    at = items.first + until;
  }
}

base::SharedBytes ItemWindow::share(base::TaskRange tasks) {
  if (tasks.count * largest_ < base::shared_from) return {};
  std::uint64_t size = 0;
  for_each_part(tasks,
                [&](const base::Payload&, std::uint64_t begin, std::uint64_t end) { size += end - begin; });
  if (size < base::shared_from) return {};
  base::SharedBytes whole;
  std::optional<base::SharedPool::Draft> copy;
  std::byte* to = nullptr;
  for_each_part(tasks, [&](const base::Payload& data, std::uint64_t begin, std::uint64_t end) {
    if (data.shared && end - begin == size) return void(whole = data.shared.part(begin, size));
    if (!copy) to = copy.emplace(pool_.reserve(size, -begin)).data();  // arrays stay aligned
    std::memcpy(to, data.view().data() + begin, end - begin);
    to += end - begin;
  });
  return copy ? std::move(*copy).publish() : whole;
}

void ItemWindow::copy(base::TaskRange tasks, base::Bytes& to) const {
  for_each_part(tasks, [&](const base::Payload& data, std::uint64_t begin, std::uint64_t end) {
    base::append(to, data.view().subspan(begin, end - begin));
  });
}

void ItemWindow::finished(base::TaskRange tasks) {
  while (tasks.count > 0) {
    auto batch = batches_.upper_bound(tasks.first);
    MPROC_ASSERT(batch != batches_.begin(), "finished task {} is not in the window", tasks.first);
    --batch;
    Batch& b = batch->second;
    const std::uint64_t here = std::min(tasks.end(), b.items.first + b.items.count()) - tasks.first;
    MPROC_ASSERT(here <= b.open, "task {} finished twice", tasks.first);
    b.open -= here;
    tasks = {tasks.first + here, tasks.count - here};
    if (b.open > 0) continue;
    bytes_ -= b.items.data.size();
    batches_.erase(batch);
  }
}

}  // namespace mproc::run
