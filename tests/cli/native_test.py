"""Native kernels end to end: items, results in every output, failures, and what makes a run the same run."""

import csv
import os
import pickle
import re
import signal

import numpy
import pytest
from harness import wait_until
from libraries import SUPPORT, compile_library

KERNELS = r"""
#include <mproc/kernel.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

struct Row {
  double product;
  std::int64_t n;
  std::string label;
};
MPROC_STRUCT(Row, product, n, label)

Row row(double x, std::int64_t n) { return {x * static_cast<double>(n), n, n == 2 ? "tw\"o" : "other, one"}; }
MPROC_KERNEL(row, x, n)

std::vector<double> ramp(double x) { return {0, x, 2 * x}; }
MPROC_KERNEL(ramp, x)

int mishap(std::string_view how) {
  std::printf("about to %.*s\n", static_cast<int>(how.size()), how.data());
  usleep(1000);  // so long a task has its output to itself
  if (how == "segfault") *static_cast<volatile int*>(nullptr) = 1;
  if (how == "abort") std::abort();
  if (how == "exit") std::exit(7);
  if (how == "_exit") _exit(8);
  if (how == "loop")
    for (volatile bool on = true; on;) {
    }
  if (how == "throw") throw std::range_error("far too\nwide");
  return 0;
}
MPROC_KERNEL(mishap, how)

std::vector<std::uint64_t> draw(const mproc::Task& task, int) {
  return {task.index(), task.random()(), task.random()()};
}
MPROC_KERNEL(draw, item)

/// Waits from the fourth item on for a file.
double gated(int x) {
  std::ofstream("began-" + std::to_string(x));
  while (x > 2 && !std::ifstream("go")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return x * 1.5;
}
MPROC_KERNEL(gated, x)

double total(const mproc::Task& task, std::int64_t row) {
  double sum = 0;
  for (const double x : task.data<double>("X").row(static_cast<std::size_t>(row))) sum += x;
  return sum;
}
MPROC_KERNEL(total, row)

bool has_python(int) {
  std::ifstream maps("/proc/self/maps");
  return std::string(std::istreambuf_iterator<char>(maps), {}).find("libpython") != std::string::npos;
}
MPROC_KERNEL(has_python, item)
"""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    compile_library(KERNELS, folder / "libmine.so")
    compile_library(SUPPORT / "native_kernels_of_another_abi.cpp", folder / "libold.so")
    return folder


@pytest.fixture
def mine(native, compiled):
    """With libkernels.so, libmine.so and libold.so beside the job files."""
    for library in compiled.glob("*.so"):
        (native.path / library.name).symlink_to(library)
    return native


def write_job(cli, kernel, items, task="", rest="", output="", top=""):
    items = items if items.startswith("[items") else f"[items]\n{items}"
    output = f'[output]\npath = "{output}"\n' if output else ""
    cli.write("job.toml", f'{top}\n[task]\nnative = "{kernel}"\n{task}\n{items}\n{rest}\n{output}')


# ---- results

GRID = "[items.grid]\nx = [0.5, 1.5]\nn = [2, 3]\n"
ROWS = [{"product": x * n, "n": n, "label": 'tw"o' if n == 2 else "other, one"} for x in (0.5, 1.5) for n in (2, 3)]


def test_a_structs_fields_are_columns(mine):
    write_job(mine, "libmine.so:row", GRID.replace("n =", "m ="), task="args = { n = 2 }", output="out.csv")
    mine.run("run", "job.toml", "-j", "2")
    assert mine.read("out.csv") == ('index,x,m,product,n,label,status,error\n'
                                    '0,0.5,2,1.0,2,"tw""o",ok,\n1,0.5,3,1.0,2,"tw""o",ok,\n'
                                    '2,1.5,2,3.0,2,"tw""o",ok,\n3,1.5,3,3.0,2,"tw""o",ok,\n')


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "pickle"])
def test_structs_reach_every_output_of_tables(mine, suffix, words):
    write_job(mine, "libmine.so:row", GRID, output=f"out.{suffix}")
    mine.run("run", "job.toml", *words)
    assert table(mine, suffix) == ROWS


def table(cli, suffix):
    """The results in out.SUFFIX; a column that the item and the result share is there once for each."""
    path = cli.path / f"out.{suffix}"
    if suffix == "pickle":
        return [row["result"] for row in pickle.loads(path.read_bytes())]
    if suffix == "jsonl":
        rows = cli.rows(path.name)
    else:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["ok"] * 4
    return [{"product": float(row["product"]), "n": int(row["n"]), "label": row["label"]} for row in rows]


def test_the_journal_alone_gives_every_output(mine):
    write_job(mine, "libmine.so:row", GRID)
    mine.run("run", "job.toml", "-j", "2")
    for suffix in ("csv", "jsonl", "pickle"):
        mine.run("results", "-o", f"out.{suffix}")
        assert table(mine, suffix) == ROWS
    mine.run("results", "-o", "out.npz")
    columns = numpy.load(mine.path / "out.npz")
    assert (columns["product"].dtype, columns["product"].tolist()) == (numpy.float64, [row["product"] for row in ROWS])


@pytest.mark.parametrize("suffix", ["npy", "npz", "pickle", "jsonl"])
def test_arrays_reach_every_output_that_has_arrays(mine, suffix):
    write_job(mine, "libmine.so:ramp", "list = [1, 2.5]", output=f"out.{suffix}")
    mine.run("run", "job.toml", "-j", "2")
    path = mine.path / f"out.{suffix}"
    if suffix in ("npy", "npz"):
        loaded = numpy.load(path)
        rows = loaded if suffix == "npy" else loaded["result"]
    else:
        loaded = mine.rows(path.name) if suffix == "jsonl" else pickle.loads(path.read_bytes())
        rows = [row["result"] for row in loaded]
    assert all(suffix == "jsonl" or row.dtype == numpy.float64 for row in rows)
    assert [list(row) for row in rows] == [[0.0, 1.0, 2.0], [0.0, 2.5, 5.0]]


def test_a_result_that_the_output_cannot_hold_fails_its_task(mine):
    write_job(mine, "libmine.so:row", GRID, output="out.npy")
    err = mine.run("run", "job.toml", "-j", "1", status=1).err
    assert "the result has names, which do not fit npy and npz output; choose a .csv or .jsonl output" in err


# ---- items

@pytest.mark.parametrize(("items", "task", "expected"), [
    ("list = [[1, 2], [3, 4.5]]", "", [2, 13.5]),
    ("list = [{ factor = 4, x = 2 }, { x = 3, factor = 1, more = 'ignored' }]", "", [8, 3]),
    ("range = [1, 4]", "args = { factor = 10 }", [10, 20, 30]),
    ("[items.grid]\nfactor = [10, 100]\nx = [1, 2]", "", [10, 20, 100, 200]),
    ("[items.zip]\nfactor = [10, 100]\nx = [1, 2]", "", [10, 200]),
    ('csv = "in.csv"', "", [3, 8]),
    ('csv = "in.csv"', "args = { factor = 7 }", [3, 8]),
    ('jsonl = "in.jsonl"', "args = { factor = 7 }", [6, 35]),
    ('npy = "rows.npy"', "", [2, 12]),
    ('npy = "column.npy"', "args = { factor = 2 }", [2, 4, 6]),
])
def test_items_of_every_kind_become_parameters(native, items, task, expected):
    native.write("in.csv", "place,x,factor\nhere,1.5,2\nthere,2,4\n")
    native.write("in.jsonl", '{"x": 2, "factor": 3}\n5\n')
    numpy.save(native.path / "rows.npy", numpy.array([[1, 2], [3, 4]]))
    numpy.save(native.path / "column.npy", numpy.array([1, 2, 3], "i2"))
    write_job(native, "libkernels.so:scaled", items, task)
    native.run("run", "job.toml", "--inline")
    assert [row["result"] for row in native.results()] == expected


@pytest.mark.parametrize(("items", "expected"), [
    ('lines = "in.txt"', ["ab", "", "three"]),
    ('glob = "in.*"', ["{path}/in.csv", "{path}/in.txt"]),
    ('python = "words:words"', ["a", "bbb"]),
])
def test_texts_of_every_kind_are_strings_of_c(cli, items, expected):
    cli.write("in.txt", "ab\n\nthree\n")
    cli.write("in.csv", "")
    cli.write("words.py", "def words(): yield from ['a', 'b' * 3]")
    write_job(cli, "libc.so:strlen(str) -> u64", items)
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.results()] == [len(text.format(path=cli.path)) for text in expected]


def test_a_function_of_c_is_called_by_its_signature(cli):
    assert cli.run("map", "native:libm.so:sqrt(f64) -> f64", 1, 4, 9, "-j", 1).out == "1.0\n2.0\n3.0\n"
    write_job(cli, "libm.so:ldexp(x: f64, n: i32) -> f64", 'csv = "in.csv"', output="out.csv")
    cli.write("in.csv", "n,x\n3,1.5\n-1,4\n")
    cli.run("run", "job.toml", "-j", "2")
    assert cli.read("out.csv") == "index,n,x,result,status,error\n0,3,1.5,12.0,ok,\n1,-1,4.0,2.0,ok,\n"


def test_a_one_liner_names_a_library_beside_the_user(native):
    result = native.run("map", "native:./libkernels.so:twice", 1, 2.5)
    assert (result.out, result.err) == ("2.0\n5.0\n", "")
    result = native.run("map", "native:./libkernels.so:twice", 1, "x", status=1)
    assert result.out == "2.0\n"
    assert result.err == ('mproc: task 1 failed: twice(f64) -> f64: value 1: the text "x" where f64 is wanted\n')


def test_a_library_is_relative_to_its_job_file(native):
    (native.path / "sub").mkdir()
    (native.path / "libkernels.so").rename(native.path / "sub" / "libkernels.so")
    for library in ("libkernels.so", "./libkernels.so", "$HERE/libkernels.so"):
        native.write("sub/job.toml", f'[task]\nnative = "{library}:twice"\n[items]\nlist = [4]\n')
        native.run("run", "sub/job.toml", "--inline", "--fresh", env={"HERE": native.path / "sub"})
        assert native.results()[0]["result"] == 8.0


# ---- what is refused before anything runs

@pytest.mark.parametrize(("native_key", "said"), [
    ("./libnone.so:f", "job.toml:3:1: 'task.native' names a file that is not there: {path}/libnone.so"),
    ("libnone.so:f", "cannot load the library 'libnone.so': "),
    ("job.toml:f", "cannot load the library 'job.toml': "),
    ("libkernels.so:c_none(f64) -> f64", "the library 'libkernels.so' has no function 'c_none'; "),
    ("libkernels.so:twise", "the library 'libkernels.so' has no kernel 'twise'; did you mean 'twice'?; it has: "),
    ("libm.so:sqrt", "the library 'libm.so' registers no kernels; "),
    ("libold.so:twice", "the library 'libold.so' was built for 'mproc kernels 0', and this mproc runs "
                        "'mproc kernels 1'; build it again"),
    ("libm.so:sqrt(f64)", "job.toml:3:1: 'task.native' has no result after the parameters; write -> f64, or -> none"),
    ("libm.so:sqrt(double) -> f64", "job.toml:3:1: 'task.native' has the type 'double' of C; write f64"),
    ("sqrt", "job.toml:3:1: 'task.native' has no library; write "),
    ("libkernels.so:small", 'small(x: i8) -> i8: x: the real 1.5 where i8 is wanted'),
    ("libkernels.so:scaled", "scaled(x: f64, factor: f64) -> f64: the item lacks 'factor'"),
    ("libm.so:fma(f64, f64, f64) -> f64", "fma(f64, f64, f64) -> f64: the item lacks value 2"),
])
@pytest.mark.parametrize("words", [["-j", "1"], ["--inline"]])
def test_what_does_not_fit_is_one_line_before_anything_runs(mine, native_key, said, words):
    write_job(mine, native_key, "list = [1.5, 2]")
    result = mine.run("run", "job.toml", *words, status=2)
    assert result.err.startswith("mproc: " + said.format(path=mine.path)), repr(result)
    assert result.err.count("\n") == 1 and mine.runs() == []


@pytest.mark.parametrize(("task", "said"), [
    ('call = "star"', "job.toml:4:1: 'task.call' is for Python; "
                      "a native kernel's parameters say how it takes an item\n"),
    ('function = "f"', "job.toml:3:1: 'task.native' and 'task.function' exclude each other; keep one\n"),
    ('command = ["f"]', "job.toml:4:1: 'task.command' and 'task.native' exclude each other; keep one\n"),
    ("args = { factr = 1 }", " has no parameter 'factr', which args give\n"),
    ('args = { factor = "x" }', 'scaled(x: f64, factor: f64) -> f64: factor: the text "x" where f64 is wanted\n'),
])
def test_what_does_not_go_with_a_native_kernel_is_refused(native, task, said):
    write_job(native, "libkernels.so:scaled", "list = [1.5]", task)
    result = native.run("run", "job.toml", "--inline", status=2)
    assert result.err.endswith(said) and result.err.count("\n") == 1, repr(result)
    assert native.runs() == []


def test_a_library_that_lacks_a_symbol_is_refused_before_anything_runs(cli):
    source = 'extern "C" double missing(double);\nextern "C" double f(double x) { return x > 1e9 ? missing(x) : x; }\n'
    compile_library(source, cli.path / "liblacks.so")
    write_job(cli, "./liblacks.so:f(f64) -> f64", "list = [1]")
    err = cli.run("run", "job.toml", "-j", "1", status=2).err
    assert "cannot load the library './liblacks.so': " in err and "undefined symbol: missing" in err


def test_a_library_that_crashes_as_it_is_loaded_is_refused_before_anything_runs(cli):
    compile_library("#include <csignal>\n__attribute__((constructor)) static void f() { std::raise(SIGSEGV); }\n",
                    cli.path / "libcrash.so")
    write_job(cli, "./libcrash.so:f(f64) -> f64", "list = [1]")
    err = cli.run("run", "job.toml", "-j", "1", status=2).err
    assert re.fullmatch(r"mproc: no executor can start on rank 1 [(].*[)]: the executor was killed by SIGSEGV "
                        r"[(]Segmentation fault[)] while it loaded the kernel\n", err), err
    assert cli.runs() == []


# ---- failures of tasks

def test_an_item_of_a_wrong_type_later_in_the_input_is_its_tasks_failure(native):
    write_job(native, "libkernels.so:twice", 'list = [1, "two", 3, [], 5]', output="out.csv")
    result = native.run("run", "job.toml", "-j", "1", status=1)
    assert native.read("out.csv") == (
        "index,item,result,status,error\n0,1,2.0,ok,\n"
        '1,two,,failed,"twice(f64) -> f64: value 1: the text ""two"" where f64 is wanted"\n2,3,6.0,ok,\n'
        "3,[],,failed,twice(f64) -> f64: the item lacks value 1\n4,5,10.0,ok,\n")
    assert "5 of 5 tasks done: 3 succeeded, 2 failed" in result.err


MISHAPS = {
    "segfault": "the executor was killed by SIGSEGV (Segmentation fault)",
    "abort": "the executor was killed by SIGABRT (Aborted)",
    "exit": "the executor exited with status 7 (os._exit or exit in native code)",
    "_exit": "the executor exited with status 8 (os._exit or exit in native code)",
    "loop": "ran longer than its timeout of 1 s",
    "throw": "std::range_error: far too",
}


def test_a_mishap_costs_its_task_alone_and_is_named(mine):
    how = [word for name in MISHAPS for word in ("fine", name)] + ["fine"]
    write_job(mine, "libmine.so:mishap", f"list = {how}", "timeout = 1\nlost-retries = 0",
              '[run]\nmax-failures = "100%"', "out.jsonl")
    result = mine.run("run", "job.toml", "-j", "2", status=1)
    assert [(row["result"], row["error"]) for row in mine.rows("out.jsonl")] == [
        (None, MISHAPS[word]) if word in MISHAPS else (0, None) for word in how]
    assert "13 of 13 tasks done: 7 succeeded, 6 failed" in result.err
    logs = [mine.run("log", str(index)).out for index in range(len(how))]
    assert all(f"  | about to {word}\n" in log for word, log in zip(how, logs)), logs
    assert "\n  exception: std::range_error: far too\n  | wide\n" in logs[11], logs[11]


def test_a_native_task_that_crashes_is_tried_again_elsewhere(mine):
    write_job(mine, "libmine.so:mishap", 'list = ["segfault", "fine"]', "lost-retries = 1")
    mine.run("run", "job.toml", "-j", "1", status=1)
    log = mine.run("log", "0").out
    assert log.count("crash: the executor was killed by SIGSEGV") == 2 and "try 2" in log


def test_what_a_kernel_prints_belongs_to_its_task(mine):
    write_job(mine, "libmine.so:mishap", 'list = ["be", "or not", "to be"]', rest="[run]\nchunk = 3")
    mine.run("run", "job.toml", "-j", "1")
    for index, text in enumerate(["be", "or not", "to be"]):
        out = mine.run("log", str(index)).out
        assert out.endswith(f"  it printed:\n  | about to {text}\n"), out


# ---- the same run

def test_a_run_that_was_killed_goes_on_and_gives_the_undisturbed_output(mine):
    write_job(mine, "libmine.so:gated", "range = 12", rest="[run]\nchunk = 1", output="out.csv")
    running = mine.start("run", "job.toml", "-j", "2")
    wait_until(lambda: len(list(mine.path.glob("began-*"))) >= 5, "that tasks are running")
    wait_until(lambda: [row["index"] for row in mine.results() if row["status"] == "ok"] == [0, 1, 2],
               "that three are recorded")
    for pid in mine.processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    assert running.wait().status == -signal.SIGKILL
    mine.wait_for_processes()
    mine.write("go", "")
    result = mine.run("run", "job.toml", "-j", "2")
    assert result.err.startswith("mproc: going on with run job-0001: 3 of 12 tasks are done\n")
    rows = [f"{x},{x},{x * 1.5},ok,\n" for x in range(12)]
    assert mine.read("out.csv") == "index,item,result,status,error\n" + "".join(rows)


def test_a_library_built_anew_starts_a_new_run_and_a_touched_one_does_not(cli):
    def build(factor):
        compile_library(f'extern "C" double f(double x) {{ return x * {factor}; }}', cli.path / "libf.so")
    write_job(cli, "libf.so:f(f64) -> f64", "range = 4", output="out.jsonl")
    build(2)
    cli.run("run", "job.toml", "--inline", "--tasks", "0-1")
    os.utime(cli.path / "libf.so", (0, 0))
    result = cli.run("run", "job.toml", "--inline")
    assert result.err.startswith("mproc: going on with run job-0001: 2 of 4 tasks are done\n")
    assert "nothing to do: run job-0001 is finished" in cli.run("run", "job.toml", "-j", "1").err
    build(3)
    result = cli.run("run", "job.toml", "--inline")
    assert result.err.startswith("mproc: the job differs from run job-0001 in its kernel: starting a new run\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0.0, 3.0, 6.0, 9.0]
    assert cli.runs() == ["job-0001", "job-0002"]


def test_another_signature_or_kernel_of_the_same_library_is_another_run(native):
    write_job(native, "libkernels.so:twice", "range = 2")
    native.run("run", "job.toml", "--inline")
    err = native.run("run", "job.toml", "--inline", "--set", "task.native=libkernels.so:half").err
    assert err.startswith("mproc: the job differs from run job-0001 in its kernel: starting a new run\n")


def test_the_same_seed_gives_the_same_numbers_for_any_number_of_executors(mine):
    outputs = []
    for words in (["-j", "1"], ["-j", "3"], ["--inline"]):
        write_job(mine, "libmine.so:draw", "range = 40", top="seed = 7", rest="[run]\nchunk = 3", output="out.jsonl")
        mine.run("run", "job.toml", "--fresh", *words)
        outputs.append([row["result"] for row in mine.rows("out.jsonl")])
    assert outputs[0] == outputs[1] == outputs[2]
    assert [row[0] for row in outputs[0]] == list(range(40))
    assert len({number for row in outputs[0] for number in row[1:]}) == 80
    mine.run("run", "job.toml", "--inline", "--set", "seed=8")
    assert not {row["result"][1] for row in mine.rows("out.jsonl")} & {row[1] for row in outputs[0]}


# ---- shared data, and Python beside

def test_kernels_read_shared_arrays(mine):
    matrix = numpy.arange(12.0).reshape(4, 3)
    numpy.save(mine.path / "x.npy", matrix)
    write_job(mine, "libmine.so:total", "range = 4", rest='[data]\nX = "x.npy"')
    for words in (["-j", "2"], ["--inline", "--fresh"]):
        mine.run("run", "job.toml", *words)
        assert [row["result"] for row in mine.results()] == matrix.sum(1).tolist()


@pytest.mark.parametrize(("array", "said"), [
    (numpy.arange(12).reshape(4, 3), "std::out_of_range: the shared array 'X' is of <i8, not of f64"),
    (numpy.asfortranarray(numpy.ones((4, 3))),
     "std::out_of_range: the shared array 'X' lies in Fortran's order; save it in C's"),
    (numpy.ones((1, 3)), "std::out_of_range: an array of 1 rows has no row 1"),
])
def test_a_shared_array_that_is_not_as_the_kernel_wants_it_is_its_tasks_failure(mine, array, said):
    numpy.save(mine.path / "x.npy", array)
    write_job(mine, "libmine.so:total", "range = [1, 2]", rest='[data]\nX = "x.npy"')
    mine.run("run", "job.toml", "--inline", status=1)
    assert mine.results()[0]["error"] == said


def test_init_code_and_data_of_python_beside_a_native_kernel(mine):
    numpy.save(mine.path / "x.npy", numpy.arange(6.0).reshape(2, 3))
    code = "import mproc, os\nopen(f'sum-{os.getpid()}', 'w').write(str(mproc.data['X'].sum()))"
    write_job(mine, "libmine.so:total", "range = 2", rest=f"[init]\ncode = '''{code}'''\n[data]\nX = \"x.npy\"")
    mine.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in mine.results()] == [3.0, 12.0]
    assert {path.read_text() for path in mine.path.glob("sum-*")} == {"15.0"}


def test_a_job_without_python_starts_no_interpreter(mine):
    write_job(mine, "libmine.so:has_python", "range = 1")
    for words in (["-j", "1"], ["--inline", "--fresh"]):
        mine.run("run", "job.toml", *words)
        assert mine.results()[0]["result"] is False
        mine.run("run", "job.toml", "--fresh", *words, "--set", 'init.code="x = 1"')
        assert mine.results()[0]["result"] is True


# ---- check, try, plan

def test_check_says_what_it_has_not_looked_at(native):
    write_job(native, "libkernels.so:scaled", "range = 3", "args = { factor = 2 }")
    unchecked = "that the library loads, has the kernel, and that it takes what the items give\n"
    assert native.run("check", "job.toml").out == (
        f"job.toml: 3 tasks of native libkernels.so:scaled\nnot checked, because it takes running code: {unchecked}")
    write_job(native, "libkernels.so:scaled", "range = 3", rest='[init]\ncode = "x = 1"')
    assert native.run("check", "job.toml").out.endswith(f": that the init code runs, {unchecked}")
    write_job(native, "libm.so:sqrt(f64) -> void", "range = 3")
    said = "mproc: job.toml:3:1: 'task.native' has the type 'void' of C; write none\n"
    assert native.run("check", "job.toml", status=2).err == said


@pytest.mark.parametrize("words", [[], ["--inline"]])
def test_try_runs_some_tasks_and_leaves_nothing(native, words):
    write_job(native, "libkernels.so:twice", "range = 9")
    out = native.run("try", "job.toml", *words).out
    assert re.fullmatch(r"0\.0\n8\.0\n16\.0\nabout .* a task: all 9 tasks take about .* on \d+ executors?\n", out), out
    assert native.runs() == []


def test_try_names_what_fails(native):
    write_job(native, "libkernels.so:fails", 'list = ["fine", "shape", "fine"]')
    result = native.run("try", "job.toml", status=1)
    assert "std::length_error: no such shape" in result.out + result.err


def test_plan_measures_native_tasks(cli):
    write_job(cli, "libc.so:usleep(u32) -> i32", "list = " + str([20000] * 40))
    out = cli.run("plan", "job.toml").out
    assert re.match(r"\d+ of 40 tasks sampled: 2\d(\.\d)? ms a task ", out), out
    assert cli.runs() == []
