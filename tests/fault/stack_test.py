"""A process that dies in C says where in Python it was, for every signal that ends it."""

import re

import pytest

CRASH = """
import ctypes, os, signal
def helper(x):
    print("about to", x)
    {how}
def f(x):
    if x == 1: helper(x)
    return x
"""


@pytest.mark.parametrize(("how", "error"), [
    ("ctypes.string_at(0)", "Segmentation fault"),
    ("ctypes.CDLL(None).abort()", "Aborted"),
    ("os.kill(os.getpid(), signal.SIGFPE)", "Floating point exception"),
    ("print('x' * 1_000_000); ctypes.string_at(0)", "Segmentation fault"),
])
def test_a_crash_shows_the_python_stack_of_each_try_in_the_log(cli, how, error):
    cli.job(code=CRASH.format(how=how), items="range = 3", task="lost-retries = 1")
    cli.run("run", "job.toml", "-j", "2", status=1)
    out = cli.run("log", "1").out
    tries = out.split("\ntry ")[1:]
    assert len(tries) == 2
    for one in tries:
        assert re.match(r"[12]: failed, [^,]*, rank [12] on [^,]+, pid \d+\n  crash: the executor was killed by SIG", one), one[:1000]
        assert f"  | Fatal Python error: {error}\n" in one, one[-1000:]
        assert re.search(r'  \|   File "<init code>", line \d in helper\n  \|   File "<init code>", line 7 in f(\n|$)', one), one[-1000:]
        assert len(one) < 100_000
    assert "  it said last:\n  | about to 1\n" in out


def test_a_task_finds_signals_as_python_and_init_code_have_set_them(cli):
    cli.job(code="""
import os, signal
caught = []
signal.signal(signal.SIGUSR2, lambda *_: caught.append("init code's"))
def f(x):
    os.kill(os.getpid(), signal.SIGUSR2)
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        os.write(write_end, b"nobody reads this")
    except BrokenPipeError:
        return caught[-1]
    finally:
        os.close(write_end)
""", items="range = 4")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.results()] == ["init code's"] * 4
