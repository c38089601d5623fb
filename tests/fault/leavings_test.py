"""What kernels leave behind in their executor: the next task is right all the same."""

import pytest
from hostile_run import run_kernels

LENIENT = '''
import atexit, builtins, ctypes, faulthandler, gc, io, logging, multiprocessing, os, random, signal, sys, tempfile, threading
import time, traceback, warnings
def thread_outlives(): threading.Thread(target=time.sleep, args=(1000,)).start(); return "ok"
def thread_raises():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start(), thread.join()
    return "ok"
def thread_hook():
    threading.excepthook = lambda *_: 1 / 0
    return thread_raises()
def forked(child):
    pid = os.fork()
    return child() if pid == 0 else os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
def fork_comes_back(): return forked(lambda: "the child's")
def fork_exits(): return forked(lambda: sys.exit(3))
def fork_leaves(): return forked(lambda: os._exit(4))
def fork_left_behind():
    if os.fork() == 0: time.sleep(1000)
    return "ok"
def multiprocesses():
    with multiprocessing.Pool(2) as pool: return pool.map(abs, [-1, -2])
def stdout_closed(): sys.stdout.close(); return "ok"
def both_closed(): sys.stdout.close(); sys.stderr.close(); return "ok"
def replaced(): sys.stdout = sys.stderr = io.StringIO(); print("lost"); return "ok"
def none(): sys.stdout = sys.stderr = None; return "ok"
def deleted(): del sys.stdout, sys.stderr; return "ok"
class Broken:
    def __getattr__(self, name): raise RuntimeError(name)
def broken(): sys.stdout = sys.stderr = Broken(); return "ok"
def originals_deleted(): del sys.__stdout__, sys.__stderr__; sys.stdout.close(); return "ok"
def descriptors_closed(): os.closerange(0, 3); return "ok"
def redirected():
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 1), os.dup2(full, 2), os.close(full)
    return "ok"
def broken_pipe():
    ends = os.pipe()
    os.close(ends[0])
    try: os.write(ends[1], b"x")
    except BrokenPipeError: return "ok"
def logging_of_a_replaced_stderr():
    sys.stderr = io.StringIO()
    logging.basicConfig(force=True)
    logging.error("said")
    sys.stderr.close()
    return "ok"
def logging_goes_on(): logging.error("said"); return "ok"
def directory_changed(): os.chdir("/"); return "ok"
def directory_gone():
    gone = tempfile.mkdtemp()
    os.chdir(gone), os.rmdir(gone)
    return "ok"
def environment_changed(): os.environ["MINE"] = "x"; os.environ.pop("PATH"); return "ok"
def environment_cleared(): ctypes.CDLL(None).clearenv(); return "ok"
def recursion_caught():
    def deeper(): deeper()
    try: deeper()
    except RecursionError: return "ok"
def handlers():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1): signal.signal(number, lambda *_: None)
    return "ok"
def alarm():
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.1)  # again and again: the first may come before pause()
    signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return "ok"
def signals_blocked(): signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); return "ok"
def faulthandler_off(): faulthandler.disable(); return "ok"
def children_ignored(): signal.signal(signal.SIGCHLD, signal.SIG_IGN); return "ok"
def pipe_default(): signal.signal(signal.SIGPIPE, signal.SIG_DFL); return "ok"
def gc_off(): gc.disable(); gc.callbacks.append(lambda *_: 1 / 0); return "ok"
def warnings_as_errors(): warnings.simplefilter("error"); warnings.showwarning = None; return "ok"
def at_exit(): atexit.register(lambda: 1 / 0); return "ok"
def hooks(): sys.excepthook = sys.unraisablehook = None; return "ok"
def unraisable():
    class Last:
        def __del__(self): raise ValueError
    Last()
    return "ok"
def tools_broken(): traceback.format_exception = traceback.print_exc = random.seed = None; return "ok"
def main_gone(): del sys.modules["__main__"]; return "ok"
def numpy_barred(): sys.modules["numpy"] = None; return "ok"
def path_cleared(): sys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear(); return "ok"
def modules_cleared(): sys.modules.clear(); return "ok"
def builtins_changed(): builtins.len = builtins.str = builtins.isinstance = None; return "ok"
def import_barred(): builtins.__import__ = None; return "ok"
def own_group():
    try: os.setsid()
    except OSError: return "ok"
def recursion_limit(): sys.setrecursionlimit(10); return "ok"
'''
FORKS = {"fork_comes_back": 0, "fork_exits": 3, "fork_leaves": 4, "multiprocesses": [1, 2]}


def lenient_names():
    """In the order of the source: what ruins most comes last."""
    lines = LENIENT.splitlines()
    names = [line.split("(")[0][4:] for line in lines if line.startswith("def ") and line.split("(")[1].startswith(")")]
    assert len(names) > 40
    return names


@pytest.mark.parametrize("chunk", ["1", "1000"])
def test_whatever_a_kernel_leaves_behind_the_next_task_is_right(cli, chunk):
    names = lenient_names()
    outcomes, pids = run_kernels(cli, LENIENT, names, run=f"chunk = {chunk}", status=0)
    assert outcomes == {name: FORKS.get(name, "ok") for name in names}
    assert len(set(pids)) == 1, "the executor lives on"


def test_a_failure_is_told_whatever_became_of_the_interpreter(cli):
    kernels = LENIENT + "def boom(): raise ValueError('boom')\n"
    names = ["tools_broken", "modules_cleared", "import_barred", "recursion_limit", "boom"]
    outcomes, _ = run_kernels(cli, kernels, names)
    assert outcomes["boom"] == "ValueError: boom"


def test_directory_and_environment_stay_as_a_task_left_them(cli):
    cli.job(code="import os\ndef f(x):\n    seen = [os.getcwd(), os.environ.get('MINE')]\n    os.chdir('/')\n    os.environ['MINE'] = 'x'\n"
                 "    return seen", items="range = 3", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [[str(cli.path.resolve()), None], ["/", "x"], ["/", "x"]]
