// Job files, TOML and JSON: refused in one line, or read; the tree is the same once written as JSON, and so
// is the job.
#include "fuzz.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "scratch.hpp"

namespace mproc::fuzz {
namespace {

using job::Document;

/// False where the user is told of a mistake, in one line.
template <class Call>
bool accepted(Call call) {
  try {
    call();
    return true;
  } catch (const base::UserError& error) {
    MPROC_ASSERT(std::string_view(error.what()).find('\n') == std::string_view::npos,
                 "an error of many lines: {}", error.what());
    return false;
  }
}

std::string dumped(const Document& document) {
  return document.tree().dump(-1, ' ', false, job::Json::error_handler_t::strict);
}

/// As a run keeps it in its job.json.
void expect_same_job(const job::Job& job) {
  const std::string text = dumped(job.document);
  const Document again = Document::from_tree(job::Json::parse(text), "job.json", job.document.base_dir());
  MPROC_ASSERT(dumped(again) == text, "a job's tree changed on its way");
  if (text.find("null") != text.npos) return;  // NaN and infinities are not written
  const job::Job same = job::read_job(again);
  MPROC_ASSERT(job::identity(same) == job::identity(job), "a job became another");
}

void read_some_items(const job::Job& job) {
  if (job::is_generator(job)) return;
  const auto source = job::make_item_source(job);
  job::ItemBatch batch;
  source->read(batch, 20, 1'000);
  source->seek(3);
}

}  // namespace

void attack(Input input) {
  const std::string text = input.text();
  if (text.find("glob") != text.npos) return;  // would look through this machine's files
  Document document;
  const bool is_document = accepted([&] {
    document = text.starts_with('{') ? Document::parse_json(text, "job.json", scratch())
                                     : Document::parse_toml(text, "job.toml", scratch());
  });
  if (!is_document) return;
  job::Job job;
  if (!accepted([&] { job = job::read_job(document); })) return;
  expect_same_job(job);
  accepted([&] { read_some_items(job); });
}

std::vector<std::string> seeds() {
  return {
      "name = 's'\nseed = 4_2\n[task]\nfunction = 'm:f'\nargs = { t = 1e-6, d = 2026-01-02T03:04:05Z }\n"
      "[items.grid]\na.range = [1, 0x1f, 2]\nb = [nan, -inf, \"\\u00e9\", '''x\ny''']\n[run]\ngrace = '1m'\n"
      "max-failures = '5%'\n",
      "[init]\nmodules = ['numpy']\ncode = '''\ndef f(x):\n  return x\n'''\n[task]\nfunction = 'f'\ncall = "
      "'star'\n"
      "cpus = 2\nretries = 1\nlost-retries = 0\n[items]\nrange = 10\n[output]\npath = "
      "'out.csv'\n[run]\nchunk = 3\n"
      "env = { A = '$HOME/x' }\n",
      "[task]\ncommand = ['gzip', '-{n}', '{path}']\n[items.zip]\npath = ['a', 'b']\nn = { linspace = [0, 1, "
      "2] }\n"
      "[[slurm.x]]\ny = 1\n[slurm]\ntime = 08:00:00\n",
      R"({"name": "s", "seed": 42, "task": {"command": ["a", "{x}", "{{"], "cpus": 1}, "items": {"zip": {"x":)"
      R"( [1, 2.5e3, "\u00e9", null], "y": {"linspace": [0, 1, 4]}}}, "run": {"env": {"A": "1"}}})",
      "[task]\ncommand = '''a \"$(b {1/.} {{x}} ${y})\" '{.}' | c {a,b} > {#}'''\ndirectory = "
      "'o/{//}'\n[items]\nsources = [['a', "
      "{ hex = 'ff' }], { linked = ['b'] }]\n",
      "[task]\ncommand = './s'\n[items]\narray = '0-9:3,20%2'\n",
      R"({"task": {"function": "f"}, "items": {"list": [[1], {"a": {}}, 18446744073709551615]}})",
  };
}

}  // namespace mproc::fuzz
