"""What the engine has to know of samples to divide them: how many there are, classes, groups, times of labels."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy
from numpy import ndarray

_US = "datetime64[us]"  # of which float64 has any in this millennium


def samples(X: Any, y: Any, groups: Any, label_starts: Any, label_ends: Any) -> Tuple[Any, ...]:
    """As the client's Crossval takes them. ValueError for what does not fit together."""
    count = _rows(X)
    if y is not None and _rows(y, "y") != count:
        raise ValueError(f"X has {count} rows, and y has {_rows(y, 'y')}: each sample needs one of both")
    return (
        count,
        _classes(y),
        _column("groups", groups, count, _codes),
        _column("label_starts", label_starts, count, _numbers),
        _column("label_ends", label_ends, count, _numbers),
    )


def _rows(array: Any, name: str = "X") -> int:
    try:
        return int(array.shape[0]) if hasattr(array, "shape") else len(array)
    except (TypeError, IndexError):
        raise ValueError(f"{name} has to have a row a sample; {type(array).__name__} has none") from None


def _classes(y: Any) -> Optional[bytes]:
    """Of labels: integers, booleans, text. Nothing for other targets."""
    values = numpy.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values.ravel()
    if y is None or values.ndim != 1:
        return None
    is_label = values.dtype.kind in "biuSU"
    if values.dtype.kind == "O":
        is_label = all(isinstance(value, (str, int, numpy.integer, numpy.bool_)) for value in values)
    try:
        return _codes(values) if is_label else None
    except TypeError:  # some are text, and some are numbers
        return None


def _column(name: str, given: Any, count: int, convert: Any) -> Optional[bytes]:
    if given is None:
        return None
    values = numpy.asarray(given)
    if values.ndim != 1:
        raise ValueError(f"{name} has to have a value a sample, and has {values.ndim} dimensions")
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} values, and X has {count} rows: each sample needs one")
    try:
        return convert(values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be used: {error}") from None


def _codes(values: ndarray) -> bytes:
    return numpy.unique(values, return_inverse=True)[1].astype("int64").tobytes()


def _numbers(values: ndarray) -> bytes:
    """Of times those of microseconds."""
    if values.dtype.kind == "O" and len(values) > 0 and hasattr(values[0], "timestamp"):
        values = numpy.array([value.timestamp() * 1e6 for value in values])
    elif values.dtype.kind == "M":
        values = values.astype(_US).astype("int64")
    return values.astype("float64").tobytes()
