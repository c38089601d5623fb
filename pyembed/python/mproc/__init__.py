"""mproc: parallel each over MPI ranks.

In a driver (a script, a prompt, a notebook):

    >>> import mproc
    >>> with mproc.start(2):
    ...     mproc.map(abs, [-1, 2])
    [1, 2]

In the code of tasks:

    >>> def estimate_pi(n):
    ...     x, y = mproc.rng().random((2, n))  # the same numbers on any number of ranks
    ...     return 4 * float((x * x + y * y < 1).mean())
    >>> mproc.map(estimate_pi, [100, 1000], seed=1)
    [3.2, 3.096]

`mproc.data["X"]` is a shared array X: read-only, one copy a node. rng(), task_index() and data answer only in code that
mproc runs; all else is for drivers. `mproc.fresh` is features of time series, with tsfresh's functions.
"""

import sys as _sys
from typing import TYPE_CHECKING, Any, List

from ._data import data
from ._task import rng, task_index

if TYPE_CHECKING:  # "as": type checkers take it for what the package exports
    from . import fresh as fresh
    from ._crossval_driver import crossval as crossval, search as search
    from ._current import imap as imap, imap_unordered as imap_unordered, init as init, map as map, peach as peach
    from ._current import session as session, share as share, start as start, starmap as starmap, stats as stats
    from ._current import stop as stop, submit as submit, workers as workers
    from ._errors import InitError as InitError, RemoteTraceback as RemoteTraceback, TaskError as TaskError
    from ._errors import TaskTimeout as TaskTimeout, WorkerLost as WorkerLost
    from ._executor import Executor as Executor
    from ._futures import Future as Future
    from ._runs import Pickled as Pickled, Row as Row, Run as Run, open as open
    from ._session import Session as Session
    from ._share import SharedArray as SharedArray
    from ._stats import Stats as Stats, Worker as Worker

    class SessionError(RuntimeError):
        """The session has ended, or cannot do what was asked."""


# What drivers use is loaded when it is asked for: tasks import this package, too.
_PARTS = {
    "_crossval_driver": ("crossval", "search"),
    "_current": (
        *("imap", "imap_unordered", "init", "map", "peach", "session", "share", "start", "starmap", "stats"),
        *("stop", "submit", "workers"),
    ),
    "_errors": ("InitError", "RemoteTraceback", "TaskError", "TaskTimeout", "WorkerLost"),
    "_executor": ("Executor",),
    "_futures": ("Future",),
    "_runs": ("Pickled", "Row", "Run", "open"),
    "_session": ("Session",),
    "_share": ("SharedArray",),
    "_stats": ("Stats", "Worker"),
}
_HOME = {name: part for part, names in _PARTS.items() for name in names}

__all__ = ["SessionError", "data", "rng", "task_index", *_HOME]
__version__ = "0.1.0"


if not TYPE_CHECKING:  # a checker would take every name for one of the package

    def __getattr__(name: str) -> Any:
        if name == "SessionError":
            from ._library import load_client

            return load_client().SessionError
        from importlib import import_module

        if name == "fresh":
            return import_module("mproc.fresh")
        if name not in _HOME:
            raise AttributeError(f"module 'mproc' has no attribute {name!r}")
        return getattr(import_module(f"mproc.{_HOME[name]}"), name)


def __dir__() -> List[str]:
    return sorted([*__all__, "fresh"])


if "_mproc" not in _sys.modules:  # a driver
    from ._joblib import register as _register

    _register()
