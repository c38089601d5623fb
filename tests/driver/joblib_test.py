"""The joblib backend, alone and below scikit-learn."""

import os
import time

import joblib
import mproc
import numpy
import pytest
from joblib import Parallel, delayed


@pytest.fixture(autouse=True)
def backend(session):
    with joblib.parallel_backend("mproc"):
        yield


def test_calls_run_in_the_executors_and_keep_their_order():
    assert Parallel()(delayed(pow)(i, 2) for i in range(500)) == [i * i for i in range(500)]
    assert os.getpid() not in Parallel()(delayed(os.getpid)() for _ in range(4))


def test_functions_of_the_program_travel():
    factor = 3
    assert Parallel()(delayed(lambda x: factor * x)(i) for i in range(5)) == [0, 3, 6, 9, 12]


def test_large_arrays_are_shared_once_and_read_only(session, monkeypatch):
    X = numpy.arange(200_000.0)
    shared = []
    share = session.sharer.share_for_now
    monkeypatch.setattr(session.sharer, "share_for_now", lambda array: shared.append(array) or share(array))

    def look(array, i):
        return array[i], array.flags.writeable

    assert Parallel()(delayed(look)(X, i) for i in range(3)) == [(float(i), False) for i in range(3)]
    assert len(shared) == 1 and shared[0] is X


def test_arrays_of_less_than_a_megabyte_may_be_written_to():
    def clear(array):
        array[0] += 1
        return array[0]

    X = numpy.zeros(20_000)
    assert Parallel()(delayed(clear)(X) for _ in range(5)) == [1.0] * 5
    assert X[0] == 0


def test_an_array_that_changed_between_two_calls_arrives_as_it_is():
    X = numpy.zeros(200_000)
    with Parallel() as parallel:
        for value in (1.0, 2.0):
            X[:] = value
            assert parallel(delayed(numpy.max)(X) for _ in range(3)) == [value] * 3
    X[:] = 3
    assert Parallel()(delayed(numpy.max)(X) for _ in range(3)) == [3.0] * 3


def test_arrays_that_only_tasks_have_stay_until_these_are_done():
    assert Parallel()(delayed(numpy.max)(numpy.full(200_000, i)) for i in range(50)) == list(range(50))


def test_an_interrupted_call_leaves_no_task_running(session, tmp_path):
    def hold(i):
        while not (tmp_path / "gate").exists():
            time.sleep(0.01)

    with pytest.raises(Exception) as caught:
        Parallel(timeout=0.5)(delayed(hold)(i) for i in range(4))
    assert "Timeout" in type(caught.value).__name__
    assert mproc.submit(abs, -1).result(60) == 1


def test_an_exception_arrives_and_the_backend_goes_on():
    with pytest.raises(ZeroDivisionError):
        Parallel()(delayed(divmod)(1, i) for i in range(3))
    assert Parallel()(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def test_parallel_calls_inside_of_a_task_use_threads():
    def outer(i):
        return sum(Parallel(n_jobs=2)(delayed(pow)(j, 2) for j in range(i)))

    assert Parallel()(delayed(outer)(i) for i in range(5)) == [0, 0, 1, 5, 14]


def test_scikit_learn_searches_with_it():
    model_selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    X, y = make_classification(2000, 10, random_state=0)
    search = model_selection.GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 4]}, cv=3)
    search.fit(X, y)
    with joblib.parallel_backend("sequential"):
        serial = model_selection.GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 4]}, cv=3).fit(X, y)
    assert search.best_params_ == serial.best_params_
    assert list(search.cv_results_["mean_test_score"]) == list(serial.cv_results_["mean_test_score"])
    assert len(model_selection.cross_val_score(DecisionTreeClassifier(), X, y, cv=4)) == 4
    assert RandomForestClassifier(10, random_state=1, n_jobs=-1).fit(X, y).score(X, y) > 0.9


def test_a_script_may_import_joblib_after_mproc(script):
    result = script("""
import mproc, joblib
with mproc.start(1), joblib.parallel_backend("mproc"):
    print(joblib.Parallel()(joblib.delayed(abs)(-i) for i in range(3)))
""")
    assert result.out == "[0, 1, 2]\n"


def test_joblib_may_be_looked_for_before_it_is_imported(script):
    result = script("""
import mproc, importlib.util
assert importlib.util.find_spec("joblib") is not None
import joblib
with mproc.start(1), joblib.parallel_backend("mproc"):
    print(joblib.Parallel()(joblib.delayed(abs)(-i) for i in range(3)))
""")
    assert result.out == "[0, 1, 2]\n"
