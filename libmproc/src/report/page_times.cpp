// When tasks ran, as data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "page_parts.hpp"

namespace mproc::report {
namespace {

using base::Json;

constexpr std::size_t most_slow = 25, most_named_bars = 2000;
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Microseconds; of what is shorter than a millisecond also their parts.
Json microseconds(std::int64_t ns, std::int64_t length_ns) {
  if (length_ns >= 1'000'000) return ns / 1000;
  return static_cast<double>(ns) / 1e3;
}

}  // namespace

Json picture_of(const History& history) {
  const Timeline& timeline = history.timeline();
  Json rows = Json::array();
  for (std::size_t row = 0; row < timeline.rows(); ++row) {
    const std::size_t executors = timeline.executors_of(row);
    const auto& first = history.executors();
    const auto full = static_cast<double>(timeline.bin_ns()) * static_cast<double>(executors);
    std::string busy, failed;
    bool some = false;
    for (std::size_t bin = 0; bin < timeline.bins(); ++bin) {
      const double share = static_cast<double>(timeline.busy_ns(row, bin)) / full;
      busy += digits[static_cast<std::size_t>(std::ceil(std::clamp(share, 0.0, 1.0) * 63))];
      const std::uint64_t failures = timeline.failed(row, bin);
      failed += digits[std::min<std::uint64_t>(failures, 63)];
      some = some || failures > 0;
    }
    Json out = {{"executors", executors}, {"busy", std::move(busy)}};
    if (const std::size_t at = timeline.first_executor(row); at < first.size()) {
      out["rank"] = first[at].rank;
      out["slot"] = first[at].slot == journal::Origin::unknown_slot ? Json() : Json(first[at].slot);
      out["host"] = first[at].host;
    }
    if (some) out["failed"] = std::move(failed);
    rows.push_back(std::move(out));
  }
  Json ended = Json::array();
  for (std::size_t bin = 0; bin < timeline.bins(); ++bin) ended.push_back(timeline.ended(bin));
  return {{"length", static_cast<double>(history.axis().length_ns()) / 1e3},
          {"bin", static_cast<double>(timeline.bin_ns()) / 1e3},
          {"rows", std::move(rows)},
          {"ended", std::move(ended)}};
}

Json bars_of(const journal::Index& index, const History& history, ItemTexts& items) {
  const std::vector<Bar> bars = history.timeline().bars();
  std::vector<std::size_t> longest(bars.size());
  std::iota(longest.begin(), longest.end(), std::size_t{0});
  std::ranges::stable_sort(longest, std::greater{}, [&](std::size_t i) { return bars[i].length_ns(); });
  longest.resize(std::min(longest.size(), most_named_bars));
  Json list = Json::array(), named = Json::object();
  const std::size_t a_row = std::max<std::size_t>(history.timeline().executors_of(0), 1);
  for (const Bar& bar : bars)
    list.push_back({bar.executor / a_row, microseconds(bar.start_ns, bar.length_ns()),
                    microseconds(bar.length_ns(), bar.length_ns()), stage_number(index, bar.stage),
                    bar.tasks.first, bar.tasks.count, bar.failed});
  for (const std::size_t i : longest)
    if (bars[i].tasks.count == 1)
      if (std::string text = items.of(bars[i].stage, bars[i].tasks.first); !text.empty())
        named[std::to_string(i)] = std::move(text);
  return {{"all", history.timeline().has_all_bars()}, {"list", std::move(list)}, {"items", std::move(named)}};
}

Json times_of(const TaskTimes& times) {
  Json counts = Json::array();
  std::size_t first = 0, last = 0;
  for (std::size_t i = 0; i < TaskTimes::classes; ++i)
    if (times.in_class(i) > 0) {
      if (last == 0) first = i;
      last = i + 1;
    }
  for (std::size_t i = first; i < last; ++i) counts.push_back(times.in_class(i));
  Json quantiles = Json::object();
  for (const double share : {0.5, 0.95, 0.99})
    quantiles[fmt::format("{}", share)] = times.quantile_ns(share) / 1e3;
  return {{"firstClass", first},
          {"classesAnOctave", TaskTimes::classes_an_octave},
          {"counts", std::move(counts)},
          {"tasks", times.tasks()},
          {"shortest", static_cast<double>(times.shortest_ns()) / 1e3},
          {"longest", static_cast<double>(times.longest_ns()) / 1e3},
          {"quantiles", std::move(quantiles)}};
}

Json slowest_of(const journal::Index& index, const History& history, ItemTexts& items) {
  std::vector<Bar> bars = history.timeline().bars();
  std::erase_if(bars, [](const Bar& bar) { return bar.tasks.count > 1; });
  std::ranges::stable_sort(bars, std::greater{}, &Bar::length_ns);
  bars.resize(std::min(bars.size(), most_slow));
  Json out = Json::array();
  for (const Bar& bar : bars) {
    const ExecutorName& where = history.executors()[bar.executor];
    out.push_back({{"stage", stage_number(index, bar.stage)},
                   {"task", bar.tasks.first},
                   {"item", items.of(bar.stage, bar.tasks.first)},
                   {"start", bar.start_ns / 1000},
                   {"length", microseconds(bar.length_ns(), bar.length_ns())},
                   {"failed", bar.failed > 0},
                   {"rank", where.rank},
                   {"slot", where.slot == journal::Origin::unknown_slot ? Json() : Json(where.slot)},
                   {"host", where.host}});
  }
  return out;
}

}  // namespace mproc::report
