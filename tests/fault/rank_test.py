"""Ranks, mpirun and the launcher killed in the middle of a run. Each disturbed run has to end with the output of an
undisturbed one."""

import os
import re
import shutil
import signal

import pytest
from gated_run import EXPECTED, TASKS, done, finish, outputs, release, start, wait_for_middle
from harness import parent_of, wait_until


def test_a_killed_worker_rank_is_one_warning_and_nothing_else(gated):
    running = start(gated)
    victim = gated.ranks()[2]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: "is lost" in running.text(1), "that the loss is said")
    result = finish(gated, running)
    assert result.err.count("warning") == 1
    host = os.uname().nodename
    assert f"mproc: warning: rank 2 on {host} is lost (its process died); its tasks run elsewhere\n" in result.err
    assert f"mproc: {TASKS} of {TASKS} tasks done: {TASKS} succeeded, 0 failed, in " in result.err


def test_the_only_worker_rank_killed_is_started_again(gated):
    running = start(gated, 1)
    os.kill(gated.ranks()[1], signal.SIGKILL)
    wait_for_new_ranks(running)
    finish(gated, running)


def test_killed_central_is_started_again_and_goes_on(gated):
    running = start(gated)
    os.kill(gated.ranks()[0], signal.SIGKILL)
    wait_for_new_ranks(running)
    result = finish(gated, running)
    assert "mproc: warning: central died; starting the ranks again (1 of 3)\n" in result.err
    assert re.search(r"  begun by pid \d+ on \S+\n.*  begun by pid \d+ on \S+, again: central died\n.*  finished\n$",
                     gated.run("log").out, re.S)
    assert gated.runs() == ["job-0001"]
    assert gated.read("began-0") == "x"  # what was done stays done


def test_killed_mpirun_is_started_again_and_goes_on(gated):
    running = start(gated)
    os.kill(gated.mpiruns()[0], signal.SIGKILL)
    wait_for_new_ranks(running)
    result = finish(gated, running)


def test_without_relaunch_a_lost_central_ends_the_run_as_incomplete(gated):
    running = start(gated, 2, "--set", "run.relaunch=0")
    os.kill(gated.ranks()[0], signal.SIGKILL)
    result = running.wait()
    assert result.status == 3, repr(result)
    assert result.err.endswith("mproc: central died; the same command goes on\n")
    gated.check_nothing_is_left()
    release(gated)
    gated.run("run", "job.toml", "-j", "2")
    assert outputs(gated) == EXPECTED


def test_a_fresh_run_that_began_goes_on_when_ranks_are_started_again(gated):
    running = start(gated, 2, "--fresh")
    os.kill(gated.ranks()[0], signal.SIGKILL)
    wait_until(lambda: "starting the ranks again (1 of 3)" in running.text(1), "that the ranks are started again")
    release(gated)
    result = running.wait()
    assert result.status == 0, repr(result)
    assert gated.runs() == ["job-0001"]
    assert outputs(gated) == EXPECTED


def test_fresh_is_not_forgotten_when_ranks_die_before_the_run_began(gated):
    gate = "import os, time\nopen('loading', 'w').close()\nwhile not os.path.exists('load'): time.sleep(0.01)\n"
    gated.write("job.toml", gated.read("job.toml").replace("code = '''\n", "code = '''\n" + gate))
    gated.write("load", "")
    release(gated)
    gated.run("run", "job.toml", "-j", "1")
    os.remove(gated.path / "load")
    os.remove(gated.path / "loading")
    running = gated.start("run", "job.toml", "-j", "1", "--fresh")
    wait_until((gated.path / "loading").exists, "that init code runs")
    os.kill(gated.ranks()[0], signal.SIGKILL)
    wait_until(lambda: "starting the ranks again (1 of 3)" in running.text(1), "that the ranks are started again")
    gated.write("load", "")
    result = running.wait()
    assert result.status == 0, repr(result)
    assert f"{TASKS} of {TASKS} tasks done" in result.err
    assert gated.runs() == ["job-0001", "job-0002"]


def test_a_killed_launcher_takes_its_processes_along_and_the_same_command_goes_on(gated):
    running = start(gated)
    running.signal(signal.SIGKILL)
    running.process.wait()
    gated.wait_for_processes()
    release(gated)
    result = gated.run("run", "job.toml", "-j", "2")
    assert "mproc: going on with run job-0001: 3 of 12 tasks are done\n" in result.err
    assert outputs(gated) == EXPECTED
    assert gated.runs() == ["job-0001"]
    assert gated.leftovers() == []  # the next launcher has swept what the killed one could not


def test_what_a_killed_launcher_left_goes_also_when_there_is_nothing_to_do(gated):
    running = start(gated)
    running.signal(signal.SIGKILL)
    running.process.wait()
    gated.wait_for_processes()
    release(gated)
    gated.run("run", "job.toml", "--inline")
    assert gated.leftovers() != []
    assert "nothing to do" in gated.run("run", "job.toml").err
    assert gated.leftovers() == []


@pytest.mark.parametrize("victim", ["central", "worker", "mpirun"])
def test_under_the_users_own_mpirun_what_was_done_before_a_kill_is_kept(gated, victim):
    # What mpirun and MPI themselves leave there after a kill -9 is not ours to remove.
    own = gated.tmp / "own"
    own.mkdir()
    running = gated.start_mpirun(3, "run", "job.toml", env={"TMPDIR": own, "OMPI_MCA_btl_vader_backing_directory": own})
    wait_for_middle(gated, running, 2)
    os.kill({"central": lambda: gated.ranks()[0], "worker": lambda: gated.ranks()[1],
             "mpirun": lambda: gated.mpiruns()[0]}[victim](), signal.SIGKILL)
    assert running.wait().status != 0
    gated.wait_for_processes()
    shutil.rmtree(own)
    assert done(gated) == [0, 1, 2]
    release(gated)
    result = gated.run("run", "job.toml", "-j", "2")
    assert f"mproc: going on with run job-0001: 3 of {TASKS} tasks are done\n" in result.err
    assert outputs(gated) == EXPECTED
    assert gated.runs() == ["job-0001"]


def test_a_second_launcher_of_the_same_run_is_refused(gated):
    running = start(gated, 1)
    result = gated.run("run", "job.toml", "-j", "1", status=2)
    assert f"run job-0001 is being written by pid {gated.ranks()[0]} on host {os.uname().nodename}, wait for it or stop it\n" in result.err
    finish(gated, running)


@pytest.mark.parametrize("victim", ["every executor", "the zygote"])
def test_supervised_processes_that_are_killed_are_made_again(gated, victim):
    running = start(gated, 1)
    rank = gated.ranks()[1]
    below = descendants(gated, rank)
    assert below
    for pid in below if victim == "every executor" else below[:1]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    result = finish(gated, running)
    said = f"mproc: rank 1 on {os.uname().nodename}: the process that starts executors died"
    assert result.err.count(said) == 1, repr(result)
    assert "mproc: warning: no worker rank is left; starting the ranks again (1 of 3)\n" in result.err


def wait_for_new_ranks(running):
    wait_until(lambda: "starting the ranks again (1 of 3)" in running.text(1), "that the ranks are started again")


def descendants(cli, top):
    """Of the test's processes those below `top`, the nearest first."""
    found, level = [], [top]
    mine = cli.processes()
    while level:
        level = [pid for pid in mine if parent_of(pid) in level]
        found += level
    return found
