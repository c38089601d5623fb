"""run.walltime: the run ends in time, of its own, and the same command goes on."""

import time

import pytest

CODE = """
import time
def f(x):
    open(f"began-{x}", "w").close()
    time.sleep(%s)
    open(f"ended-{x}", "w").close()
    return x
"""


def last_end(folder):
    """Of a task, as time.time(): processes that leave may take longer on a busy machine."""
    return max(path.stat().st_mtime for path in folder.glob("ended-*"))


@pytest.mark.parametrize(("seconds", "tasks", "walltime", "grace"), [(0.1, 300, 8, 1), (3, 20, 20, 0)],
                         ids=["short tasks", "tasks longer than a third of it"])
def test_no_task_is_started_that_cannot_end_in_time(cli, seconds, tasks, walltime, grace):
    cli.job(code=CODE % seconds, items=f"range = {tasks}", output="out.jsonl",
            run=f'chunk = 1\nwalltime = "{walltime}s"\ngrace = "{grace}s"')
    begun = time.time()
    result = cli.run("run", "job.toml", "-j", "2", status=75)
    assert last_end(cli.path) - begun < walltime
    assert "mproc: walltime: tasks may run for " in result.err
    assert result.err.endswith("the same command goes on where this run stopped\n")
    done = [row["index"] for row in cli.results() if row["status"] == "ok"]
    assert 0 < len(done) < tasks
    assert done == sorted(int(path.name[6:]) for path in cli.path.glob("began-*"))  # none was cut off
    cli.check_nothing_is_left()

    result = cli.run("run", "job.toml", "-j", "12", "--set", "run.walltime=10m")
    assert f"mproc: going on with run job-0001: {len(done)} of {tasks} tasks are done\n" in result.err
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(tasks))


def test_inline_runs_keep_to_it_as_well(cli):
    cli.job(code=CODE % 0.1, items="range = 200", run='chunk = 1\nwalltime = "6s"\ngrace = "1s"')
    begun = time.time()
    cli.run("run", "job.toml", "--inline", status=75)
    assert last_end(cli.path) - begun < 6

