"""Ctrl-C and SIGTERM: a drain, a message, and the same command goes on."""

import os
import re
import signal
import time

import pytest
from gated_run import EXPECTED, TASKS, done, finish, outputs, release, start, wait_for_middle
from harness import MPROC, PATIENCE, wait_until

ALLOWANCE = 10  # seconds, for a machine that is busy with other tests
REMEDY = "the same command goes on where this run stopped\n"


@pytest.mark.parametrize(("number", "status", "word"), [
    (signal.SIGINT, 130, "mproc: interrupted: running tasks may end; Ctrl-C again ends at once\n"),
    (signal.SIGTERM, 75, "mproc: asked to stop: running tasks may end\n"),
    (signal.SIGUSR1, 75, "mproc: asked to stop: running tasks may end\n"),
    (signal.SIGHUP, 75, "mproc: asked to stop: running tasks may end\n"),  # its terminal has gone
])
def test_a_signal_drains_the_run_and_the_same_command_goes_on(gated, number, status, word):
    running = start(gated, 2)
    running.signal(number)
    result = running.wait()
    assert result.status == status, repr(result)
    assert result.err.startswith(word)
    assert re.search(rf"\nmproc: 3 of {TASKS} tasks done: 3 succeeded, 0 failed, in \d+\.\d s\n", result.err), repr(result)
    assert result.err.endswith(REMEDY)
    gated.check_nothing_is_left()
    assert not (gated.path / "out.jsonl").exists()
    assert ("interrupted" if status == 130 else "drained") in gated.run("status").out

    release(gated)
    result = gated.run("run", "job.toml", "-j", "2")
    assert result.err.startswith(f"mproc: going on with run job-0001: 3 of {TASKS} tasks are done\n")
    assert outputs(gated) == EXPECTED
    assert gated.runs() == ["job-0001"]


def test_running_tasks_may_end_within_the_grace(gated):
    gated.write("job.toml", gated.read("job.toml").replace('grace = "1s"', 'grace = "60s"'))
    running = start(gated, 2)
    running.signal(signal.SIGINT)
    state = gated.path / "runs/job-0001/status.json"
    wait_until(lambda: state.exists() and "draining" in state.read_text(), "that the run is drained")
    release(gated)
    result = running.wait()
    assert result.status == 130, repr(result)
    # The two that ran are done, and nothing began after them.
    assert len(done(gated)) == 5
    assert done(gated) == sorted(int(path.name[6:]) for path in gated.path.glob("began-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_drain_is_over_when_the_grace_is(gated, number):
    running = start(gated, 2)
    begun = time.monotonic()
    running.signal(number)
    running.wait()
    assert gated.processes() == {}
    assert 1 <= time.monotonic() - begun < 1 + 2 + ALLOWANCE


def test_a_second_ctrl_c_ends_at_once(gated):
    gated.write("job.toml", gated.read("job.toml").replace('grace = "1s"', 'grace = "10m"'))
    running = start(gated, 2)
    running.signal(signal.SIGINT)
    wait_until(lambda: "interrupted" in running.text(1), "that the first is heard")
    running.signal(signal.SIGINT)
    result = running.wait()
    assert result.status == 130, repr(result)
    assert result.err.endswith("mproc: ended at once; the same command goes on\n")
    gated.check_nothing_is_left()
    release(gated)
    gated.run("run", "job.toml", "-j", "2")
    assert outputs(gated) == EXPECTED


@pytest.mark.parametrize("victim", [0, 1])
def test_ranks_that_die_in_a_drain_are_not_started_again(gated, victim):
    gated.write("job.toml", gated.read("job.toml").replace('grace = "1s"', 'grace = "60s"'))
    running = start(gated, 1)
    running.signal(signal.SIGINT)
    state = gated.path / "runs/job-0001/status.json"
    wait_until(lambda: "draining" in state.read_text(), "that the run is drained")
    os.kill(gated.ranks()[victim], signal.SIGKILL)
    result = running.wait()
    assert result.status == 130, repr(result)
    assert "again (" not in result.err
    assert result.err.endswith(REMEDY)
    gated.check_nothing_is_left()
    release(gated)
    gated.run("run", "job.toml", "-j", "2")
    assert outputs(gated) == EXPECTED


def test_ctrl_c_twice_ends_a_run_that_was_asked_to_stop_before(gated):
    gated.write("job.toml", gated.read("job.toml").replace('grace = "1s"', 'grace = "60s"'))
    running = start(gated, 1)
    running.signal(signal.SIGTERM)
    wait_until(lambda: "asked to stop" in running.text(1), "that the first signal is said")
    running.signal(signal.SIGINT)
    wait_until(lambda: "Ctrl-C again ends at once" in running.text(1), "that the second one is said")
    running.signal(signal.SIGINT)
    result = running.wait()
    assert result.status == 130, repr(result)
    assert result.err.endswith("mproc: ended at once; the same command goes on\n")
    gated.check_nothing_is_left()


def test_ctrl_c_twice_ends_an_inline_run_amid_a_task(gated):
    running = gated.start("run", "job.toml", "--inline")
    wait_until(lambda: (gated.path / "began-3").exists(), "that the fourth task runs")
    for _ in range(2):
        running.signal(signal.SIGINT)
        wait_until(lambda: not pending(running.pid, signal.SIGINT), "that the signal has come")
    assert running.wait().status == 130


def pending(pid, number):
    """Whether the process has yet to take a signal."""
    try:
        with open(f"/proc/{pid}/status") as file:
            masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd"))]
    except OSError:
        return False
    return any(mask >> (number - 1) & 1 for mask in masks)


def test_ctrl_c_of_a_terminal_reaches_the_whole_group_and_is_still_a_drain(gated):
    running = start(gated, 2)
    os.killpg(running.pid, signal.SIGINT)
    result = running.wait()
    assert result.status == 130, repr(result)
    assert result.err.endswith(REMEDY)


def test_signals_that_the_shell_has_it_ignore_do_nothing(gated):
    """As after nohup."""
    running = start(gated, 2, program=["env", "--ignore-signal=HUP", "--ignore-signal=INT", MPROC])
    for number in (signal.SIGHUP, signal.SIGINT):
        running.signal(number)
    result = finish(gated, running)
    assert "asked to stop" not in result.err and "interrupted" not in result.err


def test_a_reader_of_stderr_that_leaves_does_not_end_the_run(gated):
    """As after `mproc run job.toml 2>&1 | head`: a warning has nobody to go to."""
    os.mkfifo(gated.path / "pipe")
    reading = os.open(gated.path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    running = start(gated, 3, program=["sh", "-c", 'exec "$0" "$@" 2>pipe', MPROC])
    os.close(reading)
    os.kill(gated.ranks()[1], signal.SIGKILL)
    wait_until(lambda: 1 not in gated.ranks(), "that the rank is gone")
    release(gated)
    assert running.process.wait(PATIENCE) == 0
    assert outputs(gated) == EXPECTED


def test_a_signal_before_the_ranks_are_up_leaves_nothing(gated):
    running = gated.start("run", "job.toml", "-j", "2")
    wait_until(gated.mpiruns, "that mpirun is there")
    running.signal(signal.SIGINT)
    result = running.wait()
    assert result.status == 130, repr(result)


def test_inline_ctrl_c_ends_between_tasks(gated):
    running = gated.start("run", "job.toml", "--inline")
    wait_until(lambda: (gated.path / "began-3").exists(), "that the fourth task runs")
    running.signal(signal.SIGINT)
    release(gated)
    result = running.wait()
    assert result.status == 130, repr(result)
    assert re.search(rf"mproc: \d+ of {TASKS} tasks done: \d+ succeeded, 0 failed, in", result.err), repr(result)
    assert result.err.endswith(REMEDY)
    gated.run("run", "job.toml", "--inline")
    assert outputs(gated) == EXPECTED
    assert gated.runs() == ["job-0001"]


def test_under_the_users_own_mpirun_sigterm_commits_what_was_done(gated):
    running = gated.start_mpirun(3, "run", "job.toml")
    wait_for_middle(gated, running, 2)
    running.signal(signal.SIGTERM)
    result = running.wait()
    assert result.status == 1, repr(result)  # mpirun ends its ranks, and says with its own status that it was ended
    gated.wait_for_processes()
    assert done(gated) == [0, 1, 2]
    release(gated)
    result = gated.run("run", "job.toml", "-j", "2")
    assert f"mproc: going on with run job-0001: 3 of {TASKS} tasks are done\n" in result.err
    assert outputs(gated) == EXPECTED


def test_one_rank_alone_is_refused_with_the_remedy(gated):
    result = gated.mpirun(1, "run", "job.toml", status=2)
    said = [line for line in result.raw_err.splitlines() if line.startswith("mproc:")]
    assert len(said) == 1
    assert "mpirun -n 2" in said[0] or "--inline" in said[0]
    assert gated.runs() == []
