#include "mproc/journal/segment.hpp"

#include <gmock/gmock.h>

#include "mproc/base/error.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t nonce = 0x1234567890abcdef;

std::string segment(std::vector<EncodedRecord> records, std::uint64_t with_nonce = nonce) {
  const auto header = encode_segment_header({1, 1, with_nonce});
  std::string bytes = text(header);
  for (const EncodedRecord& record : records) {
    bytes += text(encode_record_header(record, with_nonce, bytes.size()));
    bytes += text(record.head) + text(record.block.view()) + text(record.items.view());
  }
  return bytes;
}

std::vector<EncodedRecord> three_records() {
  std::vector<EncodedRecord> records;
  records.push_back(encode(record(0, {value(1.5), value("two")}, {value(1), value(2)})));
  records.push_back(encode(ItemsRecord{7, 99, true}));
  records.push_back(encode(EndRecord{"finished", 2, 0}));
  return records;
}

struct Read {
  std::vector<std::string> bodies;
  std::vector<std::string> damage;
};

Read read(std::string_view bytes) {
  SegmentReader reader(base::view(bytes), "s.mj");
  Read result;
  while (const auto r = reader.next()) result.bodies.push_back(text(r->body));
  result.damage = reader.damage();
  return result;
}

TEST(Segment, gives_back_every_record_as_it_was_written) {
  const std::string bytes = segment(three_records());
  SegmentReader reader(base::view(bytes), "s.mj");
  const auto results = reader.next();
  ASSERT_TRUE(results && results->type == RecordType::results);
  const ResultsView view = decode_results(results->body);
  EXPECT_EQ(view.stage, stage);
  EXPECT_EQ(view.rank, 3);
  EXPECT_EQ(view.slot, 1u);
  EXPECT_EQ(view.host, "node7");
  const ResultsRecord original = record(0, {value(1.5), value("two")}, {value(1), value(2)});
  EXPECT_EQ(text(view.block), text(original.block.view()));
  EXPECT_EQ(text(view.items), text(original.items.view()));
  const auto items = reader.next();
  ASSERT_TRUE(items && items->type == RecordType::items);
  EXPECT_EQ(decode_items(items->body).count, 7u);
  EXPECT_EQ(decode_items(items->body).hash, 99u);
  EXPECT_TRUE(decode_items(items->body).complete);
  const auto end = reader.next();
  ASSERT_TRUE(end && end->type == RecordType::end);
  EXPECT_EQ(decode_end(end->body).state, "finished");
  EXPECT_EQ(decode_end(end->body).succeeded, 2u);
  EXPECT_FALSE(reader.next());
  EXPECT_THAT(reader.damage(), IsEmpty());
}

TEST(Segment, cut_off_anywhere_gives_the_whole_records_before_the_cut_and_no_damage) {
  const std::string bytes = segment(three_records());
  const auto whole = read(bytes).bodies;
  std::size_t ends_at = segment_header_size, records = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    while (records < whole.size() && size >= ends_at + record_header_size + whole[records].size())
      ends_at += record_header_size + whole[records++].size();
    const Read cut = read(std::string_view(bytes).substr(0, size));
    EXPECT_THAT(cut.damage, IsEmpty()) << size;
    ASSERT_EQ(cut.bodies,
              std::vector<std::string>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(records)))
        << size;
  }
}

TEST(Segment, a_flip_of_any_byte_costs_at_most_its_own_record_and_never_changes_another) {
  const std::string good = segment(three_records());
  const auto whole = read(good).bodies;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      const Read found = read(bad);
      EXPECT_GE(found.bodies.size(), whole.size() - (at < segment_header_size ? 0 : 1)) << at;
      for (const std::string& body : found.bodies) EXPECT_THAT(whole, ::testing::Contains(body)) << at;
      EXPECT_EQ(found.damage.size(), 1u) << at;
    }
  }
}

TEST(Segment, a_damaged_record_is_noted_with_its_place) {
  std::string bytes = segment(three_records());
  bytes[segment_header_size + record_header_size + 3] ^= 1;
  const Read found = read(bytes);
  EXPECT_EQ(found.bodies.size(), 2u);
  ASSERT_EQ(found.damage.size(), 1u);
  const std::size_t end = segment_header_size + three_records()[0].size();
  EXPECT_EQ(found.damage[0], fmt::format("s.mj: bytes {} to {} are damaged; their tasks count as not done",
                                         segment_header_size, end));
}

TEST(Segment, both_headers_damaged_cost_the_segment) {
  std::string bytes = segment(three_records());
  bytes[3] ^= 1;
  bytes[segment_header_size / 2 + 3] ^= 1;
  const Read found = read(bytes);
  EXPECT_THAT(found.bodies, IsEmpty());
  EXPECT_THAT(found.damage, ::testing::ElementsAre(HasSubstr("not a journal segment")));
}

/// A segment whose one record has a result that is itself a record, valid at its very place but for the
/// nonce.
std::string segment_within_a_result(std::uint64_t inner_nonce) {
  const EncodedRecord inner = encode(EndRecord{"finished", 2, 0});
  const auto outer = [](const std::string& result) {
    std::vector<EncodedRecord> records;
    records.push_back(encode(record(0, {value(result)})));
    return segment(std::move(records));
  };
  const std::string placeholder(inner.size(), '#');
  const std::size_t place = outer(placeholder).find(placeholder);
  return outer(text(encode_record_header(inner, inner_nonce, place)) + text(inner.head));
}

TEST(Segment, records_inside_a_result_are_not_taken_for_records_after_damage) {
  std::string bytes = segment_within_a_result(77);
  bytes[segment_header_size + 20] ^= 1;
  EXPECT_THAT(read(bytes).bodies, IsEmpty());
  // To show that only the nonce keeps it out:
  bytes = segment_within_a_result(nonce);
  bytes[segment_header_size + 20] ^= 1;
  EXPECT_EQ(read(bytes).bodies.size(), 1u);
}

TEST(Segment, a_record_copied_to_another_place_does_not_count) {
  const std::string good = segment(three_records());
  const Read found = read(good + good.substr(segment_header_size));
  EXPECT_EQ(found.bodies.size(), 3u);
  EXPECT_EQ(found.damage.size(), 1u);
}

TEST(Segment, zeros_at_the_end_after_a_lost_machine_are_a_torn_tail) {
  const Read found = read(segment(three_records()) + std::string(10'000, '\0'));
  EXPECT_EQ(found.bodies.size(), 3u);
  EXPECT_THAT(found.damage, IsEmpty());
}

TEST(Segment, foreign_bytes_are_damage_and_no_records) {
  std::string noise(100'000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  EXPECT_THAT(read(noise).bodies, IsEmpty());
  EXPECT_EQ(read(noise).damage.size(), 1u);
  const std::string good = segment(three_records());
  EXPECT_EQ(read(good + noise).bodies.size(), 3u);
  EXPECT_EQ(read(good + noise).damage.size(), 1u);
}

TEST(Segment, bodies_that_disagree_with_themselves_are_refused) {
  const EncodedRecord good = encode(record(0, {value(1)}, {value(2)}));
  const std::string body = text(good.head) + text(good.block.view()) + text(good.items.view());
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_THROW(decode_results(base::view(std::string_view(body).substr(0, size))), base::DecodeError)
        << size;
  EXPECT_THROW(decode_results(base::view(body + "x")), base::DecodeError);
  EXPECT_THROW(decode_items(base::view("x")), base::DecodeError);
  EXPECT_THROW(decode_end(base::view("")), base::DecodeError);
}

}  // namespace
}  // namespace mproc::journal
