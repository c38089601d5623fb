"""A run that stays in its middle for as long as a test needs: from the fourth on, tasks wait for the file "go"."""

import pytest
from harness import wait_until

CODE = """
import os, time
def f(x):
    open(f"began-{x}", "a").write("x")
    while x > 2 and not os.path.exists("go"): time.sleep(0.01)
    return x * 1.5
"""
TASKS = 12
EXPECTED = [x * 1.5 for x in range(TASKS)]


@pytest.fixture
def gated(cli):
    cli.job(code=CODE, items=f"range = {TASKS}", output="out.jsonl", run='chunk = 1\ngrace = "1s"')
    return cli


def start(cli, executors=3, *words, **options):
    """A run in its middle."""
    running = cli.start("run", "job.toml", "-j", executors, *words, **options)
    wait_for_middle(cli, running, executors)
    return running


def wait_for_middle(cli, running, executors):
    """Until the first three tasks are in the journal and all executors are busy."""
    wait_until(lambda: not running.running() or len(list(cli.path.glob("began-*"))) >= 3 + executors,
               "that tasks are running")
    assert running.running(), repr(running.result())
    wait_until(lambda: done(cli) == [0, 1, 2], "that the first three tasks are in the journal")


def done(cli):
    return [row["index"] for row in cli.results() if row["status"] == "ok"]


def release(cli):
    cli.write("go", "")


def finish(cli, running):
    """Releases the tasks; the run then ends with the output of an undisturbed one."""
    release(cli)
    result = running.wait()
    assert result.status == 0, repr(result)
    assert outputs(cli) == EXPECTED
    return result


def outputs(cli):
    return [row["result"] for row in cli.rows("out.jsonl")]
