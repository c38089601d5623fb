"""The same job with any number of ranks, in one process, and under the user's own mpirun: the same bytes."""

import os

import pytest

CODE = """
import random, mproc
def f(a, b):
    if a == 4: raise ValueError("four")
    return {"sum": a + b, "own": float(mproc.rng().random()), "std": random.random(), "list": [a] * 3, "text": str(b)}
"""


@pytest.fixture
def seeded(cli):
    cli.job(code=CODE, items="[items.grid]\na = { range = [0, 10] }\nb = [0.1, 1e300, -3.0]\n", top="seed = 7", output="out.csv")
    return cli


def table(cli, *words):
    cli.run("run", "job.toml", "--fresh", *words, status=1)
    return cli.read("out.csv")


def test_any_number_of_executors_inline_and_plain_mpirun_give_the_same_bytes(seeded):
    first = table(seeded, "-j", "1")
    assert first.count("\n") == 31 and first.count("ValueError: four") == 3
    for executors in ("2", "3", "5"):
        assert table(seeded, "-j", executors) == first, executors
    assert table(seeded, "--inline") == first
    result = seeded.mpirun(3, "run", "job.toml", "--fresh", status=1)
    assert seeded.read("out.csv") == first
    assert "mproc: 30 of 30 tasks done: 27 succeeded, 3 failed, in " in result.err
    assert seeded.runs()[-1] == "job-0006"


def test_several_executors_of_one_worker_rank_give_the_same_bytes(seeded):
    first = table(seeded, "--inline")
    assert table(seeded, "-j", "4", "--set", "run.executors=2") == first
    assert table(seeded, "-j", "3", "--set", "run.executors=auto", "--set", "run.chunk=1") == first


def test_without_a_seed_runs_differ_and_with_one_they_do_not(cli):
    code = "import mproc, random\ndef f(x): return [float(mproc.rng().random()), random.random()]"
    drawn = []
    for top in ("", "", "seed = 3", "seed = 3", "seed = 4"):
        cli.job(code=code, items="range = 3", top=top)
        cli.run("run", "job.toml", "--inline", "--fresh")
        drawn.append([row["result"] for row in cli.results()])
    assert drawn[0] != drawn[1] and drawn[2] == drawn[3] and drawn[2] != drawn[4]
    assert len({value for row in drawn[2] for value in row}) == 6  # every task its own


def test_a_seeded_tasks_numbers_are_the_same_after_a_retry_and_run_alone(cli):
    code = ("import mproc, os\ndef f(x):\n    r = float(mproc.rng().random())\n    if x == 1 and not os.path.exists('once'):\n"
            "        open('once', 'w')\n        raise ValueError\n    return r")
    cli.job(code=code, items="range = 3", top="seed = 3", task="retries = 1")
    cli.run("run", "job.toml", "-j", "1")
    whole = [row["result"] for row in cli.results()]
    cli.run("run", "job.toml", "--inline", "--fresh", "--tasks", "1")
    assert [row["result"] for row in cli.results()][1] == whole[1]


def test_numpys_global_generator_is_seeded_as_well(cli):
    pytest.importorskip("numpy")
    # Imported by the first task that runs in an executor, which is seeded like the others.
    cli.job(code="def f(x):\n    import numpy\n    return float(numpy.random.random())", items="range = 6", top="seed = 9")
    cli.run("run", "job.toml", "-j", "2")
    first = [row["result"] for row in cli.results()]
    cli.run("run", "job.toml", "--inline", "--fresh")
    assert [row["result"] for row in cli.results()] == first and len(set(first)) == 6


def test_inline_under_mpirun_is_refused(seeded):
    result = seeded.mpirun(2, "run", "job.toml", "--inline", status=2)
    assert "mproc: --inline is for one process; start mproc without mpirun or srun" in result.raw_err
    assert seeded.runs() == []


def test_one_rank_alone_may_run_inline(cli):
    cli.job(code="def f(x): return x * x", items="range = 3", output="out.jsonl")
    cli.mpirun(1, "run", "job.toml", "--inline")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 4]


def test_j_under_mpirun_is_refused_with_one_line(seeded):
    result = seeded.mpirun(2, "run", "job.toml", "-j", "4", status=2)
    assert [line for line in result.raw_err.splitlines() if line.startswith("mproc:")] == [
        "mproc: -j is for runs that mproc itself starts; here the ranks are given: leave -j out, or set run.executors, "
        "executors per worker rank"]
    assert seeded.runs() == []


def test_the_only_worker_of_a_node_fills_all_its_cores_and_central_none(cli):
    cores = len(os.sched_getaffinity(0))
    # Each task waits until as many run as there are cores.
    cli.job(code="import os, time\ndef f(x):\n    open(f'runs-{x}', 'w').close()\n    end = time.monotonic() + 20\n"
                 f"    while not all(os.path.exists(f'runs-{{i}}') for i in range({cores})):\n"
                 "        if time.monotonic() > end: raise TimeoutError\n        time.sleep(0.01)",
            items=f"range = {cores}", run='executors = "auto"\nchunk = 1')
    assert f"{cores} succeeded" in cli.mpirun(2, "run", "job.toml").err


def test_a_map_under_mpirun_prints_its_results_in_order(cli):
    result = cli.mpirun(3, "map", "math:sqrt", 1, 4, -1, 9, status=1)
    assert result.out == "1.0\n2.0\n3.0\n"
    assert [line for line in result.err.splitlines() if line.startswith("mproc:")] == [
        "mproc: task 2 failed: ValueError: math domain error"]


def test_a_bad_job_under_mpirun_is_said_once_with_exit_status_2(seeded):
    seeded.write("bad.toml", '[task]\nfunktion = "f"\n[items]\nlist = [1]\n')
    result = seeded.mpirun(3, "run", "bad.toml", status=2)
    assert result.raw_err.count("mproc: bad.toml:2:1: unknown key 'task.funktion'; did you mean 'function'?") == 1
    assert seeded.runs() == []
