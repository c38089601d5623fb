"""What a driver's cross-validation gives: a table with what it is about."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple

_ONE_TYPE = (bool, int, float, str)


class Table(List[Dict[str, Any]]):
    """The rows, where there is no pandas for a DataFrame."""

    attrs: Dict[str, Any]


def table(columns: Sequence[Tuple[str, List[Any]]], attrs: Mapping[str, Any]) -> Any:
    """Parameters are what they are; of all else None is NaN."""
    try:
        from pandas import DataFrame
    except ImportError:
        return _rows(columns, attrs)
    frame = DataFrame({name: _series(name, values) for name, values in columns})
    frame.attrs.update(attrs)
    return frame


def _rows(columns: Sequence[Tuple[str, List[Any]]], attrs: Mapping[str, Any]) -> Table:
    named = [(name, values if _is_param(name) else _with_nan(values)) for name, values in columns]
    rows = Table({name: values[row] for name, values in named} for row in range(len(columns[0][1])))
    rows.attrs = dict(attrs)
    return rows


def _series(name: str, values: List[Any]) -> Any:
    from pandas import Series

    if not _is_param(name):
        return Series(_with_nan(values))
    kinds = {type(value) for value in values}
    return Series(values, dtype=None if len(kinds) == 1 and kinds <= set(_ONE_TYPE) else object)


def _is_param(name: str) -> bool:
    return name.startswith("param_")


def _with_nan(values: List[Any]) -> List[Any]:
    return [float("nan") if value is None else value for value in values]
