"""A driver inside of the user's own mpirun: central starts the script as its child."""

import os
import signal

import pytest
from harness import read_environ, wait_until


@pytest.fixture
def driver(cli):
    """driver(text, *arguments, ranks=3, status=0): runs it with mproc python under mpirun; its Result."""

    def run(text, *arguments, ranks=3, options=(), **how):
        cli.write("driver.py", text)
        result = cli.mpirun(ranks, "python", *options, "driver.py", *arguments, **how)
        cli.check_nothing_is_left()
        return result

    return run


def test_the_scripts_session_has_the_ranks_of_mpirun(driver):
    result = driver("""
import os, sys, mproc
print(sys.argv, mproc.map(abs, [-1, 2]), mproc.session().executors)
ranks = set(mproc.map(lambda x: (__import__("time").sleep(0.02), os.getppid())[1], range(50), chunk=1))
print(len(ranks), "OMPI_COMM_WORLD_RANK" in os.environ)
""", "-j", "7")
    assert result.out == "['driver.py', '-j', '7'] [1, 2] 2\n2 False\n" and result.err == ""


def test_a_script_that_asks_for_no_session_runs_as_it_is(driver):
    assert driver("print('alone')").out == "alone\n"


def test_standard_input_is_the_scripts(cli):
    result = cli.start("python", "-", program=["mpirun", "-n", "2", "--oversubscribe", os.environ["MPROC"]],
                       stdin="import mproc\nprint(mproc.map(abs, [-3]))\n",
                       env={"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}).wait()
    assert (result.status, result.out) == (0, "[3]\n")


@pytest.mark.parametrize("end, status", [("sys.exit(7)", 7), ("raise ValueError('mine')", 1), ("os.kill(os.getpid(), 9)", 137)])
def test_the_status_is_the_scripts(driver, end, status):
    result = driver(f"import os, sys, mproc\nmproc.map(abs, [-1])\n{end}", status=status)
    assert ("ValueError: mine" in result.err) == (status == 1)


def test_sessions_follow_each_other(driver):
    result = driver("""
import mproc, numpy
for i in range(3):
    with mproc.start() as session:
        mproc.init(f"def f(x): return x + {i}")
        print(mproc.map("f", [1, 2]), mproc.map(lambda x: list(__import__("mproc").data), [0]))
        print(mproc.map(numpy.sum, [mproc.share(numpy.ones(3), f"X{i}")]))
    try:
        session.map(abs, [1])
    except mproc.SessionError as error:
        print(error)
with mproc.Executor() as executor:
    print(executor.submit(pow, 2, 5).result())
""")
    ended = "the session has been stopped\n"
    assert result.out == "".join(f"[{i + 1}, {i + 2}] [[]]\n[3.0]\n{ended}" for i in range(3)) + "32\n"


@pytest.mark.parametrize("options, start", [((), "4, env={'MINE': 'a'}"), (("-j", "4"), "env={'MINE': 'a'}")])
def test_more_executors_than_ranks_are_divided_among_them(driver, options, start):
    result = driver(f"""
import mproc, os
mproc.start({start})
print(mproc.session().executors, mproc.map(os.getenv, ["MINE"]))
mproc.init(4, "")
for more in [dict(executors=5), dict(memory="1GiB")]:
    try:
        mproc.start(**more)
    except mproc.SessionError as error:
        print(error)
print(mproc.start(2, env={{'MINE': 'a'}}).executors)
""", options=options)
    assert result.out == (
        "4 ['a']\n"
        "the session did not start: the ranks of mpirun have 4 executors, as the first session; start that one with 5, "
        "or mproc python -j 5\n"
        "the session did not start: the ranks of mpirun keep the limits of the first session: run.env.MINE=\"a\"\n"
        "4\n")


def test_limits_that_cannot_be_are_said_and_others_may_follow(driver):
    result = driver("""
import mproc
try:
    mproc.start(memory="much")
except mproc.SessionError as error:
    print(error)
mproc.start(memory="300MiB")
try:
    mproc.map(lambda x: len(bytearray(500 << 20)), [1])
except mproc.TaskError as error:
    print(error.kind)
""")
    lines = result.out.splitlines()
    assert lines[0].startswith("the session did not start: --set: ") and "much" in lines[0] and lines[1:] == ["memory"]


def test_executors_that_cannot_be_there_are_an_error_at_once(driver):
    result = driver("import mproc\nmproc.start(gpus=1)", status=1)
    assert "mproc.SessionError: the session has ended: task.gpus = 1 for 1 executor on " in result.err


def test_a_single_rank_is_refused_before_the_script_starts(driver):
    result = driver("print('started')", ranks=1, status=2)
    assert result.out == ""
    assert "mproc: one rank alone has no worker; start mpirun with -n 2 or more, or leave mpirun out\n" in result.err


def start(cli, text):
    cli.write("driver.py", text)
    running = cli.start_mpirun(3, "python", "driver.py")
    wait_until((cli.path / "running").exists, "that the task runs")
    return running, int((cli.path / "running").read_text())


WAITS = """
import mproc, os, time
mproc.start()
def f(path):
    open(path, "w").close()
    time.sleep(1000)
def told(path):
    with open("part", "w") as file:
        file.write(str(os.getpid()))
    os.rename("part", "running")
import threading
threading.Thread(target=lambda: (mproc.map(abs, [1]), told("running"))).start()
try:
    mproc.map(f, [os.path.abspath("task")])
except mproc.SessionError as error:
    open("error", "w").write(str(error))
    raise
"""


def test_when_central_dies_the_script_gets_an_error_and_all_ends(cli):
    running, script = start(cli, WAITS)
    central = int(open(f"/proc/{script}/stat").read().rpartition(")")[2].split()[1])
    assert read_environ(central)["OMPI_COMM_WORLD_RANK"] == "0"
    os.kill(central, signal.SIGKILL)
    assert running.wait().status != 0
    wait_until((cli.path / "error").exists, "that the script is told")
    cli.check_nothing_is_left()
    assert cli.read("error").startswith("the session has ended")


def test_when_the_script_is_killed_all_ends(cli):
    running, script = start(cli, WAITS)
    os.kill(script, signal.SIGKILL)
    assert running.wait().status == 137
    cli.check_nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_mpirun_is_ended_all_ends(cli, number):
    running, _ = start(cli, WAITS)
    running.signal(number)
    assert running.wait().status != 0
    cli.check_nothing_is_left()


def test_without_a_script_there_is_a_prompt_for_what_comes(cli):
    result = cli.start("python", program=["mpirun", "-n", "2", "--oversubscribe", os.environ["MPROC"]],
                       stdin="mproc.map(abs, [-3])\n",
                       env={"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}).wait()
    assert result.status == 0 and "a session of 1 executors" in result.out and "[3]\n" in result.out
