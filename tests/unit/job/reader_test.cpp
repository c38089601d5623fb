#include "mproc/job/job.hpp"

#include <cstdlib>

#include "support.hpp"

namespace mproc::job {
namespace {

TEST(ReadJob, reads_every_supported_key) {
  Folder folder;
  folder.write("model.py", "def simulate(): pass\n");
  ::setenv("JOB_TEST_DIR", "/scratch", 1);
  const Job job = job_from(folder, R"(
version = 1
name = "sweep"
seed = 42
[init]
code = "x = 1"
files = ["model.py"]
modules = ["numpy", "os.path"]
[task]
function = "model:simulate"
args = { tol = 1e-6 }
call = "kwargs"
cpus = 2
gpus = 1
pin = true
memory = "1.5GiB"
timeout = "1m30s"
retries = 1
lost-retries = 3
[items.grid]
alpha = [0.1, 1.0]
[run]
max-failures = "5%"
chunk = 10
executors = "auto"
recycle = 500
grace = "2s"
walltime = "8h"
relaunch = 0
env = { DATA = "${JOB_TEST_DIR}/in", N = 3, MONEY = "$$5" }
[output]
path = "sweep.csv"
[slurm]
nodes = 2
anything = ["goes"]
)");
  EXPECT_EQ(job.name, "sweep");
  EXPECT_EQ(job.seed, 42u);
  ASSERT_EQ(job.init.size(), 4u);
  EXPECT_EQ(job.init[0].which(), InitBlock::Kind::module);
  EXPECT_EQ(job.init[1].name, "os.path");
  EXPECT_EQ(job.init[2].which(), InitBlock::Kind::file);
  EXPECT_EQ(job.init[2].content, "def simulate(): pass\n");
  EXPECT_EQ(job.init[3].content, "x = 1");
  EXPECT_EQ(job.task.function, "model:simulate");
  EXPECT_EQ(job.task.args.dump(), R"({"tol":1e-06})");
  EXPECT_EQ(job.task.call, Call::kwargs);
  EXPECT_EQ(job.task.demand.cpus, 2u);
  EXPECT_EQ(job.task.demand.gpus, 1u);
  EXPECT_TRUE(job.task.demand.pin);
  EXPECT_EQ(job.task.demand.memory, 3u << 29);
  EXPECT_EQ(job.task.timeout, std::chrono::seconds(90));
  EXPECT_EQ(job.task.retries, 1u);
  EXPECT_EQ(job.task.lost_retries, 3u);
  EXPECT_DOUBLE_EQ(job.run.max_failures.share.value(), 0.05);
  EXPECT_EQ(job.run.chunk, 10u);
  EXPECT_EQ(job.run.executors, 0u);
  EXPECT_EQ(job.run.recycle, 500u);
  EXPECT_EQ(job.run.grace, std::chrono::seconds(2));
  EXPECT_EQ(job.run.walltime, std::chrono::hours(8));
  EXPECT_EQ(job.run.relaunch, 0u);
  const std::vector<std::pair<std::string, std::string>> env{
      {"DATA", "/scratch/in"}, {"N", "3"}, {"MONEY", "$5"}};
  EXPECT_EQ(job.run.env, env);
  EXPECT_EQ(job.output.format, Format::csv);
  EXPECT_EQ(job.output.path, "sweep.csv");
}

TEST(ReadJob, has_defaults) {
  Folder folder;
  const Job job = job_from(folder, "[task]\ncommand = ['gzip', '-9', '{}', '{{x}}']\n[items]\nlist = [1]\n");
  EXPECT_EQ(job.name, "sweep");
  EXPECT_EQ(job.task.kernel, MapSpec::Kernel::command);
  EXPECT_EQ(job.task.lost_retries, 2u);
  EXPECT_EQ(job.run.grace, std::chrono::seconds(10));
  EXPECT_FALSE(job.run.walltime);
  EXPECT_EQ(job.output.format, Format::none);
  EXPECT_FALSE(job.seed);
}

TEST(ReadJob, name_comes_from_the_files_name_made_sane) {
  Folder folder;
  const auto name = [&](const std::string& file) {
    return read_job(
               Document::parse_toml("[task]\nfunction = 'f'\n[items]\nlist = [1]\n", file, folder.path()))
        .name;
  };
  EXPECT_EQ(name("dir/my job.v2.toml"), "my-job.v2");
  EXPECT_EQ(name(".hidden.toml"), "hidden");
  EXPECT_EQ(name("<stdin>"), "stdin");
}

TEST(ReadJob, json_places_are_pointers) {
  Folder folder;
  const auto document = Document::parse_json(R"({"task": {"funtion": "f"}, "items": {"list": [1]}})",
                                             "sweep.json", folder.path());
  EXPECT_EQ(user_error([&] { read_job(document); }),
            "sweep.json: /task/funtion: unknown key 'task.funtion'; did you mean 'function'?");
}

struct Bad {
  std::string toml, message;
};

class BadJob : public ::testing::TestWithParam<Bad> {};

TEST_P(BadJob, is_refused_with_one_line) {
  Folder folder;
  folder.write("there.csv", "a\n1\n");
  ::unsetenv("JOB_TEST_UNSET");
  ::setenv("HERE", folder.path().c_str(), 1);
  std::string message = user_error([&] { job_from(folder, GetParam().toml); });
  for (auto at = message.find(folder.path().string()); at != message.npos;
       at = message.find(folder.path().string()))
    message.replace(at, folder.path().string().size(), "HERE");
  EXPECT_EQ(message, GetParam().message);
}

const std::string task = "[task]\nfunction = 'f'\n", items = "[items]\nlist = [1]\n", both = task + items;

TEST(Slurm, has_options_as_written_and_shell_lines) {
  const Folder folder;
  const Job job = job_from(folder, both +
                                       "[slurm]\nnodes = 2\nexclusive = true\nrequeue = false\n"
                                       "constraint = ['a', 'b']\nsetup = ['module load x', 'ulimit -c 0']\n");
  using Options = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(job.slurm.options, (Options{{"nodes", "2"}, {"exclusive", ""}, {"constraint", "a,b"}}));
  EXPECT_EQ(job.slurm.setup, (std::vector<std::string>{"module load x", "ulimit -c 0"}));
  EXPECT_EQ(job_from(folder, both + "[slurm]\nsetup = 'one'\n").slurm.setup, std::vector<std::string>{"one"});
}

TEST(Run, says_how_ranks_are_started_and_lie) {
  const Folder folder;
  const Job job = job_from(folder, both + "[run]\nlayout = 'rank-per-node'\nlauncher = 'aprun -n {ranks}'\n");
  EXPECT_EQ(job.run.layout, Layout::rank_per_node);
  EXPECT_EQ(job.run.launcher, (std::vector<std::string>{"aprun", "-n", "{ranks}"}));
  EXPECT_EQ(job_from(folder, both + "[run]\nlauncher = 'srun'\n").run.launcher,
            std::vector<std::string>{"srun"});
}

INSTANTIATE_TEST_SUITE_P(
    Keys, BadJob,
    ::testing::ValuesIn(std::vector<Bad>{
        {items + "[task]\nfuntion = 'f'\n",
         "sweep.toml:4:1: unknown key 'task.funtion'; did you mean 'function'?"},
        {both + "[ruin]\n", "sweep.toml:5:1: unknown key 'ruin'; did you mean 'run'?"},
        {items + task + "chunk = 3\n", "sweep.toml:5:1: unknown key 'task.chunk'; it belongs in [run]"},
        {items + task + "seed = 3\n",
         "sweep.toml:5:1: unknown key 'task.seed'; it belongs above the first section"},
        {both + "[output]\nwhatever = 3\n",
         "sweep.toml:6:1: unknown key 'output.whatever'; [output] knows path, format"},
        {task + "[items]\ncvs = 'x'\n", "sweep.toml:4:1: unknown key 'items.cvs'; did you mean 'csv'?"},
        {both + "[task.inner]\n",
         "sweep.toml:5:1: unknown key 'task.inner'; [task] knows function, command, directory, native, args, "
         "call, "
         "cpus, gpus, pin, memory, timeout, retries, lost-retries"},
        {both + "[run]\nwalltime = '14s'\n",
         "sweep.toml:6:1: 'run.walltime' leaves tasks no time: it has to be 15 s at least with a run.grace "
         "of "
         "10 s, which the end takes"},
        {both + "[run]\nlayout = 'x'\n",
         "sweep.toml:6:1: 'run.layout' has to be \"auto\", \"rank-per-core\" or \"rank-per-node\", not "
         "\"x\""},
        {both + "[run]\nlauncher = 'srun -n 3'\n",
         "sweep.toml:6:1: 'run.launcher' does not say how many ranks there are: write {ranks} where the "
         "number "
         "is to be, as in \"srun --mpi=pmix -N {nodes} -n {ranks}\""},
        {both + "[run]\nlauncher = ' '\n",
         "sweep.toml:6:1: 'run.launcher' names no program; write \"srun\", or all of it: \"srun --mpi=pmix "
         "-N "
         "{nodes} -n {ranks}\""},
        {both + "[slurm]\ncpus_per_task = 2\n",
         "sweep.toml:6:1: 'slurm.cpus_per_task' has underscores, and sbatch's options have dashes: "
         "cpus-per-task"},
        {both + "[slurm]\narray = '1-3'\n",
         "sweep.toml:6:1: 'slurm.array' would run the whole job several times: give the job items, one for "
         "each"},
        {both + "[slurm]\nN = 2\n", "sweep.toml:6:1: 'slurm.N' is no long option of sbatch"},
        {both + "[slurm]\nnodes = 1.5\n",
         "sweep.toml:6:1: 'slurm.nodes' has to be a string, a whole number, true, or a list of strings, not "
         "a "
         "number with a fraction"},
        {both + "[slurm]\ncomment = \"a\\nb\"\n",
         "sweep.toml:6:1: 'slurm.comment' has to be one line of text"},
        {both + "[slurm]\nsetup = [1]\n",
         "sweep.toml:6:10: 'slurm.setup[0]' has to be a string, not a whole number"},
        {both + "[fresh]\ninput = 'x.csv'\n",
         "sweep.toml:3:1: 'items' and 'fresh' exclude each other; keep one"},
        {"[crossval]\nk = 5\n",
         "sweep.toml:1:1: 'crossval' says not what to fit; add estimator = \"module:Class\", or function = "
         "\"module:function\""},
        {both + "[output]\npath = 'x.sqlite'\n",
         "sweep.toml:6:1: 'output.path' ending in .sqlite is not supported yet; use .jsonl, .csv, .npy, .npz "
         "or .pickle: x.sqlite"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Values, BadJob,
    ::testing::ValuesIn(std::vector<Bad>{
        {"version = 2\n" + both, "sweep.toml:1:1: 'version' is 2; this mproc reads version 1"},
        {"name = 'a/b'\n" + both,
         "sweep.toml:1:1: 'name' names the run directory: use letters, digits, '_', '-' and '.', and begin "
         "with a letter or digit; not \"a/b\""},
        {"name = '..'\n" + both,
         "sweep.toml:1:1: 'name' names the run directory: use letters, digits, '_', '-' and '.', and begin "
         "with a letter or digit; not \"..\""},
        {"seed = -1\n" + both, "sweep.toml:1:1: 'seed' has to be 0 or more, not -1"},
        {"seed = 1.5\n" + both,
         "sweep.toml:1:1: 'seed' has to be a whole number, not a number with a fraction"},
        {"task = 1\n" + items, "sweep.toml:1:1: 'task' has to be a table, not a whole number; write [task]"},
        {items,
         "sweep.toml: section [task] is missing; add [task] with function = \"module:function\" or command = "
         "[\"program\", \"{}\"]"},
        {task,
         "sweep.toml: section [items] is missing; add [items] with list, range, grid, zip, csv, jsonl, npy, "
         "lines, glob, array, sources or python"},
        {items + "[task]\n",
         "sweep.toml:3:1: 'task' says not what to run; add function = \"module:function\", "
         "native = \"LIBRARY:KERNEL\" or command = "
         "[\"program\", \"{}\"]"},
        {items + task + "command = ['a']\n",
         "sweep.toml:5:1: 'task.command' and 'task.function' exclude each other; keep one"},
        {items + "[task]\ncommand = ''\n",
         "sweep.toml:4:1: 'task.command' is empty; write \"program argument\""},
        {items + "[task]\ncommand = 'gzip {=s/a/b/=}'\n",
         "sweep.toml:4:1: 'task.command' has an unknown replacement {=s/a/b/=}; there are {}, {.}, {/}, "
         "{//}, "
         "{/.}, {#}, {%}, {2}, {2.} and {field}: gzip {=s/a/b/=}"},
        {items + "[task]\ncommand = []\n",
         "sweep.toml:4:1: 'task.command' is empty; write [\"program\", \"argument\"]"},
        {items + "[task]\ncommand = ['a', 1]\n",
         "sweep.toml:4:17: 'task.command[1]' has to be a string, not a whole number"},
        {items + "[task]\ncommand = ['a', '{x']\n",
         "sweep.toml:4:17: 'task.command[1]' has a single '{': write {field} for a part of the item, {} for "
         "the item, {{ and }} for braces: {x"},
        {items + "[task]\ncommand = ['a}']\n",
         "sweep.toml:4:12: 'task.command[0]' has a single '}': write {field} for a part of the item, {} for "
         "the item, {{ and }} for braces: a}"},
        {items + "[task]\ncommand = ['a']\nargs = {x = 1}\n",
         "sweep.toml:5:1: 'task.args' is for functions; a command takes its item by {field} in its "
         "arguments"},
        {items + "[task]\nfunction = 'my func'\n",
         "sweep.toml:4:1: 'task.function' has to be \"module:function\", or a name from init code, not \"my "
         "func\""},
        {items + "[task]\nfunction = 'a:b:c'\n",
         "sweep.toml:4:1: 'task.function' has to be \"module:function\", or a name from init code, not "
         "\"a:b:c\""},
        {items + task + "call = 'itm'\n",
         "sweep.toml:5:1: 'task.call' has to be auto, item, star or kwargs, not \"itm\"; did you mean "
         "'item'?"},
        {items + task + "args = [1]\n",
         "sweep.toml:5:1: 'task.args' has to be a table, not a list; write args = { name = value }"},
        {items + task + "cpus = 0\n", "sweep.toml:5:1: 'task.cpus' has to be 1 or more, not 0"},
        {items + task + "gpus = 0.5\n",
         "sweep.toml:5:1: 'task.gpus' has to be a whole number: executors share no GPU"},
        {items + task + "gpus = 1\n[run]\nenv = { CUDA_VISIBLE_DEVICES = '1' }\n",
         "sweep.toml:7:9: 'run.env.CUDA_VISIBLE_DEVICES' and 'task.gpus' exclude each other: set it where "
         "mproc is "
         "started, and it is divided among executors"},
        {items + task + "pin = 1\n",
         "sweep.toml:5:1: 'task.pin' has to be true or false, not a whole number"},
        {items + task + "memory = 2000000\n",
         "sweep.toml:5:1: 'task.memory' has to be a size such as \"2GiB\" or \"500MB\", not a whole number"},
        {items + task + "memory = '2 gigs'\n",
         "sweep.toml:5:1: 'task.memory' has to be a size such as \"2GiB\" or \"500MB\", not \"2 gigs\""},
        {items + task + "timeout = 'soon'\n",
         "sweep.toml:5:1: 'task.timeout' has to be a duration such as \"10s\", \"500ms\", \"30m\" or "
         "\"08:00:00\", not \"soon\""},
        {items + task + "timeout = 0\n",
         "sweep.toml:5:1: 'task.timeout' leaves a task no time; remove it for no limit"},
        {items + task + "timeout = -1.5\n",
         "sweep.toml:5:1: 'task.timeout' leaves a task no time; remove it for no limit"},
        {items + task + "timeout = 1e300\n", "sweep.toml:5:1: 'task.timeout' is longer than anything runs"},
        {both + "[run]\nrecycle = 0\n", "sweep.toml:6:1: 'run.recycle' has to be 1 or more, not 0"},
        {items + task + "retries = 'x'\n",
         "sweep.toml:5:1: 'task.retries' has to be a whole number, not a string"},
        {both + "[run]\nmax-failures = '5'\n",
         "sweep.toml:6:1: 'run.max-failures' has to be a count or a share such as \"5%\", not \"5\""},
        {both + "[run]\nmax-failures = '101%'\n",
         "sweep.toml:6:1: 'run.max-failures' has to be a count or a share such as \"5%\", not \"101%\""},
        {both + "[run]\nmax-failures = 0.5\n",
         "sweep.toml:6:1: 'run.max-failures' has to be a count or a share such as \"5%\", not a number with "
         "a fraction"},
        {both + "[run]\ngrace = 10\n",
         "sweep.toml:6:1: 'run.grace' has to be a duration such as \"10s\", \"500ms\", \"30m\" or "
         "\"08:00:00\", not a whole number"},
        {both + "[run]\ngrace = 'soon'\n",
         "sweep.toml:6:1: 'run.grace' has to be a duration such as \"10s\", \"500ms\", \"30m\" or "
         "\"08:00:00\", not \"soon\""},
        {both + "[run]\nenv = {A = [1]}\n",
         "sweep.toml:6:8: 'run.env.A' has to be a string or a number, not a list"},
        {both + "[run]\nenv = {A = '$JOB_TEST_UNSET'}\n",
         "sweep.toml:6:8: 'run.env.A' needs $JOB_TEST_UNSET, which is not set in the environment"},
        {both + "[output]\nformat = 'csv'\n",
         "sweep.toml:5:1: 'output' has a format and no path; add path = \"results.csv\""},
        {both + "[output]\npath = 'x.txt'\n",
         "sweep.toml:6:1: 'output.path' has no suffix that says its format: end it in .jsonl, .csv, .npy, "
         ".npz or .pickle, or add output.format: x.txt"},
        {both + "[output]\npath = 'x'\nformat = 'cvs'\n",
         "sweep.toml:7:1: 'output.format' has to be jsonl, csv, npy, npz or pickle, not \"cvs\"; did you "
         "mean 'csv'?"},
        {both + "[output]\npath = 'no/x.csv'\n",
         "sweep.toml:6:1: 'output.path' is in a directory that is not there: no; create it first"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Files, BadJob,
    ::testing::ValuesIn(std::vector<Bad>{
        {both + "[init]\nfiles = ['a.py', 'b.py']\n",
         "sweep.toml:6:10: 'init.files[0]' names a file that is not there: HERE/a.py"},
        {both + "[init]\nfiles = 'a.py'\n",
         "sweep.toml:6:1: 'init.files' has to be a list, not a string; write [\"model.py\"]"},
        {both + "[init]\nfiles = ['.']\n",
         "sweep.toml:6:10: 'init.files[0]' names a directory, not a file: HERE/"},
        {both + "[init]\nfiles = ['/dev/null']\n",
         "sweep.toml:6:10: 'init.files[0]' names what is not a regular file: /dev/null; write its content to "
         "a file"},
        {both + "[init]\nfiles = ['$JOB_TEST_UNSET/a.py']\n",
         "sweep.toml:6:10: 'init.files[0]' needs $JOB_TEST_UNSET, which is not set in the environment"},
        {both + "[init]\nfiles = ['${HERE}/a.py']\n",
         "sweep.toml:6:10: 'init.files[0]' names a file that is not there: HERE/a.py"},
        {both + "[init]\nfiles = ['${HERE/a.py']\n",
         "sweep.toml:6:10: 'init.files[0]' has a ${ without its }: ${HERE/a.py"},
        {both + "[init]\nmodules = ['os path']\n",
         "sweep.toml:6:12: 'init.modules[0]' has to be a module's name, not \"os path\""},
        {task + "[items]\ncsv = 'no.csv'\n",
         "sweep.toml:4:1: 'items.csv' names a file that is not there: HERE/no.csv"},
        {task + "[items]\njsonl = 'no.jsonl'\n",
         "sweep.toml:4:1: 'items.jsonl' names a file that is not there: HERE/no.jsonl"},
        {task + "[items]\ncsv = {path = 'there.csv', typs = {}}\n",
         "sweep.toml:4:28: unknown key 'items.csv.typs'; did you mean 'types'?"},
        {task + "[items]\ncsv = {path = 'there.csv', types = {a = 'integer'}}\n",
         "sweep.toml:4:37: 'items.csv.types.a' has to be \"str\", \"int\", \"float\" or \"bool\", not "
         "\"integer\""},
        {task + "[items]\ncsv = {path = 'there.csv', delimiter = ';;'}\n",
         "sweep.toml:4:28: 'items.csv.delimiter' has to be one character such as \";\" or \"\\t\""},
        {task + "[items]\nglob = 'in/*.csv'\n",
         "sweep.toml:4:1: no items: 'items.glob' matches no file: HERE/in/*.csv"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Items, BadJob,
    ::testing::ValuesIn(std::vector<Bad>{
        {task + "[items]\n",
         "sweep.toml:3:1: 'items' is empty; add one of list, range, grid, zip, csv, jsonl, npy, lines, glob, "
         "array, sources or python"},
        {task + "[items]\nlist = [1]\nrange = [3]\n",
         "sweep.toml:5:1: 'items.range' and 'items.list' exclude each other; keep one"},
        {task + "[items]\nlist = []\n", "sweep.toml:4:1: no items: 'items.list' is empty"},
        {task + "[items]\nlist = 3\n",
         "sweep.toml:4:1: 'items.list' has to be a list, not a whole number; write [1, 2, 3]"},
        {task + "[items]\nrange = [5, 5]\n", "sweep.toml:4:1: no items: 'items.range' is empty"},
        {task + "[items]\nrange = [1, 2, 0]\n", "sweep.toml:4:1: 'items.range' has a step of 0"},
        {task + "[items]\nrange = ['a']\n",
         "sweep.toml:4:10: 'items.range[0]' has to be a number, not a string"},
        {task + "[items]\nrange = [1.0, inf]\n", "sweep.toml:4:15: 'items.range[1]' has to be finite"},
        {task + "[items]\nrange = [0, 1e300, 1e-300]\n", "sweep.toml:4:1: 'items.range' has too many values"},
        {task + "[items]\nrange = [1, 2, 3, 4]\n",
         "sweep.toml:4:1: 'items.range' has to be [stop], [start, stop] or [start, stop, step], not 4 "
         "values"},
        {task + "[items.grid]\n", "sweep.toml:3:1: no items: 'items.grid' is empty"},
        {task + "[items.grid]\na = [1]\nb = []\n", "sweep.toml:5:1: no items: 'items.grid.b' is empty"},
        {task + "[items.grid]\na = 1\n",
         "sweep.toml:4:1: 'items.grid.a' has to be a list, { range = [...] } or { linspace = [...] }, not a "
         "whole number"},
        {task + "[items.grid]\na = { rang = [3] }\n",
         "sweep.toml:4:7: unknown key 'items.grid.a.rang'; did you mean 'range'?"},
        {task + "[items.grid]\na = { linspace = [0, 1] }\n",
         "sweep.toml:4:7: 'items.grid.a.linspace' has to be [first, last, count]"},
        {task + "[items.grid]\na = { linspace = [0, 1, 0] }\n",
         "sweep.toml:4:25: 'items.grid.a.linspace[2]' has to be 1 or more, not 0"},
        {task + "[items.grid]\na = { range = [9000000000000000000] }\nb = {range = [3]}\n",
         "sweep.toml:3:1: 'items.grid' has more combinations than can be counted"},
        {task + "[items.zip]\na = [1, 2]\nb = [1]\n",
         "sweep.toml:5:1: 'items.zip.b' has 1 values, but 'a' has 2; zip needs equal lengths"},
        {task + "[items]\npython = 'gen'\n",
         "sweep.toml:4:1: 'items.python' has to be \"module:generator\", not \"gen\""},
        {task + "[items]\nglob = 'in/**/x'\n",
         "sweep.toml:4:1: 'items.glob' has **, which is not supported; give a pattern for each depth: "
         "in/**/x"},
    }));

TEST(ReadJob, a_timeout_may_be_a_number_of_seconds) {
  Folder folder;
  const auto timeout = [&](const std::string& text) {
    return job_from(folder, "[task]\nfunction = 'm:f'\ntimeout = " + text + "\n[items]\nlist = [1]\n")
        .task.timeout;
  };
  EXPECT_EQ(timeout("2"), std::chrono::seconds(2));
  EXPECT_EQ(timeout("0.25"), std::chrono::milliseconds(250));
  EXPECT_EQ(timeout("'0.25s'"), std::chrono::milliseconds(250));
}

TEST(MapSpec, carries_what_executors_need) {
  Folder folder;
  const Job job = job_from(
      folder, "seed = 7\n" + items + task + "args = {tol = 1}\ncall = 'star'\n[output]\npath = 'x.npz'\n");
  const MapSpec spec = map_spec(job, "\x01");
  EXPECT_EQ(spec.function, "f");
  EXPECT_EQ(spec.raw_path, std::vector<std::string>{folder.path().string()});
  EXPECT_EQ(decoded(base::view(spec.args)).dump(), R"({"tol":1})");
  EXPECT_EQ(spec.call, static_cast<std::uint8_t>(Call::star));
  EXPECT_EQ(spec.encoding, static_cast<std::uint8_t>(Encoding::array));
  EXPECT_TRUE(spec.has_seed);
  EXPECT_EQ(spec.seed, 7u);
  EXPECT_EQ(spec.first_item, "\x01");
}

TEST(MapSpec, encoding_follows_the_output) {
  Folder folder;
  const auto encoding = [&](const std::string& output) {
    return Encoding{map_spec(job_from(folder, both + output), "").encoding};
  };
  EXPECT_EQ(encoding(""), Encoding::journal);
  EXPECT_EQ(encoding("[output]\npath = 'x.jsonl'\n"), Encoding::neutral);
  EXPECT_EQ(encoding("[output]\npath = 'x.csv'\n"), Encoding::neutral);
  EXPECT_EQ(encoding("[output]\npath = 'x.npy'\n"), Encoding::array);
  EXPECT_EQ(encoding("[output]\npath = 'x.pkl'\n"), Encoding::any);
  EXPECT_EQ(encoding("[output]\npath = 'x.dat'\nformat = 'pickle'\n"), Encoding::any);
  EXPECT_TRUE(map_spec(job_from(folder, both), "").args.empty());
}

}  // namespace
}  // namespace mproc::job
