// Records of any content whose checksums are right: their decoders, the index and all outputs take them, or
// refuse them in one line. And the small files of a run directory.
#include <fmt/ranges.h>

#include "fuzz.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/job/ndarray.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/render.hpp"
#include "mproc/journal/status.hpp"
#include "run.hpp"
#include "support/temp_directory.hpp"

namespace mproc::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using journal::Index;
using journal::RecordType;

constexpr std::uint64_t most_tasks = 100'000, most_rows = 100;

/// A few tasks far up are legal, and cost the more memory the farther.
bool is_small(RecordType type, ByteView body) try {
  if (type != RecordType::results && type != RecordType::attempts) return true;
  ByteView values;
  return base::decode_block_header(journal::decode_results(body).block, values).tasks.end() < most_tasks;
} catch (const base::DecodeError&) {
  return true;
}

void add_record(SegmentText& text, Input& input) {
  const auto type = static_cast<RecordType>(input.number() % 7);
  const ByteView body = input.take(input.number<std::uint16_t>());
  if (is_small(type, body)) text.add({type, Bytes(body.begin(), body.end()), {}, {}});
}

template <class Call>
void refused_or_done(Call call) {
  try {
    call();
  } catch (const base::DecodeError&) {
  } catch (const base::UserError& error) {
    MPROC_ASSERT(std::string_view(error.what()).find('\n') == std::string_view::npos,
                 "an error of many lines: {}", error.what());
  }
}

void look_at(const Index& index, base::StageKey stage, job::Format format) {
  const std::uint64_t rows = std::min(index.extent(stage), most_rows);
  refused_or_done([&] {
    Index::Cursor cursor(index, stage);
    for (std::uint64_t task = 0; task < index.extent(stage); ++task) cursor.at(task);
  });
  for (std::uint64_t task = 0; task < rows; ++task) refused_or_done([&] { index.detail(stage, task); });
  refused_or_done([&] { index.tries(stage, {0, rows}); });
  refused_or_done([&] { index.retried(stage); });
  std::uint64_t count = 0;
  for (const auto state : {Index::State::pending, Index::State::succeeded, Index::State::failed})
    for (const base::TaskRange range : index.ranges(stage, state)) count += range.count;
  MPROC_ASSERT(count == index.extent(stage), "ranges of {} tasks, where there are {}", count,
               index.extent(stage));
  refused_or_done([&] { journal::render(index, stage, format, scratch() / "out", nullptr, rows); });
}

void attack_records(Input input) {
  static const Run run({{1, 1}});
  constexpr job::Format formats[] = {job::Format::jsonl, job::Format::csv, job::Format::npy, job::Format::npz,
                                     job::Format::pickle};
  const job::Format format = formats[input.number() % std::size(formats)];
  SegmentText text(1, 1);
  while (!input.empty()) add_record(text, input);
  run.fill(0, text.bytes());
  const Index index(run.directory());
  index.items();
  index.end();
  look_at(index, {{0}, {0}}, format);
}

void attack_status(Input input) {
  static const Run run({});
  testing::put_file(run.directory().path() / "status.json", base::text(input.rest()));
  const auto status = journal::read_status(run.directory());
  if (!status) return;
  journal::write_status(run.directory(), *status);
  MPROC_ASSERT(journal::read_status(run.directory())->succeeded == status->succeeded,
               "a status changed on its way");
}

void attack_owner(Input input) {
  static const Run run({});
  testing::put_file(run.directory().path() / "owner", base::text(input.rest()));
  journal::Ownership::is_held(run.directory());
}

std::string record_seed(const std::vector<Bytes>& values, const std::vector<std::uint32_t>& failed,
                        const std::vector<Bytes>& items) {
  journal::ResultsRecord record;
  record.origin = {3, 1, 0, "node7"};
  base::OutcomeBlock block;
  block.tasks = {0, values.size()};
  block.failed = failed;
  block.captures = {{0, "hello\n"}};
  for (const Bytes& value : values) base::append(block.values, value);
  block.times.resize(values.size(), {3, 5});
  for (const Bytes& item : items) base::append(record.items.bytes, item);
  base::encode_block(record.block.bytes, block);
  const journal::EncodedRecord encoded = journal::encode(std::move(record));
  Bytes body = encoded.head;
  base::append(body, encoded.block.view());
  base::append(body, encoded.items.view());
  return seed(body, static_cast<std::uint8_t>(encoded.type), static_cast<std::uint16_t>(body.size()));
}

template <class T>
Bytes packed(const T& value) {
  Bytes bytes;
  base::pack_to(bytes, value);
  return bytes;
}

Bytes array(std::string_view dtype, const std::vector<std::uint64_t>& shape, std::string_view elements) {
  Bytes bytes;
  job::append_ndarray(bytes, dtype, shape, base::view(elements));
  return bytes;
}

std::vector<std::string> record_seeds() {
  Bytes failure;
  base::pack_failure(failure, {});
  const std::map<std::string, int> row{{"a", 1}, {"b", 2}};
  const std::string sixteen(16, '?');
  return {record_seed({packed(1), packed(2.5), packed(true)}, {}, {}),
          record_seed({packed(std::string("x")), failure, packed(std::string("\xff\0", 2))}, {1}, {}),
          record_seed({packed(row), packed(row)}, {}, {packed(1), packed(std::string("item"))}),
          record_seed({packed(row), packed(7)}, {}, {packed(row), packed(row)}),
          record_seed({array("<f8", {2}, sixteen), array("<f8", {2}, sixteen)}, {}, {}),
          record_seed({array("<i4", {4, 1}, sixteen), array("|b1", {16}, sixteen)}, {},
                      {array("<U2", {2}, sixteen), array("<c8", {2}, sixteen)}),
          record_seed({packed(std::vector<std::vector<int>>{{1, 2}, {3, 4}})}, {}, {})};
}

}  // namespace

void attack(Input input) {
  switch (input.number() % 4) {
    case 0:
      return attack_status(input);
    case 1:
      return attack_owner(input);
    default:
      return attack_records(input);
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const std::string& record : record_seeds())
    for (std::uint8_t format = 0; format < 5; ++format) out.push_back(seed(record, std::uint8_t{2}, format));
  out.push_back(
      seed(R"({"state": "running", "total": 7, "succeeded": 3, "failed": 1, "host": "a", "pid": 4711})",
           std::uint8_t{0}));
  out.push_back(seed(R"({"host": "a", "pid": 1, "started": 5, "boot": "b", "slurm_job": "", "token": 1})",
                     std::uint8_t{1}));
  return out;
}

}  // namespace mproc::fuzz
