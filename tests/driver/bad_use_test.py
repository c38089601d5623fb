"""What cannot travel is named; sessions whose processes die are one clear error; nothing hangs."""

import functools
import os
import signal
import threading
import time

import pytest
from harness import wait_until

import mproc

LOCK = threading.Lock()


class Model:
    def __init__(self, inside):
        self.name, self.inside = "m", inside

    def fit(self, x):
        return x


class Sealed:
    """Its lock does not travel, what it gives in its place does not either."""

    def __init__(self):
        self.lock = LOCK

    def __getstate__(self):
        return {"name": "s", "log": [LOCK]}


@pytest.mark.parametrize("item, which", [
    (LOCK, "its type lock"),
    ({"a": 1, "model": Model([0, LOCK])}, "its ['model'].inside[1] of type lock"),
    ((1, {LOCK}), "its [1][0] of type lock"),
    (Sealed(), "its .log[0] of type lock"),
    (functools.partial(pow, exp=LOCK), "its .keywords['exp'] of type lock"),
    (Model(LOCK).fit, "its .__self__.inside of type lock"),
    (lambda x: LOCK, "its global 'LOCK' of type lock"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_an_item_that_cannot_travel_is_named_with_what_is_wrong_in_it(session, item, which):
    with pytest.raises(TypeError) as raised:
        session.map(str, [*range(70_000), item, LOCK])
    assert str(raised.value) == (
        f"item 70000 cannot travel to the executors: {which} cannot be pickled (cannot pickle '_thread.lock' object); "
        "leave it out, or make it inside of the task")
    assert session.map(abs, [-1]) == [1] and session.stats().under_way == 0


def test_one_of_an_iterator_is_named_when_its_turn_comes(session):
    results = session.imap(str, (LOCK if i == 5 else i for i in range(10)))
    with pytest.raises(TypeError, match="item 5 cannot travel to the executors: its type lock"):
        for _ in results:
            pass


def test_arguments_of_calls_are_named(session):
    with mproc.Executor(session=session) as executor:
        with pytest.raises(TypeError, match=r"argument 1 of pow cannot travel to the executors: its \[0\] of type lock"):
            executor.submit(pow, 2, [LOCK]).result(60)
        with pytest.raises(TypeError, match="argument 'exp' of pow cannot travel to the executors: its type lock"):
            executor.submit(pow, 2, exp=LOCK).result(60)
        with pytest.raises(TypeError, match="item 1 cannot travel to the executors: its type lock"):
            list(executor.map(str, [1, LOCK]))
        assert executor.submit(pow, 2, 3).result(60) == 8
    with mproc.Executor(session=session, initializer=print, initargs=(LOCK,)) as executor:
        with pytest.raises(TypeError, match=r"function pow cannot travel to the executors: its .*initargs\[0\] of type lock"):
            executor.submit(pow, 2, 3).result(60)


class Hostile(dict):
    """Whoever looks into it is in trouble."""

    def items(self):
        raise ValueError("not for you")

    def __reduce_ex__(self, protocol):
        raise KeyError("nor for pickle")


def test_a_value_that_defends_itself_is_named_all_the_same(session):
    with pytest.raises(TypeError, match=r"item 0 cannot travel .* its \[0\] of type Hostile cannot be pickled \('nor for pickle'\)"):
        session.map(len, [[Hostile()]])


def test_what_is_deep_or_its_own_part_is_found_in_time(session):
    own = [1]
    own += [own, LOCK]
    with pytest.raises(TypeError, match=r"its \[1\].*of type (list|lock) cannot be pickled"):
        session.map(len, [own])
    deep = LOCK
    for _ in range(100):
        deep = [deep]
    with pytest.raises(TypeError, match=r"item 0 cannot travel to the executors: its \[0\]\[0\]"):
        session.map(len, [deep])


KILLED = """
import mproc, time
session = mproc.start(2)
def f(x):
    open("running", "w").close()
    time.sleep(1000)
try:
    mproc.map(f, [1, 2])
except mproc.SessionError as error:
    print(error)
print(session.is_up)
try:
    session.map(abs, [-1])
except mproc.SessionError as error:
    print(error)
"""


@pytest.mark.parametrize("victims, line", [
    ("launcher", "the session has ended"),
    ("mpirun", "the session has ended"),
    ("central", "the session has ended"),
    ("workers", "the session has ended: no worker rank is left"),
    ("launcher and central", "the session has ended"),
])
def test_a_session_whose_processes_are_killed_is_one_clear_error_and_all_of_it_ends(script, victims, line):
    cli = script.cli
    path = cli.write("driver.py", KILLED)
    driver = cli.start(path, program=["/usr/bin/python3"],
                       env={"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"]})
    wait_until((cli.path / "running").exists, "that a task runs")
    ranks = cli.ranks()
    launcher = [pid for pid, words in cli.processes().items() if words[1:2] == ["session"]]
    pids = {"launcher": launcher, "mpirun": cli.mpiruns(), "central": [ranks[0]], "workers": [ranks[1], ranks[2]],
            "launcher and central": [*launcher, ranks[0]]}[victims]
    begin = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    result = driver.wait()
    assert time.monotonic() - begin < 60
    assert result.status == 0, repr(result)
    lines = result.out.splitlines()
    assert lines[0].startswith(line) and lines[1] == "False" and lines[2].startswith("the session has ended"), repr(result)
    cli.wait_for_processes()
    cli.run("map", "abs", "1")  # the next start removes what a killed launcher leaves


def test_a_session_that_stands_still_is_ended_by_an_interrupt(script):
    """Central is stopped (SIGSTOP): Ctrl-C ends the call at once, and stop() all of it."""
    cli = script.cli
    text = KILLED.replace("except mproc.SessionError", "except KeyboardInterrupt", 1)
    path = cli.write("driver.py", text.replace("2)\n", "2)\nmproc._process.STOP_SECONDS = 5\n", 1)
                     .replace("session.map(abs, [-1])", "session.stop(); session.map(abs, [-1])"))
    driver = cli.start(path, program=["/usr/bin/python3"],
                       env={"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"]})
    wait_until((cli.path / "running").exists, "that a task runs")
    os.kill(cli.ranks()[0], signal.SIGSTOP)
    driver.signal(signal.SIGINT)
    begin = time.monotonic()
    result = driver.wait()
    assert time.monotonic() - begin < 30
    assert result.status == 0 and result.out.splitlines()[-1] == "the session has been stopped", repr(result)
    cli.wait_for_processes()


def test_an_executor_that_is_killed_costs_its_task_alone(session):
    def f(x):
        if x == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    results = session.map(f, range(6), errors="return")
    assert isinstance(results[3], mproc.WorkerLost) and "SIGKILL" in str(results[3])
    assert results[:3] + results[4:] == [0, 1, 2, 4, 5]


def test_workers_that_cannot_start_are_one_clear_error(script):
    mpirun = script.cli.write("bin/mpirun", "#!/bin/sh\necho 'no daemon here' >&2\nexit 1\n")
    mpirun.chmod(0o755)
    result = script("import mproc\nmproc.start(1)", status=1, env={"PATH": f"{mpirun.parent}:/usr/bin:/bin"})
    assert "mproc.SessionError: the session did not start: " in result.err and "no daemon here" in result.err
    script.cli.check_nothing_is_left()


def test_a_start_that_takes_for_ever_can_be_interrupted_and_leaves_nothing(script):
    cli = script.cli
    mpirun = cli.write("bin/mpirun", "#!/bin/sh\ntouch started\nexec sleep 1000\n")
    mpirun.chmod(0o755)
    driver = cli.start(cli.write("driver.py", "import mproc\ntry: mproc.start(1)\nexcept KeyboardInterrupt: print('interrupted')"),
                       program=["/usr/bin/python3"], env={"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"],
                                                          "PATH": f"{mpirun.parent}:/usr/bin:/bin"})
    wait_until((cli.path / "started").exists, "that mpirun runs")
    begin = time.monotonic()
    driver.signal(signal.SIGINT)
    result = driver.wait()
    assert (result.status, result.out) == (0, "interrupted\n"), repr(result)
    cli.check_nothing_is_left()
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("call", ["mproc.map(abs, [1])", "mproc.submit(abs, 1)", "mproc.Executor()", "mproc.start(1)", "mproc.share([1])",
                                  "mproc.peach(abs, [1])", "mproc.init('x = 1')", "mproc.stats()", "mproc.workers()"])
def test_a_driver_inside_of_a_task_is_refused_by_name(session, call):
    def f(x):
        import mproc
        eval(call)

    name = call.partition("(")[0]
    with pytest.raises(RuntimeError) as raised:
        session.map(f, [1])
    assert str(raised.value).startswith(f"{name}() was called inside of a task or init code")


def test_a_forked_child_is_told_to_start_a_session_of_its_own(script):
    result = script("""
import mproc, multiprocessing, os, sys
mproc.start(1)
def child():
    try:
        mproc.map(abs, [1])
    except mproc.SessionError as error:
        print(error, flush=True)
    with mproc.start(1):
        print(mproc.map(abs, [-2]), flush=True)
process = multiprocessing.get_context("fork").Process(target=child)
process.start(); process.join()
print(process.exitcode, mproc.map(abs, [-3]))
""")
    assert result.out == "a forked child cannot talk to its parent's session; mproc.start() gives it its own\n[2]\n0 [3]\n"
    script.cli.check_nothing_is_left()


@pytest.mark.parametrize("options, line", [
    ({"seed": "x"}, "seed='x': it is a whole number"), ({"seed": -1}, r"seed=-1: it is from 0 to 2\*\*64 - 1"),
    ({"retries": -1}, r"retries=-1: it is from 0 to 2\*\*31 - 1"), ({"chunk": 1.5}, "chunk=1.5: it is a whole number"),
    ({"timeout": -1}, "timeout=-1: it is seconds, or None"), ({"timeout": float("nan")}, "timeout=nan: it is seconds"),
    ({"chunksize": 5}, "there is no option 'chunksize'; there are chunk, retries, timeout, seed, and errors for map"),
], ids=str)
def test_options_that_cannot_be_are_refused(session, options, line):
    for function in (mproc.map, mproc.imap):
        with pytest.raises((TypeError, ValueError), match=line):
            function(abs, [-1], **options)
    assert mproc.map(abs, [-1], timeout=None, seed=2**64 - 1) == [1]


def test_a_reader_of_the_output_that_goes_away_disturbs_nothing(script):
    result = script("""
import mproc, os
with mproc.start(1):
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(reader), os.close(writer)
    assert mproc.map(lambda i: print("x" * 100_000) or i, range(3)) == [0, 1, 2]
    assert mproc.submit(lambda: print("x" * 100_000) or 3).result(60) == 3
    os._exit(0)
""")
    assert result.err == ""
