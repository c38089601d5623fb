"""mproc.map and its kin, as a driver calls them."""

import itertools
import math
import os
import sys
import threading
import time

import mproc
import numpy
import pytest
from harness import wait_until
from mproc._dispatcher import MOST_FUNCTIONS


def square(x):
    return x * x


def fails_at_three(x):
    if x == 3:
        raise KeyError("three")
    return x


@pytest.mark.parametrize("count", [0, 1, 7, 5000, 200_000])
def test_results_come_in_the_order_of_the_items(session, count):
    assert mproc.map(square, range(count)) == [x * x for x in range(count)]


def test_a_function_of_the_program_itself_travels_with_what_it_uses(session):
    factor = 7
    assert mproc.map(lambda x: x * factor, [1, 2]) == [7, 14]


@pytest.mark.parametrize("function", [math.sqrt, "math:sqrt"])
def test_a_function_of_a_module_is_found_by_its_name(session, function):
    assert mproc.map(function, [1, 4, 9]) == [1.0, 2.0, 3.0]


def test_several_iterables_give_several_arguments(session):
    assert mproc.map(pow, [2, 3, 4], [5, 2]) == [32, 9]
    assert mproc.starmap(pow, [(2, 5), (3, 2)]) == [32, 9]


class Point:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(other) is type(self) and other.x == self.x


VALUES = [None, True, False, 0, -1, 2**31, -(2**63), 2**63, 2**64, -(2**200), 0.0, -0.0, 1.0, 1e308, math.inf, "", "é\0\n",
          "\ud800", b"", b"\xff\0", (), (1, "a"), [], [1, [2, (3,)]], {}, {"a": 1}, {1: {2}}, {3, 4}, 1 + 2j, range(3),
          Point(5), [Point(6)], numpy.float32(1.5), numpy.int64(-2)]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_keep_their_type_both_ways(session, value):
    (back,) = mproc.map(lambda x: x, [value])
    assert back == value and type(back) is type(value) and repr(back) == repr(value) if not isinstance(value, (Point, list)) else back == value


@pytest.mark.parametrize("array", [
    numpy.arange(5), numpy.zeros((0, 3)), numpy.array(2.5), numpy.arange(200_000, dtype="<f4").reshape(400, 500),
    numpy.arange(12).reshape(3, 4).T, numpy.array(["a", "bc"]), numpy.array([{}, 1], dtype=object),
    numpy.arange(3, dtype=">i4"), numpy.array([1 + 2j]), numpy.ma.masked_array([1, 2], [True, False]),
    numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]), numpy.array(["2020-01-01"], dtype="M8[D]"),
], ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_keep_their_type_and_can_be_written_to(session, array):
    (back,) = mproc.map(lambda x: x, [array])
    assert type(back) is type(array) and back.dtype == array.dtype and back.shape == array.shape
    assert back.tolist() == array.tolist()
    back.flags.writeable or pytest.fail("a result belongs to whoever asked for it")


def test_large_arrays_go_there_and_back(session):
    items = [numpy.full(1 << 20, float(i)) for i in range(6)]
    back = mproc.map(lambda a: a + 1, items)
    assert [(a[0], a[-1], a.size) for a in back] == [(i + 1.0, i + 1.0, 1 << 20) for i in range(6)]
    back[0][:] = 0
    assert back[1][0] == 2.0


def double_first(box):
    inside = box["arrays"][0]
    inside *= 2  # in place
    return box | {"sum": float(inside.sum())}


def test_large_arrays_inside_of_containers_are_a_task_s_own(session):
    array = numpy.asfortranarray(numpy.arange(1 << 18, dtype=float).reshape(512, 512))
    box = {"arrays": [array, array[::2], array.astype("M8[s]")], "name": "x"}
    boxes = mproc.map(double_first, [box, box])
    assert array[1, 1] == 513, "a task changed its caller's array"
    for result in boxes:
        assert result["name"] == "x" and result["sum"] == 2 * array.sum()
        for left, right in zip(result["arrays"], [2 * array, array[::2], array.astype("M8[s]")]):
            assert left.dtype == right.dtype and (left == right).all() and left.flags.writeable
    boxes[0]["arrays"][0][0, 0] = -1
    assert boxes[1]["arrays"][0][0, 0] == 0


def test_what_is_one_array_stays_one(session):
    array = numpy.ones(1 << 16)
    pair = mproc.map(lambda pair: (pair[0] is pair[1], pair), [(array, array)])[0]
    assert pair[0] and pair[1][0] is pair[1][1]


def test_the_first_failure_by_index_is_raised_with_its_own_type_and_remote_traceback(session):
    with pytest.raises(KeyError, match="three") as caught:
        mproc.peach(fails_at_three, [0, 3, 1, 3])
    cause = caught.value.__cause__
    assert isinstance(cause, mproc.RemoteTraceback)
    assert "fails_at_three" in cause.traceback and cause.rank > 0 and cause.host


def test_failures_may_be_returned_in_the_place_of_results(session):
    results = mproc.map(fails_at_three, range(5), errors="return")
    assert results[:3] == [0, 1, 2] and results[4] == 4
    assert isinstance(results[3], KeyError)


class Unloadable(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def test_an_exception_that_cannot_be_loaded_here_arrives_as_a_task_error(session):
    def f(x):
        raise Unloadable("message", 2)

    with pytest.raises(mproc.TaskError, match="message.*cannot be unpickled here") as caught:
        mproc.map(f, [1])
    assert caught.value.kind == "exception" and caught.value.type.endswith("Unloadable")
    assert "raise Unloadable" in caught.value.traceback


@pytest.mark.parametrize("body, error, kind", [
    ("import os; os.kill(os.getpid(), 11)", mproc.WorkerLost, "crash"),
    ("import time; time.sleep(1000)", mproc.TaskTimeout, "timeout"),
    ("import sys; sys.exit(3)", mproc.TaskError, "exit"),
    ("import threading; return threading.Lock()", mproc.TaskError, "encode"),
])
def test_what_is_no_exception_arrives_as_an_error_with_its_kind(session, body, error, kind):
    names = {}
    exec(f"def f(x):\n  {body}", names)
    with pytest.raises(error) as caught:
        mproc.map(names["f"], [1], timeout=0.5 if kind == "timeout" else 0)
    assert type(caught.value) is error and caught.value.kind == kind and caught.value.rank > 0
    assert mproc.map(square, [3]) == [9]


def test_retries_run_a_task_again(session, tmp_path):
    def f(x):
        with open(tmp_path / "tries", "a") as file:
            file.write("x")
        if os.path.getsize(tmp_path / "tries") < 3:
            raise ValueError("once more")
        return x

    assert mproc.map(f, [5], retries=2) == [5]


def test_imap_reads_no_further_than_it_has_to(session):
    read = []

    def items():
        for i in itertools.count():
            read.append(i)
            yield i

    results = mproc.imap(square, items())
    assert list(itertools.islice(results, 1000)) == [x * x for x in range(1000)]
    results.close()
    assert len(read) < 1 << 21


def test_imap_raises_a_failure_when_its_turn_comes_and_goes_on_behind_it(session):
    results = mproc.imap(fails_at_three, range(5))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(KeyError):
        next(results)
    assert list(results) == [4]


def test_imap_unordered_gives_each_result_once(session):
    assert sorted(mproc.imap_unordered(square, range(3000))) == [x * x for x in range(3000)]


def test_a_generator_that_raises_is_heard_after_what_it_gave_is_done(session, tmp_path):
    def items():
        yield 1
        yield 2
        raise RuntimeError("no more")

    def touch(x):
        (tmp_path / str(x)).touch()

    with pytest.raises(RuntimeError, match="no more"):
        mproc.map(touch, items())
    assert sorted(os.listdir(tmp_path)) == ["1", "2"]


def test_imap_gives_what_came_before_a_generator_raised(session):
    def items():
        yield 1
        yield 2
        raise RuntimeError("no more")

    results = mproc.imap(square, items())
    assert [next(results), next(results)] == [1, 4]
    with pytest.raises(RuntimeError, match="no more"):
        next(results)
    assert list(results) == []


def test_threads_share_a_session(session):
    results = {}

    def work(i):
        results[i] = mproc.map(square, range(i, i + 500))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {i: [x * x for x in range(i, i + 500)] for i in range(8)}


def test_a_function_that_holds_what_cannot_travel_says_which_object(session):
    lock = threading.Lock()
    with pytest.raises(TypeError, match="its variable 'lock' of type lock cannot be pickled"):
        mproc.map(lambda x: lock, [1])


class Trace:
    """Leaves a line in a file when a process forgets it."""

    def __init__(self, path):
        self.path = path

    def __del__(self):
        if "_mproc" in sys.modules:
            with open(self.path, "a") as file:
                file.write("gone\n")


@pytest.mark.parametrize("way", ["map", "submit"])
def test_executors_do_not_keep_the_functions_of_maps_that_are_done(session, tmp_path, way):
    trace = Trace(str(tmp_path / "gone"))
    count = 10 if way == "map" else MOST_FUNCTIONS + 20  # an Executor keeps some
    with mproc.Executor() as executor:
        for i in range(count):
            function = lambda x, trace=trace, i=i: x + i  # noqa: E731
            assert (mproc.map(function, [1]) if way == "map" else [executor.submit(function, 1).result()]) == [1 + i]
        wait_until((tmp_path / "gone").exists, "that functions are forgotten")
        wait_until(lambda: len((tmp_path / "gone").read_text().splitlines()) >= 10, "that ten are")
    assert mproc.map(abs, [-1]) == [1]


def test_what_tasks_print_is_seen(session, capsys):
    mproc.map(print, ["from a task"])
    assert capsys.readouterr().out == "from a task\n"


def test_random_numbers_follow_from_the_seed_and_the_index(session):
    def draw(x):
        import random

        return random.random(), mproc.rng().random()

    assert mproc.map(draw, range(20), seed=5) == mproc.map(draw, range(20), seed=5, chunk=3)
    assert mproc.map(draw, range(20), seed=5) != mproc.map(draw, range(20), seed=6)


def test_items_that_come_slowly_are_run_as_they_come(session, tmp_path):
    def slow():
        for i in range(5):
            yield i
            wait_until((tmp_path / str(i)).exists, f"that item {i} is run before the next one is asked for")

    def note(i):
        (tmp_path / str(i)).touch()

    assert mproc.map(note, slow()) == [None] * 5
    for i in range(5):
        (tmp_path / str(i)).unlink()
    assert list(mproc.imap(note, slow())) == [None] * 5


def test_slow_items_run_beside_each_other(session, tmp_path):
    def slow():
        for i in range(40):
            time.sleep(0.01)
            yield i

    def meet(i):  # ends when another one has begun
        (tmp_path / str(i)).touch()
        end = time.monotonic() + 60
        while len(os.listdir(tmp_path)) < min(i + 2, 40) and time.monotonic() < end:
            time.sleep(0.001)
        return time.monotonic() < end

    assert all(mproc.imap(meet, slow()))


def test_a_length_that_is_none_is_not_asked_for_again(session):
    class Stream:
        def __len__(self):
            raise TypeError("object of unknown length")

        def __iter__(self):
            return iter([-1, 2])

    assert mproc.map(abs, Stream()) == [1, 2] == list(mproc.imap(abs, Stream()))
