"""Sessions: how they begin, what init code does to them, and how they end."""

import os
import signal
import sys

import pytest
from harness import command_line, wait_until

import mproc


def test_a_session_is_there_within_the_block_alone(script):
    result = script("""
import mproc
with mproc.start(2) as session:
    print(session.executors, mproc.map(abs, [-1, 2]), session)
print(session)
""")
    assert result.out == "2 [1, 2] <mproc.Session of 2 executors>\n<mproc.Session that has ended>\n"
    script.cli.check_nothing_is_left()


def test_a_script_that_ends_takes_its_session_along(script):
    script("import mproc; mproc.start(2); print(mproc.map(abs, [-1]))")
    script.cli.check_nothing_is_left()


@pytest.mark.parametrize("how", ["raise ValueError('mine')", "import os; os.kill(os.getpid(), 9)", "import sys; sys.exit(7)"])
def test_a_script_that_fails_takes_its_session_along(script, how):
    expected = {"r": 1, "i": -9}.get(how[0]) if "exit" not in how else 7
    result = script(f"import mproc; mproc.start(1); mproc.map(abs, [-1])\n{how}", status=expected)
    assert "Traceback" in result.err if expected == 1 else True
    script.cli.check_nothing_is_left()


def test_without_a_session_map_starts_one_and_says_so_once(script):
    result = script("import mproc\nprint(mproc.map(abs, [-1]), mproc.map(abs, [-2]))")
    assert result.out == "[1] [2]\n"
    assert result.err.count("mproc: started a session of ") == 1


def test_init_code_is_run_by_every_executor_before_its_tasks(script):
    (script.cli.path / "part.py").write_text("def h(x): return g(x) + K")
    result = script("""
import mproc
mproc.init(2, "K = 5")
mproc.init("def g(x): return math.floor(x)", modules=["math"])
mproc.init(files="part.py")
print(mproc.map("h", [1.5, 2.5]))
try:
    mproc.init("a = 1\\n1/0")
except mproc.InitError as error:
    print(error, "<init code" in str(error.__cause__))
print(mproc.map(lambda x: __import__("__main__").a, [0]))
""")
    assert result.out == "[6, 7]\nZeroDivisionError: division by zero True\n[1]\n"


def test_init_with_more_executors_than_there_are_makes_the_session_larger(script):
    result = script("""
import mproc
mproc.init(1, "def f(x): return x + 1")
print(mproc.map("f", [1]))
mproc.init(2, "def g(x): return f(x) * 2")
with_two = mproc.map("g", [1, 2])
print(with_two, mproc.session().executors)
""")
    assert result.out == "[2]\n[4, 6] 2\n"


def test_a_session_that_is_made_larger_keeps_what_it_shares(script):
    result = script("""
import mproc, numpy
mproc.start(1)
X = numpy.arange(5.0)
mproc.share(X, "X")
Y = mproc.share(X + 1)
try:
    mproc.init(2)
except mproc.SessionError as error:
    print(error)
print(mproc.session().executors, mproc.map(lambda i: mproc.data["X"][i], [3]))
Y.close()
mproc.init(2)
print(mproc.session().executors, mproc.map(lambda i: mproc.data["X"][i], [3]))
""")
    assert result.out.startswith("for 2 executors the session has to start again, and 'shared_0', which it shares, is")
    assert result.out.endswith("\n1 [3.0]\n2 [3.0]\n")


def test_a_session_that_cannot_be_made_larger_stays(script):
    result = script("""
import mproc, os
mproc.start(1)
mproc.init("def f(x): return -x")
os.environ["PATH"] = ""
try:
    mproc.init(2, "def g(x): return x")
except mproc.SessionError as error:
    print("refused")
print(mproc.map("f", [1]))
""")
    assert result.out == "refused\n[-1]\n"


def test_threads_that_come_first_start_one_session(script):
    result = script("""
import mproc, threading
results = []
threads = [threading.Thread(target=lambda i=i: results.append(mproc.map(abs, [-i]))) for i in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sorted(results))
""")
    assert result.out == "[[0], [1], [2], [3]]\n"
    assert result.err.count("started a session") == 1


def test_init_takes_paths(script):
    file = script.cli.write("code.py", "def f(x): return x + 1\n")
    result = script(f"""
import mproc, pathlib
mproc.start(1)
mproc.init(files=pathlib.Path({str(file)!r}))
print(mproc.map("f", [1]))
""")
    assert result.out == "[2]\n"


def test_a_session_has_the_limits_that_it_is_started_with(script):
    result = script("""
import mproc, os
mproc.start(1, memory="300MiB", recycle=2, env={"MINE": 'a "b" = c'})
print(mproc.map(lambda x: os.environ["MINE"], [1]))
print(len(set(mproc.map(lambda x: os.getpid(), range(6), chunk=1))) > 1)
try:
    mproc.map(lambda x: len(bytearray(500 << 20)), [1])
except mproc.TaskError as error:
    print(error.kind)
try:
    mproc.start(1, memory="much")
except mproc.SessionError as error:
    print(error)
""")
    lines = result.out.splitlines()
    assert lines[:3] == ["['a \"b\" = c']", "True", "memory"]
    assert lines[3].startswith("the session did not start: mproc: --set: ") and "much" in lines[3]


def test_a_driver_inside_of_a_task_is_refused(script):
    result = script("""
import mproc
def f(x):
    import mproc
    return mproc.map(abs, [x])
try:
    mproc.start(1); mproc.map(f, [1])
except RuntimeError as error:
    print(error)
""")
    assert result.out.startswith("mproc.map() was called inside of a task or init code")


def test_a_forked_child_may_not_talk_to_the_session(script):
    result = script("""
import mproc, os
session = mproc.start(1)
if os.fork() == 0:
    try:
        session.map(abs, [1])
    except mproc.SessionError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
print(mproc.map(abs, [-3]))
""")
    assert result.out == "a forked child cannot talk to its parent's session; start one of its own\n[3]\n"


def test_a_session_that_is_killed_is_one_clear_error(script):
    result = script("""
import mproc, os, signal
session = mproc.start(1)
def f(x):
    import time
    time.sleep(1000)
import threading
threading.Timer(0.5, lambda: os.kill(session.pid, signal.SIGKILL)).start()
try:
    mproc.map(f, [1])
except mproc.SessionError as error:
    print(error)
print(session.is_up)
try:
    mproc.map(f, [1])
except mproc.SessionError as error:
    print(error)
mproc.start(1)
print(mproc.map(abs, [-1]))
""")
    first, second, third, again = result.out.splitlines()
    assert first.startswith("the session has ended") and second == "False" and again == "[1]"
    assert third == ("the session has ended; mproc.start() begins a new one, without what init() and share() had brought")
    script.cli.wait_for_processes()
    script.cli.run("map", "abs", "1")  # the next start removes what a killed launcher leaves


def test_a_missing_mpirun_is_one_clear_error(script, tmp_path):
    result = script("import mproc\nmproc.start(1)", status=1, env={"PATH": str(tmp_path)})
    assert "mproc.SessionError: the session did not start: " in result.err and "mpirun" in result.err
    script.cli.check_nothing_is_left()


def test_a_program_that_is_not_there_is_one_clear_error(script):
    result = script("import mproc\nmproc.start(1)", status=1, env={"MPROC": "/nonexistent/mproc"})
    assert "/nonexistent/mproc" in result.err.splitlines()[-1]


def test_ctrl_c_interrupts_the_call_and_not_the_session(script):
    path = script.cli.write("driver.py", """
import mproc, time
session = mproc.start(1)
def f(x):
    open("running", "w").close()
    time.sleep(1000)
try:
    mproc.map(f, [1])
except KeyboardInterrupt:
    print("interrupted", session.map(abs, [-1]))  # its only executor is free again
mproc.stop()
""")
    running = script.cli.start(path, program=["/usr/bin/python3"], env={"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"]})
    wait_until((script.cli.path / "running").exists, "that the task runs")
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to the whole group
    result = running.wait()
    assert (result.status, result.out) == (0, "interrupted [1]\n")
    script.cli.check_nothing_is_left()


def test_in_an_environment_without_a_plugin_executors_run_another_python(script):
    folder = script.cli.write("venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.7.1\n").parent
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to("/usr/bin/python3")
    result = script("""
import mproc
mproc.init("import sys\\ndef f(x): return sys.version_info[:2] > (3, 7)")
print(mproc.map("f", [1]))
""", env={"VIRTUAL_ENV": str(folder)})
    assert result.out == "[True]\n"
    assert f"the active environment {folder} has Python 3.7, and there is no mproc plugin for it; build it with: " in result.err
    assert "until then executors run /" in result.err


PYTHONS = [p for p in ("3.9", "3.10", "3.12", "3.13")]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_client_runs_in_other_pythons(script, version):
    import shutil
    import subprocess

    python = shutil.which(f"python{version}")
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"there is no Python {version} here")
    result = script("""
import mproc
mproc.start(1)
print(mproc.map("math:sqrt", [4, 9]), mproc.map(abs, [-1, 2.5]))
mproc.init("def f(x): return {'a': (x, None)}")
print(mproc.map("f", ["é"]))
try:
    mproc.map(lambda x: x, [1])
except (TypeError, mproc.TaskError) as error:
    print(error)
""", python=python)
    lines = result.out.splitlines()
    assert lines[:2] == ["[2.0, 3.0] [1, 2.5]", "[{'a': ('é', None)}]"]
    assert "install cloudpickle" in lines[2] or "functions travel by value only between equal versions" in lines[2]
