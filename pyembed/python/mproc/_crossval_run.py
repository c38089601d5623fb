"""A driver's cross-validation under way: the engine says which cells are next, the session's executors compute them."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Sequence

import numpy

from ._crossval_samples import samples
from ._crossval_travel import Given, Work
from ._current import current
from ._errors import TaskError
from ._library import load_client
from ._maps import whole
from ._share import ArraysOfCall, take_needs
from ._travel import plain, refusal

Cell = Dict[str, Any]

# As the engine's messages have them, and as arguments.
_ARGUMENTS = {
    "[crossval.params] with name = [1, 2, 3]": "{'name': [1, 2, 3]}",
    "[crossval.params]": "params",
    "crossval.": "",
    "min-resource": "min_resource",
    "max-resource": "max_resource",
    "holdout-shuffle": "holdout_shuffle",
    "label-start": "label_starts",
    "label-end": "label_ends",
}


class CrossvalRun:
    """`cells` are those of the next stage, `score_names` what the table calls scores, `failed` how many cells have."""

    def __init__(
        self,
        keys: Mapping[str, Any],
        X: Any,
        y: Any,
        times: Sequence[Any],
        seed: int,
        refit: bool = False,
        keeps_model: bool = False,
    ) -> None:
        """`keys` are those of a job file's [crossval]; `times` groups, and where labels start and end."""
        self._X, self._y, self._seed = _plain_array(X), _plain_array(y), whole("seed", seed, 64)
        try:
            given = samples(X, y, *times)
            self.engine = load_client().Crossval(plain(keys), self._seed, refit, keeps_model, *given)
        except ValueError as error:
            _refuse(error)
        for note in self.engine.notes():
            warnings.warn(note, RuntimeWarning, stacklevel=3)
        self.cells: List[Cell] = self.engine.cells()
        self.score_names = ["score"]
        self.done = self.failed = 0
        self.first_failure: Optional[str] = None

    def start(
        self, call: str, estimator: Any, function: bool, scoring: Any, params: Callable[[Cell], Dict[str, Any]]
    ) -> None:
        """Brings all that cells need to the session's executors. `params`: of a cell. ValueError for what would be wrong
        with each of them."""
        scorers = _scorers(scoring)
        if function and scorers:
            raise ValueError("scoring is for an estimator; a function does that itself")
        self.score_names = list(scorers) or self.score_names
        self._has_names = bool(scorers)
        self._params = params
        sides, index = self.engine.sets()
        sets = numpy.frombuffer(sides, "int64").reshape(-1, 2, 3), numpy.frombuffer(index, "uint32")
        given = Given(estimator, function, scorers, self._X, self._y, *sets)
        first = {"params": params(self.cells[0])}
        if not given.has_names:
            self._check(lambda: given.cells().check(**first))
        self._session = current(call)
        try:
            pickled = ArraysOfCall(self._session.sharer).dumps(given)
        except load_client().SessionError:
            raise
        except Exception as error:
            raise refusal(error, zip(given._fields, given))
        self._needs = take_needs()  # which stay until all is done
        self._work = Work(pickled)
        if given.has_names:
            self._check(lambda: self._session.map(self._work, [first]))

    def stage(self) -> List[Optional[Cell]]:
        """What the cells gave, None where they failed; then `cells` are the next."""
        items = [{**cell, "params": self._params(cell)} for cell in self.cells]
        for item in items:
            item.pop("resource", None)
        given = self._session.map(self._work, items, errors="return", seed=self._seed)
        results = [self._result(item, result) for item, result in zip(items, given)]
        self.engine.take([result and (result["scores"], result["fit_time"], result["score_time"]) for result in results])
        self.cells = self.engine.cells()
        return results

    def warn_of_failures(self) -> None:
        if self.failed > 0:
            fits = f"{self.failed} of {self.done} fits failed" if self.done > 1 else "the fit failed"
            warnings.warn(f"{fits}; the first one{self.first_failure}", RuntimeWarning, stacklevel=3)

    def _result(self, item: Cell, result: Any) -> Optional[Cell]:
        self.done += 1
        if isinstance(result, Exception):
            self.failed += 1
            if self.first_failure is None:
                params = ", ".join(f"{name}={value!r:.40}" for name, value in item["params"].items())
                self.first_failure = f"{f' with {params}' if params else ''}: {_line(result)}"
            return None
        if not self._has_names and "names" in result:
            self.score_names, self._has_names = result["names"], True
        return result

    def _check(self, check: Callable[[], Any]) -> None:
        try:
            check()
        except TaskError:  # it is not what is given
            raise
        except (ValueError, TypeError, LookupError) as error:
            _refuse(error)


def _plain_array(array: Any) -> Any:
    """Of a file that is mapped its elements: they are shared as those of any array."""
    return numpy.asarray(array) if isinstance(array, numpy.memmap) else array


def _refuse(error: Exception) -> NoReturn:
    """In the words of arguments."""
    text = str(error)
    for key, argument in _ARGUMENTS.items():
        text = text.replace(key, argument)
    raise ValueError(text) from error.__cause__


def _line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _scorers(scoring: Any) -> Dict[str, Any]:
    """By what they are called in the table."""
    if scoring is None:
        return {}
    if isinstance(scoring, Mapping):
        named = dict(scoring)
    else:
        several = list(scoring) if isinstance(scoring, (list, tuple, set)) else [scoring]
        named = {_name(scorer): scorer for scorer in several}
        if len(named) < len(several):
            raise ValueError("scoring has a name twice; give a dict of scorers by name")
    for name, scorer in named.items():
        if not isinstance(name, str) or not (isinstance(scorer, str) or callable(scorer)):
            raise ValueError(f"scoring has {scorer!r}, which is no scorer and no name of one")
    if not named:
        raise ValueError("scoring is empty; leave it out for the estimator's own score")
    return named


def _name(scorer: Any) -> str:
    if isinstance(scorer, str):
        return scorer[scorer.find(":") + 1 :]
    of = getattr(scorer, "_score_func", scorer)  # as scikit-learn's make_scorer() has it
    return str(getattr(of, "__name__", type(of).__name__))
