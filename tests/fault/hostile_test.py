"""Kernels that do their worst: each costs its own task at most. The executor lives on, and the next task is right."""

import importlib.util
import json

import pytest
from hostile_run import RUN, run_kernels

FAILING = '''
import sys, threading
class Unpicklable(Exception):
    def __init__(self): super().__init__("holds a lock"); self.lock = threading.Lock()
class StrRaises(Exception):
    def __str__(self): raise RuntimeError("no text")
class StrExits(Exception):
    def __str__(self): sys.exit(3)
class StrRecurses(Exception):
    def __str__(self): return str(self)
class Base(BaseException): pass
class Exit(SystemExit): pass
class Mute:
    def __repr__(self): raise KeyError("repr")
class ReduceRaises:
    def __reduce__(self): raise RuntimeError("no reduce")
class Elusive:
    def __getattr__(self, name): raise RuntimeError(name)
def nested(kind):
    x = kind()
    for _ in range(100000): x = {"x": x} if kind is dict else [x]
    return x
def function_result(): return lambda: 1
def generator_result(): return (i for i in range(3))
def object_result(): return Elusive()
def deep_list(): return nested(list)
def deep_dict(): return nested(dict)
def own_self():
    x = []
    x.append(x)
    return x
def reduce_raises(): return ReduceRaises()
def lone_surrogate(): return "\\ud800"
def unpicklable(): raise Unpicklable
def without_text(): raise ValueError
def str_raises(): raise StrRaises
def str_exits(): raise StrExits
def str_recurses(): raise StrRecurses
def odd_text(): raise ValueError("\\ud800 bad")
def base_exception(): raise Base("base")
def exit_without(): sys.exit()
def exit_zero(): sys.exit(0)
def exit_three(): sys.exit(3)
def exit_text(): sys.exit("enough")
def exit_mute(): sys.exit(Mute())
def exit_derived(): raise Exit(2)
def interrupted(): raise KeyboardInterrupt
def generator_exit(): raise GeneratorExit
def stop_iteration(): raise StopIteration(3)
def in_circles():
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    raise a
def recursion(): return recursion()
def no_memory(): return bytearray(1 << 60)
def reads_stdin(): return input()
def debugger(): breakpoint()
def quits(): quit()  # closes stdin, too
'''

DOES_NOT_FIT = ("result of type '{}' does not fit jsonl and csv output; return lists, dicts, numbers, strings or arrays, "
                "or choose a .pickle output")
TOO_DEEP = "result is nested more than 256 deep, or contains itself"
ERRORS = {
    "function_result": DOES_NOT_FIT.format("function"),
    "generator_result": DOES_NOT_FIT.format("generator"),
    "object_result": DOES_NOT_FIT.format("Elusive"),
    "deep_list": TOO_DEEP,
    "deep_dict": TOO_DEEP,
    "own_self": TOO_DEEP,
    "reduce_raises": DOES_NOT_FIT.format("ReduceRaises"),
    "lone_surrogate": 'result has text that is not valid Unicode (a lone surrogate); return bytes decoded with errors="replace"',
    "unpicklable": "Unpicklable: holds a lock",
    "without_text": "ValueError",
    "str_raises": "StrRaises: <StrRaises whose __str__ raises>",
    "str_exits": "StrExits: <StrExits whose __str__ raises>",
    "str_recurses": "StrRecurses: <StrRecurses whose __str__ raises>",
    "odd_text": "ValueError: \\ud800 bad",
    "base_exception": "Base: base",
    "exit_without": "SystemExit: the task called sys.exit()",
    "exit_zero": "SystemExit: the task called sys.exit(0)",
    "exit_three": "SystemExit: the task called sys.exit(3)",
    "exit_text": "SystemExit: the task called sys.exit('enough')",
    "exit_mute": "SystemExit: the task called sys.exit(<Mute whose __repr__ raises>)",
    "exit_derived": "Exit: the task called sys.exit(2)",
    "interrupted": "KeyboardInterrupt",
    "generator_exit": "GeneratorExit",
    "stop_iteration": "StopIteration: 3",
    "in_circles": "ValueError: a",
    "recursion": "RecursionError: maximum recursion depth exceeded",
    "no_memory": "MemoryError",
    "reads_stdin": "EOFError: EOF when reading a line",
    "debugger": "bdb.BdbQuit",
    "quits": "SystemExit: the task called sys.exit()",
}


@pytest.mark.parametrize("chunk", ["1", "1000"])
def test_whatever_a_kernel_raises_or_returns_is_its_own_failure(cli, chunk):
    outcomes, pids = run_kernels(cli, FAILING, ERRORS, run=f"chunk = {chunk}")
    assert outcomes == ERRORS
    assert len(set(pids)) == 1, "the executor lives on"


def test_what_cannot_be_pickled_is_its_tasks_failure(cli):
    names = {
        "generator_result": "TypeError: result of type 'generator' cannot be pickled: cannot pickle 'generator' object",
        "reduce_raises": "RuntimeError: result of type 'ReduceRaises' cannot be pickled: no reduce",
    }
    cli.write("kernels.py", FAILING + RUN)
    cli.job(function="run", init='files = ["kernels.py"]', items=f'list = {json.dumps([*names, "deep_list", "own_self"])}',
            output="out.pickle")
    err = cli.run("run", "job.toml", "-j", "1", status=1).err
    for text in names.values():
        assert f"  1 × {text} (task " in err
    assert "PicklingError: result of type 'list' cannot be pickled: " in err or "RecursionError: result of type 'list' " in err
    assert "4 of 4 tasks done: 1 succeeded, 3 failed" in err, "a list in itself is a result like any other there"


@pytest.mark.parametrize(("code", "cause"), [
    ("signal.signal(signal.SIGINT, signal.SIG_DFL); signal.raise_signal(signal.SIGINT)", "SIGINT (Interrupt)"),
    ("signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(100)", "SIGALRM (Alarm clock)"),
    ("sys.setrecursionlimit(10**9); Deep().x", "SIGSEGV (Segmentation fault)"),
    ("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); ctypes.string_at(0)", "SIGSEGV (Segmentation fault)"),
    ("faulthandler.disable(); ctypes.string_at(0)", "SIGSEGV (Segmentation fault)"),
    ("ctypes.memset(0, 0, 1)", "SIGSEGV (Segmentation fault)"),
    ("os.kill(0, signal.SIGKILL)", "SIGKILL (Killed)"),
])
def test_what_ends_the_executor_is_named_and_another_goes_on(cli, code, cause):
    kernels = ("import ctypes, faulthandler, os, signal, sys, time\nclass Deep:\n"
               f"    def __getattr__(self, name): return getattr(self, name)\ndef fatal(): {code}\n")
    outcomes, pids = run_kernels(cli, kernels, ["fatal"])
    assert outcomes["fatal"] == f"the executor was killed by {cause}"
    assert len(set(pids[:2])) == 1 and len(set(pids)) >= 2


@pytest.mark.skipif(not importlib.util.find_spec("mpi4py"), reason="mpi4py is not installed")
def test_importing_mpi4py_costs_nothing(cli):
    cli.job(code="def f(x):\n    import mpi4py\n    return x", items="range = 2", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1]
