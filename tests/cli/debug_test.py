"""A task of a run, run again in the user's terminal and stopped where it fails: through a real terminal."""

import os
import shutil

import pexpect
import pytest
from harness import MPROC, PATIENCE, wait_until

needs_gdb = pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is not installed")

CODE = """
import mproc, random
def helper(x, tol):
    secret = x * 7
    if x == 3: raise ValueError(f"three at {random.random()} {mproc.data['X'][x]}")
    return [secret, tol, mproc.task_index()]
def f(x, tol): return helper(x, tol)
"""


class Terminal:
    """mproc on a terminal of its own."""

    def __init__(self, cli, *words):
        self.child = pexpect.spawn(MPROC, list(words), cwd=str(cli.path), env=cli.env | {"TERM": "dumb"}, timeout=PATIENCE, encoding="utf-8",
                                   dimensions=(50, 400), echo=False)

    def see(self, text):
        self.child.expect_exact(text)
        return self.child.before

    def say(self, line):
        self.child.sendline(line)

    def end(self):
        rest = self.child.read()
        self.child.close()
        return self.child.exitstatus, rest


def files(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def failed(cli):
    import numpy
    numpy.save(cli.path / "x.npy", numpy.arange(10) * 100)
    cli.write("part.py", CODE)
    cli.write("job.toml", 'seed = 11\n[init]\nfiles = ["part.py"]\n[task]\nfunction = "f"\nargs = { tol = 0.5 }\n'
              '[items]\nrange = 5\n[data]\nX = "x.npy"\n')
    cli.run("run", "job.toml", "-j", "2", status=1)
    return cli


def test_pdb_opens_at_the_failing_line_with_item_seed_and_data(failed):
    error = failed.results()[3]["error"]
    assert error.startswith("ValueError: three at 0.") and error.endswith(" 300")
    (failed.path / "part.py").unlink()  # the run has its own copy
    before = files(failed.path / "runs")
    terminal = Terminal(failed, "debug", "3")
    assert f"mproc: task 3 of run job-0001 failed: {error}" in terminal.see("(Pdb) ")
    terminal.say("p x, secret, tol")
    assert terminal.see("(Pdb) ").strip() == "(3, 21, 0.5)"
    terminal.say("where")
    shown = terminal.see("(Pdb) ")
    assert "helper()" in shown and "-> if x == 3: raise ValueError" in shown
    terminal.say("up")
    assert "def f(x, tol): return helper(x, tol)" in terminal.see("(Pdb) ")
    terminal.say("q")
    status, rest = terminal.end()
    assert (status, rest.strip()) == (1, f"mproc: task 3 failed: {error}")
    assert files(failed.path / "runs") == before


def test_a_task_that_succeeds_now_says_so_and_prints_its_result(cli):
    cli.write("model.py", "import os\ndef f(x):\n    if not os.path.exists('there'): raise ValueError('not there')\n    return [x, 2.5]\n")
    cli.job(function="model:f")
    cli.run("run", "job.toml", "--inline", status=1)
    cli.write("there", "")
    result = cli.run("debug", "0", cwd=cli.tmp, env={"MPROC_RUNS": cli.path / "runs"})
    assert result.out == "[1,2.5]\n"
    assert result.err == "mproc: task 0 of run job-0001 failed: ValueError: not there\nmproc: task 0 succeeds now; its result:\n"
    cli.write("model.py", "def f(x): return x + 1\n")
    result = cli.run("debug", "job-0001", "2")
    assert result.out == "4\n"
    assert "mproc: warning: the job's kernel changed since that run; here runs what is there now\n" in result.err


def test_ctrl_c_enters_pdb_where_a_task_hangs(cli):
    cli.job(code="import os, time\ndef f(x):\n    inside = x + 1\n    open('inside', 'w').close()\n    while os.path.exists('slow'): time.sleep(0.01)\n    return x", items="range = 2")
    cli.run("run", "job.toml", "--inline")
    (cli.path / "inside").unlink()
    cli.write("slow", "")
    terminal = Terminal(cli, "debug", "1", "--pdb")
    wait_until(lambda: (cli.path / "inside").exists(), "that the task runs")
    terminal.child.sendintr()
    terminal.see("KeyboardInterrupt")
    terminal.see("(Pdb) ")
    terminal.say("p inside")
    assert terminal.see("(Pdb) ").strip() == "2"
    terminal.say("q")
    assert terminal.end()[0] == 1


def test_items_of_a_generator_come_from_the_run(cli):
    cli.write("gen.py", "def items():\n    for i in range(3): yield {'a': i * 1.5}\n")
    cli.job(code="def f(a):\n    if a > 2: raise KeyError(a)\n    return a", items='python = "gen:items"')
    cli.run("run", "job.toml", "-j", "1", status=1)
    (cli.path / "gen.py").write_text("def items(): raise SystemExit")
    terminal = Terminal(cli, "debug", "2")
    terminal.see("(Pdb) ")
    terminal.say("p a")
    assert terminal.see("(Pdb) ").strip() == "3.0"
    terminal.say("q")
    assert terminal.end()[0] == 1


def test_a_command_runs_in_the_terminal_and_shows_its_exit_status(cli):
    cli.write("job.toml", '[task]\ncommand = ["sh", "-c", "test -t 1 && echo on a terminal, $N, {}; exit {}"]\n[items]\nlist = [0, 3]\n'
              '[run]\nenv = { N = "n" }\n')
    cli.run("run", "job.toml", "--inline", status=1)
    status, out = Terminal(cli, "debug", "1").end()
    assert status == 1 and "on a terminal, n, 3\r\nmproc: the command ended with exit status 3\r\n" in out
    result = cli.run("debug", "0")
    assert result.err.endswith("mproc: the command ended with exit status 0\n")
    assert cli.run("debug", "0", "--pdb", status=2).err == "mproc: task 0 is a command, which has no Python; leave --pdb out\n"


@needs_gdb
def test_gdb_stops_at_the_crash(cli):
    cli.job(code="import ctypes\ndef f(x):\n    if x == 2: ctypes.string_at(0)\n    return x", items="range = 3", task="lost-retries = 0")
    cli.run("run", "job.toml", "-j", "1", status=1)
    terminal = Terminal(cli, "debug", "2")
    terminal.see("received signal SIGSEGV")
    terminal.see("(gdb) ")
    terminal.say("continue")
    terminal.see("Fatal Python error: Segmentation fault")
    assert "line 3 in f" in terminal.see("(gdb) ")
    terminal.say("set confirm off")
    terminal.say("quit")
    terminal.end()


def test_a_crash_without_gdb_says_what_there_is(cli):
    cli.job(code="import ctypes\ndef f(x): ctypes.string_at(0)", items="range = 1", task="lost-retries = 0")
    cli.run("run", "job.toml", "-j", "1", status=1)
    path = {"PATH": os.path.dirname(MPROC)}
    said = ("mproc: task 0 failed: the executor was killed by SIGSEGV (Segmentation fault); gdb, which shows where, is not installed: "
            "install it, or use --pdb, which runs the task in this process (a crash ends it, with a Python stack)\n")
    assert cli.run("debug", "0", status=2, env=path).err == said
    result = cli.run("debug", "0", "--pdb", status=-11, env=path)
    assert "Fatal Python error: Segmentation fault" in result.err and "line 2 in f" in result.err


def native_job(cli, items, task=""):
    cli.write("job.toml", f'[task]\nnative = "libkernels.so:fails"\nlost-retries = 0\n{task}\n[items]\nlist = {items}\n')
    cli.run("run", "job.toml", "-j", "1", status=1)


def test_a_native_task_runs_in_place_and_says_how_it_failed(native):
    native_job(native, '["fine", "shape"]')
    before = files(native.path / "runs")
    result = native.run("debug", "1", status=1)
    assert result.err == ("mproc: task 1 of run job-0001 failed: std::length_error: no such shape\n"
                          "mproc: task 1 failed: std::length_error: no such shape\n")
    result = native.run("debug", "0")
    assert (result.out, result.err) == ("0\n", "mproc: task 0 succeeded; its result:\n")
    assert files(native.path / "runs") == before
    assert native.run("debug", "1", "--pdb", status=2).err == (
        "mproc: task 1 is native code, which has no Python; leave --pdb out, or use --gdb\n")


def test_a_library_that_was_built_anew_is_said(native):
    native_job(native, '["fine", "shape"]')
    with open(native.path / "libkernels.so", "ab") as library:
        library.write(b"another build")
    err = native.run("debug", "0").err
    assert "mproc: warning: the job's kernel changed since that run; here runs what is there now\n" in err


@needs_gdb
def test_gdb_stops_where_native_code_crashes_or_throws(native):
    native_job(native, '["fine", "shape", "segfault"]')
    for words, stop in (["2"], "received signal SIGSEGV"), (["1", "--gdb"], "exception thrown"):
        terminal = Terminal(native, "debug", *words)
        terminal.see(stop)
        terminal.see("(gdb) ")
        terminal.say("bt")
        terminal.see("fails (how=")
        terminal.say("set confirm off")
        terminal.say("quit")
        terminal.end()


@needs_gdb
def test_ctrl_c_stops_a_stuck_native_task_where_it_is(cli):
    cli.write("job.toml", '[task]\nnative = "libc.so:sleep(u32) -> u32"\ntimeout = 0.2\n[items]\nlist = [0, 1000]\n')
    cli.run("run", "job.toml", "-j", "1", status=1)
    terminal = Terminal(cli, "debug", "1")
    terminal.see("Ctrl-C enters the debugger where the task is")
    wait_until(lambda: asleep(cli), "that the task runs")
    terminal.child.sendintr()
    terminal.see("received signal SIGINT")
    terminal.see("(gdb) ")
    terminal.say("bt")
    terminal.see("sleep (")
    terminal.say("set confirm off")
    terminal.say("quit")
    terminal.end()


def asleep(cli):
    """Whether mproc, which gdb runs, sleeps on a clock."""
    for pid, words in cli.processes().items():
        try:
            if words[1:3] == ["debug", "--in-place"] and "nanosleep" in open(f"/proc/{pid}/wchan").read():
                return True
        except OSError:
            continue
    return False


def test_native_code_that_crashes_without_gdb_says_what_there_is(native):
    native_job(native, '["segfault"]')
    assert native.run("debug", "0", status=2, env={"PATH": os.path.dirname(MPROC)}).err == (
        "mproc: task 0 failed: the executor was killed by SIGSEGV (Segmentation fault); gdb, which shows where, is not installed: "
        "install it\n")


def test_debug_refuses_what_it_cannot_run(cli):
    cli.write("in.txt", "a\nb\nc\n")
    cli.job(code="def f(x): return x", items='lines = "in.txt"')
    cli.run("run", "job.toml", "--inline", "--tasks", "0")
    assert cli.run("debug", status=2).err == "mproc: debug: no task; mproc log runs/job-0001 names those that failed\n"
    assert cli.run("debug", "job-0001", "0-2", status=2).err == "mproc: debug: one task at a time, not 0-2\n"
    assert "run job-0001 knows of " in cli.run("debug", "99", status=2).err
    assert cli.run("debug", "1", status=2).err.startswith("mproc: task 1 of run job-0001 has no outcome yet, and the run holds the items ")
    assert cli.run("debug", "0").out == '"a"\n'
