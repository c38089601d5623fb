// Series from files of any content with any columns asked for: refused in one line, again and again, or the
// same groups after any seek, sorted with however little memory, and of records read in blocks of any size.
#include "mproc/job/series.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "csv.hpp"
#include "fuzz.hpp"
#include "scratch.hpp"
#include "support/temp_directory.hpp"

namespace mproc::fuzz {
namespace {

using job::SeriesGroup;
using job::SeriesReader;
using job::SeriesSpec;

enum Flags : std::uint8_t { npy = 1, wide = 2, by_time = 4, by_kind = 8, by_value = 16, without_id = 32 };

SeriesSpec spec_of(std::uint8_t flags) {
  SeriesSpec spec;
  spec.input = scratch() / ((flags & npy) != 0 ? "series.npy" : "series.csv");
  spec.wide = (flags & wide) != 0;
  if ((flags & without_id) == 0) spec.id = "id";
  if ((flags & by_time) != 0) spec.sort = "t";
  if ((flags & by_kind) != 0) spec.kind = "k";
  if ((flags & by_value) != 0) spec.values = {"x"};
  return spec;
}

std::string one_line(const base::UserError& error) {
  const std::string text = error.what();
  MPROC_ASSERT(text.find('\n') == text.npos, "an error of many lines: {}", text);
  return text;
}

/// Bit for bit, so that NaN is itself.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}
bool same(const SeriesGroup& a, const SeriesGroup& b) {
  return a.id == b.id && std::equal(a.series.begin(), a.series.end(), b.series.begin(), b.series.end(),
                                    [](const job::Series& x, const job::Series& y) {
                                      return x.name == y.name && same(x.values, y.values) &&
                                             same(x.hours, y.hours);
                                    });
}

/// What a reader sees from where it is: groups, and how they ended.
struct Seen {
  std::vector<SeriesGroup> groups;
  std::string error;
  bool grouped = true;
};

bool same(const Seen& a, const Seen& b) {
  return a.error == b.error && std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(),
                                          [](const auto& x, const auto& y) { return same(x, y); });
}

Seen rest_of(SeriesReader& reader) {
  Seen seen;
  SeriesGroup group;
  try {
    while (reader.next(group)) {
      MPROC_ASSERT(!group.series.empty(), "a group without series");
      for (const job::Series& series : group.series) {
        MPROC_ASSERT(!series.values.empty(), "a series without values");
        MPROC_ASSERT(series.hours.size() == (reader.timed() ? series.values.size() : 0),
                     "hours that are not its");
        MPROC_ASSERT(std::is_sorted(series.hours.begin(), series.hours.end()), "time runs backwards");
      }
      seen.groups.push_back(group);
    }
  } catch (const job::NotGrouped& error) {
    seen.grouped = false;
    seen.error = one_line(error);
  } catch (const base::UserError& error) {
    seen.error = one_line(error);
  }
  return seen;
}

void expect_seeks(SeriesReader& reader, const Seen& all) {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < all.groups.size(); first += all.groups[i++].series.size()) {
    if (i > 3 && i + 3 < all.groups.size()) continue;
    SeriesGroup group;
    reader.seek(first + all.groups[i].series.size() - 1);
    MPROC_ASSERT(reader.position() == first && reader.next(group) && same(group, all.groups[i]),
                 "group {} is another after a seek", i);
  }
}

/// Groups in files on disk, or what is wrong.
Seen sorted(const SeriesSpec& spec, std::size_t memory, Seen* again) try {
  const auto reader = job::sort_series(spec, scratch(), memory);
  const Seen all = rest_of(*reader);
  expect_seeks(*reader, all);
  reader->seek(0);
  *again = rest_of(*reader);
  return all;
} catch (const base::UserError& error) {
  again->error = one_line(error);
  return *again;
}

void attack_sort(const SeriesSpec& spec, const Seen& all, std::size_t memory) {
  Seen again, whole_again;
  const Seen some = sorted(spec, memory, &again), whole = sorted(spec, 1 << 20, &whole_again);
  MPROC_ASSERT(same(some, again) && same(some, whole), "sorted with {} bytes it is another", memory);
  if (all.grouped)
    MPROC_ASSERT(all.error.empty() ? same(some, all) : some.error == all.error, "sorted it is another");
  std::set<std::string> ids;
  for (const SeriesGroup& group : some.groups) MPROC_ASSERT(ids.insert(group.id).second, "an id twice");
}

/// Those of the groups, where there are groups.
void attack_ids(const SeriesSpec& spec, const Seen& all) {
  std::vector<std::string> ids, expected;
  try {
    ids = job::series_ids(spec);
  } catch (const base::UserError& error) {
    MPROC_ASSERT(!one_line(error).empty() && !all.error.empty(),
                 "ids that cannot be read, and series that can");
    return;
  }
  for (const SeriesGroup& group : all.groups) expected.push_back(group.id);
  if (all.error.empty()) MPROC_ASSERT(ids == expected, "other ids than the groups have");
}

void attack_series(const SeriesSpec& spec, std::size_t memory) {
  std::unique_ptr<SeriesReader> reader;
  try {
    reader = job::open_series(spec);
  } catch (const base::UserError& error) {
    Seen again;
    MPROC_ASSERT(sorted(spec, memory, &again).error == one_line(error), "refused otherwise when sorted");
    return;
  }
  const Seen all = rest_of(*reader);
  const Seen end = rest_of(*reader);
  MPROC_ASSERT(end.groups.empty() && end.error == all.error, "another end: {}", end.error);
  expect_seeks(*reader, all);
  reader->seek(0);
  MPROC_ASSERT(same(rest_of(*reader), all), "other groups the second time");
  attack_sort(spec, all, memory);
  attack_ids(spec, all);
}

std::vector<std::string> cells_of(const std::filesystem::path& path, std::size_t block) {
  std::vector<std::string> out;
  try {
    job::InputFile file(path, block);
    job::CsvReader reader(file, ',');
    while (reader.next()) {
      for (const job::Cell& cell : reader.cells())
        out.push_back((cell.quoted ? "q" : "p") + std::string(cell.text));
      out.push_back(std::to_string(reader.start().offset) + ":" + std::to_string(reader.start().line));
    }
  } catch (const base::UserError& error) {
    out.push_back(one_line(error));
  }
  return out;
}

}  // namespace

void attack(Input input) {
  const auto flags = input.number(), size = input.number();
  const SeriesSpec spec = spec_of(flags);
  testing::put_file(spec.input, base::text(input.rest()));
  if ((flags & npy) == 0)
    MPROC_ASSERT(cells_of(spec.input, 1 + size % 64) == cells_of(spec.input, job::InputFile::usual_block),
                 "other cells in blocks of {}", 1 + size % 64);
  attack_series(spec, size * std::size_t{4});
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const auto add = [&out](int flags, std::string_view content) {
    out.push_back(seed(content, static_cast<std::uint8_t>(flags), std::uint8_t{20}));
  };
  add(by_time, "\xef\xbb\xbfid,t,x,y\r\na,1,1.5,\r\na,0,nan,-2e3\r\n\"b\"\"\r\n\",0,inf,4");
  add(by_time, "id,t,x\na,0,1\nb,0,2\na,-1,3\n");
  add(by_time | by_value,
      "x,t,id\n1,2026-11-23T09:30:00.25Z,a\n2,2026-11-23 09:30+01:00,a\n3,1999-12-31,b\n");
  add(by_time | by_kind, "id,k,t,x\n1,p,0,1\n1,q,0,2\n1,p,-1,3\n2,q,0,\n1,r,5,5\n");
  add(by_kind | by_value, "id,k,x,y\n1,p,0,1\n1,q,0,2\n");
  add(wide, "id,0,1,2\na,1,2,3\nb,,4,\nc,5,,\n");
  add(wide | without_id | by_value, "a,x\n1,2\n3,4\n");
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n";
  add(npy | without_id, std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
                            std::string(24, '?'));
  return out;
}

}  // namespace mproc::fuzz
