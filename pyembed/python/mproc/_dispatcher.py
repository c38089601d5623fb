"""What an Executor has under way: single calls, and maps."""

from __future__ import annotations

import concurrent.futures as cf
import threading
import time
import weakref
from collections import OrderedDict, deque
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterable, Iterator, List, Optional, Tuple

from ._errors import Failed
from ._futures import Future, Values, error_of
from ._maps import ARGUMENTS, Map, Options
from ._share import take_needs
from ._travel import Function, Kernel

if TYPE_CHECKING:
    from ._session import Session

MOST_UNDER_WAY = 1 << 16
MOST_FUNCTIONS = 64  # that executors hold although no call of them is under way
PACE = 0.02  # seconds: calls under way are about twice what ends in that time
AFTER_SHUTDOWN = "cannot schedule new futures after shutdown"


class Calls:
    """Calls of one function: a map that stays open."""

    __slots__ = ("number", "needs", "futures", "given", "left", "closed")

    def __init__(self, number: int, needs: Any) -> None:
        self.number, self.needs = number, needs
        self.futures: Dict[int, Future] = {}  # under way, by the task's index
        self.given = 0
        self.left = 0  # waiting or under way
        self.closed = False


class MapCalls(Iterator[Any]):
    """The results of one Executor.map(), as they are asked for in the items' order. One thread asks."""

    def __init__(self, tasks: Map, most: Optional[int], end: Optional[float]) -> None:
        self.tasks, self._most, self._end = tasks, most, end
        self._changed = threading.Condition()
        self._blocks: Dict[int, Tuple[Values, int]] = {}  # by the first task
        self._next = 0
        self._ready: Deque[Any] = deque()
        self._over = False
        self._error: Optional[BaseException] = None

    def give(self) -> None:
        """Gives the items that may be under way now: all, or as many as a buffer has room for."""
        tasks = self.tasks
        while not tasks.exhausted:
            if self._most is None:
                tasks.give()
                continue
            room = self._most - (tasks.given - self._next + len(self._ready))
            if room <= 0:
                return
            tasks.give(room)

    def arrived(self, first: int, count: int, values: Values) -> None:
        with self._changed:
            self._blocks[first] = values, count
            self._changed.notify_all()

    def end(self, error: Optional[BaseException] = None) -> None:
        """Nothing more comes. `error`: what is asked for then."""
        with self._changed:
            self._over, self._error = True, self._error or error
            self._changed.notify_all()

    def stop_giving(self) -> None:
        """The executor is shut down: what was given is done, the rest of the items is not taken."""
        if not self.tasks.exhausted:
            self._error = RuntimeError(AFTER_SHUTDOWN)
            self.tasks.close()

    def __next__(self) -> Any:
        self.give()
        if not self._ready:
            left = None if self._end is None else max(0.0, self._end - time.monotonic())
            with self._changed:
                if not self._changed.wait_for(lambda: self._next in self._blocks or self._over, left):
                    raise cf.TimeoutError("the next result is not there in time")
                if self._next not in self._blocks:
                    raise self._error or StopIteration
                values, count = self._blocks.pop(self._next)
            self._next += count
            self._ready.extend(values.all())
        value = self._ready.popleft()
        if isinstance(value, Failed):
            raise error_of(value)
        return value


class Dispatcher:
    """Gives calls as there is room for them, and has a thread that takes what comes. It goes on after its Executor is
    gone, until all is done."""

    def __init__(self, session: Session, options: Options, prepared: Callable[[Kernel], Kernel], owns: bool) -> None:
        self._session, self._client, self._owns = session, session.client, owns
        self._options, self._prepared = options, prepared
        self._inbox = self._client.inbox()
        self._lock = threading.RLock()
        self._waiting: Deque[Tuple[Future, Calls, bytes]] = deque()
        self._maps: Dict[int, MapCalls] = {}
        self._by_object: "weakref.WeakKeyDictionary[Any, Calls]" = weakref.WeakKeyDictionary()
        self._by_function: Dict[Function, Calls] = {}
        self._by_number: Dict[int, Calls] = {}
        self._idle: OrderedDict[int, Calls] = OrderedDict()  # those that were called last come last
        self._last: Tuple[Any, Any] = (None, None)  # of the calls above
        self._enough = self._enough_calls()
        self._under_way, self._ended, self._window, self._since = 0, 0, self._enough, time.monotonic()
        self._closed = False
        self._error: Optional[BaseException] = None
        self._thread: Optional[threading.Thread] = None
        _open.add(self)

    def submit(self, future: Future, fn: Kernel, call: bytes) -> None:
        with self._lock:
            self._check()
            try:
                calls = self._calls_of(fn)
            except TypeError as error:
                future.set_exception(error)
                return
            if not self._under_way:
                self._window = self._enough  # a pause: what was is not what comes
            if not calls.left:
                self._idle.pop(calls.number, None)
            calls.left += 1
            self._waiting.append((future, calls, call))
            if self._under_way < self._enough:  # else the next that ends makes room for many at once
                self._feed()
            self._start()

    def map(
        self, fn: Kernel, call: int, items: Iterable[Any], options: Options, most: Optional[int], end: Optional[float]
    ) -> MapCalls:
        """`most`: tasks under way, or whose results wait, at most; None: all items are given now."""
        with self._lock:
            self._check()
            tasks = Map(self._session, self._prepared(fn), call, items, options, self._inbox)
            results = self._maps[tasks.number] = MapCalls(tasks, most, end)
            self._start()
        try:
            results.give()
        except BaseException:
            self.cancel(results)
            raise
        return results

    def cancel(self, results: MapCalls, end: bool = False) -> None:
        """Nobody wants the rest of a map; `end`: tasks that run are ended, too."""
        with self._lock:
            if self._maps.pop(results.tasks.number, None) is not None:
                results.end(cf.CancelledError())
                results.tasks.cancel(end)
                self._wake()

    def close(self, cancel: bool = False, end: bool = False) -> None:
        """No more calls come; the thread ends when all is done. `cancel`: what has not started is not run any more;
        `end`: what runs is ended."""
        waiting: List[Future] = []
        ended: List[Future] = []
        with self._lock:
            self._closed = True
            for results in list(self._maps.values()):
                self.cancel(results, end) if cancel else results.stop_giving()
            if cancel:
                waiting = [future for future, _, _ in self._waiting]
                self._waiting.clear()
            if end:
                ended = self._end_calls()
            self._wake()
        for future in waiting:
            future.cancel()
            future.start()
        for future in ended:
            future.fail(cf.CancelledError())
        if self._thread is None:
            self._finish()

    @property
    def is_inherited(self) -> bool:
        """Whether it is that of the process which forked this one: its thread is not here."""
        return self._session.is_inherited

    def join(self) -> None:
        """Waits until all is done. After close()."""
        if self._thread is not None:
            self._thread.join()

    def _enough_calls(self) -> int:
        """Calls under way that keep all executors busy; there may be none at the moment."""
        return 4 * max(1, self._session.executors)

    # ---- with the lock held

    def _check(self) -> None:
        if self._closed:
            raise RuntimeError(AFTER_SHUTDOWN)
        if self._error is not None:
            raise self._error

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="mproc-executor", daemon=True)
            self._thread.start()

    def _wake(self) -> None:
        """Lets the thread see whether all is done."""
        if self._thread is not None and self._session.is_up:
            self._client.poke(self._inbox)

    def _calls_of(self, fn: Kernel) -> Calls:
        if fn is self._last[0] and not self._last[1].closed:
            return self._last[1]
        found: Optional[Calls]
        if isinstance(fn, (FunctionType, BuiltinFunctionType, type)):
            found = self._by_object.get(fn)
        else:  # a method, a partial: a new object each time
            function = self._session.function(self._prepared(fn))
            found = self._by_function.get(function)
            if found is None or found.closed:
                found = self._by_function[function] = self._open(fn)
            return found
        if found is None or found.closed:
            found = self._by_object[fn] = self._open(fn)
        self._last = fn, found
        return found

    def _open(self, fn: Kernel) -> Calls:
        number = self._session.open(self._inbox, self._prepared(fn), ARGUMENTS, -1, self._options)
        calls = self._by_number[number] = Calls(number, take_needs())
        return calls

    def _forget_some(self) -> None:
        """Executors do not hold all functions that ever were: those that were called long ago go."""
        while len(self._idle) > MOST_FUNCTIONS:
            number, calls = self._idle.popitem(last=False)
            calls.closed = True
            del self._by_number[number]
            self._client.close(number)
        if len(self._by_function) > 2 * MOST_FUNCTIONS:
            self._by_function = {key: calls for key, calls in self._by_function.items() if not calls.closed}

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
            elif not calls.left:
                self._idle[calls.number] = calls

    def _adapt(self, count: int) -> None:
        self._ended += count
        now = time.monotonic()
        if now - self._since >= PACE:
            self._enough = self._enough_calls()
            pace = int(2 * self._ended * PACE / (now - self._since))
            self._window = min(max(self._enough, pace), MOST_UNDER_WAY)
            self._ended, self._since = 0, now

    def _end_calls(self) -> List[Future]:
        """Ends the calls under way."""
        ended: List[Future] = []
        for calls in self._by_number.values():
            self._client.cancel(calls.number, True)
            ended += calls.futures.values()
        self._by_number.clear()
        self._idle.clear()
        self._under_way = 0
        return ended

    # ---- the thread that takes what comes

    def _serve(self) -> None:
        try:
            while not self._is_over():
                arrival = self._client.take(self._inbox, 1e9)
                if arrival is None:
                    continue
                if arrival[1] is None:
                    self._end_map(arrival[0])
                else:
                    self._take(*arrival)
            for number in self._by_number:
                self._client.close(number)
        except BaseException as error:
            self._fail(error)
        self._finish()

    def _finish(self) -> None:
        _open.discard(self)
        if self._owns:
            self._session.stop()

    def _is_over(self) -> bool:
        with self._lock:
            return self._closed and not self._under_way and not self._waiting and not self._maps

    def _take(self, number: int, block: Any, first: int, count: int) -> None:
        self._session.show(block)
        values = Values(block)
        with self._lock:
            results = self._maps.get(number)
            if results is not None:
                results.arrived(first, count, values)
                return
            calls = self._by_number.get(number)
            if calls is None:  # cancelled
                return
            calls.left -= count
            futures = calls.futures
            done = [futures.pop(first + position) for position in range(count)]
            self._under_way -= count
            self._adapt(count)
            self._feed()
            if not calls.left:
                self._idle[number] = calls
                self._forget_some()
        Future.finish(done, values)

    def _end_map(self, number: int) -> None:
        with self._lock:
            results = self._maps.pop(number, None)
            if results is not None:
                results.tasks.finish()
                results.end()

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
            for results in self._maps.values():
                results.tasks.finish()
                results.end(error)
            self._maps.clear()
        for future in left:
            future.fail(error)


_open: "weakref.WeakSet[Dispatcher]" = weakref.WeakSet()


def _finish_all() -> None:
    """At the interpreter's exit: what was given is done first, as in the executors of the standard library."""
    own = [dispatcher for dispatcher in _open if not dispatcher.is_inherited]
    for dispatcher in own:
        dispatcher.close()
    for dispatcher in own:
        dispatcher.join()


threading._register_atexit(_finish_all)  # type: ignore[attr-defined]
