"""What can be said of an estimator and its data before anything is fitted. ValueErrors."""

from __future__ import annotations

import sys
from typing import Any, Iterable

from ._crossval_estimator import has_tag

_ROWS = 65_536  # that are searched at a time


def check_lengths(X: Any, y: Any) -> None:
    if y is not None and _rows(X) != _rows(y):
        raise ValueError(f"X has {_rows(X)} rows, and y has {_rows(y)}: each sample needs one of both")


def check_methods(estimator: Any, scorers: Iterable[str]) -> None:
    names = list(scorers)
    kind = type(estimator).__name__
    if not hasattr(estimator, "fit"):
        raise ValueError(f"the estimator is of type {kind}, which has no fit()")
    if not names and not hasattr(estimator, "score"):
        raise ValueError(f"the estimator is of type {kind}, which has no score(); name what to score it by in scoring")
    theirs = [name for name in names if ":" not in name]
    if theirs and not any(hasattr(estimator, name) for name in ("predict", "predict_proba", "decision_function")):
        raise ValueError(f"the estimator is of type {kind}, which has no predict() for '{theirs[0]}' to score")


def check_data(estimator: Any, X: Any, y: Any) -> None:
    from numpy import ndarray

    if isinstance(y, ndarray) and _is("classifier", estimator):
        _check_classes(estimator, y)
    if not _is_plain(estimator):  # what is inside may take anything
        return
    if isinstance(X, ndarray):
        _check_numbers(estimator, X)
        if not has_tag(estimator, "allow_nan"):
            _check_finite("X", estimator, X)
    if isinstance(y, ndarray) and (_is("classifier", estimator) or _is("regressor", estimator)):
        _check_finite("y", estimator, y)


def _rows(array: Any) -> int:
    return int(array.shape[0]) if hasattr(array, "shape") else len(array)


def _is(kind: str, estimator: Any) -> bool:
    """Whether it is a "classifier" or a "regressor" to scikit-learn, which is not loaded for others."""
    base = sys.modules.get("sklearn.base")
    try:
        return base is not None and bool(getattr(base, f"is_{kind}")(estimator))
    except (AttributeError, TypeError):  # it has no tags
        return False


def _is_plain(estimator: Any) -> bool:
    """Whether it is scikit-learn's, looks at its input, and has no other estimator in it."""
    if not type(estimator).__module__.startswith("sklearn.") or has_tag(estimator, "no_validation"):
        return False
    return not any("__" in name for name in estimator.get_params(deep=True))


def _check_classes(estimator: Any, y: Any) -> None:
    if y.size == len(y) > 0 and bool((y == y[0]).all()):
        raise ValueError(f"y is {y[0]!s} for all samples: {type(estimator).__name__}, a classifier, needs two classes")


def _check_numbers(estimator: Any, X: Any) -> None:
    if X.dtype.kind == "c":
        raise ValueError(f"X has complex numbers, which {type(estimator).__name__} does not take")
    if X.dtype.kind in "SU" and X.size > 0:
        try:
            float(X.flat[0])
        except ValueError:
            raise ValueError(f"X has text ({str(X.flat[0])!r}), and {type(estimator).__name__} takes numbers") from None


def _check_finite(name: str, estimator: Any, array: Any) -> None:
    from numpy import argwhere, errstate, isfinite

    if array.dtype.kind != "f":
        return
    with errstate(all="ignore"):
        if isfinite(array.sum()):  # at the speed of memory, and without any
            return
    for first in range(0, len(array), _ROWS):
        for row, *rest in argwhere(~isfinite(array[first : first + _ROWS]))[:1].tolist():
            place = (first + row, *rest)
            raise ValueError(
                f"{name}[{', '.join(map(str, place))}] is {array[place]}, and {type(estimator).__name__} takes finite "
                f"numbers alone: leave such samples out{', or put an imputer before it (a pipeline)' * (name == 'X')}"
            )
