"""What the cross-validation of a driver is on executors. Light: it imports nothing that a driver's side alone needs."""

from __future__ import annotations

import pickle
from copy import deepcopy
from inspect import isclass
from typing import Any, Dict, Mapping, NamedTuple, Optional

from ._crossval import Cells, FunctionCells, Params
from ._crossval_estimator import Maker
from ._crossval_names import near, resolve
from ._crossval_scores import named_scorers
from ._crossval_sets import Sets


class Prototype:
    """prototype(params): a copy of an estimator with these parameters, as scikit-learn's searches make them."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def __call__(self, params: Params) -> Any:
        copy = _copy_of(self._estimator)
        if params:
            copy.set_params(**{name: _copy_of(value) for name, value in params.items()})
        return copy

    def check(self, params: Params) -> Any:
        """The estimator, or None where it cannot be made of these values. ValueError for names that it does not have."""
        kind = type(self._estimator).__name__
        if params and not hasattr(self._estimator, "set_params"):
            raise ValueError(f"{kind} has no set_params(): give what makes one in its place, {kind} itself or a function")
        try:
            return self(params)
        except Exception:
            known = self._estimator.get_params(deep=True) if hasattr(self._estimator, "get_params") else params
            for name in params:
                if name not in known:
                    raise ValueError(f"{kind} has no parameter '{name}'{near(name, known)}") from None
            return None


def _copy_of(value: Any) -> Any:
    """Of an estimator one that is not fitted."""
    try:
        from sklearn.base import clone
    except ImportError:
        return deepcopy(value)
    return clone(value, safe=False)


class Given(NamedTuple):
    """What a driver gives for all cells."""

    estimator: Any  # or what makes one, or the name of that; with `function`, a function of cells or its name
    function: bool
    scorers: Dict[str, Any]  # or their names, by what they are called in the table
    X: Any
    y: Any
    sides: Any  # the two arrays of Sets
    index: Any

    def cells(self) -> Any:
        sets = Sets(self.sides, self.index)
        if self.function:
            function = resolve("function", self.estimator) if isinstance(self.estimator, str) else self.estimator
            if not callable(function):
                raise ValueError(f"{function!r:.60} is no function; leave function=True out for an estimator")
            return FunctionCells(function, {}, self.X, self.y, sets)
        scorers = {name: named_scorers([of])[of] if isinstance(of, str) else of for name, of in self.scorers.items()}
        return Cells(_maker(self.estimator), scorers, self.X, self.y, sets)

    @property
    def has_names(self) -> bool:
        """Whether there is anything that only executors can find."""
        return isinstance(self.estimator, str) or any(isinstance(of, str) and ":" in of for of in self.scorers.values())


def _maker(estimator: Any) -> Any:
    if isinstance(estimator, str):
        return Maker(resolve("estimator", estimator), {}, estimator)
    if hasattr(estimator, "fit") and not isclass(estimator):
        return Prototype(estimator)
    if callable(estimator):
        return Maker(estimator, {}, getattr(estimator, "__qualname__", type(estimator).__qualname__))
    raise ValueError(f"{estimator!r} is no estimator, and nothing that makes one: it has no fit(), and cannot be called")


class Work:
    """The function of the tasks. What it is made of is inside as a pickle, which a process loads when it is called
    first."""

    def __init__(self, pickled: bytes) -> None:
        self._pickled = pickled
        self._cells: Optional[Any] = None

    def __reduce__(self) -> Any:
        return Work, (self._pickled,)

    def __call__(self, item: Mapping[str, Any]) -> Any:
        """A cell; without "split", a look at what would be wrong with each of them."""
        if self._cells is None:
            self._cells = pickle.loads(self._pickled).cells()
        return self._cells(**item) if "split" in item else self._cells.check(**item)
