// Item sources and shared arrays, from files of any content: refused in one line, or the same items however
// they are read.
#include "mproc/job/items.hpp"
#include "fuzz.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/job.hpp"
#include "mproc/journal/value_text.hpp"
#include "parse.hpp"
#include "scratch.hpp"
#include "support/temp_directory.hpp"
#include "support/zip_archive.hpp"

namespace mproc::fuzz {
namespace {

using base::Bytes;
using job::ItemSource;
using job::Json;

constexpr std::uint64_t most_items = 2'000;

std::string one_line(const base::UserError& error) {
  const std::string text = error.what();
  MPROC_ASSERT(text.find('\n') == text.npos, "an error of many lines: {}", text);
  return text;
}

/// What a reader sees: items from the first on, and how they ended; not beyond most_items.
struct Seen {
  std::vector<Bytes> items;
  std::string error;
  bool whole = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen read_all(ItemSource& source, std::uint64_t batch_items, std::size_t batch_bytes) {
  Seen seen;
  while (seen.items.size() < most_items) {
    job::ItemBatch batch;
    try {
      seen.whole = !source.read(batch, batch_items, batch_bytes);
    } catch (const base::UserError& error) {
      seen.error = one_line(error);
    }
    MPROC_ASSERT(batch.count() == 0 || batch.first == seen.items.size(), "item {} comes as item {}",
                 seen.items.size(), batch.first);
    for (std::uint64_t i = 0; i < batch.count(); ++i)
      seen.items.emplace_back(batch.item(i).begin(), batch.item(i).end());
    if (seen.whole || !seen.error.empty()) break;
  }
  if (seen.items.size() >= most_items) {
    seen.items.resize(most_items);
    seen.error.clear();
  }
  return seen;
}

void expect_same_from(ItemSource& source, const Seen& all, std::size_t index) {
  job::ItemBatch batch;
  source.seek(index);
  MPROC_ASSERT(source.read(batch, 1, 1) && batch.first == index, "no item {} after seek", index);
  MPROC_ASSERT(base::text(batch.item(0)) == base::text(all.items[index]), "item {} is another after seek",
               index);
}

/// What a reader sees who goes on, or comes from beyond.
void expect_same_end(ItemSource& source, const Seen& all) {
  job::ItemBatch batch;
  if (!all.error.empty())
    MPROC_ASSERT(read_all(source, 1, 1) == (Seen{{}, all.error, false}), "{} only once", all.error);
  if (!all.whole) return;
  MPROC_ASSERT(source.count() == all.items.size(), "not as many items as were counted");
  source.seek(all.items.size() + 1);
  MPROC_ASSERT(!source.read(batch, 1, 1), "an item behind the last one");
}

void attack_source(const std::function<std::unique_ptr<ItemSource>()>& open) {
  std::unique_ptr<ItemSource> source;
  try {
    source = open();
  } catch (const base::UserError& error) {
    one_line(error);
    return;
  }
  const Seen all = read_all(*source, 7, 100);
  for (const Bytes& item : all.items)
    MPROC_ASSERT(base::skip_value(item, 0) == item.size(), "an item is not one value");
  expect_same_end(*source, all);
  source->seek(0);
  MPROC_ASSERT(read_all(*source, 1, 1) == all, "items one by one are others");
  for (const std::size_t index : {all.items.size() - 1, all.items.size() / 2, std::size_t{0}})
    if (index < all.items.size()) expect_same_from(*source, all, index);
}

job::Job job_of(Json section, const char* name = "items") {
  Json tree{{"task", {{"function", "f"}}}, {"items", {{"range", 1}}}};
  tree[name] = std::move(section);
  return job::read_job(job::Document::from_tree(std::move(tree), "job.json", scratch()));
}

void attack_file(const char* kind, Json options, base::ByteView content) {
  static const MemoryFile file;
  file.fill(content);
  if (options.is_object())
    options["path"] = file.path();
  else
    options = file.path();
  attack_source([&] { return job::make_item_source(job_of({{kind, options}})); });
}

Json parsed(std::string_view text) {
  return job::parse_json_text(
      text, [](std::size_t) { return std::string("items"); }, job::BigIntegers::keep);
}

/// A tree from JSON becomes the same JSON again by way of an item.
void attack_json_value(std::string_view text) try {
  Bytes item, again;
  job::append_value(item, parsed(text));
  std::string written;
  std::uint64_t not_finite = 0;
  journal::append_json(written, item, not_finite);
  job::append_value(again, parsed(written));
  MPROC_ASSERT(again == item && not_finite == 0, "a value changed by way of an item: {}", written);
} catch (const base::UserError& error) {
  one_line(error);
}

/// The [items] table itself.
void attack_inline(std::string_view text) {
  if (text.find("glob") != text.npos) return;
  attack_source([&]() -> std::unique_ptr<ItemSource> {
    const job::Job job = job_of(parsed(text));
    MPROC_CHECK(!job::is_generator(job), "a generator");
    return job::make_item_source(job);
  });
}

void attack_data(const char* suffix, base::ByteView content, const char* member = "") try {
  const auto path = scratch() / (std::string("data") + suffix);
  testing::put_file(path, base::text(content));
  for (const job::DataFile& file : job_of({{"X", path.string() + member}}, "data").data) {
    std::uint64_t bytes = 0;
    job::read_elements(file, [&](base::ByteView piece) { bytes += piece.size(); });
    MPROC_ASSERT(bytes == file.array.bytes(), "an array of another size than was said");
  }
} catch (const base::UserError& error) {
  one_line(error);
}

std::string npy(std::string header, std::string_view elements) {
  header += '\n';
  return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
         std::string(elements);
}

}  // namespace

void attack(Input input) {
  switch (input.number() % 9) {
    case 0:
      return attack_file("csv", nullptr, input.rest());
    case 1:
      return attack_file("jsonl", nullptr, input.rest());
    case 2:
      return attack_file("npy", nullptr, input.rest());
    case 3:
      return attack_file("lines", nullptr, input.rest());
    case 4:
      return attack_inline(base::text(input.rest()));
    case 5:
      return attack_json_value(base::text(input.rest()));
    case 6:
      return attack_data(".npy", input.rest());
    case 7:
      return attack_data(".csv", input.rest());
    default:
      return attack_data(".npz", input.rest(), ":X");
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const auto add = [&out](std::uint8_t kind, std::string_view content) {
    out.push_back(seed(content, kind));
  };
  const std::string csv =
      "\xef\xbb\xbfyear,ok,\"na\"\"me\"\r\n1,true,\"x\r\ny\"\r\n,,\n-2.5,false,\xc3\xa9\n";
  const std::string table =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", std::string(24, '?'));
  add(0, csv);
  add(1, "{\"a\": [1, {\"b\": null}], \"c\": \"\\u00e9\"}\n\n99999999999999999999\n[true, -1.5e3]\n");
  add(2, table);
  add(2, npy("{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }",
             std::string("a\0\0\0b\0\0\0c\0\0\0\0\0\0\0", 16)));
  add(2, npy("{'descr': '<c8', 'fortran_order': True, 'shape': (2,), }", std::string(16, '?')));
  add(3, "one\r\n\xc3\xa9\xf0\x9f\x98\x80\n\nlast");
  for (const char* inlined :
       {R"({"grid": {"a": [1, 2.5, "x"], "b": {"range": [0, 10, 3]}}})", R"({"range": [1.0, 0, -0.1]})",
        R"({"zip": {"a": {"linspace": [0, 1, 3]}, "b": [null, true, []]}})", R"({"list": [{"a": {}}]})"})
    add(4, inlined);
  add(5,
      R"([1e308, -0.0, 5e-324, 18446744073709551616, -9223372036854775808, "\u0000\ud83d\ude00", {"": []}])");
  add(6, table);
  add(6, npy("{'descr': [('a', '<i4'), ('b', '|S3')], 'fortran_order': False, 'shape': (1,), }", "1234abc"));
  add(7, csv);
  add(7, "a,b\n1,2\n3,4.5\n");
  for (const testing::ZipKind& kind :
       {testing::ZipKind{}, testing::ZipKind{.deflated = true}, testing::ZipKind{.large = true}})
    add(8, testing::zip_archive({{"X.npy", table}}, kind));
  return out;
}

}  // namespace mproc::fuzz
