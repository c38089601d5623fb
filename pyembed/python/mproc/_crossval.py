"""Cells of cross-validation: one set of parameters on one split of arrays that a node shares."""

from __future__ import annotations

from copy import deepcopy
from time import perf_counter
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ._crossval_checks import check_data, check_lengths, check_methods
from ._crossval_estimator import Maker, has_tag
from ._crossval_names import resolve
from ._crossval_scores import Scorer, named_scorers, number, together
from ._crossval_sets import Sets, numbers, size, take
from ._data import data

Params = Mapping[str, Any]


class Cells:
    """cells(params, split): what make(params) gives, fitted on the split's first side, scored on its second.

    `sets[split]` is a pair of samples as take() has them, `scorers` are by name; without any, it is the model's own.
    The result has a score a scorer, none where the second side is empty, and with `model` the estimator, pickled.
    """

    def __init__(
        self,
        make: Callable[[Params], Any],
        scorers: Mapping[str, Scorer],
        X: Any,
        y: Any,
        sets: Any,
    ) -> None:
        self.make: Any = make
        self.scorers, self.X, self.y, self.sets = scorers, X, y, sets
        self._scores = together(scorers)

    def __call__(self, params: Params, split: int, model: bool = False) -> Dict[str, Any]:
        train, test = self.sets[split]
        estimator = self.make(params)
        started = perf_counter()
        self._fit(estimator, train)
        fitted = perf_counter()
        scores = self._score(estimator, test, train) if size(test) > 0 else []
        out = {"scores": scores, "fit_time": fitted - started, "score_time": perf_counter() - fitted}
        if model:
            out["model"] = _pickled(estimator)
        return out

    def check(self, params: Params) -> None:
        """ValueError for what would be wrong with every cell."""
        check_lengths(self.X, self.y)
        estimator = getattr(self.make, "check", self.make)(params)
        if estimator is None:  # it fails with these parameters: which is the cell's affair
            return
        check_methods(estimator, self.scorers)
        check_data(estimator, self.X, self.y)

    def _fit(self, estimator: Any, train: Any) -> None:
        try:
            estimator.fit(*self._part(estimator, train, train))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(
                f"{error}: {type(estimator).__name__} writes to its input, which all executors share; let it copy that "
                "(copy or copy_X = true), or let its fit() begin with a copy"
            ) from error

    def _score(self, estimator: Any, test: Any, train: Any) -> List[float]:
        scores = self._scores(estimator, *self._part(estimator, test, train))
        return [number(f"scorer '{name}'", score) for name, score in scores.items()]

    def _part(self, estimator: Any, samples: Any, train: Any) -> Tuple[Any, ...]:
        """X and, where there is one, y. Of distances or similarities between samples those to the training samples."""
        shape: Tuple[int, ...] = getattr(self.X, "shape", ())
        if len(shape) == 2 and shape[0] == shape[1] and has_tag(estimator, "pairwise"):
            X = self.X[numbers(samples)[:, None], numbers(train)]
        else:
            X = take(self.X, samples)
        return (X,) if self.y is None else (X, take(self.y, samples))


class FunctionCells:
    """The same for a function that fits and scores by itself: function(params, X_train, y_train, X_test, y_test) gives
    a number, or numbers by name. It is not called where the test side is empty."""

    def __init__(
        self, function: Callable[..., Any], args: Params, X: Any, y: Any, sets: Any
    ) -> None:
        self.function, self.args, self.X, self.y, self.sets = function, args, X, y, sets

    def __call__(self, params: Params, split: int, model: bool = False) -> Dict[str, Any]:
        if model:
            raise ValueError("a function gives scores and no model; name an estimator to have one")
        train, test = self.sets[split]
        if size(test) == 0:
            return {"scores": [], "fit_time": 0.0, "score_time": 0.0}
        arrays = [take(array, side) for side in (train, test) for array in (self.X, self.y)]
        started = perf_counter()
        given = self.function(dict(params), *arrays, **deepcopy(dict(self.args)))
        out: Dict[str, Any] = {"fit_time": perf_counter() - started, "score_time": 0.0}
        if isinstance(given, Mapping):
            out["names"] = [str(name) for name in given]
            return {"scores": [number(f"function's '{name}'", score) for name, score in given.items()], **out}
        return {"scores": [number("function", given)], **out}

    def check(self, params: Params) -> None:
        check_lengths(self.X, self.y)


def cell(
    params: Params,
    split: int,
    model: bool = False,
    estimator: str = "",
    function: str = "",
    args: Optional[Params] = None,
    scoring: Sequence[str] = (),
    resource: Optional[Params] = None,
) -> Dict[str, Any]:
    """The cells of a [crossval] job, over the arrays crossval.X, crossval.y, crossval.sets and crossval.index.
    `resource` is one more parameter: what the rungs of successive halving differ in."""
    return _cells(estimator, function, args, scoring)({**params, **(resource or {})}, split, model)


def _check_first(
    params: Params, split: int, model: bool = False, resource: Optional[Params] = None, **constants: Any
) -> None:
    _cells(**constants).check({**params, **(resource or {})})


cell.check_first = _check_first  # type: ignore[attr-defined]  # before any task runs

_last: Tuple[Any, Any] = (None, None)  # the cells that ran last, and what they are made of


def _cells(
    estimator: str = "", function: str = "", args: Optional[Params] = None, scoring: Sequence[str] = ()
) -> Any:
    """Made again when arrays or init code have changed: a process may run one map after the other."""
    global _last
    target = resolve("estimator", estimator) if estimator else resolve("function", function)
    X, y, sets, index = arrays = [data[f"crossval.{name}"] for name in ("X", "y", "sets", "index")]
    made_of = (target, estimator, repr(args), tuple(scoring), *map(_identity, arrays))
    if _last[0] != made_of:
        splits = Sets(sets, index)
        if estimator:
            cells: Any = Cells(Maker(target, args or {}, estimator), named_scorers(scoring), X, y, splits)
        else:
            cells = FunctionCells(target, args or {}, X, y, splits)
        _last = (made_of, cells)
    return _last[1]


def _identity(array: Any) -> Tuple[Any, ...]:
    """Of an array that is kept: no other one has its memory then."""
    interface = array.__array_interface__
    return interface["data"], interface["shape"], interface["strides"], interface["typestr"]


def _pickled(estimator: Any) -> bytes:
    """By value what init code has defined, where cloudpickle is there."""
    try:
        import cloudpickle as pickle
    except ImportError:
        import pickle
    return pickle.dumps(estimator, protocol=5)
