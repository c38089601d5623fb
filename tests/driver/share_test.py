"""Arrays that a driver shares with all executors."""

import time

import mproc
import numpy
import pytest


@pytest.mark.parametrize("array", [numpy.arange(6.0).reshape(2, 3), numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
                                   numpy.zeros((0, 2)), numpy.arange(12)[::2], numpy.array(["a", "bcd"])], ids=repr)
def test_a_shared_array_arrives_as_itself_and_read_only(session, array):
    shared = mproc.share(array)
    back, writeable = mproc.starmap(lambda a, i: (a.copy(), a.flags.writeable), [(shared, 0)])[0]
    assert back.dtype == array.dtype and back.tolist() == array.tolist() and not writeable
    shared.close()


def test_a_name_makes_it_one_of_mproc_data(session):
    mproc.share(numpy.arange(4.0), "X")

    def at(i):
        import mproc

        return mproc.data["X"][i]

    assert mproc.map(at, range(4)) == [0.0, 1.0, 2.0, 3.0]


def test_a_closed_one_is_not_there_any_more(session):
    shared = mproc.share(numpy.arange(4.0), "closed")
    assert mproc.map(numpy.sum, [shared]) == [6.0]
    shared.close()
    with pytest.raises(TypeError, match="the shared array 'closed' has been closed"):
        mproc.map(numpy.sum, [shared])
    with pytest.raises(Exception, match="there is no shared array"):
        mproc.map(lambda i: mproc.data["closed"][i], [0])


def test_tasks_that_were_given_before_the_end_of_an_array_have_it(session, tmp_path):
    def total(X, gate):
        while not gate.exists():
            time.sleep(0.01)
        return float(X.sum())

    shared = mproc.share(numpy.ones(1000))
    futures = [mproc.submit(total, shared, tmp_path / "gate") for _ in range(20)]
    shared.close()
    (tmp_path / "gate").touch()
    assert [future.result(60) for future in futures] == [1000.0] * 20


def test_a_name_that_was_given_again_stays_when_the_first_array_is_closed(session):
    first = mproc.share(numpy.zeros(3), "again")
    mproc.share(numpy.ones(3), "again")
    first.close()
    assert mproc.map(lambda i: mproc.data["again"][i], [0]) == [1.0]


def test_what_cannot_be_shared_is_refused(session):
    with pytest.raises(TypeError, match="cannot be shared"):
        mproc.share(numpy.array([{}, 1], dtype=object))
