"""However a run ends that its launcher survives: no process, no zombie, no file and no shared memory is left, from the
moment that the command is over."""

import os
import signal

import pytest
from gated_run import release, start
from harness import command_line, parent_of, wait_until

# Tasks leave behind: a child, a daemon in a session of its own, a thread that never ends.
CODE = """
import os, subprocess, threading, time
def f(x):
    open(f"began-{x}", "a").write("x")
    if x == 1: subprocess.Popen(["sleep", "1000"])
    if x == 1: subprocess.Popen(["setsid", "sh", "-c", "sleep 1000 & sleep 1000"])
    if x == 1: threading.Thread(target=threading.Event().wait).start()
    while x > 2 and not os.path.exists("go"): time.sleep(0.01)
    %s
    return x * 1.5
"""


def kill_rank(cli, running, rank):
    os.kill(cli.ranks()[rank], signal.SIGKILL)


def kill_mpirun(cli, running):
    os.kill(cli.mpiruns()[0], signal.SIGKILL)


def interrupt_twice(cli, running):
    for _ in range(2):
        running.signal(signal.SIGINT)
        wait_until(lambda: "interrupted" in running.text(1), "that it is heard")


ENDS = {
    "all tasks succeed": (0, "", lambda cli, running: release(cli)),
    "tasks fail": (1, "if x > 5: raise ValueError", lambda cli, running: release(cli)),
    "executors crash": (1, "if x > 5: os._exit(3)", lambda cli, running: release(cli)),
    "too many failures": (1, "if x > 2: raise ValueError", lambda cli, running: release(cli)),
    "Ctrl-C": (130, "", lambda cli, running: running.signal(signal.SIGINT)),
    "Ctrl-C twice": (130, "", interrupt_twice),
    "SIGTERM": (75, "", lambda cli, running: running.signal(signal.SIGTERM)),
    "SIGHUP": (75, "", lambda cli, running: running.signal(signal.SIGHUP)),
    "central is killed": (3, "", lambda cli, running: kill_rank(cli, running, 0)),
    "the only worker is killed": (3, "", lambda cli, running: kill_rank(cli, running, 1)),
    "mpirun is killed": (3, "", kill_mpirun),
}


def zombies(pid):
    """Children of `pid` that have ended and that it has not waited for."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        if parent_of(int(entry)) == pid and state(entry) == "Z":
            found.append(int(entry))
    return found


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def shared_memory_and_temporary():
    """What looks like ours or Open MPI's."""
    marks = ("mproc", "ompi", "vader", "pmix", "orte", "openmpi", "sm_segment", "osc")
    return {f"{folder}/{name}" for folder in ("/dev/shm", "/tmp") for name in os.listdir(folder) if name.startswith(marks)}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_left_when(gated, end):
    status, last, bring_about = ENDS[end]
    gated.job(code=CODE % last, items="range = 12", output="out.jsonl",
              run='chunk = 1\ngrace = "1s"\nrelaunch = 0\nmax-failures = 8', task="lost-retries = 0")
    before = shared_memory_and_temporary()
    running = start(gated, 1)
    sleeping = lambda: sum(words[:1] == ["sleep"] for words in gated.processes().values())  # noqa: E731
    wait_until(lambda: sleeping() == 3, "that the task's own processes are up")
    bring_about(gated, running)
    result = running.wait()
    assert result.status == status, repr(result)
    assert gated.processes() == {}  # at once, not after a while
    assert gated.leftovers() == []
    # Of other users of this machine, what has come meanwhile goes again.
    new = shared_memory_and_temporary() - before
    wait_until(lambda: not new & shared_memory_and_temporary(), f"that nothing is left of {new}")


def test_no_zombie_stays_while_a_run_goes_on(gated):
    running = start(gated, 3)
    launcher = running.pid
    os.kill(gated.ranks()[2], signal.SIGKILL)
    wait_until(lambda: "is lost" in running.text(1), "that the loss is said")
    for pid in [launcher, *gated.processes()]:
        wait_until(lambda pid=pid: not zombies(pid), f"that {command_line(pid)} waits for its children")
    release(gated)
    assert running.wait().status == 0


@pytest.mark.parametrize("words", [("--inline",), ()])
def test_what_a_trial_that_died_has_left_the_next_one_removes(cli, words):
    crash = "os.kill(os.getpid(), signal.SIGSEGV)" if words else "open('began', 'w'); time.sleep(1000)"
    cli.job(code=f"import os, signal, time\ndef f(x): {crash}", items="range = 3")
    running = cli.start("try", "job.toml", *words)
    if not words:
        wait_until(lambda: (cli.path / "began").exists(), "the first task")
        running.signal(signal.SIGKILL)
    assert running.wait().status == (-signal.SIGSEGV if words else -signal.SIGKILL)
    cli.wait_for_processes()
    assert cli.leftovers() != []
    cli.job(code="def f(x): return x", items="range = 3")
    assert cli.run("try", "job.toml", "--inline").out.startswith("0\n1\n2\n")
    assert cli.leftovers() == []
