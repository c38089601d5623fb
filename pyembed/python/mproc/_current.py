"""The session that the functions of the package use: the one that was started last."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Mapping, Optional, Sequence, TypeVar, Union

from ._library import load_client
from ._maps import Results
from ._session import Session
from ._share import SharedArray
from ._stats import Stats, Worker
from ._travel import Kernel

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

_current: Optional[Session] = None
_lock = threading.RLock()  # of starts and stops


def start(
    executors: int = 0,
    *,
    memory: Union[str, int] = "",
    recycle: int = 0,
    cpus: int = 1,
    gpus: int = 0,
    pin: bool = False,
    env: Optional[Mapping[str, str]] = None,
) -> Session:
    """Starts a session of so many executors (0: as many as fit) and makes it the current one; an earlier one that is
    still up is stopped. SessionError when it does not come up.

    Limits, as the keys of a job file: memory ("2GiB", of each executor with all that it starts), recycle (tasks after
    which an executor makes way for a new one), cpus and gpus (of each executor), pin, env (variables of executors).

    >>> with mproc.start(2, memory="2GiB") as session:
    ...     session.map(abs, [-1, 2])
    [1, 2]
    """
    global _current
    refuse_in_task("start")
    with _lock:
        stop()
        _current = Session(executors, memory=memory, recycle=recycle, cpus=cpus, gpus=gpus, pin=pin, env=env)
        return _current


def stop() -> None:
    """Ends the current session, if there is one.

    >>> mproc.stop()
    """
    global _current
    with _lock:
        session, _current = _current, None
    if session is not None:
        session.stop()


def current(function: str = "map") -> Session:
    """The current session; a new one with all usable cores where there is none, which a line says."""
    global _current
    refuse_in_task(function)
    if _current is not None and _current.is_inherited:
        raise load_client().SessionError("a forked child cannot talk to its parent's session; mproc.start() gives it its own")
    if _current is not None and not _current.is_stopped and not _current.is_up:
        raise load_client().SessionError(
            "the session has ended; mproc.start() begins a new one, without what init() and share() had brought"
        )
    with _lock:
        if _current is None or _current.is_stopped:
            _current = Session()
            if "MPROC_EXECUTORS" not in os.environ:  # which mproc python sets
                print(f"mproc: started a session of {_current.executors} executors; mproc.stop() ends it", file=sys.stderr)
        return _current


def is_up() -> bool:
    """Whether there is a current session."""
    return _current is not None and _current.is_up


def refuse_in_task(function: str) -> None:
    if "_mproc" in sys.modules:
        raise RuntimeError(
            f"mproc.{function}() was called inside of a task or init code: tasks cannot wait for other tasks "
            "(all executors might); call it in the driver"
        )


def init(*args: Any, **pieces: Any) -> None:
    """Session.init() of the current session. A number before the code asks for at least so many executors.

    >>> mproc.init(2, "def successor(x): return x + 1")
    >>> mproc.map("successor", [1, 2])
    [2, 3]
    """
    global _current
    words = list(args)
    if words and isinstance(words[0], int):
        _grow(words.pop(0))
    current("init").init(*words, **pieces)


def _grow(executors: int) -> None:
    """A session of so many executors in the place of a smaller one, with its init code and shared arrays."""
    global _current
    with _lock:
        if _current is None or not _current.is_up:
            start(executors)
            return
        before = _current
        if before.executors >= executors:
            return
        arrays = [(shared, shared.array()) for shared in before.sharer.open.values()]
        for shared, array in arrays:
            if array is None:
                raise load_client().SessionError(
                    f"for {executors} executors the session has to start again, and {shared.name!r}, which it shares, is "
                    f"not in this program any more; share it after init({executors}), or begin with mproc.start({executors})"
                )
        grown = Session(executors, **before.limits)  # which may fail: then the one before stays
        before.stop()
        _current = grown
        grown.add(before.pieces)
        grown.sharer.take_over(arrays)


def workers() -> List[Worker]:
    return current("workers").workers()


def stats() -> Stats:
    return current("stats").stats()


def session() -> Session:
    """The current session; one is started where there is none.

    >>> mproc.session()
    <mproc.Session of 2 executors>
    """
    return current("session")


def share(array: Any, name: str = "") -> SharedArray:
    return current("share").share(array, name)


def map(function: Kernel, *iterables: Iterable[Any], errors: str = "raise", **options: Any) -> List[Any]:
    return current("map").map(function, *iterables, errors=errors, **options)


def peach(function: Kernel, *iterables: Iterable[Any], errors: str = "raise", **options: Any) -> List[Any]:
    return current("peach").map(function, *iterables, errors=errors, **options)


def starmap(function: Kernel, items: Iterable[Sequence[Any]], errors: str = "raise", **options: Any) -> List[Any]:
    return current("starmap").starmap(function, items, errors=errors, **options)


def imap(function: Kernel, items: Iterable[Any], **options: Any) -> Results[Any]:
    return current("imap").imap(function, items, **options)


def imap_unordered(function: Kernel, items: Iterable[Any], **options: Any) -> Results[Any]:
    return current("imap_unordered").imap_unordered(function, items, **options)


def submit(function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
    return current("submit").submit(function, *args, **kwargs)


for _function in (submit, workers, stats, share, map, peach, starmap, imap, imap_unordered):
    _function.__doc__ = getattr(Session, _function.__name__).__doc__
