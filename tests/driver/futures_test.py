"""mproc.Executor is a concurrent.futures.Executor."""

import asyncio
import concurrent.futures as cf
import gc
import itertools
import operator
import os
import threading
import time
from functools import partial

import mproc
import pytest
from mproc._dispatcher import MOST_FUNCTIONS


@pytest.fixture(scope="module")
def executor(session):
    with mproc.Executor() as running:
        yield running


def double(x):
    return 2 * x


def test_a_call_gives_a_future_with_its_result(executor):
    assert executor.submit(pow, 2, 10).result() == 1024
    assert executor.submit(dict, a=1, b=[2]).result() == {"a": 1, "b": [2]}
    assert executor.submit(lambda: 5).result() == 5


def test_partials_and_methods_can_be_called(executor):
    assert executor.submit(partial(operator.add, 1), 2).result() == 3
    assert executor.submit("a-b".split, "-").result() == ["a", "b"]


def test_many_calls_are_under_way_at_once(executor):
    futures = [executor.submit(double, i) for i in range(5000)]
    assert [f.result() for f in futures] == [2 * i for i in range(5000)]


def test_an_exception_is_the_futures(executor):
    future = executor.submit(operator.truediv, 1, 0)
    assert isinstance(future.exception(), ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        future.result()


def test_a_call_that_kills_its_process_fails_alone(executor):
    futures = [executor.submit(double, 1), executor.submit(os._exit, 3), executor.submit(double, 2)]
    assert futures[0].result() == 2 and futures[2].result() == 4
    assert isinstance(futures[1].exception(), mproc.WorkerLost)


def test_calls_are_taken_while_no_executor_is_up(executor):
    for _ in range(5):
        dead = [executor.submit(os._exit, 3) for _ in range(4)]
        cf.wait(dead)
        assert executor.submit(double, 2).result(30) == 4


def test_an_argument_that_cannot_travel_fails_its_call_alone(executor):
    assert "pickle" in str(executor.submit(double, threading.Lock()).exception())
    assert executor.submit(double, 2).result() == 4


def test_wait_as_completed_and_callbacks(executor):
    futures = [executor.submit(double, i) for i in range(10)]
    done, left = cf.wait(futures, timeout=60)
    assert len(done) == 10 and not left
    assert sorted(f.result() for f in cf.as_completed([executor.submit(double, i) for i in range(10)])) == list(range(0, 20, 2))
    called = threading.Event()
    executor.submit(double, 4).add_done_callback(lambda f: f.result() == 8 and called.set())
    assert called.wait(60)


def test_a_call_that_waits_can_be_cancelled(session, tmp_path):
    def hold(gate):
        while not os.path.exists(gate):
            time.sleep(0.01)

    with mproc.Executor() as own:
        held = [own.submit(hold, tmp_path / "gate") for _ in range(20)]
        assert held[-1].cancel() and held[-1].cancelled()
        (tmp_path / "gate").touch()
        with pytest.raises(cf.CancelledError):
            held[-1].result()
        assert [f.result(60) for f in held[:-1]] == [None] * 19


def test_map_keeps_the_order_and_takes_several_iterables(executor):
    assert list(executor.map(pow, [1, 2, 3], [2, 2, 2])) == [1, 4, 9]
    assert list(executor.map(double, range(1000), chunksize=7)) == list(range(0, 2000, 2))
    results = executor.map(double, itertools.count(), buffersize=10)
    assert [next(results) for _ in range(50)] == list(range(0, 100, 2))


def test_map_raises_a_timeout_and_the_first_failure(executor):
    with pytest.raises(cf.TimeoutError):
        list(executor.map(time.sleep, [0, 1000], timeout=0.5))
    with pytest.raises(ZeroDivisionError):
        list(executor.map(partial(operator.truediv, 1), [1, 0]))
    with pytest.raises(ValueError):
        executor.map(double, [1], chunksize=0)


def test_result_raises_a_timeout(executor, tmp_path):
    def hold():
        while not os.path.exists(tmp_path / "gate"):
            time.sleep(0.01)

    future = executor.submit(hold)
    with pytest.raises(cf.TimeoutError):
        future.result(0.05)
    (tmp_path / "gate").touch()
    assert future.result(60) is None


def test_shutdown_waits_and_then_refuses(session):
    own = mproc.Executor()
    futures = [own.submit(double, i) for i in range(100)]
    own.shutdown()
    assert all(f.done() for f in futures)
    with pytest.raises(RuntimeError, match="after shutdown"):
        own.submit(double, 1)
    own.shutdown()


def test_shutdown_may_cancel_what_waits(session, tmp_path):
    def hold():
        while not os.path.exists(tmp_path / "gate"):
            time.sleep(0.01)

    own = mproc.Executor()
    futures = [own.submit(hold) for _ in range(100)]
    own.shutdown(wait=False, cancel_futures=True)
    assert futures[-1].cancelled()
    (tmp_path / "gate").touch()
    own.shutdown()
    assert all(f.done() for f in futures)


def test_an_initializer_runs_once_in_each_process(session, tmp_path):
    def initialize(folder):
        with open(os.path.join(folder, str(os.getpid())), "a") as file:
            file.write("x")

    with mproc.Executor(initializer=initialize, initargs=(tmp_path,)) as own:
        pids = {f.result() for f in [own.submit(os.getpid) for _ in range(50)]}
    assert {name: (tmp_path / name).read_text() for name in os.listdir(tmp_path)} == {str(pid): "x" for pid in pids}


def test_an_initializer_that_fails_breaks_the_executor(session):
    with mproc.Executor(initializer=int, initargs=("x",)) as own:
        with pytest.raises(cf.BrokenExecutor, match="invalid literal"):
            own.submit(double, 1).result()


def test_what_an_initializer_sets_is_there_for_every_function(session):
    def load(value):
        global model
        model = value

    def plain(x):
        return x + model

    def other(x):
        return x * model

    with mproc.Executor(initializer=load, initargs=(10,)) as own:
        assert [own.submit(plain, 1).result(60), own.submit(other, 2).result(60)] == [11, 20]
        assert list(own.map(other, [3])) == [30]


def test_an_initializer_breaks_maps_too_and_wants_functions_themselves(session):
    with mproc.Executor(initializer=int, initargs=("x",)) as own:
        with pytest.raises(cf.BrokenExecutor, match="invalid literal"):
            list(own.map(double, [1]))
    with mproc.Executor(initializer=int) as own:
        with pytest.raises(TypeError, match="'math:sqrt': an executor with an initializer takes functions themselves"):
            own.submit("math:sqrt", 1).result(60)


def test_a_map_that_nobody_looks_at_is_done(session, tmp_path):
    own = mproc.Executor()
    own.map(lambda i: (tmp_path / str(i)).touch(), range(20))
    own.shutdown()
    assert len(os.listdir(tmp_path)) == 20


def test_the_results_of_a_map_outlive_the_executor_and_its_session(script):
    result = script("""
import mproc
with mproc.Executor(2) as executor:
    results = executor.map(pow, range(3000), [2] * 3000)
    few = executor.map(abs, range(-9, 0), buffersize=2)
    print(next(few))
print(list(results) == [i * i for i in range(3000)])
try:
    list(few)
except RuntimeError as error:
    print(error)
""")
    assert result.out == "9\nTrue\ncannot schedule new futures after shutdown\n"


def test_a_map_that_is_given_up_does_not_go_on(session, tmp_path):
    with mproc.Executor() as own:
        results = own.map(lambda i: (tmp_path / str(i)).touch() or time.sleep(0.01), range(10_000))
        next(results)
        results.close()
    assert len(os.listdir(tmp_path)) < 10_000


def test_what_was_submitted_is_done_before_the_interpreter_ends(script):
    folder = script.cli.write("done/x", "").parent
    result = script(f"""
import mproc, pathlib
def task(i):
    (pathlib.Path({str(folder)!r}) / str(i)).touch()
mproc.start(2)
for i in range(50):
    mproc.submit(task, i)
executor = mproc.Executor()
executor.map(task, range(50, 100))
""")
    assert result.out == "" and result.err == ""
    assert len(os.listdir(folder)) == 101


def test_a_forked_child_ends_without_its_parents_calls(script):
    result = script("""
import mproc, os, sys, time
mproc.start(1)
future = mproc.submit(time.sleep, 0.5)
child = os.fork()
if child == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), future.done(), future.result())
""")
    assert result.out == "7 False None\n" and result.err == ""


def test_after_a_burst_of_short_calls_long_ones_can_still_be_cancelled(session, tmp_path):
    def hold():
        while not os.path.exists(tmp_path / "gate"):
            time.sleep(0.01)

    own = mproc.Executor()
    cf.wait([own.submit(abs, -i) for i in range(20_000)])
    futures = [own.submit(hold) for _ in range(200)]
    cancelled = sum(future.cancel() for future in futures)
    (tmp_path / "gate").touch()
    own.shutdown()
    assert cancelled > 100


def test_asyncio_and_repr_see_results_and_errors(executor):
    async def both():
        done = asyncio.wrap_future(executor.submit(double, 4))
        failed = asyncio.wrap_future(executor.submit(divmod, 1, 0))
        return await asyncio.gather(done, failed, return_exceptions=True)

    result, error = asyncio.run(both())
    assert result == 8 and isinstance(error, ZeroDivisionError)
    future, failed = executor.submit(double, 4), executor.submit(divmod, 1, 0)
    cf.wait([future, failed])
    assert future._result == 8 and isinstance(failed._exception, ZeroDivisionError)  # asyncio's own way from 3.14 on
    assert "raised ZeroDivisionError" in repr(failed) and "returned int" in repr(future)


def test_functions_that_were_called_long_ago_are_forgotten_all_of_them(session):
    with mproc.Executor() as own:
        futures = [own.submit(partial(operator.add, i), 1) for i in range(1000)]
        assert [future.result(60) for future in futures] == list(range(1, 1001))
        cf.wait([own.submit(partial(operator.add, -1), 1)])
        assert len(own._dispatcher._by_number) <= MOST_FUNCTIONS + 1


def test_an_executor_that_nobody_has_any_more_ends_its_thread(session):
    def threads():
        return sum(thread.name == "mproc-executor" for thread in threading.enumerate())

    before = threads()
    futures = [mproc.Executor().submit(double, i) for i in range(5)]
    assert [future.result(60) for future in futures] == [0, 2, 4, 6, 8]
    end = time.monotonic() + 60
    while threads() > before and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert threads() <= before


def test_executors_share_a_session(session):
    with mproc.Executor() as one, mproc.Executor() as other:
        assert one.submit(double, 1).result() + other.submit(double, 2).result() == 6
    assert mproc.map(double, [3]) == [6]


def test_an_executor_without_a_session_has_one_of_its_own(script):
    result = script("""
import mproc
with mproc.Executor(2) as executor:
    print(executor.submit(pow, 2, 5).result())
""")
    assert result.out == "32\n"
    script.cli.check_nothing_is_left()


def test_an_executor_may_end_after_its_session(script):
    result = script("""
import mproc
session = mproc.start(1)
with mproc.Executor() as executor:
    print(executor.submit(abs, -1).result())
    session.stop()
""")
    assert result.out == "1\n" and result.err == ""


def test_a_session_that_goes_fails_what_is_under_way(script):
    result = script("""
import mproc, os, signal, time
session = mproc.start(1)
executor = mproc.Executor()
future = executor.submit(time.sleep, 1000)
os.kill(session.pid, signal.SIGKILL)
print(type(future.exception()).__name__)
try:
    executor.submit(abs, 1)
except mproc.SessionError as error:
    print("refused")
executor.shutdown()
""")
    assert result.out == "SessionError\nrefused\n"
    script.cli.wait_for_processes()
    script.cli.run("map", "abs", "1")  # the next start removes what a killed launcher leaves


def test_submit_of_the_package_gives_a_future_of_the_session(session):
    futures = [mproc.submit(pow, i, 2) for i in range(50)] + [session.submit(divmod, 7, y) for y in (2, 0)]
    assert [future.result(60) for future in futures[:-1]] == [i * i for i in range(50)] + [(3, 1)]
    with pytest.raises(ZeroDivisionError):
        futures[-1].result(60)


def test_functions_that_are_submitted_by_name_are_told_apart(session):
    mproc.init("def area(r): return 3 * r\ndef volume(r): return 4 * r")
    assert [mproc.submit(name, 2).result() for name in ("area", "volume", "area")] == [6, 8, 6]
