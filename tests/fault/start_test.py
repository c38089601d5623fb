"""Ranks and mpirun that die as they start, and a central that stands still: nobody waits for ever."""

import os
import shutil
import signal
import time

import pytest
from gated_run import finish, start
from harness import MPROC, wait_until

# In the place of mpirun, on PATH: the real one, which starts each rank by way of a shell that may die first.
MPIRUN = """#!/bin/sh
[ "$1" = --enable-recovery ] && [ "$2" = -n ] || exit 99
ranks=$3; shift 3
exec {mpirun} --enable-recovery -n $ranks sh -c '
  if [ "$OMPI_COMM_WORLD_RANK" = {rank} ] && ! [ -e died-{times} ]; then
    n=$(ls died-* 2>/dev/null | wc -l); : > died-$((n + 1)); kill -9 $$
  fi
  exec "$@"' sh "$@"
"""


def dying(cli, rank, times):
    """The environment in which that rank dies before MPI_Init, so many times."""
    cli.write("bin/mpirun", MPIRUN.format(mpirun=shutil.which("mpirun"), rank=rank, times=times)).chmod(0o755)
    return {"PATH": f"{cli.path}/bin:{os.environ['PATH']}"}


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_dies_before_mpi_is_up_costs_one_more_start(cli, rank):
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "1", env=dying(cli, rank, 1))
    assert "mproc: warning: a rank died as it started; starting the ranks again (1 of 3)\n" in result.err
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2]


def test_a_rank_that_dies_at_every_start_is_a_clear_error_in_the_end(cli):
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl", run="relaunch = 1")
    result = cli.run("run", "job.toml", "-j", "1", status=3, env=dying(cli, 1, 100))
    assert "starting the ranks again (1 of 1)\n" in result.err
    assert "mproc: mpirun could not start the ranks (a rank died as it started)" in result.err
    assert cli.runs() == []


@pytest.mark.parametrize("dying", ["1", '"$OMPI_COMM_WORLD_RANK"'], ids=["together", "one_before"])
def test_ranks_that_all_end_as_they_start_are_started_again(cli, dying):
    """As they do when one that dies in MPI_Init takes along the memory by which they talk."""
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl")
    cli.write("bin/mpirun", f"""#!/bin/sh
ranks=$3; shift 3
exec {shutil.which("mpirun")} --enable-recovery -n $ranks sh -c '
  [ -e again ] || {{ [ {dying} = 0 ] || sleep 0.3; : > again; exit 1; }}
  exec "$@"' sh "$@"
""").chmod(0o755)
    result = cli.run("run", "job.toml", "-j", "2", env={"PATH": f"{cli.path}/bin:{os.environ['PATH']}"})
    assert " started; starting the ranks again (1 of 3)\n" in result.err
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2]


def test_ranks_that_stand_still_before_mpi_is_up_are_given_up_in_the_end(cli):
    cli.job(code="def f(x): return x", items="range = 3", run="relaunch = 0")
    cli.write("bin/mpirun", "#!/bin/sh\nsleep 1000 & sleep 1000\n").chmod(0o755)
    result = cli.run("run", "job.toml", "-j", "1", status=3,
                     env={"PATH": f"{cli.path}/bin:{os.environ['PATH']}", "MPROC_TEST_START_PATIENCE": 2})
    assert result.err.endswith("mproc: mpirun could not start the ranks (the ranks did not start within 4 s) and printed"
                               " nothing\n")


def test_an_mpirun_that_ends_of_itself_is_not_started_again(cli):
    cli.job(code="def f(x): return x", items="range = 3")
    cli.write("bin/mpirun", "#!/bin/sh\necho 'no such thing'\nexit 7\n").chmod(0o755)
    result = cli.run("run", "job.toml", "-j", "1", status=3, env={"PATH": f"{cli.path}/bin:{os.environ['PATH']}"})
    assert result.err.endswith("mproc: mpirun could not start the ranks; it printed:\n  no such thing\n")
    assert "again" not in result.err


def test_an_mpirun_killed_as_it_starts_is_started_again(cli):
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl")
    cli.write("bin/mpirun", f"#!/bin/sh\n[ -e died ] && exec {shutil.which('mpirun')} \"$@\"\n: > died; kill -9 $$\n").chmod(0o755)
    result = cli.run("run", "job.toml", "-j", "1", env={"PATH": f"{cli.path}/bin:{os.environ['PATH']}"})
    assert "mproc: warning: mpirun died; starting the ranks again (1 of 3)\n" in result.err
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2]


def test_a_run_whose_processes_are_all_stopped_for_a_while_just_goes_on(gated):
    """As Slurm does with a job that it suspends."""
    running = start(gated, env={"MPROC_TEST_PATIENCE": 3})
    everything = gated.processes()
    for pid in everything:
        os.kill(pid, signal.SIGSTOP)
    over = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > over, "that the time has passed")
    for pid in everything:
        os.kill(pid, signal.SIGCONT)
    assert "warning" not in finish(gated, running).err


def test_a_central_that_stands_still_is_killed_and_the_run_goes_on(gated):
    running = start(gated, env={"MPROC_TEST_PATIENCE": 4})
    os.kill(gated.ranks()[0], signal.SIGSTOP)  # as one that spins inside MPI: alive, and silent
    wait_until(lambda: "central has not been heard of for 4 s; starting the ranks again (1 of 3)" in running.text(1),
               "that central's silence is noticed")
    finish(gated, running)


# Loaded by each executor for itself, as there is a thread. `here`: how many have begun so far.
TICKETS = """
import os, threading, time
threading.Thread(target=threading.Event().wait, daemon=True).start()
here = 0
while True:
    try: os.close(os.open(f"ticket-{{here}}", os.O_CREAT | os.O_EXCL)); break
    except FileExistsError: here += 1
if here > 1:
    {how}
def f(x):
    while x > 0 and not os.path.exists("go"): time.sleep(0.01)
    return x
"""


@pytest.mark.parametrize(("how", "cause"), [
    ("print('no room', flush=True); os._exit(3)",
     "the executor exited with status 3 (os._exit or exit in native code) before it was ready\nno room\n"),
    ("raise ValueError(here)", "ValueError: 2\nTraceback (most recent call last):\n"),
])
def test_an_executor_that_does_not_start_is_given_up_and_that_is_said(cli, how, cause):
    cli.job(code=TICKETS.format(how=how), items="range = 20", run="executors = 3", output="out.jsonl")
    running = cli.start("run", "job.toml", "-j", "3")
    wait_until(lambda: "is given up" in running.text(1) or not running.running(), "the warning")
    text = f" of rank 1 on {os.uname().nodename} does not start and is given up (2 left): {cause}"
    wait_until(lambda: "1 rank, 2 executors" in cli.run("status").out, "that two are left")
    cli.write("go", "")
    result = running.wait()
    assert result.status == 0 and "mproc: warning: executor " in result.err and text in result.err, repr(result)
    assert text.splitlines()[0] in cli.run("log").out
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(20))


# Runs a program for which the kernel has no pidfd_open, as one before Linux 5.3 or a container's filter.
WITHOUT_PIDFD = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
NO_NEW_PRIVS, SECCOMP, FILTER, PIDFD_OPEN, ENOSYS = 38, 22, 2, 434, 38
LOAD, EQUAL, RETURN, REFUSE, ALLOW = 0x20, 0x15, 0x06, 0x00050000, 0x7fff0000
words = [(LOAD, 0, 0, 0), (EQUAL, 0, 1, PIDFD_OPEN), (RETURN, 0, 0, REFUSE | ENOSYS), (RETURN, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *word) for word in words))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
program = Program(len(words), ctypes.addressof(code))
libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
assert libc.prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_kernel_that_cannot_watch_processes_is_a_clear_error(cli):
    wrapper = cli.write("without.py", WITHOUT_PIDFD)
    result = cli.run("map", "abs", "1", program=["/usr/bin/python3", wrapper, MPROC], status=3)
    assert result.err == "mproc: cannot watch mpirun, which takes pidfd_open of Linux 5.3: Function not implemented\n"
