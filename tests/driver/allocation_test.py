"""Sessions where Slurm says that this is the first of two nodes: over ranks of one host, as there is no other."""

import os

import pytest

COUNT = """
import mproc, os
def rank(x):
    import time
    time.sleep(0.05)
    return os.getppid(), os.getpid()
session = mproc.start(EXECUTORS)
seen = set(mproc.map(rank, range(60), chunk=1))
print(session.executors, len({pid for _, pid in seen}), len({parent for parent, _ in seen}))
"""
NODES = {"SLURM_JOB_NUM_NODES": "2", "SLURM_NODEID": "0"}


@pytest.mark.parametrize("where", [{}, {"SLURM_STEP_ID": "4294967290"}], ids=["batch script", "shell of salloc"])
def test_more_executors_than_fit_here_are_spread_over_a_rank_on_each_node(script, where):
    many = len(os.sched_getaffinity(0)) + 1
    result = script(COUNT.replace("EXECUTORS", str(many)), env=NODES | where)
    assert result.out == f"{many} {many} 2\n"
    script.cli.check_nothing_is_left()


def test_without_a_number_there_is_a_rank_on_each_node(script):
    executors, processes, ranks = script(COUNT.replace("EXECUTORS", ""), env=NODES).out.split()
    assert executors == processes and ranks == "2"


@pytest.mark.parametrize("where", [{"SLURM_STEP_ID": "0"}, {"SLURM_NODEID": "1"}, {"SLURM_JOB_NUM_NODES": "1"}], ids=str)
def test_in_a_step_and_on_other_nodes_a_session_is_of_this_host_alone(script, where):
    assert script(COUNT.replace("EXECUTORS", "3"), env=NODES | where).out == "3 3 3\n"  # a rank for each
