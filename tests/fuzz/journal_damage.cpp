// A journal that is damaged: bytes changed, lost, inserted, moved. Nothing comes out of it that was not
// written, and every record that stands where it was written is read.
#include <sstream>

#include "fuzz.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/render.hpp"
#include "run.hpp"

namespace mproc::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using journal::Index;

constexpr base::StageKey stage{{0}, {0}};
constexpr std::uint64_t tasks = 20;
constexpr std::size_t header_copy_size = journal::segment_header_size / 2;

// What is written says for which task, in which epoch.
Bytes value_of(std::uint64_t task, std::uint32_t epoch) {
  Bytes bytes;
  base::pack_to(bytes, fmt::format("value {} of epoch {}", task, epoch));
  return bytes;
}
Bytes item_of(std::uint64_t task) {
  Bytes bytes;
  base::pack_to(bytes, fmt::format("item {}", task));
  return bytes;
}
Bytes failure_of(std::uint64_t task) {
  base::Failure failure;
  failure.message = fmt::format("failure {}", task);
  Bytes bytes;
  base::pack_failure(bytes, failure);
  return bytes;
}
/// In the first epoch every third task fails; the second does those again.
bool fails(std::uint64_t task, std::uint32_t epoch) {
  return epoch == 1 && task % 3 == 0;
}

journal::EncodedRecord record(base::TaskRange range, std::uint32_t epoch) {
  base::OutcomeBlock block;
  block.tasks = range;
  journal::ResultsRecord results;
  results.stage = stage;
  results.origin = {3, 1, 0, "node7"};
  for (std::uint32_t i = 0; i < range.count; ++i) {
    const std::uint64_t task = range.first + i;
    if (fails(task, epoch)) block.failed.push_back(i);
    base::append(block.values, fails(task, epoch) ? failure_of(task) : value_of(task, epoch));
    base::append(results.items.bytes, item_of(task));
  }
  base::encode_block(results.block.bytes, block);
  return journal::encode(std::move(results));
}

/// Where outcomes stand.
struct Place {
  std::size_t segment, begin, end;
  base::TaskRange tasks;
};

struct Written {
  std::vector<Bytes> segments;
  std::vector<Place> places;
  std::vector<Bytes> items, values, failures;  // by task: those that count, and those of the first epoch

  Written() {
    SegmentText texts[] = {{1, 1}, {1, 2}, {2, 1}};
    const auto add = [&](std::size_t segment, base::TaskRange range, std::uint32_t epoch) {
      const std::size_t begin = texts[segment].bytes().size();
      texts[segment].add(record(range, epoch));
      places.push_back({segment, begin, texts[segment].bytes().size(), range});
    };
    std::uint64_t next = 0;
    for (std::uint64_t count = 1; next < 10; next += count, count = count % 3 + 1) add(0, {next, count}, 1);
    texts[0].add(journal::encode(journal::ItemsRecord{tasks, 77, true}));
    for (; next < tasks; next += 4) add(1, {next, std::min<std::uint64_t>(4, tasks - next)}, 1);
    texts[1].add(journal::encode(journal::EndRecord{"finished", 13, 7}));
    for (std::uint64_t task = 0; task < tasks; task += 3) add(2, {task, 1}, 2);
    texts[2].add(journal::encode(journal::EndRecord{"finished", tasks, 0}));
    for (const SegmentText& text : texts) segments.push_back(text.bytes());
    for (std::uint64_t task = 0; task < tasks; ++task) {
      items.push_back(item_of(task));
      values.push_back(value_of(task, fails(task, 1) ? 2 : 1));
      failures.push_back(fails(task, 1) ? failure_of(task) : Bytes());
    }
  }
};
const Written& written() {
  static const Written all;
  return all;
}

bool same(ByteView a, ByteView b) {
  return base::text(a) == base::text(b);
}

/// One piece of damage.
void damage(Input& input, std::vector<Bytes>& segments) {
  const auto kind = input.number();
  Bytes& bytes = segments[input.number() % segments.size()];
  const auto place =
      bytes.begin() + static_cast<std::ptrdiff_t>(input.number<std::uint16_t>() % (bytes.size() + 1));
  const auto count = std::min<std::ptrdiff_t>(input.number(), bytes.end() - place);
  switch (kind % 6) {
    case 0:
      if (place != bytes.end()) *place ^= static_cast<std::byte>(input.number());
      return;
    case 1:
      std::fill(place, place + count, static_cast<std::byte>(input.number()));
      return;
    case 2:
      bytes.erase(place, place + count);
      return;
    case 3:
      bytes.erase(place, bytes.end());
      return;
    case 4: {
      const ByteView inserted = input.take(static_cast<std::size_t>(count));
      bytes.insert(place, inserted.begin(), inserted.end());
      return;
    }
    default: {  // a piece of what was written, somewhere else
      const Bytes& from = written().segments[input.number() % segments.size()];
      const auto start = input.number<std::uint16_t>() % from.size();
      const auto length = std::min<std::size_t>(from.size() - start, input.number<std::uint16_t>());
      const Bytes piece(from.begin() + static_cast<std::ptrdiff_t>(start),
                        from.begin() + static_cast<std::ptrdiff_t>(start + length));
      bytes.insert(place, piece.begin(), piece.end());
    }
  }
}

bool was_written(std::uint64_t task, const Index::Outcome& outcome) {
  const bool failed = outcome.state == Index::State::failed;
  return (!failed || fails(task, 1)) &&
         same(outcome.value, (failed ? written().failures : written().values)[task]);
}

bool stands(ByteView segment, ByteView whole, std::size_t begin, std::size_t end) {
  return segment.size() >= end &&
         same(segment.subspan(begin, end - begin), whole.subspan(begin, end - begin));
}

/// One sound copy of the header is enough, unless damage made the first that of another segment.
bool header_stands(ByteView segment, ByteView whole) {
  return stands(segment, whole, 0, header_copy_size) ||
         (stands(segment, whole, header_copy_size, journal::segment_header_size) &&
          !stands(segment, whole, 0, sizeof(std::uint64_t)));
}

void check_nothing_sound_is_lost(const Index& index, const std::vector<Bytes>& segments) {
  for (const Place& place : written().places) {
    const Bytes &segment = segments[place.segment], &whole = written().segments[place.segment];
    if (!header_stands(segment, whole) || !stands(segment, whole, place.begin, place.end)) continue;
    for (std::uint64_t task = place.tasks.first; task < place.tasks.end(); ++task)
      MPROC_ASSERT(index.state(stage, task) != Index::State::pending, "a sound outcome of task {} is lost",
                   task);
  }
}

void check_detail(const Index& index, std::uint64_t task) {
  const auto detail = index.detail(stage, task);
  MPROC_ASSERT(!detail == (index.state(stage, task) == Index::State::pending), "no details of task {}", task);
  if (detail)
    MPROC_ASSERT(was_written(task, detail->outcome) && detail->origin.host == "node7",
                 "other details of task {}", task);
}

/// Returns how many tasks have an outcome.
std::uint64_t check_outcomes(const Index& index) {
  Index::Cursor cursor(index, stage);
  std::uint64_t succeeded = 0, failed = 0;
  MPROC_ASSERT(index.extent(stage) <= tasks, "tasks that there never were");
  for (std::uint64_t task = 0; task < tasks; ++task) {
    const Index::Outcome outcome = cursor.at(task);
    MPROC_ASSERT(outcome.state == index.state(stage, task), "two states of task {}", task);
    if (outcome.state == Index::State::pending) continue;
    MPROC_ASSERT(was_written(task, outcome), "an outcome of task {} that was not written", task);
    MPROC_ASSERT(same(outcome.item, written().items[task]), "another item for task {}", task);
    ++(outcome.state == Index::State::succeeded ? succeeded : failed);
  }
  MPROC_ASSERT(succeeded == index.succeeded(stage) && failed == index.failed(stage), "counts are wrong");
  return succeeded + failed;
}

void check_marks(const Index& index) {
  if (const auto items = index.items())
    MPROC_ASSERT(items->count == tasks && items->hash == 77 && items->complete, "items that were not noted");
  if (const auto end = index.end())
    MPROC_ASSERT(end->state == "finished" && end->succeeded + end->failed == tasks,
                 "an end that was not noted");
}

/// The output of a journal with holes has a row for every task, and values only of those that have one.
void check_output(const Index& index, std::uint64_t done) {
  const auto path = scratch() / "out.jsonl";
  journal::render(index, stage, job::Format::jsonl, path, nullptr, tasks);
  std::istringstream lines(base::read_file(path));
  std::uint64_t rows = 0, pending = 0;
  for (std::string line; std::getline(lines, line); ++rows)
    pending += line.find(R"("status":"pending")") == line.npos ? 0 : 1;
  MPROC_ASSERT(rows == tasks && pending == tasks - done, "{} rows, {} pending, {} done", rows, pending, done);
}

}  // namespace

void attack(Input input) {
  static const Run run({{1, 1}, {1, 2}, {2, 1}});
  const std::uint64_t chosen = input.number();  // what takes longer is looked at now and then
  std::vector<Bytes> segments = written().segments;
  while (!input.empty()) damage(input, segments);
  for (std::size_t i = 0; i < segments.size(); ++i) run.fill(i, segments[i]);
  const Index index(run.directory());
  const std::uint64_t done = check_outcomes(index);
  check_nothing_sound_is_lost(index, segments);
  check_marks(index);
  if (segments == written().segments)
    MPROC_ASSERT(done == tasks && index.failed(stage) == 0 && index.damage().empty(),
                 "a sound journal is not read");
  check_detail(index, chosen % tasks);
  if (chosen % 32 == 0) check_output(index, done);
}

std::vector<std::string> seeds() {
  std::vector<std::string> out{seed("", std::uint8_t{0})};
  for (std::uint8_t kind = 0; kind < 6; ++kind)
    for (std::uint8_t segment = 0; segment < 3; ++segment)
      for (const std::uint16_t place : {0, 50, 81, 110, 300})
        out.push_back(seed("abc", segment, kind, segment, place, std::uint8_t{24}));
  return out;
}

}  // namespace mproc::fuzz
