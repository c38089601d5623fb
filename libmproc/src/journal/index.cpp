#include "mproc/journal/index.hpp"

#include "index_impl.hpp"
#include "mproc/base/error.hpp"

namespace mproc::journal {

Index::Impl::Impl(const RunDirectory& run) {
  for (const SegmentFile& file : segment_files(run)) {
    if (file.epoch > epoch.value) end.reset();
    epoch.value = file.epoch;
    read(file);
  }
}

void Index::Impl::read(const SegmentFile& file) {
  files_.emplace_back(file.path);
  const std::string name = "segments/" + file.path.filename().string();
  journal_size += files_.back().bytes().size();
  SegmentReader reader(files_.back().bytes(), name);
  while (const auto record = reader.next()) {
    try {
      take(*record);
    } catch (const base::DecodeError& failure) {
      damage.push_back(
          fmt::format("{}: a record cannot be read ({}); its tasks count as not done", name, failure.what()));
    }
  }
  damage.insert(damage.end(), reader.damage().begin(), reader.damage().end());
}

void Index::Impl::take(const SegmentReader::Record& record) {
  switch (record.type) {
    case RecordType::results:
      return take_results(record.body);
    case RecordType::items:
      return take_items(decode_items(record.body));
    case RecordType::end:
      end = decode_end(record.body);
      return;
  }
  throw base::DecodeError("of an unknown type");
}

void Index::Impl::take_items(const ItemsRecord& record) {
  const bool more = !items || record.count > items->count;
  if (more || (record.count == items->count && record.complete)) items = record;
}

void Index::Impl::take_results(base::ByteView body) {
  const ResultsView results = decode_results(body);
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(results.block, values);
  if (block.tasks.end() > StageTable::most_tasks) throw base::DecodeError("task number out of range");
  stages_[results.stage].add({body, block.tasks}, block.failed);
}

const StageTable* Index::Impl::stage(base::StageKey key) const {
  const auto found = stages_.find(key);
  return found == stages_.end() ? nullptr : &found->second;
}

Index::Index(const RunDirectory& run) : impl_(std::make_unique<Impl>(run)) {}
Index::~Index() = default;
Index::Index(Index&&) noexcept = default;

base::Epoch Index::epoch() const {
  return impl_->epoch;
}
std::uint64_t Index::journal_size() const {
  return impl_->journal_size;
}
std::optional<ItemsRecord> Index::items() const {
  return impl_->items;
}
std::optional<EndRecord> Index::end() const {
  return impl_->end;
}
const std::vector<std::string>& Index::damage() const {
  return impl_->damage;
}

std::uint64_t Index::extent(base::StageKey stage) const {
  const StageTable* const table = impl_->stage(stage);
  return table ? table->extent() : 0;
}

Index::State Index::state(base::StageKey stage, std::uint64_t index) const {
  const StageTable* const table = impl_->stage(stage);
  return table ? table->at(index).state : State::pending;
}

std::uint64_t Index::succeeded(base::StageKey stage) const {
  const StageTable* const table = impl_->stage(stage);
  return table ? table->succeeded() : 0;
}

std::uint64_t Index::failed(base::StageKey stage) const {
  const StageTable* const table = impl_->stage(stage);
  return table ? table->failed() : 0;
}

std::vector<base::TaskRange> Index::ranges(base::StageKey stage, State state) const {
  const StageTable* const table = impl_->stage(stage);
  return table ? table->ranges(state) : std::vector<base::TaskRange>{};
}

std::optional<Index::Detail> Index::detail(base::StageKey stage, std::uint64_t task) const {
  const StageTable* const table = impl_->stage(stage);
  const auto place = table ? table->at(task) : StageTable::Place{};
  if (place.state == State::pending) return std::nullopt;
  const StageTable::Record& record = table->record(place.record);
  const ResultsView results = decode_results(record.body);
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(results.block, values);
  Detail detail;
  detail.outcome = Cursor(*this, stage).at(task);
  detail.origin = {results.rank, results.slot, results.attempt, std::string(results.host)};
  detail.start_ns = block.start_ns;
  detail.end_ns = block.end_ns;
  const auto position = static_cast<std::uint32_t>(task - record.tasks.first);
  if (!block.times.empty()) {
    detail.start_ns += block.times[position].start_us * 1000;
    detail.end_ns = detail.start_ns + block.times[position].duration_us * 1000;
  }
  for (const base::Capture& capture : block.captures)
    if (capture.position == position) detail.capture = capture.text;
  return detail;
}

}  // namespace mproc::journal
