"""mproc submit, and runs that outlive the time of their Slurm job."""

import json
import re
import shutil
import subprocess

import pytest

from harness import MPROC, wait_until

CODE = """
import os, socket, time
def f(x):
    time.sleep(%s)
    return {'x': x, 'square': x * x, 'host': socket.gethostname()}
"""


def job(slurm, slurm_keys="", seconds=0.02, items="range = 40", **sections):
    slurm.cli.job(code=CODE % seconds, items=items, output="out.jsonl", **sections)
    if slurm_keys:
        with open(slurm.cli.path / "job.toml", "a") as file:
            file.write(f"\n[slurm]\n{slurm_keys}\n")


def submit(slurm, *words, status=0):
    return slurm.command(MPROC, "submit", "job.toml", *words, status=status)


def done(slurm, run="job-0001"):
    """Tasks that a run has done so far."""
    path = slurm.cli.path / "runs" / run / "status.json"
    return json.loads(path.read_text())["succeeded"] if path.exists() else 0


def squares(slurm):
    return [row["square"] for row in slurm.cli.rows("out.jsonl")]


def test_a_job_runs_over_the_nodes_that_it_asks_for(slurm):
    job(slurm, 'nodes = 2\nntasks-per-node = 2\nsetup = ["echo set up on $SLURM_JOB_NUM_NODES nodes"]')
    result = submit(slurm, "--wait")
    number = result.out.strip()
    assert re.fullmatch(r"\d+", number)
    assert f"mproc: submitted Slurm job {number}; log: {slurm.cli.path}/runs/job-{number}.log" in result.err
    assert "set up on 2 nodes\n" in result.err  # the log comes along
    assert "40 of 40 tasks done: 40 succeeded" in result.err
    assert squares(slurm) == [x * x for x in range(40)]
    assert {row["host"] for row in slurm.cli.rows("out.jsonl")} == set(hosts_of(slurm, number))
    assert slurm.cli.read(f"runs/job-{number}.log") in result.err


def hosts_of(slurm, number):
    return slurm.command("scontrol", "show", "hostnames", slurm.show(number)["NodeList"]).out.split()


def test_folders_may_have_any_name(slurm):
    folder = slurm.cli.path / "a b'c \"d\""
    folder.mkdir()
    job(slurm)
    (slurm.cli.path / "job.toml").rename(folder / "job.toml")
    result = slurm.command(MPROC, "submit", "job.toml", "--wait", cwd=folder)
    assert "40 of 40 tasks done: 40 succeeded" in result.err
    assert (folder / "out.jsonl").exists()


def test_status_finds_the_run_of_a_slurm_job(slurm):
    job(slurm)
    number = submit(slurm, "--wait").out.strip()
    submit(slurm, "--wait", "--fresh")
    assert slurm.cli.run("status", number).out.startswith("job-0001: finished, 40 of 40 tasks done")
    message = slurm.cli.run("status", "999999", status=2).err
    assert message == ("mproc: no run in runs is of Slurm job 999999: it has not begun (squeue -j 999999 tells), or has "
                       "its runs elsewhere (--runs)\n")


def test_the_exit_status_is_the_runs(slurm):
    job(slurm, items="list = [1, 'a']")
    assert "1 failed" in submit(slurm, "--wait", status=1).err


def test_a_cancelled_job_drains_and_stays_cancelled(slurm):
    job(slurm, seconds=0.5, items="range = 400", run='grace = "10s"')  # Slurm's KillWait leaves it 3
    follower = slurm.cli.start("submit", "job.toml", "--wait", env=slurm.env | slurm.variables)
    number = wait_until(lambda: follower.text(0).strip(), "that it is submitted")
    wait_until(lambda: done(slurm) >= 3, "that tasks are done")
    slurm.scancel(number)
    assert slurm.wait(number) == "CANCELLED 75:0"
    assert follower.wait().status == 75
    assert "the same command goes on" in slurm.cli.read(f"runs/job-{number}.log")
    assert "requeued" not in slurm.cli.read(f"runs/job-{number}.log")


@pytest.mark.parametrize(("keys", "message"), [
    ("nodes = 9", "job.toml: Slurm would not run this: Requested node configuration is not available"),
    ("nodez = 2", "job.toml:24:1: 'slurm.nodez' is no option of this sbatch; did you mean 'nodes'?"),
    ('partition = "fast"', "invalid partition specified: fast"),
    ("ntasks = 999", "job.toml: Slurm would not run this: Requested node configuration is not available"),
])
def test_what_would_wait_for_ever_is_refused_before(slurm, keys, message):
    job(slurm, keys)
    for words in ([], ["--dry-run"]):
        assert message in submit(slurm, *words, status=2).err
    assert slurm.squeue() == []


def test_dry_run_shows_the_script_which_runs_by_hand(slurm):
    job(slurm, 'nodes = 1\ncomment = "two words"')
    script = submit(slurm, "--dry-run", "--set", "seed=7", "-j", "2").out
    assert script.startswith("#!/bin/bash\n") and '#SBATCH --comment="two words"\n' in script
    assert not (slurm.cli.path / "runs").exists() and slurm.squeue() == []
    number = slurm.sbatch(script)
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert squares(slurm) == [x * x for x in range(40)]
    (slurm.cli.path / "out.jsonl").unlink()
    subprocess.run(["bash", "batch.sh"], cwd=slurm.cli.path, check=True, timeout=100, capture_output=True)  # no Slurm
    assert slurm.cli.run("status").out.startswith("job-0001: finished")


def test_without_slurm_the_script_is_all_there_is(cli):
    cli.job(code="f = abs", items="range = 3")
    nowhere = {"PATH": "/nowhere"}
    assert cli.run("submit", "job.toml", "--dry-run", env=nowhere).err == (
        "mproc: there is no sbatch here to ask about [slurm]\n")
    assert "mproc: there is no sbatch on PATH: submit where Slurm is installed" in cli.run(
        "submit", "job.toml", env=nowhere, status=2).err


def test_a_run_that_three_time_limits_cut_gives_the_undisturbed_output(slurm):
    """Slurm's shortest limit is a minute, of which an end is kept free: here nearly all."""
    job(slurm, 'nodes = 2\nntasks-per-node = 2\ntime = "1"', seconds=0.2, items="range = 300",
        run='grace = "48s"\nchunk = 1')
    number = submit(slurm).out.strip()
    for restarts in range(1, 4):
        wait_until(lambda: slurm.show(number)["Restarts"] == str(restarts), f"that it is requeued {restarts} times")
        wait_until(lambda: slurm.state(number) in ("RUNNING", "COMPLETED"), "that it goes on")
    slurm.command("scontrol", "update", f"JobId={number}", "TimeLimit=10")
    assert slurm.wait(number, 300) == "COMPLETED 0:0"
    log = slurm.cli.read(f"runs/job-{number}.log")
    assert log.count("is requeued and goes on") >= 3 and "300 of 300 tasks done: 300 succeeded" in log
    assert squares(slurm) == [x * x for x in range(300)]
    assert slurm.cli.run("status", number).out.startswith("job-0001: finished")


def test_a_signal_before_the_limit_requeues_as_well(slurm):
    job(slurm, 'signal = "B:USR1@600"\ntime = "30"', seconds=0.1, items="range = 40", run="chunk = 1")
    number = submit(slurm, "--fresh").out.strip()
    wait_until(lambda: done(slurm) > 0, "that tasks are done")
    slurm.command("scancel", "--signal=USR1", "--batch", number)
    wait_until(lambda: slurm.show(number)["Restarts"] == "1", "that it is requeued")
    assert slurm.wait(number) == "COMPLETED 0:0"
    assert squares(slurm) == [x * x for x in range(40)]
    assert [path.name for path in slurm.cli.path.glob("runs/*-0002")] == []  # --fresh is for the first time


def test_requeues_end_at_their_number_and_without_progress(slurm):
    job(slurm, 'time = "30"', seconds=0.1, items="range = 100", run="chunk = 1")
    number = submit(slurm, "--requeue", "0").out.strip()
    wait_until(lambda: done(slurm) > 0, "that tasks are done")
    slurm.command("scancel", "--signal=USR1", "--batch", number)
    assert slurm.wait(number) == "FAILED 75:0"
    slurm.cli.job(code=CODE % 60, items="range = 100")
    number = submit(slurm, "--set", "name=slow").out.strip()
    wait_until(lambda: (slurm.cli.path / "runs/slow-0001/status.json").exists(), "that it runs")
    slurm.command("scancel", "--signal=USR1", "--batch", number)
    assert slurm.wait(number) == "FAILED 75:0"
    assert "mproc: not requeued: no task has ended in this allocation" in slurm.cli.read(f"runs/slow-{number}.log")


def test_packages_may_be_unpacked_on_each_node_before_the_run(slurm):
    """What the guide says of site-packages for thousands of nodes: nodes here have a /dev/shm of their own."""
    slurm.cli.write("packages/far.py", "def where(x): return [__import__('socket').gethostname(), __file__]")
    subprocess.run(["tar", "cf", "packages.tar", "packages"], cwd=slurm.cli.path, check=True)
    shutil.rmtree(slurm.cli.path / "packages")
    slurm.cli.job(function="far:where", items="range = 60", output="out.jsonl", run="chunk = 1")
    with open(slurm.cli.path / "job.toml", "a") as file:
        file.write("""
[slurm]
nodes = 2
setup = [
  "srun --ntasks-per-node=1 tar xf packages.tar -C /dev/shm",
  "export PYTHONPATH=/dev/shm/packages",
]
""")
    assert "60 of 60 tasks done: 60 succeeded" in submit(slurm, "--wait").err
    found = {tuple(row["result"]) for row in slurm.cli.rows("out.jsonl")}
    assert len({host for host, _ in found}) == 2
    assert {path for _, path in found} == {"/dev/shm/packages/far.py"}
