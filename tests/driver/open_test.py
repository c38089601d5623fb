"""mproc.open: runs as rows and as DataFrames, against what `mproc results` says of the same run."""

import json
import math
import os
import pickle
import shutil
import subprocess

import numpy
import pytest
from harness import wait_until

import mproc

EVERYTHING = """
import datetime, fractions, numpy
VALUES = [None, True, -3, 2**63, 2**100, 0.1, float("nan"), "\\u00e9\\ud83d\\ude00", [1, [2.5, "x"]], {"a": 1, "b": [None]},
          1 + 2j, numpy.arange(6.0).reshape(2, 3), numpy.array([[True], [False]]), numpy.array(["ab", "c"]),
          numpy.array(["2020-01-02"], dtype="M8[D]"), numpy.ones((300, 300), dtype="f4"),
          datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5, 678900), b"\\x00\\xff",
          fractions.Fraction(1, 3), numpy.datetime64("2020-01-02T03:04:05.123456789")]
def f(i): return VALUES[i]
"""


def same(a, b):
    if isinstance(a, numpy.ndarray):
        return isinstance(b, numpy.ndarray) and a.dtype == b.dtype and a.shape == b.shape and (a == b).all()
    return type(a) is type(b) and (a == b or a != a and b != b)


@pytest.fixture
def run_of(cli):
    """run_of(status=0, **job): the directory of a run that has ended."""

    def make(status=0, code="def f(x): return x", **job):
        cli.run("run", cli.job(code=code, **job), "-j", "2", status=status)
        return cli.path / "runs" / cli.runs()[-1]

    return make


def test_results_have_the_values_that_tasks_returned(run_of):
    run = mproc.open(run_of(code=EVERYTHING, items="range = 21"), unpickle=True)
    values = {}
    exec(EVERYTHING, values)
    expected = values["VALUES"]
    expected[-1] = "2020-01-02T03:04:05.123456789"  # beyond Python's microseconds
    found = [row.result for row in run]
    assert [i for i in range(21) if not same(found[i], expected[i])] == []
    found[11][0, 0] = 1  # an array of one's own


def test_python_objects_are_loaded_only_when_asked(run_of):
    path = run_of(code="import fractions\ndef f(x): return fractions.Fraction(1, x)", items="list = [3]")
    result = mproc.open(path)[0].result
    assert isinstance(result, mproc.Pickled) and str(result.load()) == "1/3"
    assert str(mproc.open(path, unpickle=True)[0].result) == "1/3"


def test_an_object_that_cannot_be_loaded_here_says_so(cli, run_of):
    cli.write("own.py", "class Own: pass\ndef f(x): return Own()")
    path = run_of(function="own:f")
    with pytest.raises(pickle.UnpicklingError, match="a result cannot be unpickled here .*'own'.*; without unpickle=True such results are mproc.Pickled"):
        mproc.open(path, unpickle=True)[0]


MIXED = """
def f(a, b):
    if a == 2: raise ValueError("two")
    if a == 3: import os; os._exit(4)
    return {"a": a * 10, "sum": a + b}
"""


def test_failures_are_rows_that_say_why(run_of):
    run = mproc.open(run_of(1, code=MIXED, items="[items.grid]\na = [1, 2, 3]\nb = [0.5]", task="lost-retries = 0"))
    assert (run.status, len(run), run.succeeded, run.failed) == ("finished", 3, 1, 2)
    assert run[0] == (0, {"a": 1, "b": 0.5}, {"a": 10, "sum": 1.5}, "ok", None)
    raised, left = run.failures()
    assert (raised.index, raised.status, raised.result, raised.item) == (1, "failed", None, {"a": 2, "b": 0.5})
    assert (raised.error.kind, raised.error.type, raised.error.message) == ("exception", "ValueError", "two")
    assert "in f" in raised.error.traceback and raised.error.rank >= 1 and raised.error.host and raised.error.pid
    assert (left.index, left.error.kind) == (2, "crash") and isinstance(left.error, mproc.WorkerLost)
    assert run[-1].index == 2
    with pytest.raises(IndexError, match="knows of 3 tasks, numbered from 0; there is no task 3"):
        run[3]


def test_the_table_is_that_of_mproc_results(cli, run_of):
    path = run_of(1, code=MIXED, items="[items.grid]\na = [1, 2, 3]\nb = [0.5]", task="lost-retries = 0")
    frame = mproc.open(path).to_pandas()
    rows = cli.results()
    assert list(frame.columns) == [name for name in rows[0] if name != "index"] == ["a", "b", "result.a", "sum", "status", "error"]
    table = frame.reset_index().astype(object).where(frame.reset_index().notna(), None)
    assert table.to_dict("records") == rows
    assert (frame["a"].dtype, frame["sum"].dtype) == ("int64", "float64")


def test_arrays_and_lists_are_cells_of_a_table(run_of):
    code = "import numpy\ndef f(x): return {'matrix': numpy.full((2, 2), x), 'list': [x, x]}"
    frame = mproc.open(run_of(code=code)).to_pandas()
    assert frame["matrix"][2].tolist() == [[3, 3], [3, 3]] and frame["list"][1] == [2, 2]


@pytest.mark.parametrize("items, expected", [("csv = 'in.csv'", {"n": 5, "name": "x"}), ("jsonl = 'in.jsonl'", {"t": [1, None]}),
                                             ("python = 'gen:items'", 7)])
def test_items_are_read_where_their_source_is_gone(cli, run_of, items, expected):
    sources = [cli.write("in.csv", "n,name\n5,x\n"), cli.write("in.jsonl", '{"t": [1, null]}\n'),
               cli.write("gen.py", "def items(): yield 7")]
    path = run_of(code="def f(*items, **named): return 1", items=items)
    for source in sources:
        source.unlink()
    assert mproc.open(path)[0].item == expected


def test_runs_are_found_as_mproc_results_finds_them(cli, run_of, monkeypatch):
    run_of(top='name = "early"')
    path = run_of(top='name = "late"')
    monkeypatch.chdir(cli.path)
    for name in (None, "late", "late-0001", "runs/late-0001", "runs/late-0001/", path, str(path)):
        assert mproc.open(name).path == str(path)
    assert mproc.open("early").name == "early-0001"
    monkeypatch.setenv("MPROC_RUNS", str(cli.path / "runs"))
    monkeypatch.chdir("/")
    assert mproc.open("late").path == str(path)


@pytest.mark.parametrize("name, line", [("nothing", "no run 'nothing' in runs; there are: one-0001"), (None, "no runs in empty; "),
                                        ("elsewhere/x", "elsewhere/x is not a run directory (it has no job.json)")])
def test_what_is_no_run_is_one_clear_error(cli, run_of, monkeypatch, name, line):
    run_of(top='name = "one"')
    monkeypatch.chdir(cli.path)
    if name is None:
        monkeypatch.setenv("MPROC_RUNS", "empty")
    with pytest.raises(FileNotFoundError) as raised:
        mproc.open(name)
    assert str(raised.value).startswith(line)
    with pytest.raises(TypeError):
        mproc.open(5)


def test_damage_is_warned_of_and_a_job_that_cannot_be_read_is_one_line(run_of):
    path = run_of(items="range = 1000")
    segment = max((path / "segments").iterdir(), key=lambda file: file.stat().st_size)
    bytes_ = bytearray(segment.read_bytes())
    bytes_[len(bytes_) // 2] ^= 0xFF
    segment.write_bytes(bytes_)
    with pytest.warns(UserWarning, match="segments/.*damaged"):
        assert mproc.open(path).succeeded < 1000
    (path / "job.json").write_text("{")
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="job.json cannot be read"):
        list(mproc.open(path))


def test_a_run_under_way_is_read_and_a_killed_one_said(cli):
    code = "import os, time\ndef f(x):\n    while x == 2 and not os.path.exists('go'): time.sleep(0.01)\n    return x"
    going = cli.start("run", cli.job(code=code, items="range = 4", run="chunk = 1"), "-j", "2")

    def seen():
        try:
            run = mproc.open(cli.path / "runs" / "job-0001")
        except FileNotFoundError:
            return None
        return run if run.succeeded == 3 else None

    run = wait_until(seen, "three of four tasks are done")
    assert run.status == "running" and [row.status for row in run] == ["ok", "ok", "pending", "ok"]
    assert run.to_pandas()["result"][[0, 1, 3]].tolist() == [0, 1, 3] and math.isnan(run.to_pandas()["result"][2])
    going.kill()
    cli.wait_for_processes()
    assert mproc.open(run.path).status == "killed"
    (cli.path / "go").touch()
    cli.run("run", cli.path / "job.toml", "-j", "2")
    assert len(run) == 4 and run[2].status == "pending"  # as it was
    again = mproc.open(run.path)
    assert (again.status, [row.result for row in again]) == ("finished", [0, 1, 2, 3])


def test_rows_of_a_large_run_pass_through_little_memory(cli, run_of):
    """A run of 192 MiB, read where no more than 64 MiB of memory may be had."""
    path = run_of(code="import numpy\ndef f(x): return numpy.full(1 << 17, x, dtype='f8')", items="range = 192")
    code = f"""
import mproc, numpy, resource
first = next(iter(mproc.open({str(path)!r})))
def own():  # bytes of data that are not of files
    return next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmData"))
limit = own() + (64 << 20)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
print(sum(int(row.result[-1]) for row in mproc.open({str(path)!r})), len(list(mproc.open({str(path)!r}).failures())))
"""
    done = subprocess.run(["/usr/bin/python3", "-c", code], env=cli.env | {"PYTHONPATH": os.environ["MPROC_PACKAGE"]},
                          capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (f"{sum(range(192))} 0\n", "")


@pytest.mark.parametrize("version", ["3.9", "3.12", "3.13"])
def test_runs_are_read_in_other_pythons_without_the_program(cli, run_of, version):
    python = shutil.which(f"python{version}")
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"there is no Python {version} here")
    path = run_of(1, code="def f(x): return {'y': 1 / (x - 2)}")
    code = f"import json, mproc; print(json.dumps([row[:4] + (str(row.error),) for row in mproc.open({str(path)!r})]))"
    env = {"PYTHONPATH": os.environ["MPROC_PACKAGE"], "PATH": "/nowhere", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    rows = json.loads(done.stdout)
    assert [row[:4] for row in rows] == [[0, 1, {"y": -1.0}, "ok"], [1, 2, None, "failed"], [2, 3, {"y": 1.0}, "ok"]]
    assert rows[1][4].startswith("ZeroDivisionError: division by zero (rank ")
