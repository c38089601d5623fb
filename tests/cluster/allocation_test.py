"""What mproc starts by itself in a Slurm job of several nodes."""

import collections

import pytest

from harness import MPROC, wait_until

CODE = """
import os, socket, time
def f(x):
    time.sleep(0.05)
    return [socket.gethostname(), os.getppid()]
"""
SESSION = """
import mproc, socket, time
def host(x):
    time.sleep(0.05)
    return socket.gethostname()
session = mproc.start(EXECUTORS)
hosts = sorted(set(mproc.map(host, range(80), chunk=1)))
print(session.executors, *hosts)
"""


def run(slurm, *options, words="", keys="", items="range = 120"):
    """A batch job's run: its Slurm id, and its tasks by node and worker there."""
    slurm.cli.job(code=CODE, items=items, output="out.jsonl", run=f"chunk = 1\n{keys}")
    number = slurm.sbatch(f"{MPROC} run job.toml {words}", *options)
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    tasks = collections.Counter(tuple(row["result"]) for row in slurm.cli.rows("out.jsonl"))
    return number, tasks


def test_a_run_has_one_worker_on_each_node_with_executors_on_the_jobs_cores(slurm):
    number, tasks = run(slurm, "-N3", "--ntasks-per-node=1")
    assert sorted(host for host, _ in tasks) == slurm.nodes  # one worker each
    assert f"mproc: Slurm job {number}: 3 nodes with 3 cores\n" in slurm.output(number)
    assert min(tasks.values()) > 20  # one executor each: Slurm has given one core


@pytest.mark.parametrize(("keys", "workers"), [('layout = "rank-per-core"', [2, 2]), ('launcher = "srun"', [1, 1]),
                                               ('launcher = "srun"\nlayout = "rank-per-core"', [2, 2]),
                                               (f'launcher = ["srun", "--mpi=pmix", "-O", "--overlap", "-N", "{{nodes}}", '
                                                '"-n", "{ranks}", "-mcyclic"]', [1, 1])], ids=str)
def test_layout_and_launcher_are_the_jobs(slurm, keys, workers):
    _, tasks = run(slurm, "-N2", "--ntasks-per-node=2", "-w", "node[1,3]", keys=keys)
    by_node = collections.Counter(host for host, _ in tasks)
    assert sorted(by_node) == ["node1", "node3"] and sorted(by_node.values()) == workers


def test_few_executors_are_on_the_first_node_alone(slurm):
    number, tasks = run(slurm, "-N2", "--ntasks-per-node=2", "-w", "node[2-3]", words="-j 1")
    assert {host for host, _ in tasks} == {"node2"}
    assert "nodes with" not in slurm.output(number)


def test_more_executors_than_fit_on_one_node_are_on_all(slurm):
    _, tasks = run(slurm, "-N2", "--ntasks-per-node=2", "-w", "node[2-3]", words="-j 3")
    assert {host for host, _ in tasks} == {"node2", "node3"}


def test_a_session_is_over_all_nodes(slurm):
    slurm.cli.write("session.py", SESSION.replace("EXECUTORS", ""))
    number = slurm.sbatch(f"{MPROC} python session.py", "-N2", "--ntasks-per-node=2", "-w", "node[1-2]")
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert "4 node1 node2\n" in slurm.output(number)


def test_a_session_in_a_step_is_of_its_node_alone(slurm):
    slurm.cli.write("session.py", SESSION.replace("EXECUTORS", "3"))
    number = slurm.sbatch(f"srun -N1 -n1 -w node2 {MPROC} python session.py", "-N2", "--ntasks-per-node=2", "-w",
                          "node[1-2]")
    assert slurm.wait(number) == "COMPLETED 0:0", slurm.output(number)
    assert "3 node2\n" in slurm.output(number)


def test_in_the_shell_of_salloc_on_a_login_node_the_run_goes_to_the_first_node(slurm):
    slurm.cli.job(code=CODE, items="range = 60", output="out.jsonl", run="chunk = 1")
    result = slurm.command("salloc", "-N2", "--ntasks-per-node=2", "-w", "node[2-3]", MPROC, "run", "job.toml")
    assert "going to its first node, node2\n" in result.err and "60 of 60 tasks done" in result.err
    assert {row["result"][0] for row in slurm.cli.rows("out.jsonl")} == {"node2", "node3"}
    wait_until(lambda: slurm.squeue() == [], "that no job is left")


def test_processes_that_do_not_know_of_each_other_refuse_to_run_the_same_job(slurm):
    slurm.cli.job(code=CODE)
    number = slurm.sbatch(f"srun {MPROC} run job.toml", "-N2", "--ntasks-per-node=2")
    assert slurm.wait(number) == "FAILED 2:0"
    assert slurm.output(number).count("mproc: srun started 4 processes that cannot find each other: add --mpi=pmix") == 1
    assert not (slurm.cli.path / "runs").exists()


def test_ranks_of_another_mpis_mpirun_refuse_too(cli):
    cli.job(code=CODE)
    message = cli.run("run", "job.toml", env={"PMI_RANK": "0", "PMI_SIZE": "2"}, status=2).err
    assert message.startswith("mproc: 2 ranks were started, and Open MPI finds 1: use the mpirun of the Open MPI")
    assert not (cli.path / "runs").exists()
