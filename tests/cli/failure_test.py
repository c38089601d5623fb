"""Failures of tasks: kept as data, grouped in the summary, tried again, and when there are too many."""

import re

import pytest
from harness import assert_summary


def test_failures_are_grouped_most_frequent_first(cli):
    cli.job(code="def f(x):\n    if x % 2: raise ValueError('odd')\n    if x == 4: raise KeyError('four')\n    return x", items="range = 10")
    result = cli.run("run", "job.toml", "-j", "1", status=1)
    assert_summary(result.err, 10, 4, 6, "  5 × ValueError: odd (tasks 1, 3, 5, …)\n  1 × KeyError: 'four' (task 4)\n",
                   after="--retry-failed runs the failed tasks again\n")


def test_many_kinds_of_failure_are_cut_to_the_first(cli):
    cli.job(code="def f(x): raise ValueError(f'number {x}')", items="range = 8", run="max-failures = 100")
    err = cli.run("run", "job.toml", "--inline", status=1).err
    assert err.count(" × ValueError: number ") == 5 and "\n  and 3 other kinds of failure\n" in err


@pytest.mark.parametrize(("limit", "said"), [
    ("3", "stopped: {n} tasks failed, more than max-failures = 3\n"),
    ('"10%"', 'stopped: {n} of 40 tasks failed, more than max-failures = "10%"\n'),
])
def test_a_run_with_too_many_failures_stops_and_the_same_command_continues(cli, limit, said):
    cli.job(code="import os\ndef f(x):\n    if x >= 5 and not os.path.exists('mended'): raise ValueError('bad')\n    return x",
            items="range = 40", run=f"max-failures = {limit}\nchunk = 1", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "1", status=1)
    pattern = re.escape(said).replace(r"\{n\}", r"(\d+)")
    assert re.match("mproc: " + pattern, result.err), result.err
    assert not (cli.path / "out.jsonl").exists()
    cli.write("mended", "")
    result = cli.run("run", "job.toml", "-j", "1", "--retry-failed")
    assert result.err.startswith("mproc: going on with run job-0001: 5 of 40 tasks are done\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(40))


def test_a_run_whose_first_fifty_outcomes_fail_alike_stops(cli):
    cli.job(code="def f(x): raise RuntimeError('always')", items="range = 5000", run="chunk = 10")
    result = cli.run("run", "job.toml", "-j", "1", status=1)
    first = result.err.splitlines()[0]
    assert first.startswith("mproc: stopped: the first ")
    assert first.endswith(" tasks all failed alike (RuntimeError: always); set max-failures in [run] to go on all the same")
    assert int(first.split()[4]) < 200


@pytest.mark.parametrize("items", ['lines = "lines"', 'python = "gen:items"'])
def test_a_share_of_failures_stops_a_run_whose_tasks_are_counted_as_they_come(cli, items):
    cli.write("lines", "x\n" * 2000)
    cli.write("gen.py", "def items():\n    for i in range(2000): yield i\n")
    cli.job(code="import itertools\nn = itertools.count()\ndef f(x):\n    if next(n) % 2: raise ValueError('odd')", items=items,
            run='max-failures = "5%"\nchunk = 10')
    err = cli.run("run", "job.toml", "-j", "1", status=1).err
    assert 'of 2000 tasks failed, more than max-failures = "5%"' in err.splitlines()[0], err


def test_with_max_failures_a_run_whose_tasks_all_fail_goes_on(cli):
    cli.job(code="def f(x): raise RuntimeError('always')", items="range = 120", run='max-failures = "100%"')
    assert "120 of 120 tasks done: 0 succeeded, 120 failed" in cli.run("run", "job.toml", "--inline", status=1).err


def test_different_failures_from_the_start_do_not_stop_the_run(cli):
    cli.job(code="def f(x): raise RuntimeError(f'{x}')", items="range = 120")
    assert "120 of 120 tasks done: 0 succeeded, 120 failed" in cli.run("run", "job.toml", "--inline", status=1).err


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
def test_retries_try_a_task_again_after_an_exception(cli, words):
    cli.job(code="import os\ndef f(x):\n    n = len(open(f'n{x}').read()) if os.path.exists(f'n{x}') else 0\n"
                 "    open(f'n{x}', 'a').write('.')\n    if n < (2 if x == 1 else 5 if x == 2 else 0): raise ValueError(f'try {n}')\n"
                 "    return n", items="range = 4", task="retries = 2", output="out.jsonl")
    result = cli.run("run", "job.toml", *words, status=1)
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 2, None, 0]
    assert cli.rows("out.jsonl")[2]["error"] == "ValueError: try 2"
    assert "4 of 4 tasks done: 3 succeeded, 1 failed" in result.err
    assert cli.read("n2") == "..."


def test_a_commands_exit_status_and_last_line_of_stderr_are_its_failure(cli):
    cli.write("job.toml", '[task]\ncommand = ["sh", "-c", "echo first >&2; echo wrong {} >&2; exit 3"]\n[items]\nlist = [7]\n')
    result = cli.run("run", "job.toml", "--inline", status=1)
    assert "\n  1 × exit status 3: wrong 7 (task 0)\n" in result.err


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "raise KeyboardInterrupt", "raise BaseException('b')", "raise StopIteration",
                                  "raise ExceptionGroup('g', [ValueError(1)])"])
def test_any_exception_at_all_is_its_tasks_failure(cli, code):
    cli.job(code=f"def f(x):\n    if x == 1: {code}\n    return x", items="range = 3", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert [row["status"] for row in cli.rows("out.jsonl")] == ["ok", "failed", "ok"]


def test_an_endless_recursion_is_its_tasks_failure(cli):
    cli.job(code="def f(x):\n    if x == 1: return f(x)\n    return x", items="range = 3", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert [row["status"] for row in cli.rows("out.jsonl")] == ["ok", "failed", "ok"]
    assert cli.rows("out.jsonl")[1]["error"].startswith("RecursionError: ")
