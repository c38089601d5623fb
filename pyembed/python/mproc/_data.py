"""The arrays that all tasks of a node share, as the executor tells them through its built-in module `_mproc`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Iterator

if TYPE_CHECKING:
    from numpy import ndarray


class _Elements:
    """What NumPy makes an array of without a copy, and what keeps its memory mapped."""

    def __init__(self, interface: dict, owner: object) -> None:
        self.__array_interface__ = interface
        self.owner = owner


class SharedArrays(Mapping):
    """`mproc.data`: the arrays of the job file's [data], by name, and those that a driver shares.

    Each is a read-only NumPy array over the one copy that the node has. Tasks and init code see them.

    >>> X = mproc.share(numpy.array([[0.0, 0.0], [3.0, 4.0]]), "X")
    >>> def nearest(point):
    ...     return int(abs(mproc.data["X"] - point).sum(axis=1).argmin())
    >>> mproc.map(nearest, [(1, 1), (3, 3)])
    [0, 1]
    """

    def __getitem__(self, name: str) -> ndarray:
        found = self._executor().array(name) if isinstance(name, str) else None
        if found is None:
            there = ", ".join(self) or "none; name files in the job's [data]"
            raise KeyError(f"there is no shared array {name!r}; there are: {there}")
        from numpy import asarray

        return asarray(_Elements(*found))

    def __iter__(self) -> Iterator[str]:
        return iter(self._executor().array_names())

    def __len__(self) -> int:
        return len(self._executor().array_names())

    def __repr__(self) -> str:
        return f"<mproc.data: {', '.join(self) or 'no arrays'}>" if "_mproc" in sys.modules else "<mproc.data>"

    @staticmethod
    def _executor() -> Any:
        executor = sys.modules.get("_mproc")
        if executor is None:
            raise RuntimeError("mproc.data answers only in code that mproc runs: tasks and init code")
        return executor


data = SharedArrays()
