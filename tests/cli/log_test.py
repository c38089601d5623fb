"""Looking into a run while it goes on and afterwards: status, and what the log keeps of a task."""

import re

import pytest
from harness import wait_until

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
SPAN = rf"{TIME} to \d\d:\d\d:\d\d\.\d{{3}} \([\d.]+ \S+\)"
FLAKY = """
import os
def f(x):
    print("hello", x)
    tries = len(os.listdir("tries")) if x == 3 else 2
    if tries < 2:
        open(f"tries/{tries}", "w").close()
        raise RuntimeError(f"flaky {tries}")
    if x == 1: raise ValueError("one is bad")
    return 10 * x
"""


@pytest.fixture
def flaky(cli):
    """Task 1 fails for good, task 3 at its first two tries."""
    (cli.path / "tries").mkdir()
    cli.job(code=FLAKY, items="range = 5", task="retries = 2")
    cli.run("run", "job.toml", "-j", "1", status=1)
    return cli


def test_the_log_of_a_flaky_task_has_each_of_its_tries(flaky):
    out = flaky.run("log", "job-0001", "3").out
    assert re.fullmatch(rf"""task 3 of job-0001: succeeded
item: 3
try 1: failed, {SPAN}, rank 1, executor 0 on \S+, pid \d+
  exception: RuntimeError: flaky 0
  \| Traceback \(most recent call last\):
  \|   File "<init code>", line 8, in f
  \|     raise RuntimeError\(f"flaky \{{tries\}}"\)
  \| RuntimeError: flaky 0
  it printed:
  \| hello 3
try 2: failed, {SPAN}, rank 1, executor 0 on \S+, pid \d+
  exception: RuntimeError: flaky 1
(  \| .*\n){{4}}  it printed:
  \| hello 3
try 3: succeeded, {SPAN}, rank 1, executor 0 on \S+
  result: 30
  it printed:
  \| hello 3
""", out), out


def test_the_log_of_a_task_that_succeeded_has_its_output(flaky):
    assert re.fullmatch(rf"task 2 of job-0001: succeeded\nitem: 2\ntry 1: succeeded, {SPAN}, rank 1, executor 0 on \S+\n"
                        r"  result: 20\n(  it printed:\n  \| hello 2\n)?", flaky.run("log", "2").out)


def test_the_log_of_a_run_has_failures_attempts_and_events(flaky):
    out = flaky.run("log").out
    assert re.fullmatch(rf"""job-0001: 4 tasks succeeded, 1 failed
failed tasks:
  1 × ValueError: one is bad \(task 1\)
attempts that failed and were made again:
  2 × ValueError: one is bad \(task 1\)
  1 × RuntimeError: flaky 0 \(task 3\)
  1 × RuntimeError: flaky 1 \(task 3\)
events:
  {TIME}  begun by pid \d+ on \S+
  {TIME}  finished
see: mproc log runs/job-0001 1
""", out), out


def test_tasks_are_named_by_number_and_range(flaky):
    assert re.findall(r"^task (\d)", flaky.run("log", "job", "0-1,4").out, re.M) == ["0", "1", "4"]
    assert re.findall(r"^task (\d)", flaky.run("log", "3-").out, re.M) == ["3", "4"]
    assert flaky.run("log", "5", status=2).err == "mproc: run job-0001 knows of 5 tasks, numbered from 0; there is no task 5\n"
    assert flaky.run("log", "job", "x", status=2).err == "mproc: TASK x: not a list of tasks; write for instance 0-9,20,30-\n"
    assert flaky.run("log", "joc", status=2).err == "mproc: no run 'joc' in runs; there are: job-0001\n"


def test_a_failure_that_was_mended_stays_in_the_log_of_its_task(cli):
    cli.job(code="import os\ndef f(x):\n    if not os.path.exists('mended'): raise ValueError('early')\n    return x", items="range = 2")
    cli.run("run", "job.toml", "--inline", status=1)
    cli.write("mended", "")
    cli.run("run", "job.toml", "--inline", "--retry-failed")
    out = cli.run("log", "1").out
    assert re.search(r"^try 1: failed.*\n  exception: ValueError: early\n", out, re.M), out
    assert re.search(r"^try 2: succeeded.*\n  result: 1\n", out, re.M), out
    assert cli.run("log").out.count("begun by pid") == 2


def test_the_log_of_a_command_has_what_it_printed(cli):
    cli.write("job.toml", '[task]\ncommand = ["sh", "-c", "echo out {}; echo err {} >&2; exit {}"]\n[items]\nlist = [0, 3]\n')
    cli.run("run", "job.toml", "--inline", status=1)
    out = cli.run("log", "0-1").out
    assert "\n  stdout:\n  | out 0\n  stderr:\n  | err 0\n" in out
    assert "\n  exit: exit status 3: err 3\n  it said last:\n  | err 3\n  it printed:\n  | out 3\n" in out


def test_a_task_that_has_not_run_has_nothing_in_the_log(cli):
    cli.job(items="range = 3", function="abs")
    cli.run("run", "job.toml", "--inline", "--tasks", "0,2")
    assert cli.run("log", "1").out == "task 1 of job-0001: pending\nitem: 1\nnothing is recorded of it yet\n"


def test_failures_of_earlier_sessions_are_in_the_summary(cli):
    cli.job(code="def f(x): raise ValueError(f'no {x % 2}')", items="range = 6", run="max-failures = 10")
    cli.run("run", "job.toml", "--inline", "--tasks", "0-2", status=1)
    err = cli.run("run", "job.toml", "--inline", status=1).err
    assert "\n  3 × ValueError: no 0 (tasks 0, 2, 4)\n  3 × ValueError: no 1 (tasks 1, 3, 5)\n  see: mproc log runs/job-0001 0\n" in err


def test_status_tells_the_rate_of_a_run_that_goes_on(cli):
    cli.job(code="import os, time\ndef f(x):\n    while x > 3 and not os.path.exists('go'): time.sleep(0.01)\n    if x == 2: raise ValueError('two')",
            items="range = 8", run="chunk = 1")
    running = cli.start("run", "job.toml", "-j", "2")
    out = wait_until(lambda: (lambda out: out if "tasks a second" in out else None)(cli.start("status").wait().out), "a rate")
    assert re.fullmatch(r"""job-0001: running, [1-4] of 8 tasks done \(\d succeeded, \d failed\), \d running
  2 ranks, 2 executors; \S+ tasks a second, about [\d.]+ \S+ left
  central: pid \d+ on \S+, heard of \d+ s ago
(  1 × ValueError: two \(task 2\)
  see: mproc log runs/job-0001 2
)?""", out), out
    cli.write("go", "")
    assert running.wait().status == 1
    assert cli.run("status").out.startswith("job-0001: finished, 8 of 8 tasks done (7 succeeded, 1 failed), 0 running\n")
