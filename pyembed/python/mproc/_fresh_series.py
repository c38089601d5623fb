"""The time series of pandas DataFrames: grouped by id and kind, in order, as arrays."""

from __future__ import annotations

from typing import Any, Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy
import pandas
from numpy import ndarray
from pandas import DataFrame, DatetimeIndex, Index
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype


class Kind(NamedTuple):
    """All series of one kind, one after the other."""

    name: Hashable
    ids: ndarray  # whose they are, as places among all ids, ascending
    edges: ndarray  # where each begins among the values, and where the last one ends
    values: ndarray  # contiguous float64
    times: Optional[DatetimeIndex]  # of the values
    indexed: bool  # whether they are the frame's index

    def hours(self) -> ndarray:
        """Of the values, since the first one of their series."""
        assert self.times is not None
        firsts = numpy.repeat(self.edges[:-1], numpy.diff(self.edges))
        return (self.times - self.times[firsts]).total_seconds().to_numpy() / 3600


class Items:
    """Series as the items of fresh.extract: the arrays are views."""

    def __init__(self, kinds: Sequence[Kind], timed: bool) -> None:
        self._kinds, self._timed = kinds, timed

    def __len__(self) -> int:
        return sum(len(kind.ids) for kind in self._kinds)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        for kind in self._kinds:
            values, edges = kind.values, kind.edges.tolist()
            hours = kind.hours() if self._timed else None
            for start, end in zip(edges, edges[1:]):
                item = {"id": "", "column": "", "values": values[start:end]}  # results come in the items' order
                if hours is not None:
                    item["hours"] = hours[start:end]
                yield item


def read(container: Any, column_id: Any, column_sort: Any, column_kind: Any, column_value: Any) -> Tuple[Index, List[Kind]]:
    """All ids in ascending order, and the kinds in the order of tsfresh's columns. ValueError for what is no such
    container."""
    if column_id is None:
        raise ValueError("A value for column_id needs to be supplied")
    if isinstance(container, dict):
        return _of_dict(container, column_id, column_sort, column_value)
    if not isinstance(container, DataFrame):
        raise ValueError(
            f"timeseries_container must be a DataFrame or a dict of DataFrames, and is a {type(container).__name__}"
        )
    if column_kind is not None:
        return _of_stacked(container, column_id, column_sort, column_kind, column_value)
    return _of_flat(container, column_id, column_sort, column_value)


def restricted(container: Any, column_id: Any, index: Index) -> Any:
    """The rows of these ids alone. ValueError where there are none."""
    if isinstance(container, dict):
        return {kind: restricted(frame, column_id, index) for kind, frame in container.items()}
    if not isinstance(container, DataFrame) or column_id not in container.columns:
        return container  # which read() refuses
    rows = container[container[column_id].isin(index)]
    if rows.empty:
        raise ValueError("timeseries_container and the index of X have no id in common")
    return rows


def _of_flat(frame: DataFrame, column_id: Any, column_sort: Any, column_value: Any) -> Tuple[Index, List[Kind]]:
    """A column a kind."""
    names = _others(frame, column_id, column_sort) if column_value is None else [column_value]
    _check(frame, column_id, column_sort, *names)
    _check_names(names)
    codes, all_ids = pandas.factorize(frame[column_id], sort=True)
    rows = _Rows(frame, codes, column_sort)
    return Index(all_ids, name=None), [Kind(name, rows.groups, rows.edges, rows.take(name), *rows.times) for name in names]


def _of_stacked(
    frame: DataFrame, column_id: Any, column_sort: Any, column_kind: Any, column_value: Any
) -> Tuple[Index, List[Kind]]:
    """A column of kinds, and one of values."""
    if column_value is None:
        others = _others(frame, column_id, column_sort, column_kind)
        if len(others) != 1:
            raise ValueError(f"column_value is not said, and there are several columns left: {', '.join(map(str, others))}")
        column_value = others[0]
    _check(frame, column_id, column_sort, column_kind, column_value)
    id_codes, all_ids = pandas.factorize(frame[column_id], sort=True)
    kind_codes, names = pandas.factorize(frame[column_kind], sort=True)
    rows = _Rows(frame, kind_codes * len(all_ids) + id_codes, column_sort)
    values, (times, indexed) = rows.take(column_value), rows.times
    kinds = []
    for code, name in enumerate(names):
        first, last = numpy.searchsorted(rows.groups, (code * len(all_ids), (code + 1) * len(all_ids)))
        start, end = rows.edges[first], rows.edges[last]
        whose = rows.groups[first:last] - code * len(all_ids)
        times_here = None if times is None else times[start:end]
        kinds.append(Kind(name, whose, rows.edges[first : last + 1] - start, values[start:end], times_here, indexed))
    kinds.sort(key=lambda kind: kind.ids[0])  # as they come when ids are gone through one by one
    return Index(all_ids, name=None), kinds


def _of_dict(frames: Dict[Any, DataFrame], column_id: Any, column_sort: Any, column_value: Any) -> Tuple[Index, List[Kind]]:
    """A frame a kind."""
    if column_value is None:
        raise ValueError("A value for column_value needs to be supplied where timeseries_container is a dict")
    if not frames:
        raise ValueError("timeseries_container must not be empty")
    _check_names(frames)
    for frame in frames.values():
        if not isinstance(frame, DataFrame):
            raise ValueError(f"timeseries_container must be a dict of DataFrames, and has a {type(frame).__name__}")
        _check(frame, column_id, column_sort, column_value)
    codes, all_ids = pandas.factorize(pandas.concat([frame[column_id] for frame in frames.values()]), sort=True)
    kinds, end = [], 0
    for name, frame in frames.items():
        rows = _Rows(frame, codes[end : end + len(frame)], column_sort)
        kinds.append(Kind(name, rows.groups, rows.edges, rows.take(column_value), *rows.times))
        end += len(frame)
    return Index(all_ids, name=None), kinds


class _Rows:
    """A frame's rows by group, then as a column sorts them; equal ones stay as they come."""

    def __init__(self, frame: DataFrame, groups: ndarray, column_sort: Any) -> None:
        self._frame = frame
        keys = None if column_sort is None else _keys(frame[column_sort])
        self._order = None if _in_order(groups, keys) else numpy.lexsort((groups,) if keys is None else (keys, groups))
        groups = self._ordered(groups)
        changes = numpy.flatnonzero(numpy.diff(groups, prepend=-1))
        self.edges = numpy.append(changes, len(groups))
        self.groups = groups[changes]  # those that there are
        self.times = self._times(column_sort)

    def take(self, name: Any) -> ndarray:
        """A column's numbers."""
        column = self._frame[name]
        try:
            if not is_numeric_dtype(column.dtype) and column.dtype != object:
                raise TypeError
            return numpy.ascontiguousarray(self._ordered(column.to_numpy(dtype="float64")))
        except (TypeError, ValueError):
            raise ValueError(f"Column must be of numbers: {name}") from None

    def _ordered(self, rows: Any) -> Any:
        return rows if self._order is None else rows[self._order]

    def _times(self, column_sort: Any) -> Tuple[Optional[DatetimeIndex], bool]:
        frame = self._frame
        if isinstance(frame.index, DatetimeIndex):
            return self._ordered(frame.index), True
        if column_sort is not None and is_datetime64_any_dtype(frame[column_sort].dtype):
            return self._ordered(DatetimeIndex(frame[column_sort])), False
        return None, False


def _keys(column: Any) -> ndarray:
    """What compares as the column's values do."""
    if isinstance(column.dtype, numpy.dtype) and column.dtype.kind in "biufmM":
        return column.to_numpy()
    return pandas.factorize(column, sort=True)[0]


def _in_order(groups: ndarray, keys: Optional[ndarray]) -> bool:
    before, after = groups[:-1], groups[1:]
    if keys is None:
        return bool((before <= after).all())
    return bool(((before < after) | ((before == after) & (keys[:-1] <= keys[1:]))).all())


def _others(frame: DataFrame, *columns: Any) -> List[Any]:
    others = [column for column in frame.columns if column not in columns]
    if not others:
        raise ValueError("There is no column of values: name it as column_value")
    return others


def _check(frame: DataFrame, *columns: Any) -> None:
    if not frame.columns.is_unique:
        raise ValueError("Columns must have different names")
    for column in columns:
        if column is None:  # of column_sort
            continue
        if column not in frame.columns:
            raise ValueError(f"Column not found: {column}")
        if frame[column].isnull().any():
            raise ValueError(f"Column must not contain NaN values: {column}")


def _check_names(kinds: Any) -> None:
    """That columns of features can be told apart."""
    for kind in kinds:
        if str(kind).endswith("_") or "__" in str(kind):
            raise ValueError(f"The name of a kind must not contain '__' or end with '_': {kind}")
