#include "mproc/journal/index.hpp"

#include <algorithm>

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
      return take_results(record.body, false);
    case RecordType::attempts:
      return take_results(record.body, true);
    case RecordType::event:
      return take_event(decode_event(record.body));
    case RecordType::items:
      return take_items(decode_items(record.body));
    case RecordType::end:
      end = decode_end(record.body);
      return;
  }
  throw base::DecodeError("of an unknown type");
}

void Index::Impl::take_event(EventRecord event) {
  if (sessions.empty() || sessions.back().epoch != epoch)
    sessions.push_back({epoch, event.time_ns, event.time_ns});
  sessions.back().first_ns = std::min(sessions.back().first_ns, event.time_ns);
  sessions.back().last_ns = std::max(sessions.back().last_ns, event.time_ns);
  events.push_back(std::move(event));
}

void Index::Impl::take_items(const ItemsRecord& record) {
  const bool more = !items || record.count > items->count;
  if (more || (record.count == items->count && record.complete)) items = record;
}

void Index::Impl::take_results(base::ByteView body, bool attempts) {
  const ResultsView results = decode_results(body);
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(results.block, values);
  if (block.tasks.end() > StageTable::most_tasks) throw base::DecodeError("task number out of range");
  StageTable& stage = stages_[results.stage];
  if (attempts) return stage.add_attempts({body, block.tasks, epoch, true});
  stage.add({body, block.tasks, epoch}, block.failed);
  if (results.stage == base::StageKey{})
    later.clear();
  else
    later[results.stage.map] = results.stage;
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
const std::vector<EventRecord>& Index::events() const {
  return impl_->events;
}
const std::vector<Index::Session>& Index::sessions() const {
  return impl_->sessions;
}
const std::vector<std::string>& Index::damage() const {
  return impl_->damage;
}

std::vector<base::StageKey> Index::stages() const {
  std::vector<base::StageKey> stages{{}};
  for (const auto& [map, stage] : impl_->later) stages.push_back(stage);
  return stages;
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

}  // namespace mproc::journal
