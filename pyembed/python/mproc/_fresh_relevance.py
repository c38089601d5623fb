"""Which features have to do with a target, by the engine's tests and its relevance table."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy
import pandas
from numpy import ndarray
from pandas import DataFrame, Series

from ._library import load_client
from ._session import Session
from ._travel import BuiltIn

_TASKS = ("auto", "classification", "regression")
_TESTS = ("mann", "smir")


class Options(NamedTuple):
    """As tsfresh's arguments."""

    ml_task: str
    test: str  # of a real feature for a label
    fdr_level: float
    hypotheses_independent: bool
    multiclass: bool
    n_significant: int


class Row(NamedTuple):
    """A feature's row in the relevance table."""

    place: int  # of its column
    type: str
    p_value: float
    relevant: bool
    n_significant: int
    tests: List[Tuple[float, bool]]  # p-value and relevance for each label, or for the numbers


class Target:
    """What features are selected for. The tests compare and no more: the numbers of a regression, as the labels of a
    classification, are the places of their values among all that there are."""

    def __init__(self, y: Series, ml_task: str) -> None:
        if ml_task not in _TASKS:
            raise ValueError(f"ml_task must be one of: 'auto', 'classification', 'regression', and is {ml_task!r}")
        if y.isnull().any():
            raise ValueError("y must not contain NaN values")
        if ml_task == "auto":
            ml_task = "classification" if y.dtype.kind in "ibO" else "regression"
        if ml_task == "regression" and y.dtype.kind == "O":
            y = pandas.to_numeric(y)
        self.ml_task = ml_task
        codes, self.labels = pandas.factorize(y, sort=ml_task == "regression")  # labels in tsfresh's order
        self.codes: ndarray = codes.astype("int64")
        if len(self.labels) < 2:
            raise ValueError("Feature selection is only possible if more than 1 label/class is provided")


def rows(session: Session, X: DataFrame, target: Target, options: Options) -> List[Row]:
    """The table's rows in their order: by p-value, constant features last."""
    if options.test not in _TESTS:
        raise ValueError(f"test_for_binary_target_real_feature must be 'mann' or 'smir', and is {options.test!r}")
    client = load_client()
    args = client.pack({"target": target.codes.tolist(), "ml_task": target.ml_task, "test": options.test})
    results = session.map(BuiltIn("fresh.test", args), _Columns(X))
    types = [result["type"] for result in results]
    table = client.relevance(
        target.codes.tobytes(),
        target.ml_task == "classification",
        [(result["type"], result["p_values"].tobytes()) for result in results],
        options.fdr_level,
        options.hypotheses_independent,
        options.multiclass,
        options.n_significant,
    )
    return [Row(place, types[place], *rest) for place, *rest in table]


class _Columns:
    """A frame's columns as the items of fresh.test."""

    def __init__(self, X: DataFrame) -> None:
        try:
            self._values = numpy.ascontiguousarray(X.to_numpy(dtype="float64").T)
        except (TypeError, ValueError):
            wrong = X.columns[[dtype.kind not in "biuf" for dtype in X.dtypes]]
            raise ValueError(f"Columns of DataFrame must be of numbers: {listed(wrong)}") from None
        self._names = [str(name) for name in X.columns]

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        for name, values in zip(self._names, self._values):
            yield {"feature": name, "values": values}


def table(X: DataFrame, rows: List[Row], target: Target, options: Options) -> DataFrame:
    """The relevance table as tsfresh has it."""
    features = X.columns[[row.place for row in rows]]
    frame = DataFrame({"feature": features, "type": [row.type for row in rows]}, index=features.rename("feature"))
    if options.multiclass and len(target.labels) > 2:
        for place, label in enumerate(target.labels):
            frame[f"p_value_{label}"] = [row.tests[place][0] for row in rows]
            frame[f"relevant_{label}"] = [row.tests[place][1] for row in rows]
        frame["n_significant"] = [row.n_significant for row in rows]
    else:
        frame["p_value"] = [row.p_value for row in rows]
    frame["relevant"] = [row.relevant for row in rows]
    return frame


def listed(names: Sequence[Any]) -> str:
    """The first of them."""
    rest = len(names) - 5
    return ", ".join(map(str, names[:5])) + (f" and {rest} more" if rest > 0 else "")


def warn(X: DataFrame, rows: List[Row], options: Options) -> None:
    """Of what tsfresh warns of."""
    constant = [X.columns[row.place] for row in rows if row.type == "constant"]
    if constant:
        warnings.warn(f"Constant features: {listed(constant)}", RuntimeWarning, stacklevel=4)
    if not any(row.relevant for row in rows):
        warnings.warn(f"No feature was found relevant at an fdr_level of {options.fdr_level}", RuntimeWarning, stacklevel=4)
