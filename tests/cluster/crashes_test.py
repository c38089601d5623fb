"""Runs under Slurm of which a random node crashes at a random moment; at full count twenty. Not in the default suite."""

import os
import shutil

from disturbed_run import rounds, seeded
from harness import wait_until
from loss_test import TASKS, check_end, start  # noqa: F401 (a fixture)
from submit_test import done


def test_runs_of_which_nodes_crash_are_complete_and_right(slurm, start):  # noqa: F811
    chance = seeded("node crashes")
    for _ in range(rounds(20)):
        number = start(slurm)
        goal = chance.randrange(10, TASKS)
        wait_until(lambda: done(slurm) >= goal or slurm.state(number) == "COMPLETED", "that tasks are done")
        node = chance.choice(slurm.nodes)
        print(f"{node} at {goal} tasks")
        slurm.kill_node(node)
        wait_until(lambda: slurm.state(number) not in ("RUNNING", "COMPLETING"), "that Slurm has done with it")
        slurm.start_node(node)
        check_end(slurm, number)
        shutil.rmtree(slurm.cli.path / "runs")
        os.remove(slurm.cli.path / "out.jsonl")
