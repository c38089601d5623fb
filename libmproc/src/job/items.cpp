#include "mproc/job/items.hpp"

#include <algorithm>
#include <array>

#include "mproc/job/crossval.hpp"
#include "read_parts.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

struct ItemKind {
  std::string_view name;
  std::unique_ptr<ItemSource> (*open)(const Spot&);
  void (*check)(const Spot&);  ///< without reading files
};

void check_inline(std::unique_ptr<ItemSource> (*open)(const Spot&), const Spot& spot) {
  open(spot);
}
void check_file(const Spot& spot) {
  item_file(spot);
}

void check_python(const Spot& spot) {
  spot.check(is_qualified_name(spot.text()), "has to be \"module:generator\", not \"{}\"", spot.text());
}

constexpr std::array<ItemKind, 12> kinds{{
    {"list", open_list, [](const Spot& spot) { check_inline(open_list, spot); }},
    {"range", open_range, [](const Spot& spot) { check_inline(open_range, spot); }},
    {"grid", open_grid, [](const Spot& spot) { check_inline(open_grid, spot); }},
    {"zip", open_zip, [](const Spot& spot) { check_inline(open_zip, spot); }},
    {"csv", open_csv, check_csv},
    {"jsonl", open_jsonl, check_file},
    {"npy", open_npy, check_file},
    {"lines", open_lines, check_file},
    {"glob", open_glob, [](const Spot& spot) { check_inline(open_glob, spot); }},
    {"array", open_array, [](const Spot& spot) { check_inline(open_array, spot); }},
    {"sources", open_sources, [](const Spot& spot) { check_inline(open_sources, spot); }},
    {"python", nullptr, check_python},
}};

/// The one kind that [items] has.
std::pair<const ItemKind*, Spot> only_kind(const Spot& items) {
  const std::string names = "list, range, grid, zip, csv, jsonl, npy, lines, glob, array, sources or python";
  items.check(!items.value().empty(), "is empty; add one of {}", names);
  auto entry = items.value().items().begin();
  const Spot spot = items.member(entry.key());
  if (items.value().size() > 1) {
    const std::string second = (++entry).key();
    items.member(second).refuse(fmt::format("and '{}' exclude each other; keep one", spot.key()));
  }
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const ItemKind& k) { return k.name == spot.name(); });
  items.check(found != kinds.end(), "has to have one of {}", names);
  return {&*found, spot};
}

}  // namespace

bool SourceBase::read(ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) {
  if (batch.ends.empty()) {
    batch.first = next_;
    if (auto item = share_next()) {
      batch.ends = {item.size()};
      batch.data = std::move(item);
      ++next_;
      return true;
    }
  }
  if (batch.data.shared) {
    const base::ByteView before = batch.data.view();
    batch.data = base::Bytes(before.begin(), before.end());
  }
  const std::size_t start = batch.data.bytes.size();
  const std::uint64_t first = next_;
  while (next_ - first < std::max<std::uint64_t>(max_items, 1) &&
         (next_ == first || batch.data.bytes.size() - start < max_bytes)) {
    const std::size_t whole = batch.data.bytes.size();
    try {
      if (!append_next(batch.data.bytes)) break;
    } catch (...) {
      batch.data.bytes.resize(whole);  // no half item
      throw;
    }
    batch.ends.push_back(batch.data.bytes.size());
    ++next_;
  }
  return next_ != first;
}

void SourceBase::seek(std::uint64_t index) {
  if (index != next_) next_ = approach(index, next_);
  base::Bytes dropped;
  while (next_ < index && append_next(dropped)) {
    ++next_;
    dropped.clear();
  }
}

void refuse_empty(const Spot& spot, const std::string& why) {
  throw base::UserError(fmt::format("{}no items: '{}' {}", spot.opening(), spot.key(), why));
}

void check_items(const Spot& section) {
  const auto [kind, spot] = only_kind(section);
  kind->check(spot);
}

std::vector<std::filesystem::path> item_files(const Spot& section) {
  const auto [kind, spot] = only_kind(section);
  if (kind->open == open_glob) {
    const auto paths = glob_paths(spot);
    return {paths.begin(), paths.end()};
  }
  if (kind->check == check_file) return {item_file(spot)};
  if (kind->check == check_csv) return {item_file(spot.value().is_object() ? spot.member("path") : spot)};
  return {};
}

std::unique_ptr<ItemSource> make_item_source(const Job& job) {
  if (job.fresh) return open_series_items(*job.fresh);
  if (job.crossval) return open_cells(*job.crossval);
  const auto [kind, spot] = only_kind(Spot(job.document).member("items"));
  MPROC_ASSERT(kind->open != nullptr, "items.{} needs an interpreter", kind->name);
  return kind->open(spot);
}

std::optional<std::string> is_generator(const Job& job) {
  if (!job.items.contains("python")) return std::nullopt;
  return job.items.at("python").get<std::string>();
}

}  // namespace mproc::job
