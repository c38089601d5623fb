"""Native kernels from Python: plain values and arrays there and back."""

import enum
import pathlib
import subprocess

import mproc
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """native("KERNEL"): a kernel of the tests' library, as a driver names it."""
    library = tmp_path_factory.mktemp("kernels") / "libkernels.so"
    subprocess.run(["c++", "-std=c++20", "-shared", "-fPIC", "-I", ROOT / "libmproc" / "include", "-o", library,
                    ROOT / "tests" / "support" / "native_kernels.cpp"], check=True, timeout=120)
    return library


@pytest.fixture
def native(session, kernels):
    return lambda name: f"native:{kernels}:{name}"


def test_a_function_of_c_is_named_by_its_signature(session):
    assert mproc.map("native:libm.so:sqrt(f64) -> f64", [1, 4, 9.0]) == [1.0, 2.0, 3.0]
    assert mproc.map("native:libm.so:fma(f64, f64, f64) -> f64", [(1, 2, 3), [4, 5, 6]]) == [5.0, 26.0]
    assert list(mproc.imap("native:libm.so:floor(f64) -> f64", (x / 2 for x in range(4)))) == [0.0, 0.0, 1.0, 1.0]


def test_arguments_come_by_position_and_by_name(native):
    assert mproc.map(native("scaled"), [(1, 2), [3, 4], {"factor": 5, "x": 6}]) == [2.0, 12.0, 30.0]
    assert mproc.map(native("scaled"), [1, 2], [3, 4]) == [3.0, 8.0]
    assert mproc.starmap(native("mean"), [([1, 2],)]) == [1.5]
    assert mproc.submit(native("scaled"), 2, 4).result() == 8.0
    assert mproc.submit(native("scaled"), factor=2, x=4).result() == 8.0
    with mproc.Executor() as executor:
        assert list(executor.map(native("twice"), range(3))) == [0.0, 2.0, 4.0]
    with pytest.raises(TypeError, match="by position or by name, not both"):
        mproc.submit(native("scaled"), 2, factor=4).result()


def test_arrays_arrive_whatever_their_order_and_type(native):
    row = numpy.arange(10.0)
    arrays = [row, row[::2], numpy.asfortranarray(row), row.astype("f4"), row.astype("u1"), list(row), tuple(row)]
    assert mproc.map(native("mean"), arrays) == [4.5, 4.0, 4.5, 4.5, 4.5, 4.5, 4.5]
    matrix = numpy.arange(6.0).reshape(2, 3)
    for given in (matrix, numpy.asfortranarray(matrix), matrix.T):
        (back,) = mproc.map(native("transposed"), [given])
        assert isinstance(back, numpy.ndarray) and numpy.array_equal(back, given.T)


def test_large_arrays_arrive_without_a_copy_in_the_executor(native):
    array = numpy.ones(1 << 20)
    (address,) = mproc.map(native("address"), [array])[0:1]
    assert address % 64 == 0
    assert mproc.map(native("mean"), [array] * 20) == [1.0] * 20


def test_numbers_and_texts_of_other_classes_are_what_they_stand_for(native):
    class Colour(enum.IntEnum):
        red = 3

    values = [numpy.float64(3), numpy.float32(3), numpy.int16(3), Colour.red, numpy.array(3)[()]]
    assert mproc.map(native("twice"), values) == [6.0] * 5
    assert mproc.map(native("fails"), [numpy.str_("not")]) == [0]


def test_structs_are_dicts(native):
    swap = {"name": "s", "years": numpy.int64(2), "legs": ({"amount": 1, "flows": [1, 2]},), "spread": None}
    (back,) = mproc.map(native("doubled"), [swap])
    assert (back["name"], back["years"], back["spread"]) == ("s", 2, None)
    assert back["legs"][0]["amount"] == 2.0 and back["legs"][0]["flows"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(("item", "error", "words"), [
    (object(), TypeError, "item 1: a native kernel takes numbers, texts, lists, dicts and arrays of numbers, and no object"),
    ({1: 2}, TypeError, "item 1: a dict for a native kernel has names as keys"),
    (2**70, OverflowError, "item 1: an integer beyond 64 bits"),
    (numpy.array([{}], dtype=object), TypeError, "item 1: an array for a native kernel is of numbers"),
], ids=lambda value: type(value).__name__)
def test_what_no_native_kernel_takes_is_refused_before_it_travels(native, item, error, words):
    with pytest.raises(error, match=words):
        mproc.map(native("twice"), [1, item])


def test_a_list_that_contains_itself_is_refused(native):
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="item 0: a value is nested too deeply"):
        mproc.map(native("twice"), [endless])


def test_failures_are_task_errors_that_say_what_the_kernel_said(native):
    with pytest.raises(mproc.TaskError, match=r'twice\(f64\) -> f64: value 1: the text "x" where f64 is wanted'):
        mproc.map(native("twice"), ["x"])
    with pytest.raises(mproc.TaskError, match="Refusal: it is refused"):
        mproc.map(native("fails"), ["refusal"])
    with pytest.raises(mproc.WorkerLost, match="SIGSEGV"):
        mproc.map(native("fails"), ["segfault"])
    assert mproc.map(native("fails"), ["no"]) == [0]


@pytest.mark.parametrize(("kernel", "words"), [
    ("native:libnone.so:f", "cannot load the library 'libnone.so'"),
    ("native:./none.so:f", "cannot load the library '/.*/none.so'"),
    ("native:libm.so:sqroot(f64) -> f64", "the library 'libm.so' has no function 'sqroot'"),
    ("native:libm.so:sqrt(double) -> f64", "has the type 'double' of C; write f64"),
    ("native:sqrt", "has no library"),
])
def test_kernels_that_are_not_there_are_named(session, kernel, words):
    with pytest.raises(mproc.TaskError, match=words):
        mproc.map(kernel, [1])


def test_a_path_is_relative_to_the_drivers_folder(session, kernels, monkeypatch):
    monkeypatch.chdir(kernels.parent)
    assert mproc.map("native:./libkernels.so:twice", [4]) == [8.0]


def test_a_kernel_reads_what_the_driver_shares_by_name(native):
    shared = mproc.share(numpy.arange(10.0) / 2, "half")
    assert mproc.map(native("shared"), [("half", 3), ("half", 9)]) == [1.5, 4.5]
    shared.close()
    with pytest.raises(mproc.TaskError, match="there is no shared array 'half'"):
        mproc.map(native("shared"), [("half", 3)])


def test_a_seed_gives_the_same_numbers_again(native):
    first = mproc.map(native("context"), ["x"] * 5, seed=7)
    again = list(mproc.imap(native("context"), ["x"] * 5, seed=7, chunk=1))
    assert [row.tolist() for row in first] == [row.tolist() for row in again]
    assert [row[0] for row in first] == [0, 1, 2, 3, 4] and {row[1] for row in first} == {7}
    assert len({row[2] for row in first}) == 5


def test_functions_that_init_code_defines_are_told_apart_when_they_are_submitted(session):
    mproc.init("def area(r): return 3 * r\ndef volume(r): return 4 * r")
    assert [mproc.submit(name, 2).result() for name in ("area", "volume", "area")] == [6, 8, 6]
