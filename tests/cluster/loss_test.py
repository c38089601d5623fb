"""What becomes of runs under Slurm when a rank, a node or its wire is lost: the lines of the table in cluster/README.md."""

import os
import shutil
import signal

import pytest

from harness import MPROC, read_environ, wait_until
from submit_test import done, squares

CODE = """
import time
def f(x):
    time.sleep(0.1)
    return {'square': x * x}
"""
TASKS = 150


@pytest.fixture
def start(cli):
    """Submits a run of some seconds over three nodes, and waits until tasks are done: the Slurm job's id."""

    def submit(slurm):
        cli.job(code=CODE, items=f"range = {TASKS}", output="out.jsonl", run="chunk = 1")
        with open(cli.path / "job.toml", "a") as file:
            file.write("\n[slurm]\nnodes = 3\nntasks-per-node = 1\n")
        number = slurm.command(MPROC, "submit", "job.toml").out.strip()
        wait_until(lambda: done(slurm) >= 10, "that tasks are done")
        return number

    yield submit
    for path in [*cli.tmp.glob("ompi.*"), *cli.tmp.glob("mproc-*")]:  # of nodes that crashed
        shutil.rmtree(path)


def check_end(slurm, number):
    """The run is complete: what the job has said meanwhile."""
    assert slurm.wait(number) == "COMPLETED 0:0", log(slurm, number)
    assert squares(slurm) == [x * x for x in range(TASKS)]
    return log(slurm, number)


def log(slurm, number):
    return slurm.cli.read(f"runs/job-{number}.log")


def rank_on(slurm, node):
    """The process of a worker rank there."""
    return next(pid for pid, words in slurm.cli.processes().items()
                if words[1:2] == ["rank"] and read_environ(pid).get("SLURMD_NODENAME") == node)


def test_a_killed_rank_is_survived_in_place(slurm, start):
    number = start(slurm)
    os.kill(rank_on(slurm, "node2"), signal.SIGKILL)
    said = check_end(slurm, number)
    assert "on node2 is lost (its process died); its tasks run elsewhere\n" in said
    assert "starting the ranks again" not in said


def test_a_node_that_crashes_is_survived(slurm, start):
    number = start(slurm)
    slurm.kill_node("node3")
    said = check_end(slurm, number)
    assert "on node3 is lost (its process died); its tasks run elsewhere\n" in said
    assert slurm.show(number)["Restarts"] == "0"


def test_a_batch_node_that_crashes_has_the_job_requeued(slurm, start):
    number = start(slurm)
    slurm.kill_node("node1")
    wait_until(lambda: slurm.show(number)["Restarts"] == "1", "that it is requeued")
    slurm.start_node("node1")
    assert "going on with run job-0001: " in check_end(slurm, number)


def test_a_node_that_is_set_down_is_left_out(slurm, start):
    number = start(slurm)
    slurm.command("scontrol", "update", "NodeName=node2", "State=DOWN", "Reason=test")
    said = check_end(slurm, number)
    assert "starting the ranks again (1 of 3)\n" in said
    assert "node node2 does not start processes any more: going on without it\n" in said


def test_a_wire_that_is_cut_is_noticed(slurm_net, start):
    number = start(slurm_net)
    slurm_net.unplug("node3")
    assert "on node3 is lost (" in check_end(slurm_net, number)
