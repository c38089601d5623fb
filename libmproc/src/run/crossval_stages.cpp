#include "mproc/run/crossval_stages.hpp"

#include "mproc/base/msgpack.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {
namespace {

/// Reads what the Python function of a cell returns.
class CellReader {
 public:
  explicit CellReader(CrossvalProgress& progress) : progress_(progress) {}

  job::CellResult operator()(const journal::Index::Outcome& outcome) {
    job::CellResult result;
    if (outcome.state != journal::Index::State::succeeded) return result;
    std::size_t offset = 0;
    const auto value = base::unpack_value(outcome.value, offset);
    try {
      result.scores = job::field(value.get(), "scores").as<std::vector<double>>();
      result.fit_seconds = job::field(value.get(), "fit_time").as<double>();
      result.score_seconds = job::field(value.get(), "score_time").as<double>();
      if (const auto* names = job::find_field(value.get(), "names"); names && progress_.scorers.empty())
        progress_.scorers = names->as<std::vector<std::string>>();
      if (const auto* model = job::find_field(value.get(), "model"))
        progress_.model = model->as<std::string>();
    } catch (const msgpack::type_error&) {
      throw base::DecodeError("a cell's result is of another type than expected");
    }
    return result;
  }

 private:
  CrossvalProgress& progress_;
};

/// Another number for other cells: what is journalled of those does not count.
base::StageKey key_of(const job::CrossvalSearch& search, std::size_t stage) {
  if (stage == 0) return only_stage;
  job::ItemHash hash;
  for (std::uint64_t cell = 0; cell < search.cells(); ++cell) {
    base::Bytes item;
    search.append_cell(item, cell);
    hash.add(item);
  }
  return {base::MapId{static_cast<std::uint32_t>(stage)},
          base::StageId{static_cast<std::uint32_t>(hash.value())}};
}

}  // namespace

CrossvalProgress crossval_progress(const job::Job& job, const journal::Index& index, std::size_t most) {
  CrossvalProgress progress;
  progress.search = std::make_shared<job::CrossvalSearch>(job::search_of(*job.crossval));
  progress.scorers = job.crossval->scorers;
  CellReader read(progress);
  for (;; ++progress.stages) {
    progress.next = key_of(*progress.search, progress.stages);
    const std::uint64_t cells = progress.search->cells();
    if (progress.stages == most || cells == 0 ||
        index.succeeded(progress.next) + index.failed(progress.next) < cells)
      return progress;
    std::vector<job::CellResult> results;
    results.reserve(cells);
    journal::Index::Cursor cursor(index, progress.next);
    for (std::uint64_t cell = 0; cell < cells; ++cell) results.push_back(read(cursor.at(cell)));
    progress.search->take(std::move(results));
  }
}

std::optional<LaterStage> crossval_stage(const job::Job& job, std::size_t before,
                                         const journal::Index& index) {
  const CrossvalProgress progress = crossval_progress(job, index, before);
  if (progress.stages < before || progress.search->cells() == 0) return std::nullopt;
  LaterStage stage;
  stage.key = progress.next;
  stage.spec = job::map_spec(job, {});
  stage.spec.map = static_cast<std::uint32_t>(before);
  stage.tasks = progress.search->cells();
  stage.items = [search = progress.search] { return job::open_cells(search); };
  return stage;
}

}  // namespace mproc::run
