"""One function over many items, in a session: what map, imap and their kin are made of."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import TimeoutError as FutureTimeout
from itertools import islice
from typing import TYPE_CHECKING, Any, Deque, Dict, Generic, Iterable, Iterator, List, Optional, Tuple, TypeVar

from ._errors import Failed
from ._library import load_client
from ._travel import Kernel, is_native, refusal

if TYPE_CHECKING:
    from ._session import Session

T = TypeVar("T")

ITEM, STAR, ARGUMENTS = 1, 2, 4  # job::Call
FIRST_BATCH, LONGEST_BATCH = 1 << 10, 1 << 13


class Options:
    """How the tasks of a map are run.

    chunk: tasks that travel together (0: as it fits); retries: tries again after an exception; timeout: seconds of
    each task (0: no limit); seed: of the tasks' random numbers, or None.
    """

    __slots__ = ("chunk", "retries", "timeout", "seed")

    def __init__(self, chunk: int = 0, retries: int = 0, timeout: float = 0, seed: Optional[int] = None) -> None:
        self.chunk, self.retries, self.timeout, self.seed = chunk, retries, timeout, seed


class Map:
    """A map of a session: gives items in growing batches and takes outcomes as they come."""

    def __init__(self, session: Session, kernel: Kernel, call: int, items: Iterable[Any], options: Options) -> None:
        self._session = session
        self._client = session.client
        self._inbox = self._client.inbox()
        self._total = len(items) if hasattr(items, "__len__") else -1  # type: ignore[arg-type]
        self._items = iter(items)
        self._spread = call == STAR  # each item is a tuple
        self._native = is_native(kernel)
        self._batch = FIRST_BATCH
        self.given = self.taken = 0
        self.exhausted = self.done = self.any_failed = False
        self._number = session.open(self._inbox, kernel, call, self._total, options)

    def give(self, most: int = LONGEST_BATCH) -> None:
        """The next items, if there are any. What the iterable raises is raised here, after the map is closed."""
        batch: List[Any] = []
        try:
            batch.extend(islice(self._items, min(self._batch, most)))
        finally:
            at = 0
            while at < len(batch):
                try:
                    at = self._client.give(self._number, batch, at, self._spread, self._native)
                except load_client().SessionError:
                    raise
                except Exception as error:
                    if self._native:
                        self._refuse(batch[at:], self.given + at)
                    raise refusal(error, ((f"item {self.given + i}", batch[i]) for i in range(at, len(batch))))
            self.given += len(batch)
            if len(batch) < min(self._batch, most):
                self.close()
        self._batch = min(self._batch * 2, LONGEST_BATCH)

    def _refuse(self, items: List[Any], first: int) -> None:
        """Raises what is wrong with one of the items for a native kernel, and says which."""
        for i, item in enumerate(items):
            try:
                self._client.encode((item,), {}, True)
            except Exception as error:
                raise type(error)(f"item {first + i}: {error}") from None

    def close(self) -> None:
        if not self.exhausted:
            self.exhausted = True
            self._client.close(self._number)

    def take(self, seconds: float) -> Optional[Tuple[int, List[Any]]]:
        """The index of the first and the results of some consecutive tasks, or None when none came in that time."""
        arrival = self._client.take(self._inbox, seconds)
        if arrival is None:
            return None
        if arrival[1] is None:
            self.done = True
            return None
        _, block, first, count, _, _ = arrival
        self.taken += count
        self._session.show(block)
        values, failed = block.values()
        self.any_failed |= failed
        return first, values

    def cancel(self, end: bool = False) -> None:
        """Nobody wants the rest; with `end`, also tasks that run are ended, unless they end soon."""
        if not self.done:
            self.done = self.exhausted = True
            self._client.cancel(self._number, end)


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
        most: Optional[int] = None,
    ) -> None:
        """`most`: tasks that are under way or wait to be asked for (default: as many as the consumer is fast)."""
        self._tasks = Map(session, kernel, call, items, options)
        self._ordered = ordered
        self._ready: Deque[Any] = deque()
        self._later: Dict[int, List[Any]] = {}
        self._next = 0
        self._yielded = 0
        self._problem: Optional[Exception] = None  # of the items, raised behind the last result
        self._most = most or 1 << 20
        self._window = min(64, self._most)

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

    def give_all(self) -> None:
        """Gives all items now."""
        while not self._tasks.exhausted:
            self._tasks.give()

    def _fetch(self, end: Optional[float]) -> None:
        tasks = self._tasks
        room = self._window - (tasks.given - self._yielded)
        if not tasks.exhausted and room > 0:
            try:
                tasks.give(room)
            except Exception as error:
                if not tasks.exhausted:
                    raise
                self._problem = error
        came = tasks.take(0)
        if came is None and not tasks.done:
            if not tasks.exhausted and self._window < self._most:
                self._window = min(2 * self._window, self._most)  # the consumer waits: more may be under way
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
        self._tasks.cancel()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:
            pass
