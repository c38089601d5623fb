"""Futures whose results are decoded when they are asked for."""

from __future__ import annotations

import concurrent.futures as cf
import threading
from concurrent.futures._base import FINISHED, PENDING, RUNNING
from typing import Any, Iterable, List, Optional

from ._errors import Failed
from ._remote import InitializerFailed


class Values:
    """The results of a block, decoded when one of them is looked at."""

    __slots__ = ("_block", "_values")

    def __init__(self, block: Any) -> None:
        self._block = block
        self._values: List[Any] = []

    def all(self) -> List[Any]:
        block = self._block
        if block is not None:
            self._values, _ = block.values()
            self._block = None
        return self._values


def error_of(failed: Failed) -> BaseException:
    """As users of an Executor see it."""
    error = failed.error
    if not isinstance(error, InitializerFailed):
        return error
    broken = cf.BrokenExecutor(f"the initializer of the executor failed: {error}")
    broken.__cause__ = error.__cause__
    return broken


_first_look = threading.RLock()  # a signal's handler, or the garbage collector, may come to it in the middle


class Future(cf.Future):
    """A concurrent.futures.Future whose result is decoded when it is asked for.

    It has a condition (and what goes with it) from the time on when somebody waits for it, cancels it or adds a
    callback: most futures are only looked at when they are done, and the garbage collector would be busy with tens of
    thousands of conditions. Until then its state changes under the lock _first_look.

    >>> futures = [mproc.submit(pow, 2, i) for i in range(3)]
    >>> sorted(future.result() for future in concurrent.futures.as_completed(futures))
    [1, 2, 4]
    """

    _state: str = PENDING
    _looked_at: Optional[threading.Condition] = None
    _values: Optional[Values] = None
    _position = 0
    _value = _error = None
    needs: Any = None  # what has to stay until it is done

    def __init__(self) -> None:
        pass  # that of the base class makes the condition

    @property
    def _condition(self) -> threading.Condition:
        if self._looked_at is None:
            condition = threading.Condition()
            with _first_look:
                if self._looked_at is None:
                    self._waiters: List[Any] = []
                    self._done_callbacks: List[Any] = []
                    self._looked_at = condition
        return self._looked_at

    def start(self) -> bool:
        """Whether it is to be run: False when it was cancelled."""
        if self._looked_at is None:
            with _first_look:
                if self._looked_at is None:
                    self._state = RUNNING
                    return True
        return self.set_running_or_notify_cancel()

    @staticmethod
    def finish(futures: Iterable[Future], values: Values) -> None:
        """These are done; `values` has their results in this order."""
        looked_at = []
        with _first_look:
            for position, future in enumerate(futures):
                if future.needs is not None:
                    future.needs = None
                future._values, future._position = values, position
                if future._looked_at is None:
                    future._state = FINISHED
                else:
                    looked_at.append(future)
        for future in looked_at:
            future.set_result(None)

    def fail(self, error: BaseException) -> None:
        """It is done without having run to its end."""
        self.needs = None
        self.set_exception(error)

    def _decode(self) -> None:
        values = self._values
        if values is None:
            return
        value = values.all()[self._position]
        if isinstance(value, Failed):
            self._error = error_of(value)
        else:
            self._value = value
        self._values = None

    # What the base class keeps, and asyncio reads.

    @property
    def _result(self) -> Any:
        self._decode()
        return self._value

    @_result.setter
    def _result(self, value: Any) -> None:
        self._value = value

    @property
    def _exception(self) -> Optional[BaseException]:
        self._decode()
        return self._error

    @_exception.setter
    def _exception(self, error: Optional[BaseException]) -> None:
        self._error = error

    def result(self, timeout: Optional[float] = None) -> Any:
        if self._state == FINISHED:
            self._decode()
            if self._error is None:
                return self._value
        return super().result(timeout)

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        return self._exception if self._state == FINISHED else super().exception(timeout)
