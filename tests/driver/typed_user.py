"""A driver as users write them, for the type checker alone: what comes of each call has the type that is said here."""

from __future__ import annotations

from concurrent.futures import Future, as_completed
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy

import mproc
from mproc.fresh import EfficientFCParameters, extract_features


def square(x: int) -> int:
    return x * x


def noisy(x: float) -> float:
    return x + float(mproc.rng().normal()) + mproc.task_index() + float(mproc.data["X"][0])


def session() -> None:
    with mproc.start(4, memory="2GiB", recycle=100, env={"A": "b"}) as running:
        executors: int = running.executors
        mproc.init(2, "def f(x): return x", modules=["numpy"], files="a.py")
        running.init("K = 5")
        squares: List[int] = mproc.map(square, range(10), retries=2, timeout=1.5, seed=1, chunk=4)
        named: List[Any] = mproc.peach("math:pow", [1, 2], [3, 4], errors="return")
        starred: List[int] = mproc.starmap(pow, [(1, 2)])
        one: Iterator[int] = mproc.imap(square, iter([1]))
        any_order: Iterator[int] = running.imap_unordered(square, [1, 2])
        X: mproc.SharedArray = mproc.share(numpy.ones(3), "X")
        X.close()
        hosts: Dict[str, int] = {worker.host: worker.executors for worker in mproc.workers()}
        busy: float = mproc.stats().busy / mproc.stats().seconds
        print(executors, squares, named, starred, one, any_order, hosts, busy, mproc.session())


def futures() -> None:
    first: Future[int] = mproc.submit(square, 3)
    value: int = first.result(1.0)
    with mproc.Executor(2, initializer=print, initargs=("hello",), retries=1) as executor:
        calls = [executor.submit(square, i) for i in range(3)]
        values: List[int] = [call.result() for call in as_completed(calls)]
        print(value, values, list(executor.map(square, [1, 2], chunksize=2, timeout=5.0)))


def failures() -> None:
    try:
        mproc.map(square, [1])
    except mproc.TaskTimeout as late:
        print(late.attempts)
    except mproc.WorkerLost as lost:
        print(lost.host, lost.rank)
    except (mproc.TaskError, mproc.InitError, mproc.SessionError) as error:
        print(error)


def results() -> Tuple[int, Optional[str]]:
    run: mproc.Run = mproc.open("sweep-0001", unpickle=True)
    for row in run:
        index: int = row.index
        if row.error is not None:
            return index, row.error.kind
    kinds: List[str] = [failure.status for failure in run.failures()]
    table: Any = run.to_pandas()
    print(len(run), run[-1].result, kinds, table, run.status, run.succeeded + run.failed)
    return 0, None


def crossvalidation(estimator: Any, X: Any, y: Any) -> None:
    table = mproc.crossval(estimator, X, y, split="monte-carlo", repeats=3, share=0.3, scoring=["r2", lambda *_: 1.0])
    found = mproc.search(type(estimator), X, y, {"alpha": {"uniform": [0, 1]}}, search="random", trials=4, holdout=0.2)
    print(table["test_r2"], found.attrs["best_params"], mproc.search(square, X, params={"a": [1]}, function=True, seed=3))


def features(series: Any, by_kind: Dict[str, Any], target: Any) -> None:
    X = extract_features(series, EfficientFCParameters(), by_kind, column_id="id", column_sort="time", n_jobs=4)
    relevant = mproc.fresh.select_features(mproc.fresh.impute(X), target, fdr_level=0.1, multiclass=True)
    table = mproc.fresh.calculate_relevance_table(X, target, "regression", hypotheses_independent=True)
    both = mproc.fresh.extract_relevant_features(series, target, X, "minimal", column_id="id", ml_task="auto")
    print(relevant.columns, table["p_value"], both)
