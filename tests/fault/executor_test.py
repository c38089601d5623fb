"""A task that ends its executor costs that task alone."""

import os

import pytest

CRASH = """
import ctypes, os, signal
def f(x):
    if x == 5:
        with open("attempts", "a") as log: log.write("x")
        {how}
    return x * x
"""


def run_crashing(cli, how, lost_retries, executors=2):
    cli.job(code=CRASH.format(how=how), items="range = 30", task=f"lost-retries = {lost_retries}", output="out.jsonl")
    return cli.run("run", "job.toml", "-j", executors, status=1)


@pytest.mark.parametrize(("how", "cause"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "the executor was killed by SIGSEGV (Segmentation fault)"),
    ("os.kill(os.getpid(), signal.SIGKILL)", "the executor was killed by SIGKILL (Killed)"),
    ("ctypes.CDLL(None).abort()", "the executor was killed by SIGABRT (Aborted)"),
    ("os._exit(3)", "the executor exited with status 3 (os._exit or exit in native code)"),
    ("os._exit(0)", "the executor exited with status 0 (os._exit or exit in native code)"),
    ("ctypes.string_at(0)", "the executor was killed by SIGSEGV (Segmentation fault)"),
])
def test_a_crash_costs_its_task_alone_and_is_reported_by_cause(cli, how, cause):
    result = run_crashing(cli, how, 1)
    rows = cli.rows("out.jsonl")
    assert [row["result"] for row in rows] == [None if x == 5 else x * x for x in range(30)]
    assert [row["status"] for row in rows] == ["failed" if x == 5 else "ok" for x in range(30)]
    assert rows[5]["error"] == cause
    assert "mproc: 30 of 30 tasks done: 29 succeeded, 1 failed, in " in result.err
    assert f"\n  1 × {cause} (task 5)\n" in result.err
    assert cli.read("attempts") == "xx"  # once, and once more


def test_a_crash_leaves_the_python_stack_with_the_run(cli):
    cli.job(code="import ctypes\ndef deep(x): return ctypes.string_at(0)\ndef f(x): return deep(x)", items="range = 1",
            task="lost-retries = 0")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert "Fatal Python error: Segmentation fault" in cli.recorded() and " in deep\n" in cli.recorded()


def test_without_lost_retries_a_crashing_task_runs_once(cli):
    run_crashing(cli, "os.kill(os.getpid(), signal.SIGSEGV)", 0, executors=1)
    assert cli.read("attempts") == "x"
    assert [row["result"] for row in cli.rows("out.jsonl")][4:7] == [16, None, 36]


def test_a_task_that_crashes_once_succeeds_on_its_second_attempt(cli):
    cli.job(code="import os, signal\ndef f(x):\n    if x == 2 and not os.path.exists('seen'):\n        open('seen', 'w')\n"
                 "        os.kill(os.getpid(), signal.SIGSEGV)\n    return x + 1", items="range = 5", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [1, 2, 3, 4, 5]
    assert "5 of 5 tasks done: 5 succeeded, 0 failed" in result.err


def test_an_exception_uses_retries_and_a_crash_lost_retries(cli):
    cli.job(code="import os, signal\ndef f(x):\n    open(f'tried-{x}', 'a').write('x')\n    if x == 0: raise ValueError('no')\n"
                 "    if x == 1: os._exit(9)\n    return x", items="range = 4", task="retries = 1\nlost-retries = 3",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert (len(cli.read("tried-0")), len(cli.read("tried-1")), len(cli.read("tried-2"))) == (2, 4, 1)


def test_many_crashes_lose_nothing_and_count_nothing_twice(cli):
    cli.job(code="import os, signal\ndef f(x):\n    if x % 25 == 7: os.kill(os.getpid(), signal.SIGKILL)\n    return x",
            items="range = 500", task="lost-retries = 0", output="out.jsonl", run='max-failures = "100%"')
    cli.run("run", "job.toml", "-j", "2", status=1)
    rows = cli.rows("out.jsonl")
    assert [row["index"] for row in rows] == list(range(500))
    assert [row["result"] for row in rows] == [None if x % 25 == 7 else x for x in range(500)]


def test_a_crash_of_a_commands_program_is_its_tasks_failure(cli):
    cli.write("job.toml", '[task]\ncommand = ["sh", "-c", "kill -SEGV $$; echo {}"]\n[items]\nlist = [1]\n[output]\npath = "o.jsonl"\n')
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert cli.rows("o.jsonl")[0]["error"] == "killed by SIGSEGV"


@pytest.mark.parametrize("words", [("-j", "2"), ("--inline",)])
def test_a_task_may_fork_and_its_child_may_come_back(cli, words):
    cli.job(code="""
import os, sys
def f(x):
    child = os.fork()
    if child == 0:
        if x % 3 == 0: sys.exit(3)
        if x % 3 == 1: raise ValueError("the child's own")
        return "the child's"
    return [x, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
""", items="range = 60", output="out.jsonl")
    cli.run("run", "job.toml", *words)
    assert [row["result"] for row in cli.rows("out.jsonl")] == [[x, (3, 1, 0)[x % 3]] for x in range(60)]


def test_a_crash_in_init_code_shows_what_it_said(cli):
    cli.job(code="import faulthandler, os, signal\nfaulthandler.enable()\ndef load(): os.kill(os.getpid(), signal.SIGSEGV)\nprint('before')\nload()\n"
                 "def f(x): return x", items="range = 3")
    result = cli.run("run", "job.toml", "-j", "1", status=2)
    assert "the executor was killed by SIGSEGV (Segmentation fault) while it loaded the init code" in result.err
    assert "before" in result.err and "in load" in result.err
    assert cli.runs() == []


ONLY_ONCE = """
import os, signal
try: os.mkdir("seen")
except FileExistsError: pass
else: {what}
def f(x): return x
"""


@pytest.mark.parametrize("what", ["os.kill(os.getpid(), signal.SIGSEGV)", "os._exit(1)"])
def test_init_code_that_dies_once_is_loaded_again(cli, what):
    cli.job(code=ONLY_ONCE.format(what=what), items="range = 5")
    result = cli.run("run", "job.toml", "-j", "2")
    assert "5 succeeded" in result.err and "warning" not in result.err


def test_init_code_that_fails_on_one_rank_costs_that_rank_alone(cli):
    cli.job(code=ONLY_ONCE.format(what="raise OSError('not here')"), items="range = 5", output="out.jsonl")
    err = cli.run("run", "job.toml", "-j", "2").err
    failed, kept = (1, 2) if "on rank 1 " in err else (2, 1)
    host = os.uname().nodename
    assert f"mproc: warning: init code failed on rank {failed} ({host}): OSError: not here; going on without rank {failed}\n" in err
    assert "    else: raise OSError('not here')" in err and err.count("warning") == 1 and f"rank {kept}" not in err
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(5))


@pytest.mark.parametrize("executors", [1, 2])
def test_init_code_that_fails_everywhere_is_told_once(cli, executors):
    cli.job(code="raise OSError('nowhere')", items="range = 5", run=f"executors = {executors}")
    err = cli.run("run", "job.toml", "-j", "2", status=2).err
    assert err.count("init code failed on rank ") == 1 and err.count("OSError: nowhere") == 2  # and in the traceback
    assert cli.runs() == []


def test_executors_that_die_before_their_first_task_again_and_again_end_the_run(cli):
    """A thread of the init code's, say a licence's watchdog, ends every executor as soon as it is there."""
    cli.job(code="import os, threading, time\ndef end():\n    while not os.path.exists('begun'): time.sleep(0.001)\n    print('no licence')\n"
                 "    os._exit(5)\nthreading.Thread(target=end, daemon=True).start()\n"
                 "def f(x):\n    open('begun', 'w').close()\n    time.sleep(100)", items="range = 3", task="lost-retries = 9")
    err = cli.run("run", "job.toml", "-j", "1", status=3).err
    assert "warning: init code failed on rank 1 (" in err and "the executor exited with status 5" in err
    assert " before it was ready; going on without rank 1\n" in err or " before its first task; going on without rank 1\n" in err
    assert "no licence" in err and "mproc: no executor is left; the same command goes on" in err


def test_a_task_that_kills_takes_others_with_it_once_at_most(cli):
    """Its chunk is lost with it; from then on it is tried alone."""
    cli.job(code="import os, signal\ndef f(x):\n    open(f't{x}', 'a').write('x')\n    if x == 7: os.kill(os.getpid(), signal.SIGSEGV)\n    return x",
            items="range = 40", task="lost-retries = 4", run="chunk = 20")
    cli.run("run", "job.toml", "-j", "2", status=1)
    begun = [len(cli.read(f"t{x}")) for x in range(40)]
    assert begun[7] == 5
    assert all(times <= 2 for task, times in enumerate(begun) if task != 7) and begun[8:] == [1] * 32


def test_a_signal_without_a_name_costs_its_task_alone(cli):
    cli.job(code="import os\ndef f(x):\n    if x == 5: os.kill(os.getpid(), 40)\n    return x", items="range = 20")
    result = cli.run("run", "job.toml", "-j", "2", status=1)
    assert "19 succeeded, 1 failed" in result.err and "killed by signal 40 (Real-time signal" in result.err


def test_handlers_of_init_code_and_pythons_own_are_there_in_tasks(cli):
    """An executor is forked from a template: what that has set stands, faulthandler too, which says where a crash was."""
    cli.job(code="""
import signal
def ring(*_): raise TimeoutError("rang")
signal.signal(signal.SIGALRM, ring)
def f(x):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.1)  # again and again: the first may come before pause()
        signal.pause()
    except TimeoutError as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        words = dict(line.split(":") for line in open("/proc/self/status") if line.startswith("Sig"))
        caught, ignored = (int(words[name], 16) for name in ("SigCgt", "SigIgn"))
        return [str(error), bool(caught >> (signal.SIGSEGV - 1) & 1), bool(ignored >> (signal.SIGPIPE - 1) & 1)]
""", items="range = 2", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [["rang", True, True]] * 2
