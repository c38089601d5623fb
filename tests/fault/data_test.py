"""Ranks and executors that are killed while shared data come to them, or after."""

import os
import signal

import numpy
import pytest
from gated_run import CODE, TASKS, finish, start
from harness import wait_until

READ = CODE.replace("return x * 1.5", "return float(mproc.data['X'][x])").replace("import os", "import mproc, os")


@pytest.fixture
def with_data(cli):
    """The gated run; its results are those of an array, of enough pieces to be a while on the way."""
    cli.job(code=READ, items=f"range = {TASKS}", output="out.jsonl", run='chunk = 1\ngrace = "1s"')
    numpy.save(cli.path / "X.npy", numpy.arange(16_000_000) * 1.5)
    cli.write("job.toml", cli.read("job.toml") + '[data]\nX = "X.npy"\n')
    return cli


def holds_data(pid):
    try:
        return any("/memfd:mproc-data-" in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


@pytest.mark.parametrize("ranks_per_node", [1, 2, 100])
@pytest.mark.parametrize("victim", [1, 2])
def test_a_rank_killed_while_data_come_to_it_costs_the_run_nothing(with_data, ranks_per_node, victim):
    cli = with_data
    running = cli.start("run", "job.toml", "-j", "5", env={"MPROC_TEST_RANKS_PER_NODE": ranks_per_node})
    wait_until(lambda: holds_data(cli.ranks().get(victim)), "that data have begun to come")
    os.kill(cli.ranks()[victim], signal.SIGKILL)
    result = finish(cli, running)
    assert f"rank {victim} on " in result.err and "is lost" in result.err


def test_a_rank_killed_later_costs_the_run_nothing(with_data):
    running = start(with_data, 4, env={"MPROC_TEST_RANKS_PER_NODE": 1})
    os.kill(with_data.ranks()[1], signal.SIGKILL)
    wait_until(lambda: "is lost" in running.text(1), "that the loss is said")
    finish(with_data, running)


def test_the_next_executor_finds_what_the_killed_one_had(cli):
    cli.job(code="import mproc, os\ndef f(x):\n    if not os.path.exists('died'):\n        open('died', 'w')\n"
                 "        os.kill(os.getpid(), 9)\n    return float(mproc.data['X'][x])",
            items="range = 3", output="out.jsonl")
    numpy.save(cli.path / "X.npy", numpy.arange(3.0))
    cli.write("job.toml", cli.read("job.toml") + '[data]\nX = "X.npy"\n')
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0.0, 1.0, 2.0]
    assert cli.path.joinpath("died").exists()
