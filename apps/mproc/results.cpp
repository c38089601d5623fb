#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "mproc/base/say.hpp"
#include "mproc/job/format.hpp"
#include "mproc/journal/render.hpp"
#include "mproc/run/crossval_output.hpp"
#include "mproc/run/feature_output.hpp"
#include "mproc/run/output.hpp"

namespace mproc::app {
namespace {

/// --format, else the suffix of the output, else CSV.
job::Format choose(const std::string& format, const std::filesystem::path& path) {
  std::string name = format;
  if (name.empty() && path != "-") name = path.extension().string().substr(path.has_extension() ? 1 : 0);
  if (name.empty()) return job::Format::csv;
  const auto named = job::format_named(name);
  MPROC_CHECK(named, "unknown format '{}'; there are csv, jsonl, json, npy, npz and pickle", name);
  return *named;
}

}  // namespace

void add_results(CLI::App& app, Context&) {
  auto* command =
      app.add_subcommand("results", "a run's results as a table, in any format, while it runs too");
  struct Options {
    std::optional<std::string> run, runs;
    std::string format, path = "-";
  };
  auto options = std::make_shared<Options>();
  command->add_option("RUN", options->run, "sweep-0001, sweep, or a run directory; default: the last run");
  command->add_option("--format", options->format,
                      "csv, jsonl, json ([crossval]), npy, npz or pickle (default: by suffix, else csv)");
  command->add_option("-o,--output", options->path, "file; - is standard output (default)");
  command->add_option("--runs", options->runs,
                      "folder of run directories (default: $MPROC_RUNS, else ./runs)");
  command->footer("examples:\n  mproc results > table.csv\n  mproc results sweep-0001 -o sweep.npz");
  command->callback([options] {
    const auto run =
        journal::RunDirectory::find(journal::RunDirectory::runs_root(options->runs), options->run);
    const journal::Index index(run);
    warn_of_damage(run, index);
    const auto seen = index.items();
    const auto items = run::recorded_items(run);
    const std::uint64_t total = std::max(seen ? seen->count : 0, index.extent({}));
    const job::Format format = choose(options->format, options->path);
    if (run::render_recorded_crossval(run, index, format, options->path)) return;
    auto rendered = run::render_recorded_features(run, index, total, format, options->path);
    if (!rendered) rendered = journal::render(index, {}, format, options->path, items.get(), total);
    if (const auto note = run::note_of(*rendered, format); !note.empty()) base::say(note);
  });
}

}  // namespace mproc::app
