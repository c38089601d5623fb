"""An Executor of concurrent.futures over a session."""

from __future__ import annotations

import concurrent.futures as cf
import threading
import time
import uuid
import weakref
from collections import OrderedDict, deque
from concurrent.futures._base import FINISHED, PENDING, RUNNING
from itertools import islice
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterable, Iterator, List, Optional, Tuple

from ._errors import Failed
from ._maps import ARGUMENTS, ITEM, STAR, Options, Results
from ._remote import Initialized, InitializerFailed
from ._travel import Function, is_native, refusal

if TYPE_CHECKING:
    from ._session import Session

MOST_UNDER_WAY = 1 << 16
MOST_FUNCTIONS = 64  # that executors hold although no call of them is under way
PACE = 0.02  # seconds: calls under way are about twice what ends in that time


class _Values:
    """The results of a block, decoded when one of them is looked at."""

    __slots__ = ("_block", "_values")

    def __init__(self, block: Any) -> None:
        self._block = block
        self._values: List[Any] = []

    def value(self, position: int) -> Any:
        if self._block is not None:
            self._values, _ = self._block.values()
            self._block = None
        return self._values[position]


_first_look = threading.Lock()


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
    _result = _exception = None
    _looked_at: Optional[threading.Condition] = None
    _values: Optional[_Values] = None
    _position = 0

    def __init__(self) -> None:
        pass  # that of the base class makes the condition

    @property
    def _condition(self) -> threading.Condition:
        condition = self._looked_at
        if condition is None:
            with _first_look:
                condition = self._looked_at
                if condition is None:
                    self._waiters: List[Any] = []
                    self._done_callbacks: List[Any] = []
                    condition = self._looked_at = threading.Condition()
        return condition

    def start(self) -> bool:
        """Whether it is to be run: False when it was cancelled."""
        if self._looked_at is None:
            with _first_look:
                if self._looked_at is None:
                    self._state = RUNNING
                    return True
        return self.set_running_or_notify_cancel()

    @staticmethod
    def finish(futures: Iterable[Future], values: _Values) -> None:
        """These are done; `values` has their results in this order."""
        looked_at = []
        with _first_look:
            for position, future in enumerate(futures):
                future._values, future._position = values, position
                if future._looked_at is None:
                    future._state = FINISHED
                else:
                    looked_at.append(future)
        for future in looked_at:
            future.set_result(None)

    def _decode(self) -> None:
        values = self._values
        if values is None:
            return
        value = values.value(self._position)
        if isinstance(value, Failed):
            error = value.error
            if isinstance(error, InitializerFailed):
                broken = cf.BrokenExecutor(f"the initializer of the executor failed: {error}")
                broken.__cause__ = error.__cause__
                error = broken
            self._exception = error
        else:
            self._result = value
        self._values = None

    def result(self, timeout: Optional[float] = None) -> Any:
        if self._state != FINISHED:
            super().result(timeout)
        self._decode()
        return self._result if self._exception is None else super().result(0)

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        if self._state != FINISHED:
            super().exception(timeout)
        self._decode()
        return self._exception


class _Calls:
    """Calls of one function: a map that stays open."""

    __slots__ = ("number", "futures", "given", "left", "closed")

    def __init__(self, number: int) -> None:
        self.number = number
        self.futures: Dict[int, Future] = {}  # under way, by the task's index
        self.given = 0
        self.left = 0  # waiting or under way
        self.closed = False


class Executor(cf.Executor):
    """concurrent.futures.Executor over the ranks of a session.

    Functions travel once to each process, when they are submitted first: what they refer to is as it was then. A call
    that raises, crashes or runs longer than `timeout` seconds fails alone. Several executors may share a session.

    >>> with mproc.Executor() as executor:
    ...     executor.submit(pow, 2, 10).result()
    1024
    """

    def __init__(
        self,
        max_workers: Optional[int] = None,
        *,
        session: Optional[Session] = None,
        initializer: Optional[Callable[..., Any]] = None,
        initargs: Tuple = (),
        retries: int = 0,
        timeout: float = 0,
    ) -> None:
        """Over `session`, else the current one, else one of its own with `max_workers` executors (default: as many as
        fit), which shutdown() stops. `initializer(*initargs)` runs once in each process before its first call."""
        from . import _current
        from ._session import Session

        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._owned = None
        if session is None and _current.is_up():
            session = _current.current("Executor")
        if session is None:
            _current.refuse_in_task("Executor")
            self._owned = session = Session(max_workers or 0)
        self._session, self._client = session, session.client
        self._initializer, self._initargs, self._key = initializer, tuple(initargs), uuid.uuid4().hex
        self._options = Options(retries=retries, timeout=timeout)
        self._inbox = self._client.inbox()
        self._lock = threading.RLock()
        self._waiting: Deque[Tuple[Future, _Calls, bytes]] = deque()
        self._calls: "weakref.WeakKeyDictionary[Any, _Calls]" = weakref.WeakKeyDictionary()
        self._calls_by_function: Dict[Function, _Calls] = {}
        self._last: Tuple[Any, Any] = (None, None)  # of the calls above
        self._by_number: OrderedDict[int, _Calls] = OrderedDict()  # those in use last come last
        self._enough = self._enough_calls()
        self._under_way, self._ended, self._window, self._since = 0, 0, self._enough, time.monotonic()
        self._closed = False
        self._error: Optional[BaseException] = None
        self._thread: Optional[threading.Thread] = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future = Future()
        try:
            call = self._client.encode(args, kwargs, is_native(fn))
        except Exception as error:
            name = getattr(fn, "__qualname__", type(fn).__qualname__)
            named = (*enumerate(args), *kwargs.items())
            future.set_exception(refusal(error, ((f"argument {key!r} of {name}", value) for key, value in named)))
            return future
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._error is not None:
                raise self._error
            calls = self._calls_of(fn)
            calls.left += 1
            self._waiting.append((future, calls, call))
            if self._under_way < self._enough:  # else the next that ends makes room for many at once
                self._feed()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="mproc-executor", daemon=True)
                self._thread.start()
        return future

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: Optional[float] = None,
        chunksize: int = 1,
        buffersize: Optional[int] = None,
    ) -> Iterator[Any]:
        """As Executor.map of the standard library. `chunksize`: 1 leaves it to the session, which knows better;
        `buffersize`: calls under way at most, so that the iterables may be without end."""
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
        call, items = (ITEM, iterables[0]) if len(iterables) == 1 else (STAR, zip(*iterables))
        options = Options(0 if chunksize == 1 else chunksize, self._options.retries, self._options.timeout)
        results: Results[Any] = Results(self._session, self._prepared(fn), call, items, options, True, buffersize)
        if buffersize is None:
            results.give_all()
        return self._results(results, None if timeout is None else time.monotonic() + timeout)

    @staticmethod
    def _results(results: Results[Any], end: Optional[float]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield results.next(None if end is None else max(0.0, end - time.monotonic()))
                except StopIteration:
                    return
        finally:
            results.close()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._closed = True
            if cancel_futures:
                for future, _, _ in self._waiting:
                    future.cancel()
                    future.start()
                self._waiting.clear()
        if self._thread is not None:
            if self._session.is_up:
                self._client.poke(self._inbox)
            if wait:
                self._thread.join()
        if self._owned is not None and (wait or self._thread is None):
            self._owned.stop()

    def _enough_calls(self) -> int:
        """Calls under way that keep all executors busy; there may be none at the moment."""
        return 4 * max(1, self._session.executors)

    # ---- with the lock held

    def _prepared(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        if self._initializer is None:
            return fn
        return Initialized(self._key, self._initializer, self._initargs, fn)

    def _calls_of(self, fn: Callable[..., Any]) -> _Calls:
        found: Optional[_Calls]
        if fn is self._last[0]:
            found = self._last[1]
        elif isinstance(fn, (FunctionType, BuiltinFunctionType, type)):
            found = self._calls.get(fn)
        else:  # a method, a partial: a new object each time
            function = self._session.function(self._prepared(fn))
            found = self._calls_by_function.get(function)
            if found is None or found.closed:
                found = self._calls_by_function[function] = self._open(fn)
            return found
        if found is None or found.closed:
            found = self._calls[fn] = self._open(fn)
        self._last = fn, found
        return found

    def _open(self, fn: Callable[..., Any]) -> _Calls:
        calls = _Calls(self._session.open(self._inbox, self._prepared(fn), ARGUMENTS, -1, self._options))
        self._by_number[calls.number] = calls
        return calls

    def _close_some(self) -> None:
        """Executors do not hold all functions that ever were: those that were called long ago go."""
        for calls in list(islice(self._by_number.values(), 8)):
            if len(self._by_number) > MOST_FUNCTIONS and calls.left == 0:
                calls.closed = True
                del self._by_number[calls.number]
                self._client.close(calls.number)
        if len(self._calls_by_function) > 2 * MOST_FUNCTIONS:
            self._calls_by_function = {key: calls for key, calls in self._calls_by_function.items() if not calls.closed}

    def _feed(self) -> None:
        """Gives what waits, as far as it may be under way."""
        while self._waiting and self._under_way < self._window:
            calls = self._waiting[0][1]
            batch: List[bytes] = []
            while self._waiting and self._under_way < self._window and self._waiting[0][1] is calls:
                future, _, call = self._waiting.popleft()
                if not future.start():
                    calls.left -= 1
                    continue
                calls.futures[calls.given + len(batch)] = future
                batch.append(call)
                self._under_way += 1
            if batch:
                calls.given += len(batch)
                self._client.give_encoded(calls.number, batch)

    def _adapt(self, count: int) -> None:
        self._ended += count
        now = time.monotonic()
        if now - self._since >= PACE:
            self._enough = self._enough_calls()
            self._window = min(max(self._enough, 2 * self._ended), MOST_UNDER_WAY)
            self._ended, self._since = 0, now

    # ---- the thread that takes what comes

    def _serve(self) -> None:
        try:
            while not self._is_over():
                arrival = self._client.take(self._inbox, 1e9)
                if arrival is not None and arrival[1] is not None:
                    self._take(arrival)
            for calls in self._by_number.values():
                self._client.close(calls.number)
        except BaseException as error:
            self._fail(error)
        if self._owned is not None:
            self._owned.stop()

    def _is_over(self) -> bool:
        with self._lock:
            return self._closed and not self._under_way and not self._waiting

    def _take(self, arrival: Tuple) -> None:
        number, block, first, count, _, _ = arrival
        self._session.show(block)
        values = _Values(block)
        with self._lock:
            calls = self._by_number[number]
            calls.left -= count
            self._by_number.move_to_end(number)
            futures = calls.futures
            done = [futures.pop(first + position) for position in range(count)]
            self._under_way -= count
            self._adapt(count)
            self._feed()
            if len(self._by_number) > MOST_FUNCTIONS:
                self._close_some()
        Future.finish(done, values)

    def _fail(self, error: BaseException) -> None:
        """The session has gone."""
        with self._lock:
            self._error = error
            left: List[Future] = [future for future, _, _ in self._waiting if future.start()]
            for calls in self._by_number.values():
                left += calls.futures.values()
                calls.futures.clear()
            self._waiting.clear()
            self._under_way = 0
        for future in left:
            future.set_exception(error)
