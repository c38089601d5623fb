#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "mproc/journal/output_file.hpp"
#include "mproc/report/page.hpp"
#include "mproc/report/trace.hpp"
#include "report_kinds.hpp"
#include "run_argument.hpp"

namespace mproc::app {
namespace {

namespace fs = std::filesystem;

enum class Kind { page, trace, packed_trace };

constexpr std::string_view mark = "mproc-report";  // near the begin of all that we write

Kind kind_of(const fs::path& path) {
  const std::string name = path.string();
  if (name.ends_with(".html")) return Kind::page;
  if (name.ends_with(".json")) return Kind::trace;
  if (name.ends_with(".json.gz")) return Kind::packed_trace;
  throw base::UserError(fmt::format(
      "cannot write {}: a report is .html, a trace for Perfetto .json or .json.gz", path.string()));
}

/// What a file begins with, unpacked; nothing where there is no regular file.
std::optional<std::string> begin_of(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) return "what cannot be read";
  std::array<char, 512> begin{};
  const int size = gzread(file.get(), begin.data(), begin.size());
  return std::string(begin.data(), static_cast<std::size_t>(std::max(size, 0)));
}

void refuse_what_is_not_ours(const fs::path& path) {
  const auto begin = begin_of(path);
  MPROC_CHECK(!begin || begin->empty() || begin->find(mark) != std::string::npos,
              "{} is there and is no report of mproc; choose another path by -o, or remove it",
              path.string());
}

/// Writes pieces of text, packed as gzip does.
class Packer {
 public:
  explicit Packer(journal::OutputFile& file) : file_(file) {
    constexpr int gzip = 15 + 16;
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw base::SystemError("cannot pack the trace: zlib refuses", ENOMEM);
  }
  ~Packer() { deflateEnd(&stream_); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void write(std::string_view piece, int flush = Z_NO_FLUSH) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      std::array<char, 1 << 16> out;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = out.size();
      deflate(&stream_, flush);
      file_.buffer().append(out.data(), out.size() - stream_.avail_out);
      file_.spill();
    } while (stream_.avail_out == 0);
  }

 private:
  journal::OutputFile& file_;
  z_stream stream_{};
};

void write(Kind kind, journal::OutputFile& file, const journal::RunDirectory& run,
           const journal::Index& index) {
  report::Background background;
  background.status = journal::present_status(run);
  const report::History history(index, background.status);
  const auto append = [&](std::string_view piece) {
    file.buffer() += piece;
    file.spill();
  };
  if (kind == Kind::trace) return report::write_trace(run.name(), index, history, append);
  if (kind == Kind::packed_trace) {
    Packer packer(file);
    report::write_trace(run.name(), index, history, [&](std::string_view piece) { packer.write(piece); });
    return packer.write({}, Z_FINISH);
  }
  const auto items = recorded_items_if_any(run);
  background.items = items.get();
  add_picture_of_kind(background, run, index);
  for (const std::string& line : index.damage())
    background.notes.push_back("The journal is damaged: " + line);
  append(report::page(report::page_data(run, index, history, background)));
}

std::string size_text(std::uintmax_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

void add_report(CLI::App& app, Context&) {
  auto* command =
      app.add_subcommand("report", "a run as a page to look at: times, failures, results of its kind");
  struct Options : RunArgument {
    std::string path;
  };
  auto options = std::make_shared<Options>();
  options->add_run(*command);
  command->add_option("-o,--output", options->path,
                      "FILE.html; or FILE.json, FILE.json.gz: a trace for ui.perfetto.dev and "
                      "chrome://tracing (default: NAME-0001.html)");
  command->footer(
      "The page is one file that needs no network, also of a run that is under way.\n\nexamples:\n"
      "  mproc report\n  mproc report sweep-0001 -o sweep.html\n  mproc report -o trace.json.gz");
  command->callback([options] {
    const auto run = options->find();
    const fs::path path = options->path.empty() ? run.name() + ".html" : options->path;
    const Kind kind = kind_of(path);
    refuse_what_is_not_ours(path);
    journal::OutputFile file(path);
    const journal::Index index(run);
    warn_of_damage(run, index);
    write(kind, file, run, index);
    file.commit();
    if (std::error_code ignored; fs::is_regular_file(path, ignored))
      fmt::print("{}: {}\n", path.string(), size_text(fs::file_size(path)));
  });
}

}  // namespace mproc::app
