"""What executors have of their machine: cores, threads, GPUs, and how many of them there are."""

import os

import pytest

CORES = sorted(os.sched_getaffinity(0))
LOOK = """
import glob, os, time
DEVICES_AT_INIT = os.environ.get("CUDA_VISIBLE_DEVICES")
def f(x, wait=0):
    open(f"runs-{x}", "w").close()
    end = time.monotonic() + 100
    while len(glob.glob("runs-*")) < wait:
        if time.monotonic() > end: raise TimeoutError
        time.sleep(0.01)
    return {"pid": os.getpid(), "cores": sorted(os.sched_getaffinity(0)), "threads": os.environ.get("OMP_NUM_THREADS"),
            "blas": os.environ.get("OPENBLAS_NUM_THREADS"), "gpus": os.environ.get("CUDA_VISIBLE_DEVICES"), "init": DEVICES_AT_INIT}
"""


def rows_of(cli, *words, tasks, task="", run="", together=0, mpirun=None, **options):
    cli.job(code=LOOK, items=f"range = {tasks}", task=f"args = {{ wait = {together} }}\n{task}", run=f"chunk = 1\n{run}",
            output="out.jsonl")
    result = cli.mpirun(mpirun, "run", "job.toml", *words, **options) if mpirun else cli.run("run", "job.toml", *words, **options)
    return cli.rows("out.jsonl"), result


def test_cpus_decide_how_many_executors_there_are_and_their_threads(cli):
    cpus = len(CORES)
    rows, _ = rows_of(cli, tasks=6, task=f"cpus = {cpus}")
    assert len({row["pid"] for row in rows}) == 1
    assert {(row["threads"], row["blas"]) for row in rows} == {(str(cpus), str(cpus))}
    assert all(row["cores"] == CORES for row in rows)


def test_more_cpus_than_there_are_cores_are_refused(cli):
    cpus = len(CORES) + 1
    cli.job(code=LOOK, items="range = 2", task=f"cpus = {cpus}")
    expected = (f"mproc: task.cpus = {cpus} is more than the {len(CORES)} core{'s' * (len(CORES) > 1)} that executors may use on "
                f"{os.uname().nodename}; lower it, or run where there are more\n")
    assert cli.run("run", "job.toml", status=2).err == expected
    assert cli.run("run", "job.toml", "-j", 1, status=2).err == expected
    assert expected in cli.mpirun(2, "run", "job.toml", status=2).raw_err
    assert cli.runs() == []


@pytest.mark.skipif(len(CORES) < 2, reason="one core")
def test_executors_that_were_asked_for_share_cores_and_it_is_said(cli):
    rows, result = rows_of(cli, "-j", 2, tasks=4, task=f"cpus = {len(CORES)}", together=2)
    assert len({row["pid"] for row in rows}) == 2
    assert result.err.startswith(f"mproc: warning: 2 executors of task.cpus = {len(CORES)} share {len(CORES)} cores; "
                                 "-j 1 gives each its own\n")


GPUS = {"CUDA_VISIBLE_DEVICES": "3,GPU-8932f937,MIG-41b36874,0"}


@pytest.mark.parametrize("run", ["", "executors = 2", 'executors = "auto"'])
def test_each_executor_has_gpus_of_its_own_before_its_code_runs(cli, run):
    rows, _ = rows_of(cli, "-j", 4, tasks=12, task="gpus = 1", run=run, together=4, env=GPUS)
    by_pid = {row["pid"]: row["gpus"] for row in rows}
    assert sorted(by_pid.values()) == sorted(GPUS["CUDA_VISIBLE_DEVICES"].split(","))
    assert all(row["gpus"] == row["init"] == by_pid[row["pid"]] for row in rows)


def test_gpus_decide_how_many_executors_there_are(cli):
    rows, _ = rows_of(cli, tasks=4, task="gpus = 3", env=GPUS)
    assert {row["gpus"] for row in rows} == {"3,GPU-8932f937,MIG-41b36874"}
    assert len({row["pid"] for row in rows}) == 1


@pytest.mark.parametrize(("ranks", "run"), [(2, 'executors = "auto"'), (3, 'executors = "auto"'), (3, ""), (2, "executors = 2")])
def test_workers_of_one_node_hand_out_no_gpu_twice(cli, ranks, run):
    devices = {"CUDA_VISIBLE_DEVICES": "0,1"}
    together = 2 if len(CORES) > 1 else 1
    rows, _ = rows_of(cli, tasks=8, task="gpus = 1", run=run, together=together, mpirun=ranks, env=devices)
    by_gpu = {}
    for row in rows:
        by_gpu.setdefault(row["gpus"], set()).add(row["pid"])
    assert len(by_gpu) == together and set(by_gpu) <= {"0", "1"}
    assert all(len(pids) == 1 for pids in by_gpu.values())


def test_an_executor_in_the_place_of_one_that_crashed_has_its_gpus(cli):
    cli.job(code="import os\ndef f(x):\n    if x == 1 and not os.path.exists('died'):\n        open('died', 'w').write(os.environ['CUDA_VISIBLE_DEVICES'])\n"
                 "        os._exit(1)\n    return os.environ['CUDA_VISIBLE_DEVICES']", items="range = 6", task="gpus = 1", run="chunk = 1",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", 1, env={"CUDA_VISIBLE_DEVICES": "5,6"})
    assert {row["result"] for row in cli.rows("out.jsonl")} == {cli.read("died")} == {"5"}


def test_too_few_gpus_are_refused_with_one_line(cli):
    cli.job(code=LOOK, items="range = 2", task="gpus = 3")
    node = os.uname().nodename
    two = {"CUDA_VISIBLE_DEVICES": "0,1"}
    assert cli.run("run", "job.toml", status=2, env=two).err == (
        f"mproc: task.gpus = 3 for 1 executor on {node}, which has 2 GPUs (0,1) for it; run where there are more, or lower it\n")
    cli.job(code=LOOK, items="range = 2", task="gpus = 1")
    crowded = cli.run("run", "job.toml", "-j", 3, status=2, env=two).err
    assert crowded == (f"mproc: task.gpus = 1 for 3 executors on {node}, which has 2 GPUs (0,1) for them; "
                       "have fewer executors or worker ranks there\n")
    assert "which has 0 of its 2 GPUs (0,1) for it; have fewer executors or worker ranks there" in cli.mpirun(4, "run", "job.toml", status=2, env=two).raw_err
    assert cli.runs() == []


def test_without_gpus_in_the_job_the_users_devices_stand(cli):
    rows, _ = rows_of(cli, "-j", 1, tasks=1, env=GPUS)
    assert rows[0]["gpus"] == GPUS["CUDA_VISIBLE_DEVICES"]


@pytest.mark.skipif(len(CORES) < 2, reason="one core")
@pytest.mark.parametrize(("words", "run", "mpirun"), [(["-j", 2], "", None), (["-j", 2], "executors = 2", None),
                                                      ([], 'executors = "auto"', 2), ([], "", 3)])
def test_pinned_executors_run_each_on_cores_of_its_own(cli, words, run, mpirun):
    rows, _ = rows_of(cli, *words, tasks=8, task="pin = true", run=run, together=2, mpirun=mpirun)
    cores = {row["pid"]: tuple(row["cores"]) for row in rows}
    used = set(cores.values())
    assert len(used) == len(cores) and all(len(own) == 1 for own in used) and {core for own in used for core in own} <= set(CORES)


def test_more_pinned_executors_than_cores_are_refused(cli):
    cli.job(code=LOOK, items="range = 2", task="pin = true")
    count = len(CORES) + 1
    assert "have fewer executors, or leave pin out" in cli.run("run", "job.toml", "-j", count, status=2).err


def test_check_says_what_an_executor_has_where_it_is_unusual(cli):
    cli.job(code=LOOK, items="range = 2")
    assert "executor" not in cli.run("check", "job.toml").out
    cli.job(code=LOOK, items="range = 2", task="cpus = 1\ngpus = 2\npin = true")
    assert "each executor has 1 pinned core and 2 GPUs: this machine has room for 1\n" in cli.run(
        "check", "job.toml", env={"CUDA_VISIBLE_DEVICES": "0,1"}).out
    assert "each executor has 1 pinned core and 2 GPUs: not on this machine: task.gpus = 2" in cli.run(
        "check", "job.toml", env={"CUDA_VISIBLE_DEVICES": ""}).out
