"""mproc: parallel each over MPI ranks.

In a driver (a script, a prompt, a notebook):

    import mproc

    with mproc.start(4):
        print(mproc.map(abs, [-1, 2]))

In the code of tasks:

    def estimate_pi(n):
        x, y = mproc.rng().random((2, n))  # the same numbers on any number of ranks
        return 4 * (x * x + y * y < 1).mean()

`mproc.data["X"]` is a shared array X: read-only, one copy a node. rng(), task_index() and data answer only in code that
mproc runs; all else is for drivers.
"""

import sys as _sys
from typing import TYPE_CHECKING, Any

from ._data import data
from ._task import rng, task_index

if TYPE_CHECKING:
    from ._current import (
        imap,
        imap_unordered,
        init,
        map,
        peach,
        session,
        share,
        start,
        starmap,
        stats,
        stop,
        submit,
        workers,
    )
    from ._errors import InitError, RemoteTraceback, TaskError, TaskTimeout, WorkerLost
    from ._futures import Executor, Future
    from ._runs import Pickled, Row, Run, open
    from ._session import Session
    from ._share import SharedArray
    from ._stats import Stats, Worker

    class SessionError(RuntimeError):
        """The session has ended, or cannot do what was asked."""


# What drivers use is loaded when it is asked for: tasks import this package, too.
_PARTS = {
    "_current": (
        *("imap", "imap_unordered", "init", "map", "peach", "session", "share", "start", "starmap", "stats"),
        *("stop", "submit", "workers"),
    ),
    "_errors": ("InitError", "RemoteTraceback", "TaskError", "TaskTimeout", "WorkerLost"),
    "_futures": ("Executor", "Future"),
    "_runs": ("Pickled", "Row", "Run", "open"),
    "_session": ("Session",),
    "_share": ("SharedArray",),
    "_stats": ("Stats", "Worker"),
}
_HOME = {name: part for part, names in _PARTS.items() for name in names}

__all__ = ["SessionError", "data", "rng", "task_index", *_HOME]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "SessionError":
        from ._library import load_client

        return load_client().SessionError
    if name not in _HOME:
        raise AttributeError(f"module 'mproc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mproc.{_HOME[name]}"), name)


def __dir__() -> list:
    return sorted(__all__)


if "_mproc" not in _sys.modules:  # a driver
    from ._joblib import register as _register

    _register()
