"""The sbatch templates of cluster/, as a user submits them."""

import collections
import os
import pathlib

import pytest

from harness import MPROC

CLUSTER = pathlib.Path(__file__).parents[2] / "cluster"
CODE = """
import os, socket, time
def f(x):
    time.sleep(0.05)
    return [socket.gethostname(), os.environ.get("CUDA_VISIBLE_DEVICES"), os.getpid()]
"""


def submit(slurm, template, task=""):
    """Runs a job by a template: its tasks by host, GPU and executor."""
    slurm.cli.job(code=CODE, items="range = 80", output="out.jsonl", run="chunk = 1", task=task)
    path = os.path.dirname(MPROC) + ":" + slurm.env["PATH"]
    number = slurm.command("sbatch", "--parsable", CLUSTER / f"{template}.sbatch", "job.toml", env={"PATH": path}).out.strip()
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.cli.read(f"mproc-{number}.log")
    assert "80 of 80 tasks done: 80 succeeded" in slurm.cli.read(f"mproc-{number}.log")
    return collections.Counter(tuple(row["result"]) for row in slurm.cli.rows("out.jsonl"))


def test_every_template_is_tested_here():
    assert sorted(path.stem for path in CLUSTER.glob("*.sbatch")) == ["gpu", "node", "nodes", "workstation"]


@pytest.mark.parametrize(("template", "nodes"), [("workstation", 1), ("node", 1), ("nodes", 2)])
def test_a_job_runs_on_so_many_nodes(slurm, template, nodes):
    tasks = submit(slurm, template)
    assert len({host for host, _, _ in tasks}) == nodes
    assert len(tasks) == nodes * min(4, len(os.sched_getaffinity(0)))  # executors


def test_each_executor_has_a_gpu_of_its_own(slurm):
    tasks = submit(slurm, "gpu", task="gpus = 1")
    assert sorted(gpu for _, gpu, _ in tasks) == ["0", "1"]
