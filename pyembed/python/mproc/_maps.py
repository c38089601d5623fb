"""One function over many items, in a session: what map, imap and their kin are made of."""

from __future__ import annotations

import numbers
import operator
import threading
import time
from collections import deque
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Deque, Dict, Generic, Iterable, Iterator, List, Optional, Set, Tuple, TypeVar

from ._errors import Failed
from ._library import load_client
from ._share import take_needs
from ._travel import Kernel, is_native, refusal

if TYPE_CHECKING:
    from ._session import Session

T = TypeVar("T")

ITEM, STAR, ARGUMENTS = 1, 2, 4  # job::Call
FIRST_BATCH, LONGEST_BATCH = 1 << 10, 1 << 13
BATCH_SECONDS = 0.005  # items that come more slowly do not wait for each other
MOST_SECONDS = 1e9
WIDEST_WINDOW = 1 << 20


class Options:
    """How the tasks of a map are run.

    chunk: tasks that travel together (0: as it fits); retries: tries again after an exception; timeout: seconds of
    each task (None or 0: no limit); seed: of the tasks' random numbers, or None.
    """

    __slots__ = ("chunk", "retries", "timeout", "seed")

    def __init__(
        self,
        chunk: int = 0,
        retries: int = 0,
        timeout: Optional[float] = None,
        seed: Optional[int] = None,
        **unknown: Any,
    ) -> None:
        for name in unknown:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(self.__slots__)}, and errors for map")
        self.chunk = whole("chunk", chunk, 63)
        self.retries = whole("retries", retries, 31)
        self.seed = None if seed is None else whole("seed", seed, 64)
        self.timeout = 0.0
        if timeout is not None:
            if not isinstance(timeout, numbers.Real) or not timeout >= 0:
                raise ValueError(f"timeout={timeout!r}: it is seconds, or None")
            self.timeout = min(float(timeout), MOST_SECONDS)


def _length(items: Iterable[Any]) -> int:
    """How many there are, or -1."""
    try:
        return len(items)  # type: ignore[arg-type]
    except TypeError:  # there is no __len__, or one that does not know it
        return -1


def whole(name: str, value: int, bits: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}: it is a whole number") from None
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{name}={value!r}: it is from 0 to 2**{bits} - 1")
    return number


class Map:
    """A map of a session: gives items in growing batches and takes outcomes as they come."""

    def __init__(
        self, session: Session, kernel: Kernel, call: int, items: Iterable[Any], options: Options, inbox: Any = None
    ) -> None:
        """`inbox`: where outcomes come; of its own, where take() is to be called."""
        self._session = session
        self._client = session.client
        self._inbox = inbox or self._client.inbox()
        self._total = _length(items)
        self._items = iter(items)
        self._spread = call == STAR  # each item is a tuple
        self._native = is_native(kernel)
        self._at_hand = self._total >= 0  # else the next item may take its time
        self._batch = FIRST_BATCH if self._at_hand else 1
        self._collected: Deque[Any] = deque()
        self._late_error: Optional[Exception] = None
        self._sending = threading.Lock()
        self._collecting = threading.Event()
        self._sender: Optional[threading.Thread] = None
        self._needs: Set[Any] = set()  # what has to stay until its tasks are done
        self.given = self.taken = 0
        self.exhausted = self.done = self.any_failed = False
        self.number = session.open(self._inbox, kernel, call, self._total, options)
        self._needs.update(take_needs() or ())

    def give(self, most: int = LONGEST_BATCH) -> None:
        """The next items, if there are any. What the iterable raises is raised here, after the map is closed."""
        wanted = min(self._batch, most)
        self._batch = min(self._batch * 2, LONGEST_BATCH)
        ended = True
        if self._at_hand:
            batch: List[Any] = []
            try:
                batch.extend(islice(self._items, wanted))
                ended = len(batch) < wanted
            finally:
                self._send(batch)
                if ended:
                    self.close()
            return
        try:
            ended = self._collect(wanted)
        finally:
            self._send_collected()
            if ended:
                self.close()

    def _collect(self, wanted: int) -> bool:
        """Takes so many items, or those that come in time. Whether they were the last."""
        if wanted > 1 and self._sender is None:
            self._sender = threading.Thread(target=self._send_late, name="mproc-items", daemon=True)
            self._sender.start()
        end = time.monotonic() + BATCH_SECONDS
        self._collecting.set()
        try:
            for count, item in enumerate(self._items, 1):
                self._collected.append(item)
                if time.monotonic() > end:
                    self._batch = 1  # results may be there before the next item is
                    return False
                if count == wanted:
                    return False
            return True
        finally:
            self._collecting.clear()

    def _send_late(self) -> None:
        """The thread that sends items while the iterable is waited for, which may wait for their results."""
        while self._collecting.wait() and not self.exhausted:
            time.sleep(BATCH_SECONDS)
            if self._collecting.is_set():
                try:
                    self._send_collected()
                except Exception as error:
                    self._late_error = error
                    return

    def _send_collected(self) -> None:
        with self._sending:
            if self._late_error is not None:
                raise self._late_error
            self._send([self._collected.popleft() for _ in range(len(self._collected))])

    def _send(self, batch: List[Any]) -> None:
        at = 0
        try:
            while at < len(batch):
                at = self._client.give(self.number, batch, at, self._spread, self._native)
        except load_client().SessionError:
            raise
        except Exception as error:
            if self._native:
                self._refuse(batch[at:], self.given + at)
            raise refusal(error, ((f"item {self.given + i}", batch[i]) for i in range(at, len(batch))))
        finally:
            self.given += at
            self._needs.update(take_needs() or ())

    def _refuse(self, items: List[Any], first: int) -> None:
        """Raises what is wrong with one of the items for a native kernel, and says which."""
        for i, item in enumerate(items):
            try:
                self._client.encode((item,), {}, True)
            except Exception as error:
                raise type(error)(f"item {first + i}: {error}") from None

    @property
    def waits_for_items(self) -> bool:
        """Whether the next item may be long in coming."""
        return self._batch == 1

    def close(self) -> None:
        if not self.exhausted:
            self.exhausted = True
            self._collecting.set()  # the sender may leave
            self._client.close(self.number)

    def take(self, seconds: float) -> Optional[Tuple[int, List[Any]]]:
        """The index of the first and the results of some consecutive tasks, or None when none came in that time."""
        arrival = self._client.take(self._inbox, seconds)
        if arrival is None:
            return None
        if arrival[1] is None:
            self.finish()
            return None
        _, block, first, count = arrival
        self.taken += count
        self._session.show(block)
        values, failed = block.values()
        self.any_failed |= failed
        return first, values

    def cancel(self, end: bool = False) -> None:
        """Nobody wants the rest; with `end`, also tasks that run are ended, unless they end soon."""
        if not self.done:
            self.exhausted = True
            self._collecting.set()
            self.finish()
            self._client.cancel(self.number, end)

    def finish(self) -> None:
        """Nothing more comes."""
        self.done = True
        self._needs.clear()


def run(
    session: Session, kernel: Kernel, call: int, items: Iterable[Any], options: Options, errors: str
) -> List[Any]:
    """All results in the items' order. Of failures, the first is raised once all is done, or, with errors="return",
    exceptions stand in the places of results. An interrupt or an error cancels the map."""
    if errors not in ("raise", "return"):
        raise ValueError(f"errors={errors!r}: it is 'raise' or 'return'")
    tasks = Map(session, kernel, call, items, options)
    blocks: Dict[int, List[Any]] = {}
    problem: Optional[BaseException] = None
    try:
        while not tasks.done:
            if not tasks.exhausted:
                try:
                    tasks.give()
                except Exception as error:  # the items' own: what was sent is done first
                    if not tasks.exhausted:
                        raise
                    problem = error
            came = tasks.take(1e9 if tasks.exhausted else 0)
            while came is not None:
                blocks[came[0]] = came[1]
                came = tasks.take(0)
    except BaseException as error:
        tasks.cancel(end=isinstance(error, KeyboardInterrupt))
        raise
    if problem is not None:
        raise problem
    results: List[Any] = []
    for first in sorted(blocks):
        results += blocks.pop(first)
    if tasks.any_failed:
        for i, result in enumerate(results):
            if isinstance(result, Failed):
                if errors == "raise":
                    raise result.error
                results[i] = result.error
    return results


class Results(Iterator[T], Generic[T]):
    """Results one by one, as the items of an iterable are given and done. A failed task raises when its turn comes;
    the next one can be asked for after it. Closing it, or forgetting it, cancels what is left."""

    def __init__(
        self,
        session: Session,
        kernel: Kernel,
        call: int,
        items: Iterable[Any],
        options: Options,
        ordered: bool,
    ) -> None:
        self._tasks = Map(session, kernel, call, items, options)
        self._ordered = ordered
        self._ready: Deque[Any] = deque()
        self._later: Dict[int, List[Any]] = {}
        self._next = 0
        self._yielded = 0
        self._problem: Optional[Exception] = None  # of the items, raised behind the last result
        self._window = 64  # tasks that are under way or wait to be asked for: more, the faster the consumer is

    def __iter__(self) -> Results[T]:
        return self

    def __next__(self) -> T:
        return self.next(None)

    def next(self, seconds: Optional[float]) -> T:
        """The next result; TimeoutError when it is not there within that time."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._ready:
            if self._tasks.done:
                problem, self._problem = self._problem, None
                raise problem or StopIteration
            try:
                self._fetch(end)
            except KeyboardInterrupt:
                self._tasks.cancel(end=True)
                raise
        result = self._ready.popleft()
        self._yielded += 1
        if isinstance(result, Failed):
            raise result.error
        return result

    def _fetch(self, end: Optional[float]) -> None:
        tasks = self._tasks
        came = tasks.take(0) if tasks.waits_for_items else None
        room = self._window - (tasks.given - self._yielded)
        if came is None and not tasks.exhausted and room > 0:
            try:
                tasks.give(room)
            except Exception as error:
                if not tasks.exhausted:
                    raise
                self._problem = error
        if came is None:
            came = tasks.take(0)
        if came is None and not tasks.done:
            if not tasks.exhausted and room > 0:
                self._window = min(2 * self._window, WIDEST_WINDOW)  # the consumer waits: more may be under way
                return
            came = tasks.take(1e9 if end is None else max(0.0, end - time.monotonic()))
            if came is None and not tasks.done and end is not None and time.monotonic() >= end:
                raise FutureTimeout("the next result is not there in time")
        if came is None:
            return
        first, values = came
        if not self._ordered:
            self._ready += values
            return
        self._later[first] = values
        while self._next in self._later:
            values = self._later.pop(self._next)
            self._next += len(values)
            self._ready += values

    def close(self) -> None:
        """Gives up what is left."""
        with suppress(load_client().SessionError):  # it has ended by itself
            self._tasks.cancel()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:
            pass
