"""Several executors of one worker rank: all of them work, none waits for another, and a crash of one costs its task alone."""

import os
import signal

import pytest
from harness import wait_until

CORES = sorted(os.sched_getaffinity(0))
# Task 0 lasts until all others are done: whatever waits behind it has to run elsewhere.
LONG_FIRST = """
import glob, os, time
def f(x, count):
    open(f"began-{x}", "w").close()
    end = time.monotonic() + 100
    while x == 0 and len(glob.glob("done-*")) < count - 1:
        if time.monotonic() > end: raise TimeoutError
        time.sleep(0.005)
    open(f"done-{x}", "w").close()
    return [os.getpid(), os.getppid()]
"""


def workers_of(rows):
    """The processes that are parents of executors: one a worker rank."""
    return {row["result"][1] for row in rows}


@pytest.mark.parametrize("chunk", ['"auto"', "1", "4", "20"])
def test_what_waits_behind_a_long_task_is_run_by_another_executor_of_the_rank(cli, chunk):
    cli.job(code=LONG_FIRST, items="range = 40", task="args = { count = 40 }", run=f"executors = 2\nchunk = {chunk}", output="out.jsonl")
    cli.run("run", "job.toml", "-j", 2)
    rows = cli.rows("out.jsonl")
    assert len(workers_of(rows)) == 1
    assert len({row["result"][0] for row in rows}) == 2


def test_a_command_that_lasts_holds_up_no_other(cli):
    wait = "if [ {} = 0 ]; then while [ $(ls done-* | wc -l) -lt 19 ]; do sleep 0.01; done; fi; touch done-{}"
    cli.write("job.toml", f'[task]\ncommand = ["sh", "-c", "{wait}"]\n[items]\nrange = 20\n[run]\nexecutors = "auto"\n')
    assert "20 succeeded" in cli.run("run", "job.toml", "-j", 2).err


@pytest.mark.parametrize("executors", [1, 2, 3])
def test_many_crashes_among_executors_of_a_rank_lose_nothing_and_count_nothing_twice(cli, executors):
    cli.job(code="import os, signal\ndef f(x):\n    if x % 25 == 7: os.kill(os.getpid(), signal.SIGKILL)\n    return x",
            items="range = 500", task="lost-retries = 0", output="out.jsonl", run=f'max-failures = "100%"\nexecutors = {executors}')
    cli.run("run", "job.toml", "-j", 3, status=1)
    rows = cli.rows("out.jsonl")
    assert [row["index"] for row in rows] == list(range(500))
    assert [row["result"] for row in rows] == [None if x % 25 == 7 else x for x in range(500)]


def test_a_drain_lets_every_executor_of_a_rank_end_its_task_and_the_same_command_goes_on(cli):
    cli.job(code="import os, time\ndef f(x):\n    open(f'began-{x}', 'a').write('x')\n    while not os.path.exists('go'): time.sleep(0.005)\n"
                 "    return x", items="range = 30", run="executors = 3\nchunk = 1", output="out.jsonl")
    running = cli.start("run", "job.toml", "-j", 3)
    wait_until(lambda: len(list(cli.path.glob("began-*"))) == 3, "that all executors are busy")
    running.signal(signal.SIGTERM)
    wait_until(lambda: "asked to stop" in running.text(1), "that the drain has begun")
    cli.write("go", "")
    assert running.wait().status == 75
    assert len([row for row in cli.results() if row["status"] == "ok"]) < 30
    cli.run("run", "job.toml", "-j", 3)
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(30))
    assert {path.read_text() for path in cli.path.glob("began-*")} == {"x"}, "no task was run twice"


@pytest.mark.skipif(len(CORES) < 2, reason="one core")
def test_executors_and_their_rank_may_use_all_cores_where_mpirun_binds_its_ranks_to_one(cli):
    cli.job(code="import glob, os, time\ndef f(x):\n    open(f'runs-{x}', 'w').close()\n    end = time.monotonic() + 100\n"
                 f"    while len(glob.glob('runs-*')) < {len(CORES)}:\n        if time.monotonic() > end: raise TimeoutError\n"
                 "        time.sleep(0.005)\n    rank = int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])\n"
                 "    return [os.getpid(), sorted(os.sched_getaffinity(0)), sorted(os.sched_getaffinity(rank))]",
            items=f"range = {2 * len(CORES)}", run='executors = "auto"\nchunk = 1', output="out.jsonl")
    result = cli.mpirun(2, "run", "job.toml", binding=["--bind-to", "core", "--report-bindings"])
    assert "rank 1 bound to" in result.raw_err, "mpirun has bound the worker"
    rows = cli.rows("out.jsonl")
    assert all(row["result"][1:] == [CORES, CORES] for row in rows)
    assert len({row["result"][0] for row in rows}) == len(CORES), "as many executors as cores"
