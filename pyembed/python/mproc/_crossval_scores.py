"""Scorers of cross-validation by name, and the scores that they give."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from numbers import Real
from typing import Any, Callable, Dict, Mapping, Sequence

from ._crossval_names import near, resolve

Scorer = Callable[..., Any]  # scorer(estimator, X, y)


def named_scorers(names: Sequence[str]) -> Dict[str, Scorer]:
    """scikit-learn's by their names, others as "module:scorer". LookupError where there is none of the name."""
    for name in names:
        if names.count(name) > 1:
            raise LookupError(f"crossval.scoring names '{name}' twice")
    return {name: resolve("scoring", name) if ":" in name else _scikit_scorer(name) for name in names}


def _scikit_scorer(name: str) -> Scorer:
    try:
        from sklearn.metrics import get_scorer, get_scorer_names
    except ModuleNotFoundError:
        raise LookupError(
            f"crossval.scoring: '{name}' is scikit-learn's, which {sys.executable} lacks; install it, or name a "
            'scorer of your own as "module:scorer"'
        ) from None
    if name not in get_scorer_names():
        raise LookupError(
            f"crossval.scoring: scikit-learn has no scorer '{name}'{near(name, get_scorer_names())}; "
            "sklearn.metrics.get_scorer_names() lists them"
        )
    return get_scorer(name)


def together(scorers: Mapping[str, Scorer]) -> Callable[..., Mapping[str, Any]]:
    """All scores by name; scikit-learn's own way makes a prediction once that several of them need. Without any, the
    estimator's own score."""
    if not scorers:
        return _own
    if len(scorers) > 1 and "sklearn" in sys.modules:
        with suppress(ImportError):
            from sklearn.metrics._scorer import _MultimetricScorer

            return _MultimetricScorer(scorers=dict(scorers))
    return partial(_each, dict(scorers))


def _own(estimator: Any, *given: Any) -> Dict[str, Any]:
    return {"score": estimator.score(*given)}


def _each(scorers: Mapping[str, Scorer], estimator: Any, *given: Any) -> Dict[str, Any]:
    return {name: scorer(estimator, *given) for name, scorer in scorers.items()}


def number(whose: str, score: Any) -> float:
    if hasattr(score, "item"):
        with suppress(ValueError):  # of an array of more than one
            score = score.item()
    if not isinstance(score, Real):
        raise ValueError(f"{whose} gives {score!r:.60} of type {type(score).__name__}: a score has to be a number")
    return float(score)
