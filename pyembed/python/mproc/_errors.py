"""What a driver's tasks may end with."""

from __future__ import annotations

import pickle
from typing import Optional


class TaskError(RuntimeError):
    """A task has no result, and not because it raised an exception that could travel.

    >>> try:
    ...     mproc.map(lambda x: 1 / x, [0], timeout=5)
    ... except mproc.TaskError as error:
    ...     print(error.kind)
    ... except ZeroDivisionError as error:  # its own exception, which can travel
    ...     print(error, "from", type(error.__cause__).__name__)
    division by zero from RemoteTraceback

    `kind` says why: exception, exit, encode, lookup, init, crash, lost, timeout, memory or item; `type`, `message` and
    `traceback` are those of the remote side; `host`, `rank` and `pid` tell where it ran, `attempts` how often.
    """

    def __init__(
        self,
        kind: str,
        type: str = "",
        message: str = "",
        traceback: str = "",
        host: str = "",
        rank: int = -1,
        pid: int = 0,
        attempts: int = 1,
    ) -> None:
        super().__init__(kind, type, message, traceback, host, rank, pid, attempts)
        self.kind, self.type, self.message, self.traceback = kind, type, message, traceback
        self.host, self.rank, self.pid, self.attempts = host, rank, pid, attempts

    def __str__(self) -> str:
        text = f"{self.type}: {self.message}" if self.type and self.message else self.message or self.type or self.kind
        return f"{text} ({_place(self.rank, self.host)})" if self.rank >= 0 else text


class InitError(RuntimeError):
    """Init code raised; its traceback is the cause.

    >>> try:
    ...     mproc.init("1 / 0")
    ... except mproc.InitError as error:
    ...     print(error)
    ZeroDivisionError: division by zero
    """


class WorkerLost(TaskError):
    """The executor that ran the task died, or its rank or node was lost, more often than `lost_retries` allow.

    >>> try:
    ...     mproc.map(os._exit, [3])
    ... except mproc.WorkerLost as error:
    ...     print(error.kind, error.attempts, error.message)
    crash 3 the executor exited with status 3 (os._exit or exit in native code)
    """


class TaskTimeout(TaskError, TimeoutError):
    """The task took longer than its `timeout`; its executor was ended.

    >>> mproc.map(time.sleep, [0, 60], timeout=0.2, errors="return")[1].kind
    'timeout'
    """


class RemoteTraceback(Exception):
    """The cause of a remote exception: its traceback there, with rank and host.

    >>> error, = mproc.map("math:sqrt", [-1], errors="return")
    >>> error, type(error.__cause__).__name__
    (ValueError('math domain error'), 'RemoteTraceback')
    """

    def __init__(self, traceback: str, rank: int = -1, host: str = "") -> None:
        super().__init__(traceback, rank, host)
        self.traceback, self.rank, self.host = traceback, rank, host

    def __str__(self) -> str:
        return f"{_place(self.rank, self.host) if self.rank >= 0 else 'remote'}\n\n{self.traceback}"


def _place(rank: int, host: str) -> str:
    return f"rank {rank} on {host}"


class Failed:
    """In the place of a result: why there is none."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


_CLASSES = {"crash": WorkerLost, "lost": WorkerLost, "timeout": TaskTimeout}


def failed(
    kind: str,
    type: str,
    message: str,
    traceback: str,
    host: str,
    rank: int,
    pid: int,
    attempts: int,
    exception: bytes,
) -> Failed:
    """The failure of a task as an exception: its own one where that can travel."""
    error: Optional[BaseException] = None
    if exception:
        try:
            error = pickle.loads(exception)
        except BaseException as problem:  # the constructor of a user's class may do anything
            message += f" [the exception itself cannot be unpickled here: {problem!r}]"
    if not isinstance(error, Exception):
        error = _CLASSES.get(kind, TaskError)(kind, type, message, traceback, host, rank, pid, attempts)
    if traceback:
        error.__cause__ = RemoteTraceback(traceback, rank, host)
    return Failed(error)
