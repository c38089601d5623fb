"""Tasks that are over their time or their memory, and executors that are renewed."""

import re

import pytest

STUCK = {
    "in Python": "while True: pass",
    "asleep": "time.sleep(1000)",
    "in native code": "ctypes.CDLL(None).sleep(1000)",
    "in native code that holds the interpreter": "ctypes.PyDLL(None).sleep(1000)",
    "with a subprocess": "subprocess.run(['sh', '-c', 'sleep 1000 & sleep 1000'])",
}
STUCK_JOB = """
import ctypes, signal, subprocess, time
def stuck():
    {how}
def f(x):
    open(f"began-{{x}}", "a").write("x")
    if x == 5: stuck()
    return x * x
"""


def rows_but(cli, failed, result):
    """Checks that all rows but one have their result, and gives that one."""
    rows = cli.rows("out.jsonl")
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert [row["result"] for row in rows] == [None if x == failed else result(x) for x in range(len(rows))]
    return rows[failed]


@pytest.mark.parametrize("how", STUCK)
def test_a_stuck_task_is_ended_when_its_time_is_over(cli, how):
    cli.job(code=STUCK_JOB.format(how=STUCK[how]), items="range = 20", task='timeout = "500ms"', output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "2", status=1)
    row = rows_but(cli, 5, lambda x: x * x)
    assert (row["status"], row["error"]) == ("failed", "ran longer than its timeout of 0.5 s")
    assert "\n  1 × ran longer than its timeout of 0.5 s (task 5)\n" in result.err
    assert cli.read("began-5") == "x"
    assert re.search(r"most recent call first\):\n(.*\n)* +File .*, line \d+ in stuck\n +File .*, line \d+ in f\n", cli.recorded())


def test_a_stuck_task_that_blocks_signals_is_ended_without_its_stack(cli):
    cli.job(code=STUCK_JOB.format(how="signal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65)); time.sleep(1000)"),
            items="range = 8", task="timeout = 0.5", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert rows_but(cli, 5, lambda x: x * x)["error"] == "ran longer than its timeout of 0.5 s"


def test_a_timeout_uses_retries_and_no_lost_retries(cli):
    cli.job(code="import time\ndef f(x):\n    open(f'began-{x}', 'a').write('x')\n    if x == 1: time.sleep(1000)\n    return x",
            items="range = 3", task='timeout = "300ms"\nretries = 2\nlost-retries = 0', output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    rows_but(cli, 1, lambda x: x)
    assert cli.read("began-1") == "xxx"


def test_a_task_that_is_stuck_once_succeeds_when_it_is_tried_again(cli):
    cli.job(code="import os, time\ndef f(x):\n    if x == 1 and not os.path.exists('seen'):\n        open('seen', 'w')\n        time.sleep(1000)\n"
                 "    return x", items="range = 4", task='timeout = "300ms"\nretries = 1', output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2, 3]


@pytest.mark.parametrize("run", ["executors = 1", "executors = 3"])
def test_a_command_over_its_time_is_ended_with_all_that_it_started(cli, run):
    cli.write("job.toml", f"""
[task]
command = ["sh", "-c", "if [ {{}} = 2 ]; then sleep 1000 & (setsid sleep 1000 & wait); sleep 1000; fi; echo {{}}"]
timeout = "500ms"
[items]
range = 6
[run]
{run}
[output]
path = "out.jsonl"
""")
    cli.run("run", "job.toml", "-j", "3", status=1)
    rows = cli.rows("out.jsonl")
    assert [row["stdout"] for row in rows] == [None if x == 2 else f"{x}\n" for x in range(6)]
    assert rows[2]["error"] == "ran longer than its timeout of 0.5 s"


def test_tasks_within_their_time_are_left_alone(cli):
    cli.job(code="import time\ndef f(x):\n    time.sleep(0.06)\n    return x", items="range = 60", task="timeout = 3\nretries = 0",
            run="chunk = 60", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")  # all of them together take longer than each may
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(60))


HUNGRY = """
import ctypes, mmap, os, subprocess, sys, time
def grow():
    held = [bytearray(b"x") * (1 << 20) for _ in range(150)]
    time.sleep(1000)
def f(x):
    if x == 3:
        {how}
    return x
"""
PROGRAM = "subprocess.run([sys.executable, '-c', 'import time; held = bytearray(b\"x\") * (150 << 20); time.sleep(1000)'])"


@pytest.mark.parametrize("how", ["grow()", PROGRAM, "os.fork() == 0 and grow() or time.sleep(1000)"])
def test_a_task_over_its_memory_is_ended(cli, how):
    cli.job(code=HUNGRY.format(how=how), items="range = 8", task='memory = "100MiB"\nlost-retries = 0', output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "2", status=1)
    row = rows_but(cli, 3, lambda x: x)
    assert row["error"] == "took more memory than its limit of 100 MiB"
    assert "\n  1 × took more memory than its limit of 100 MiB (task 3)\n" in result.err
    assert re.search(r"took more memory than its limit of 100 MiB\n1\d\d(\.\d)? MiB in \d process", cli.recorded())
    if how == "grow()":
        assert " in grow\n" in cli.recorded()


# Beside task 0, which stays within its limit, task 1 goes over it: once that one is ended, the watchdog has seen both.
WITHIN = """
import ctypes, mmap, os, time
def wait_for(condition):
    while not condition(): time.sleep(0.01)
def other_ended():
    return os.path.exists("growing") and not os.path.exists("/proc/" + open("growing").read())
def grow():
    wait_for(lambda: os.path.exists("held"))
    with open("pid", "w") as file: file.write(str(os.getpid()))
    os.rename("pid", "growing")
    if os.fork() == 0: held = bytearray(b"x") * (150 << 20)
    time.sleep(1000)
def f(x):
    if x == 1: grow()
    {how}
    open("held", "w").close()
    wait_for(other_ended)
    return x
"""


def assert_within(cli, how):
    cli.job(code=WITHIN.format(how=how), items="range = 2", task='memory = "100MiB"\ntimeout = 60', run="executors = 2\nchunk = 1",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2", status=1)
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, None]
    assert cli.rows("out.jsonl")[1]["error"] == "took more memory than its limit of 100 MiB"


@pytest.mark.parametrize("how", [
    "shared = mmap.mmap(-1, 150 << 20); [shared.write(b'x' * (1 << 20)) for _ in range(150)]",
    "ctypes.CDLL(None).malloc(150 << 20)",  # never touched
])
def test_shared_and_untouched_memory_does_not_count(cli, how):
    assert_within(cli, how + "; [bytearray(1 << 16) for _ in range(100)]")


def test_memory_that_forked_processes_share_counts_once(cli):
    assert_within(cli, "held = bytearray(b'x') * (60 << 20)\n    if os.fork() == 0:\n        os.fork(); wait_for(other_ended); os._exit(0)")


def test_an_allocation_far_beyond_the_limit_is_a_memory_error_of_the_task(cli):
    cli.job(code="def f(x): return len(bytearray(1 << 30)) if x == 1 else x", items="range = 3", task='memory = "100MiB"',
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert rows_but(cli, 1, lambda x: x)["error"] == "MemoryError"


RENEWED = "import os\nheld = []\ndef f(x):\n    held.append(bytearray(b'x') * (10 << 20))\n    return os.getpid()"


@pytest.mark.parametrize("words", [("-j", "1"), ("-j", "3")])
@pytest.mark.parametrize("chunk", ["", "chunk = 7", "chunk = 1"])
def test_executors_are_renewed_after_so_many_tasks(cli, words, chunk):
    cli.job(code=RENEWED, items="range = 60", task='memory = "200MiB"', run=f"recycle = 5\n{chunk}", output="out.jsonl")
    cli.run("run", "job.toml", *words)
    pids = [row["result"] for row in cli.rows("out.jsonl")]
    assert len(pids) == 60 and max(pids.count(pid) for pid in pids) <= 5
    assert len(set(pids)) <= 12 + int(words[1])  # each but the last ran all that it may


def test_a_leak_without_renewal_is_named_with_its_remedy(cli):
    # Below the limit between tasks, when nobody would be to blame, and over it amid one, until it is ended.
    over = "    time.sleep(0.01)\n    if len(held) > 12: held.append(bytearray(b'x') * (100 << 20)), time.sleep(1000)\n    return"
    cli.job(code="import time\n" + RENEWED.replace("    return", over), items="range = 60", task='memory = "200MiB"',
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1)
    assert "run.recycle = N takes a new executor after N tasks" in cli.recorded()


def test_limits_start_no_new_run(cli):
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    cli.job(code="def f(x): return x", items="range = 3", output="out.jsonl", task='timeout = "1h"\nmemory = "1GiB"', run="recycle = 2")
    assert "nothing to do" in cli.run("run", "job.toml", "-j", "1").err
    assert cli.runs() == ["job-0001"]


def test_inline_says_that_it_holds_nobody_to_limits(cli):
    cli.job(code="import time\ndef f(x):\n    time.sleep(0.02)\n    return x", items="range = 3", output="out.jsonl",
            task='timeout = "10ms"\nmemory = "1MiB"', run="recycle = 1")
    result = cli.run("run", "job.toml", "--inline")
    assert result.err.startswith("mproc: warning: --inline runs tasks in this process, without task.timeout, task.memory, run.recycle\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2]


LIMITED = """
import os, time
def f(x):
    if x == 1:
        held = [bytearray(b"x") * (1 << 20) for _ in range(150)]
        time.sleep(1000)
    if x == 2: time.sleep(1000)
    return os.getpid()
"""
LIMITS = dict(code=LIMITED, items="range = 3", task='timeout = "2s"\nmemory = "100MiB"', run="recycle = 1")
OVER_MEMORY = "mproc: task 1 failed: took more memory than its limit of 100 MiB\n"
OVER_TIME = "mproc: task 2 failed: ran longer than its timeout of 2 s\n"


def test_a_trial_holds_tasks_to_their_limits(cli):
    cli.job(**LIMITS)
    assert cli.run("try", "job.toml", status=1).err == OVER_MEMORY + OVER_TIME
    assert cli.run("plan", "job.toml", status=1).err == OVER_MEMORY[:-1] + "; a plan takes tasks that succeed\n"
    cli.job(**LIMITS | {"items": "list = [0, 3, 4]"})
    tried = cli.run("try", "job.toml", "-j", "1").out.splitlines()
    assert len(set(tried[:3])) == 3, f"{tried}: renewed after each task"


def test_inline_trials_say_that_they_hold_nobody_to_limits(cli):
    cli.job(**LIMITS | {"items": "list = [0, 3, 4]"})
    assert cli.run("try", "job.toml", "--inline").err == (
        "mproc: warning: --inline runs tasks in this process, without task.timeout, task.memory, run.recycle\n")


def test_a_one_liner_may_say_limits(cli):
    words = ("map", "--init-code", LIMITED, "f", 0, 1, 2, 3, 4, "-j", 1, "--set", "task.timeout=2s", "--set", "task.memory=100MiB",
             "--set", "run.recycle=1")
    result = cli.run(*words, status=1)
    assert result.err == OVER_MEMORY + OVER_TIME
    assert len(set(result.out.splitlines())) == 3
    assert cli.run("map", "math:sqrt", 1, "--set", "task.timeuot=2s", status=2).err == (
        "mproc: --set: unknown key 'task.timeuot'; did you mean 'timeout'?\n")


def test_a_task_under_the_debugger_has_no_limits_and_that_is_said(cli):
    cli.job(code="import time\ndef f(x):\n    time.sleep(0.5)\n    return x", items="range = 2", task='timeout = "100ms"\nmemory = "1GiB"')
    cli.run("run", "job.toml", "-j", "1", status=1)
    result = cli.run("debug", "1")
    assert "mproc: the task runs here without task.timeout, task.memory\n" in result.err
    assert result.err.endswith("mproc: task 1 succeeds now; its result:\n") and result.out == "1\n"


def test_executors_are_the_first_that_the_kernel_ends(cli):
    cli.job(code="def f(x): return int(open('/proc/self/oom_score_adj').read())", items="range = 1", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert cli.rows("out.jsonl")[0]["result"] >= 500
