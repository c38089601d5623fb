"""check, try, results, status and new."""

import json
import re

import pytest
from harness import wait_until

CODE = "def f(x):\n    open('ran', 'a').write('x')\n    return x * 2"


def test_check_reads_the_job_and_runs_nothing(cli):
    cli.job(code=CODE, items="range = 1000", output="out.csv")
    result = cli.run("check", "job.toml")
    assert result.out == ("job.toml: 1000 tasks of function f\nnot checked, because it takes running code: that the init code runs,"
                          " that the function is there and takes what the items give\n")
    assert result.err == ""
    assert sorted(entry.name for entry in cli.path.iterdir()) == ["job.toml"]


def test_check_of_commands_generators_and_one_task(cli):
    cli.write("a.toml", '[task]\ncommand = ["echo", "{}"]\n[items]\nlist = [1]\n')
    assert cli.run("check", "a.toml").out == "a.toml: 1 task of command echo\n"
    cli.job(code=CODE, items='python = "gen:items"')
    assert cli.run("check", "job.toml").out.startswith("job.toml: tasks of function f, from a generator: how many is not known before it runs\n")
    assert "2 tasks of" in cli.run("check", "a.toml", "--set", "items.list=[1, 2]").out


@pytest.mark.parametrize("words", [["-j", "4"], ["--inline"]])
def test_try_runs_three_tasks_says_an_estimate_and_leaves_nothing(cli, words):
    cli.job(code="import time\n" + CODE + "\ng = f\ndef f(x):\n    time.sleep(0.02)\n    return g(x)", items="range = [10, 110]", output="out.csv")
    result = cli.run("try", "job.toml", *words)
    lines = result.out.splitlines()
    assert lines[:3] == ["20", "120", "218"]  # first, middle, last
    assert re.fullmatch(r"about \d+\.\d ms a task: all 100 tasks take about \d+(\.\d)? m?s on \d+ executors?", lines[3]), lines
    assert cli.read("ran") == "xxx"
    assert sorted(entry.name for entry in cli.path.iterdir()) == ["job.toml", "ran"]


def test_try_of_fewer_tasks_and_of_failing_ones(cli):
    cli.job(code="def f(x):\n    if x == 1: raise ValueError('one')\n    return x", items="list = [1, 2]")
    result = cli.run("try", "job.toml", status=1)
    assert result.out.splitlines()[0] == "2"
    assert "mproc: task 0 failed: ValueError: one\n" in result.err
    assert cli.runs() == []


def test_try_of_three_tasks_is_all_of_them(cli):
    cli.job(code=CODE, items="list = [5, 6, 7]")
    assert cli.run("try", "job.toml").out.splitlines()[:3] == ["10", "12", "14"]


def test_try_of_a_generator_does_not_know_the_whole(cli):
    cli.write("gen.py", "import itertools\ndef items(): return itertools.count()\n")
    cli.job(code=CODE, items='python = "gen:items"')
    out = cli.run("try", "job.toml").out
    assert out.startswith("0\n2\n4\n") and "how many tasks there are is not known before the run" in out


def test_try_refuses_what_run_refuses(cli):
    cli.job(code="pass", function="func")
    assert cli.run("try", "job.toml", status=2).err.startswith("mproc: the executors have no function 'func'")
    assert cli.runs() == []


def test_results_of_a_partial_run_name_what_is_pending(cli):
    cli.job(code="def f(x):\n    if x == 2: raise ValueError('two')\n    return x * 2", output="out.csv")
    cli.run("run", "job.toml", "--inline", "--tasks", "0-1", status=1)
    assert cli.run("results").out == ("index,item,result,status,error\n0,1,2,ok,\n1,2,,failed,ValueError: two\n2,3,,pending,\n")
    assert cli.results()[2] == {"index": 2, "item": 3, "result": None, "status": "pending", "error": None}


def test_results_finds_runs_by_number_name_and_path(cli):
    cli.job("a.toml", code="def f(x): return 'a'", items="range = 1")
    cli.job("b.toml", code="def f(x): return 'b'", items="range = 1")
    for job in ("a.toml", "a.toml", "b.toml"):
        cli.run("run", job, "--inline", "--fresh")
    for name, text in ((None, "b"), ("a", "a"), ("a-0001", "a"), ("runs/b-0001", "b"), ("runs/b-0001/", "b")):
        assert cli.results(*([name] if name else []))[0]["result"] == text, name
    result = cli.run("results", "c", status=2)
    assert result.err.startswith("mproc: no run 'c' in runs; ") and "a-0001" in result.err
    assert cli.run("results", "runs/none", status=2).err == "mproc: runs/none is not a run directory (it has no job.json)\n"


def test_results_refuses_unknown_and_impossible_formats(cli):
    cli.job(code="def f(x): return x")
    cli.run("run", "job.toml", "--inline")
    assert cli.run("results", "--format", "xls", status=2).err == "mproc: unknown format 'xls'; there are csv, jsonl, json, npy, npz and pickle\n"
    assert cli.run("results", "-o", "x.xls", status=2).err == "mproc: unknown format 'xls'; there are csv, jsonl, json, npy, npz and pickle\n"
    assert cli.run("results", "--format", "npy", status=2).err == "mproc: standard output takes text formats and pickle; give .npy a path\n"
    assert cli.run("results", "--format", "jsonl", "-o", "x.txt").out == ""
    assert len(cli.rows("x.txt")) == 3


def test_results_takes_every_suffix_that_a_job_takes(cli):
    cli.job(code="def f(x): return x", output="out.pkl")
    cli.run("run", "job.toml", "--inline")
    cli.run("results", "-o", "copy.pkl")
    assert (cli.path / "copy.pkl").read_bytes() == (cli.path / "out.pkl").read_bytes()


def test_damage_in_the_journal_is_said_by_every_command_that_reads_it(cli):
    cli.job(code="def f(x): return f'marker-{x}'", run="chunk = 1")
    cli.run("run", "job.toml", "--inline")
    segment = cli.path / "runs/job-0001/segments/0001-0001.mj"
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b"marker-2", b"marker-X"))
    warning = "mproc: warning: run job-0001: segments/0001-0001.mj: "
    for words in (["results"], ["status"], ["run", "job.toml"]):
        assert cli.run(*words).err.count(warning) == 1, words
    assert [row["result"] for row in cli.results()] == ["marker-1", "marker-2", "marker-3"]


def test_results_need_neither_the_job_file_nor_its_inputs(cli):
    cli.write("t.csv", "a\n1\n2\n")
    cli.job(code="def f(a): return a + 0.5", items='csv = "t.csv"')
    cli.run("run", "job.toml", "--inline")
    (cli.path / "t.csv").unlink()
    (cli.path / "job.toml").unlink()
    assert cli.run("results").out == "index,a,result,status,error\n0,1,1.5,ok,\n1,2,2.5,ok,\n"


def test_status_says_where_a_run_stands(cli):
    cli.job(code="def f(x):\n    if x == 2: raise ValueError('two')\n    return x")
    cli.run("run", "job.toml", "--inline", status=1)
    out = cli.run("status").out
    assert re.fullmatch(r"job-0001: finished, 3 of 3 tasks done \(2 succeeded, 1 failed\), 0 running\n"
                        r"  central: pid \d+ on \S+, heard of \d+ s ago\n"
                        r"  1 × ValueError: two \(task 1\)\n  see: mproc log runs/job-0001 1\n", out), out
    assert cli.run("status", "job").out.startswith("job-0001: finished")
    status = json.loads(cli.read("runs/job-0001/status.json"))
    assert (status["state"], status["succeeded"], status["failed"]) == ("finished", 2, 1)


def test_status_says_when_a_run_was_killed(cli):
    cli.job(code="import time\ndef f(x): time.sleep(600)", items="range = 1")
    running = cli.start("run", "job.toml", "--inline")
    wait_until(lambda: (cli.path / "runs/job-0001/status.json").exists(), "that the run has begun")
    assert cli.run("status").out.startswith("job-0001: running, 0 of 1 tasks done ")
    running.kill()
    out = cli.run("status").out
    assert out.startswith("job-0001: stopped without an end (killed?), 0 of 1 tasks done (0 succeeded, 0 failed), 0 running\n")
    assert out.endswith(" s ago; the same command goes on\n")


def test_new_writes_a_starter_job_that_tries_and_runs_as_written(cli):
    result = cli.run("new", "sweep")
    assert result.out == "sweep.toml is written; next: mproc try sweep.toml\n"
    assert "30 tasks of function simulate" in cli.run("check", "sweep.toml").out
    assert cli.run("try", "sweep.toml").out.startswith('{"value":0.31622776601683')
    assert cli.runs() == [] and not (cli.path / "sweep.csv").exists()
    assert "30 of 30 tasks done: 30 succeeded, 0 failed" in cli.run("run", "sweep.toml").err
    assert cli.read("sweep.csv").startswith("index,alpha,n,value,converged,status,error\n0,0.1,10,0.316")
    before = cli.read("sweep.toml")
    assert cli.run("new", "sweep", status=2).err == "mproc: sweep.toml exists already; choose another name or remove it\n"
    assert cli.read("sweep.toml") == before


@pytest.mark.parametrize("name", ["a/b", "../x", "", ".hidden", "-x", "a b"])
def test_new_refuses_what_cannot_name_a_job(cli, name):
    result = cli.run("new", "--", name, status=2)
    assert result.err.startswith("mproc: ") and result.err.count("\n") == 1
    assert list(cli.path.iterdir()) == []
