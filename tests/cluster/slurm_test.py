"""mproc under a real Slurm: ranks that the user's mpirun or srun starts over nodes, and runs in an allocation."""

import pytest

from harness import MPROC, wait_until

CODE = """
import socket, time
def f(x):
    time.sleep(0.005)
    if x < 0:
        time.sleep(0.1)  # until ranks of all nodes have come
        return socket.gethostname()
    return {'x': x, 'y': x * x}
"""


@pytest.fixture
def expected(cli):
    """The output of job.toml, which is there, in one process."""
    cli.job(code=CODE, items="range = [0, 100]", output="out.jsonl")
    cli.run("run", "job.toml", "--inline", "--runs", "inline")
    text = cli.read("out.jsonl")
    (cli.path / "out.jsonl").unlink()
    return text


@pytest.mark.parametrize("start", ["mpirun", "srun --mpi=pmix"])
def test_ranks_that_the_user_starts_over_two_nodes_give_the_output_of_one_process(slurm, expected, start):
    number = slurm.sbatch(f"{start} {MPROC} run job.toml", "-N2", "--ntasks-per-node=2")
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert slurm.cli.read("out.jsonl") == expected


def test_tasks_run_on_the_nodes_of_the_ranks(slurm):
    slurm.cli.job(code=CODE, items="range = [-60, 0]", output="out.jsonl")
    number = slurm.sbatch(f"mpirun {MPROC} run job.toml", "-N2", "--ntasks-per-node=2", "-w", "node[1,3]")
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert {row["result"] for row in slurm.cli.rows("out.jsonl")} == {"node1", "node3"}


def test_a_run_in_a_batch_script_runs_on_its_node(slurm, expected):
    number = slurm.sbatch(f"{MPROC} run job.toml -j 2", "-N1")
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert "100 of 100 tasks done: 100 succeeded" in slurm.output(number)
    assert slurm.cli.read("out.jsonl") == expected


def test_mpirun_in_the_shell_of_salloc_starts_ranks_in_the_allocation(slurm, expected):
    result = slurm.command("salloc", "-N2", "-n3", "mpirun", MPROC, "run", "job.toml")
    assert "100 of 100 tasks done: 100 succeeded" in result.err
    assert slurm.cli.read("out.jsonl") == expected
    wait_until(lambda: slurm.squeue() == [], "that no job is left")
