"""The runs of `mproc run`, read from their directories: without a session, without MPI."""

from __future__ import annotations

import os
import pickle
import warnings
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Optional, Union

from . import _travel
from ._errors import TaskError, failed
from ._library import load_client

if TYPE_CHECKING:
    from pandas import DataFrame


class Pickled:
    """A result that is a Python object. Loading it runs what is in it: do so with runs that you trust.

    >>> mproc.open("thirds")[0].result.load()
    Fraction(1, 3)
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    def load(self) -> Any:
        """The object."""
        return pickle.loads(self.data)

    def __repr__(self) -> str:
        return f"<mproc.Pickled: {len(self.data)} bytes; load() makes the object of them>"


class Row(NamedTuple):
    """One task of a run.

    >>> mproc.open("decay")[1]
    Row(index=1, item=1, result=0.5, status='ok', error=None)
    """

    index: int  # type: ignore[assignment]  # tuples have a method of that name
    item: Any
    result: Any  # None where there is none
    status: str  # "ok", "failed" or "pending"
    error: Optional[TaskError]  # of a failed task: its kind, type, message, traceback, host, rank, pid, attempts


class Run:
    """A run as it was when mproc.open() read it, also one that is under way.

    Iterating gives a Row for each task in the order of the input, and reads them as it goes: a run may be larger than
    the memory.

    >>> run = mproc.open("decay")
    >>> run, len(run), run[3].result
    (<mproc.Run decay-0001: finished, 4 succeeded, 1 failed>, 5, 0.125)
    >>> [row.result for row in run]
    [1.0, 0.5, 0.25, 0.125, None]
    """

    def __init__(self, run: Union[str, os.PathLike[str], None], unpickle: bool) -> None:
        name = None if run is None else os.fspath(run)
        self._reader = load_client().Run(name, _load if unpickle else Pickled, _travel.array, _failure, _moment)
        self.path, self.status, self._tasks, self.succeeded, self.failed, damage = self._reader.about()
        for line in damage:
            warnings.warn(f"run {self.name}: {line}", stacklevel=3)

    @property
    def name(self) -> str:
        """As "decay-0001"."""
        return os.path.basename(self.path)

    def __repr__(self) -> str:
        return f"<mproc.Run {self.name}: {self.status}, {self.succeeded} succeeded, {self.failed} failed>"

    def __len__(self) -> int:
        return self._tasks

    def __iter__(self) -> Iterator[Row]:
        return _rows(self._reader.rows(0, False))

    def __getitem__(self, task: int) -> Row:
        index = task + len(self) if task < 0 else task
        if not 0 <= index < len(self):
            raise IndexError(f"run {self.name} knows of {len(self)} tasks, numbered from 0; there is no task {task}")
        return next(_rows(self._reader.rows(index, False)))

    def failures(self) -> Iterator[Row]:
        """The rows of the tasks that failed.

        >>> for row in mproc.open("decay").failures():
        ...     print(row.index, row.error.kind, row.error.type, row.error.message)
        4 exception ValueError too old
        """
        return _rows(self._reader.rows(0, True))

    def to_pandas(self) -> DataFrame:
        """The table that `mproc results` writes: the items' columns, the results' columns, status and error, one row
        for each task, whose number is the frame's index. What a row lacks is missing (None or NaN).

        >>> mproc.open("decay").to_pandas()
           item  result  status                error
        0     0   1.000      ok                 None
        1     1   0.500      ok                 None
        2     2   0.250      ok                 None
        3     3   0.125      ok                 None
        4     4     NaN  failed  ValueError: too old
        """
        from pandas import DataFrame, RangeIndex

        table = self._reader.table()
        columns: list[list[Any]] = [[] for _ in (*table.names(), "status", "error")]
        while (parts := table.columns())[-1]:
            for column, part in zip(columns, parts):
                column += part
        frame = DataFrame(index=RangeIndex(len(self)))
        for place, name in enumerate((*table.names(), "status", "error")):
            frame.insert(place, name, columns[place])
            columns[place] = []  # of which the frame has its own
        return frame


def open(run: Union[str, os.PathLike[str], None] = None, *, unpickle: bool = False) -> Run:
    """A run of `mproc run`: a run directory, "decay-0001", "decay" (the last run of that name), or without a name the
    last run. Names are looked up in ./runs, or in MPROC_RUNS. FileNotFoundError for what is no run.

    It needs neither a session nor MPI, in any Python, while the run is under way too. Results that are Python objects
    are Pickled; with unpickle=True they are loaded, which runs what is in them.

    >>> run = mproc.open("decay")
    >>> run.status, run.succeeded, run.failed
    ('finished', 4, 1)
    """
    return Run(run, unpickle)


def _rows(reader: Any) -> Iterator[Row]:
    while batch := reader.next():
        yield from map(Row._make, batch)


def _load(data: bytes) -> Any:
    try:
        return pickle.loads(data)
    except Exception as problem:
        raise pickle.UnpicklingError(
            f"a result cannot be unpickled here ({type(problem).__name__}: {problem}); without unpickle=True such "
            "results are mproc.Pickled"
        ) from problem


def _failure(*fields: Any) -> BaseException:
    without_pickle = (*fields[:-1], b"")
    return failed(*without_pickle).error


def _moment(text: str) -> Union[date, str]:
    """A datetime or a date; the text itself where Python cannot hold it."""
    fraction = text[20:].partition("+")[0].rstrip("Z")
    if len(fraction.partition("-")[0]) > 6:  # nanoseconds
        return text
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
