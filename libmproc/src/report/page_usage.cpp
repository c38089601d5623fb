// Where the time of executors went, as data.
#include <algorithm>

#include "page_parts.hpp"

namespace mproc::report {
namespace {

using base::Json;

constexpr std::size_t most_ranks = 512;

}  // namespace

Json shares_of(const Shares& shares) {
  return {{"busy", shares.busy_ns / 1000},
          {"before", shares.before_ns / 1000},
          {"between", shares.between_ns / 1000},
          {"after", shares.after_ns / 1000}};
}

Json all_shares(const History& history, const std::optional<journal::Status>& status) {
  Shares shares;
  std::size_t executors = 0;
  for (std::uint32_t i = 0; i < history.executors().size(); ++i) {
    if (history.executors()[i].slot == journal::Origin::unknown_slot) continue;
    shares += history.usage().shares(i, history.axis());
    ++executors;
  }
  Json out = shares_of(shares);
  // How many executors there were is known of the last session; those that never had a task are in no record.
  if (const auto& sessions = history.axis().sessions(); status && !sessions.empty()) {
    const auto& [epoch, last] = *sessions.rbegin();
    const std::size_t idle =
        status->executors - std::min<std::size_t>(history.usage().executors_in(epoch), status->executors);
    out["unused"] = static_cast<std::int64_t>(idle) * last.length_ns() / 1000;
  }
  out["executors"] = std::max<std::size_t>(executors, status ? status->executors : 0);
  return out;
}

Json ranks_of(const History& history) {
  Json out = Json::array();
  const auto& executors = history.executors();
  for (std::uint32_t i = 0; i < executors.size();) {
    const std::int32_t rank = executors[i].rank;
    Shares shares;
    std::uint64_t tasks = 0, failed = 0, count = 0;
    const std::string& host = executors[i].host;
    for (; i < executors.size() && executors[i].rank == rank; ++i) {
      tasks += history.usage().tasks(i);
      failed += history.usage().failed(i);
      if (executors[i].slot == journal::Origin::unknown_slot) continue;
      shares += history.usage().shares(i, history.axis());
      ++count;
    }
    Json row = shares_of(shares);
    row["rank"] = rank;
    row["host"] = host;
    row["executors"] = count;
    row["tasks"] = tasks;
    row["failed"] = failed;
    out.push_back(std::move(row));
  }
  if (out.size() > most_ranks) {  // those that did least are what one looks for
    std::stable_sort(out.begin(), out.end(),
                     [](const Json& a, const Json& b) { return a["busy"] < b["busy"]; });
    out.erase(out.begin() + most_ranks, out.end());
  }
  return out;
}

}  // namespace mproc::report
