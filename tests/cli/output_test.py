"""Every output format, read back by what a user reads it with."""

import csv
import json
import math
import pickle
import re

import pytest


CODE = 'def f(a, b):\n    if a == 2: raise ValueError("no 2")\n    return {"sum": a + b, "text": "x" * a}'
ITEMS = "[items.grid]\na = [1, 2, 3]\nb = [0.5]\n"


@pytest.fixture
def np():
    return pytest.importorskip("numpy")


@pytest.fixture
def table(cli):
    """A run with a failed row, and its table as JSON lines."""
    cli.job(code=CODE, items=ITEMS, output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2", status=1)
    return cli


def test_one_table_reads_back_the_same_from_text_and_pickle(table):
    cli = table
    for suffix in ("csv", "pickle"):
        cli.run("results", "-o", f"out.{suffix}")
    with open(cli.path / "out.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == ["index", "a", "b", "sum", "text", "status", "error"]
    assert [row["sum"] for row in table] == ["1.5", "", "3.5"]
    assert [row["error"] for row in table] == ["", "ValueError: no 2", ""]
    rows = cli.rows("out.jsonl")
    assert rows[0] == {"index": 0, "a": 1, "b": 0.5, "sum": 1.5, "text": "x", "status": "ok", "error": None}
    assert rows[1] == {"index": 1, "a": 2, "b": 0.5, "sum": None, "text": None, "status": "failed", "error": "ValueError: no 2"}
    pickled = pickle.loads((cli.path / "out.pickle").read_bytes())
    assert [row["result"] for row in pickled] == [{"sum": 1.5, "text": "x"}, None, {"sum": 3.5, "text": "xxx"}]
    assert pickled[0]["a"] == 1 and pickled[1]["status"] == "failed"


def test_the_same_table_as_arrays(table, np):
    table.run("results", "-o", "out.npz")
    columns = np.load(table.path / "out.npz")
    assert columns["index"].tolist() == [0, 1, 2]
    assert columns["a"].tolist() == [1, 2, 3]
    assert columns["sum"][0] == 1.5 and math.isnan(columns["sum"][1]) and columns["sum"][2] == 3.5
    assert columns["status"].tolist() == ["ok", "failed", "ok"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "pickle"])
def test_a_job_writes_its_output_in_the_format_of_the_suffix(cli, suffix):
    cli.job(code="def f(x): return x * 0.5", output=f"out.{suffix}")
    cli.run("run", "job.toml", "--inline")
    path = cli.path / f"out.{suffix}"
    if suffix == "csv":
        assert path.read_text() == "index,item,result,status,error\n0,1,0.5,ok,\n1,2,1.0,ok,\n2,3,1.5,ok,\n"
    elif suffix == "jsonl":
        assert [row["result"] for row in cli.rows("out.jsonl")] == [0.5, 1.0, 1.5]
    else:
        assert [row["result"] for row in pickle.loads(path.read_bytes())] == [0.5, 1.0, 1.5]


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_job_writes_its_output_as_arrays(cli, np, suffix):
    cli.job(code="def f(x): return x * 0.5", output=f"out.{suffix}")
    cli.run("run", "job.toml", "--inline")
    loaded = np.load(cli.path / f"out.{suffix}")
    array = loaded if suffix == "npy" else loaded["result"]
    assert (array.dtype, array.tolist()) == (np.float64, [0.5, 1.0, 1.5])


def test_without_output_the_journal_alone_has_the_results(cli):
    cli.job(code="def f(x): return x")
    result = cli.run("run", "job.toml", "--inline")
    assert "results:" not in result.err and result.err.endswith("\nrun: runs/job-0001\n")
    assert sorted(entry.name for entry in cli.path.iterdir()) == ["job.toml", "runs"]
    assert [row["result"] for row in cli.results()] == [1, 2, 3]


def test_nan_and_infinity_are_null_in_jsonl_and_counted_and_themselves_in_csv(cli):
    cli.job(code="def f(x): return [float('nan'), float('inf'), -float('inf'), 1.5][x]", items="range = 4", output="out.jsonl")
    result = cli.run("run", "job.toml", "--inline")
    assert result.err.startswith("mproc: 3 NaN or infinite values written as null: JSON has no such numbers\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [None, None, None, 1.5]
    assert all(json.loads(line, parse_constant=pytest.fail) for line in cli.read("out.jsonl").splitlines())
    again = cli.run("results", "-o", "again.jsonl")
    assert again.err == "mproc: 3 NaN or infinite values written as null: JSON has no such numbers\n"
    assert cli.read("again.jsonl") == cli.read("out.jsonl")
    assert cli.run("results", "--format", "csv").err == ""
    out = cli.run("results", "--format", "csv").out
    values = [float(row["result"]) for row in csv.DictReader(out.splitlines())]
    assert math.isnan(values[0]) and values[1:] == [math.inf, -math.inf, 1.5]


def test_nan_and_infinity_are_themselves_in_arrays(cli, np):
    cli.job(code="def f(x): return [float('nan'), float('inf'), -float('inf'), 1.5][x]", items="range = 4", output="out.npy")
    cli.run("run", "job.toml", "--inline")
    array = np.load(cli.path / "out.npy")
    assert math.isnan(array[0]) and array[1:].tolist() == [math.inf, -math.inf, 1.5]


def test_numpy_results_in_every_format(cli, np):
    cli.job(code="import numpy\ndef f(x): return {'scalar': numpy.float32(x) / 4, 'whole': numpy.int16(x), 'flag': numpy.bool_(x > 1),"
                 " 'array': numpy.arange(3) * x}", output="out.jsonl")
    cli.run("run", "job.toml", "--inline")
    row = cli.rows("out.jsonl")[2]
    assert (row["scalar"], row["whole"], row["flag"], row["array"]) == (0.75, 3, True, [0, 3, 6])
    cli.run("results", "-o", "out.npz")
    columns = np.load(cli.path / "out.npz")
    assert columns["array"].tolist() == [[0, 1, 2], [0, 2, 4], [0, 3, 6]]
    assert columns["flag"].tolist() == [False, True, True] and columns["flag"].dtype == bool
    cli.run("results", "-o", "out.pickle")
    pickled = pickle.loads((cli.path / "out.pickle").read_bytes())
    assert np.array_equal(pickled[1]["result"]["array"], [0, 2, 4])


def test_arrays_of_one_shape_stack_in_npy(cli, np):
    cli.job(code="import numpy\ndef f(x): return numpy.full((2, 2), x, dtype='f4')", output="out.npy")
    cli.run("run", "job.toml", "--inline")
    array = np.load(cli.path / "out.npy")
    assert (array.shape, array.dtype, array[2, 1, 1]) == ((3, 2, 2), np.float32, 3)


def test_a_failed_row_of_floats_is_nan_in_npy_and_of_others_refused(cli, np):
    cli.job("a.toml", code="def f(x):\n    if x == 2: raise ValueError('no')\n    return x * 0.5", output="a.npy")
    cli.run("run", "a.toml", "--inline", status=1)
    array = np.load(cli.path / "a.npy")
    assert array[0] == 0.5 and math.isnan(array[1]) and array[2] == 1.5
    cli.job("b.toml", code="def f(x):\n    if x == 2: raise ValueError('no')\n    return x", output="b.npy")
    result = cli.run("run", "b.toml", "--inline", status=2)
    assert ".npz" in result.err
    assert not (cli.path / "b.npy").exists() and "results: " not in result.err


def test_a_result_that_no_format_can_hold_is_its_tasks_failure_and_says_what_to_choose(cli):
    cli.job(code="class Thing: pass\ndef f(x): return Thing() if x == 2 else x", output="out.csv")
    result = cli.run("run", "job.toml", "--inline", status=1)
    rows = list(csv.DictReader(cli.read("out.csv").splitlines()))
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert "pickle" in rows[1]["error"] and "Thing" in rows[1]["error"]
    assert rows[1]["error"] in result.err


def test_a_result_column_never_hides_an_items_column(cli):
    cli.job(code="def f(a): return {'a': a * 2, 'status': 'mine'}", items="[items.grid]\na = [1]\n", output="out.jsonl")
    cli.run("run", "job.toml", "--inline")
    assert cli.rows("out.jsonl") == [{"index": 0, "a": 1, "result.a": 2, "result.status": "mine", "status": "ok", "error": None}]


def test_an_output_is_replaced_when_complete_and_not_before(cli):
    cli.write("out.csv", "old")
    cli.job(code="def f(x): return x", output="out.csv")
    cli.run("run", "job.toml", "--inline", "--tasks", "0")
    assert cli.read("out.csv") == "old"
    cli.run("run", "job.toml", "--inline")
    assert cli.read("out.csv").startswith("index,item,result,")
    assert sorted(entry.name for entry in cli.path.iterdir()) == ["job.toml", "out.csv", "runs"]


@pytest.mark.parametrize(("items", "init", "output"), [
    ('csv = "data.csv"', "", "data.csv"),
    ('csv = { path = "data.csv" }', "", "sub/../data.csv"),
    ('glob = "*.csv"', "", "data.csv"),
    ('lines = "link.csv"', "", "data.csv"),
    ("list = [1]", 'files = ["data.csv"]', "data.csv"),
    ("list = [1]", "", "job.toml"),
])
def test_an_output_that_would_replace_an_input_is_refused(cli, items, init, output):
    cli.write("data.csv", "x\n1\n")
    cli.write("sub/empty", "")
    (cli.path / "link.csv").symlink_to("data.csv")
    job = cli.job(code="def f(x): return x", items=items, init=init, output=output)
    job.write_text(job.read_text() + 'format = "csv"\n')
    before = job.read_text()
    for command in (["check"], ["run", "--inline"], ["run", "-j", "1"]):
        result = cli.run(command[0], "job.toml", *command[1:], status=2)
        assert re.fullmatch(r"mproc: job.toml:\d+:\d+: 'output.path' is an input of the job, which the results would replace: \S+;"
                            r" choose another path\n", result.err), result.err
    assert (cli.read("data.csv"), job.read_text(), cli.runs()) == ("x\n1\n", before, [])


def test_order_is_kept_however_long_tasks_take(cli):
    cli.job(code="import time\ndef f(x):\n    time.sleep(0.02 if x % 7 == 0 else 0)\n    return x", items="range = 60",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(60))
    assert [row["index"] for row in cli.rows("out.jsonl")] == list(range(60))


def test_text_of_every_kind_survives_csv_and_jsonl(cli):
    texts = ['a,b', 'say "x"', "two\nlines", "", "ünï 日本 🎉", " space ", "tab\t"]
    cli.write("texts.json", json.dumps(texts))
    cli.job(code="import json\ntexts = json.load(open('texts.json'))\ndef f(x): return texts[x]", items=f"range = {len(texts)}",
            output="out.csv")
    cli.run("run", "job.toml", "--inline")
    with open(cli.path / "out.csv", newline="", encoding="utf-8") as file:
        assert [row["result"] for row in csv.DictReader(file)] == texts
    assert [row["result"] for row in cli.results()] == texts


def test_a_dash_is_standard_output_however_the_run_is_started(cli):
    cli.job(code="def f(x): return x * x", items="range = 3", output="-")
    cli.write("job.toml", cli.read("job.toml") + 'format = "csv"\n')
    table = "index,item,result,status,error\n0,0,0,ok,\n1,1,1,ok,\n2,2,4,ok,\n"
    for words in (("-j", "2"), ("--inline", "--fresh")):
        result = cli.run("run", "job.toml", *words)
        assert result.out == table, repr(result)
        assert "mproc: 3 of 3 tasks done: 3 succeeded, 0 failed, in " in result.err
    assert cli.mpirun(3, "run", "job.toml", "--fresh").out == table
    assert cli.run("run", "job.toml").out == table  # of the finished run


def test_what_is_not_complete_is_not_printed(cli):
    cli.job(code="def f(x): return x * x", items="range = 3", output="-")
    cli.write("job.toml", cli.read("job.toml") + 'format = "jsonl"\n')
    assert cli.run("run", "job.toml", "-j", "1", "--tasks", "0-1").out == ""
    assert len(cli.run("run", "job.toml", "-j", "1").out.splitlines()) == 3
