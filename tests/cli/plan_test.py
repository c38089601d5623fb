"""mproc plan: a sample of the tasks, and how long the whole takes on any number of executors."""

import json
import os
import re
import signal

import pytest
from harness import wait_until

SLEEP = "import time\ndef f(x):\n    time.sleep(0.01)\n    return x"


def plan(cli, *words, status=0):
    return json.loads(cli.run("plan", "job.toml", "--json", *words, status=status).out)


def test_plan_prints_a_table_names_the_best_number_and_leaves_nothing(cli):
    cli.job(code=SLEEP, items="range = 500", output="out.csv")
    result = cli.run("plan", "job.toml", "--seconds", "2")
    lines = result.out.splitlines()
    assert re.fullmatch(r"\d+ of 500 tasks sampled: .* a task \(.* in the median, .* at most\); .* until the first begins", lines[0]), lines
    assert lines[1].split() == ["executors", "time", "efficiency", "core-hours"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "2"]
    assert re.fullmatch(r"best: \d+ executors?, the most with an efficiency of 0.8 or better; beyond, .+|not even one executor is used well: .+",
                        lines[-1]), lines
    assert result.err == ""
    assert sorted(entry.name for entry in cli.path.iterdir()) == ["job.toml"]
    assert list(cli.tmp.iterdir()) == []


def test_plan_predicts_more_speed_less_efficiency_and_the_cost(cli):
    cli.job(code=SLEEP, items="range = 2000")
    found = plan(cli, "--seconds", "2")
    rows = found["forecasts"]
    numbers, here = [row["executors"] for row in rows], len(os.sched_getaffinity(0))
    assert here in numbers or here > numbers[-1]
    assert [number for number in numbers if number & number - 1 == 0 or number != here] == [
        2**i for i in range(numbers[-1].bit_length())]
    assert found["tasks"] == 2000 and 3 <= found["sampled"] <= 2000
    assert 0.01 <= found["task_seconds"]["median"] <= found["task_seconds"]["longest"]
    assert rows[0]["seconds"] >= 0.8 * 2000 * found["task_seconds"]["mean"] + found["start_seconds"]
    assert rows[1]["seconds"] < rows[0]["seconds"]
    for row in rows:
        assert 0 < row["efficiency"] <= 1
        assert row["core_hours"] == pytest.approx(row["executors"] * row["seconds"] / 3600)
    assert rows[-1]["efficiency"] < 0.5
    good = [row["executors"] for row in rows if row["efficiency"] >= 0.8]
    assert found["best"] == (good[-1] if good else None)
    assert found["limit"] in ("tasks", "longest task", "central", "start")


def test_plan_samples_the_first_the_last_and_what_is_between(cli):
    cli.job(code="def f(x):\n    open('ran', 'a').write(f'{x}\\n')", items="range = 1000000")
    plan(cli, "--seconds", "1")
    ran = {int(line) for line in cli.read("ran").split()}
    assert {0, 500_000, 999_999} <= ran
    quarters = [sum(1 for x in ran if x // 250_000 == i) for i in range(4)]
    assert min(quarters) >= len(ran) // 8, quarters
    assert len(ran) <= 200_003


def test_what_only_the_first_task_of_an_executor_takes_is_not_taken_to_recur(cli):
    code = "import time\nready = []\ndef f(x):\n    if not ready:\n        ready.append(time.sleep(1))\n    time.sleep(0.001)"
    cli.job(code=code, items="range = 10000")
    found = plan(cli, "--seconds", "3")
    assert found["task_seconds"]["mean"] < 0.5 and found["sampled"] > 100
    assert found["start_seconds"] >= 1


def test_a_plan_that_is_asked_to_stop_gives_none(cli):
    cli.job(code="import time\ndef f(x):\n    open('began', 'w')\n    time.sleep(0.01)", items="range = 100000")
    process = cli.start("plan", "job.toml", "--seconds", "100")
    wait_until(lambda: (cli.path / "began").exists(), "the first task")
    process.signal(signal.SIGTERM)
    result = process.wait()
    assert result.status == 75 and "efficiency" not in result.out


def test_core_hours_are_those_of_all_cores_of_an_executor(cli):
    cli.job(code="import time\ndef f(x): time.sleep(0.01)", items="range = 1000", task="cpus = 2")
    row = plan(cli, "--seconds", "1")["forecasts"][0]
    assert row["core_hours"] == pytest.approx(2 * row["seconds"] / 3600)


def test_a_slow_init_is_what_limits_a_short_job(cli):
    cli.job(code="import time\ntime.sleep(1.5)\ndef f(x): return x", items="range = 20")
    found = plan(cli)
    assert found["start_seconds"] >= 1.5 and found["limit"] == "start" and found["best"] is None
    out = cli.run("plan", "job.toml").out
    assert re.search(r"^not even one executor is used well: start-up and init code \(\d\.\d s\) are what takes time$", out, re.M), out


def test_plan_of_failing_tasks_shows_the_first(cli):
    cli.job(code="def f(x):\n    if x >= 5: raise ValueError(f'no {x}')\n    return x", items="range = 10")
    result = cli.run("plan", "job.toml", status=1)
    assert result.out == ""
    assert result.err == "mproc: task 5 failed: ValueError: no 5; a plan takes tasks that succeed\n"
    assert cli.runs() == []


def test_plan_of_tasks_that_take_too_long_says_so(cli):
    cli.job(code="import time\ndef f(x): time.sleep(60)", items="range = 10", run="grace = '0s'")
    result = cli.run("plan", "job.toml", "--seconds", "1", status=2)
    assert result.err.endswith("mproc: no task of the sample ended within 1 s; --seconds gives it more\n")


def test_plan_of_a_generator_cannot_know_the_whole(cli):
    cli.write("gen.py", "def items(): return [1]\n")
    cli.job(code="def f(x): return x", items='python = "gen:items"')
    assert cli.run("plan", "job.toml", status=2).err == (
        "mproc: job.toml: how many tasks there are is not known before the run; mproc try says what one takes\n")


def test_plan_refuses_what_run_refuses(cli):
    cli.job(code="pass", function="func")
    assert cli.run("plan", "job.toml", status=2).err.startswith("mproc: the executors have no function 'func'")
    cli.job(code="import nosuchmodule")
    assert "nosuchmodule" in cli.run("plan", "job.toml", status=2).err
