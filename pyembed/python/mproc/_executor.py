"""An Executor of concurrent.futures over a session."""

from __future__ import annotations

import concurrent.futures as cf
import time
import uuid
import weakref
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Optional, Tuple

from ._dispatcher import Dispatcher, MapCalls
from ._futures import Future
from ._maps import ITEM, STAR, Options
from ._remote import Initialized
from ._share import take_needs
from ._travel import is_native, refusal

if TYPE_CHECKING:
    from ._session import Session


class Executor(cf.Executor):
    """concurrent.futures.Executor over the ranks of a session.

    Functions travel once to each process, when they are submitted first: what they refer to is as it was then. A call
    that raises, crashes or runs longer than `timeout` seconds fails alone. Several executors may share a session. At
    the interpreter's exit, what was submitted is done first.

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
        timeout: Optional[float] = None,
    ) -> None:
        """Over `session`, else the current one, else one of its own with `max_workers` executors (default: as many as
        fit), which shutdown() stops. `initializer(*initargs)` runs once in each process before its first call."""
        from . import _current
        from ._session import Session

        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._options = Options(retries=retries, timeout=timeout)
        owns = session is None and not _current.is_up()
        if owns:
            _current.refuse_in_task("Executor")
            session = Session(max_workers or 0)
        elif session is None:
            session = _current.current("Executor")
        assert session is not None
        self._client = session.client
        initargs, key = tuple(initargs), uuid.uuid4().hex

        def prepared(fn: Any) -> Any:
            return fn if initializer is None else Initialized(key, initializer, initargs, fn)

        self._dispatcher = Dispatcher(session, self._options, prepared, owns)
        weakref.finalize(self, self._dispatcher.close).atexit = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future = Future()
        try:
            call = self._client.encode(args, kwargs, is_native(fn))
        except Exception as error:
            name = getattr(fn, "__qualname__", type(fn).__qualname__)
            named = (*enumerate(args), *kwargs.items())
            future.set_exception(refusal(error, ((f"argument {key!r} of {name}", value) for key, value in named)))
            return future
        future.needs = take_needs()
        self._dispatcher.submit(future, fn, call)
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
        call, items = (ITEM, iterables[0]) if len(iterables) == 1 else (STAR, zip(*iterables))
        options = Options(0 if chunksize == 1 else chunksize, self._options.retries, self._options.timeout)
        end = None if timeout is None else time.monotonic() + timeout
        return _results(self._dispatcher, self._dispatcher.map(fn, call, items, options, buffersize, end))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._dispatcher.close(cancel_futures)
        if wait:
            self._dispatcher.join()

    def _abort(self) -> None:
        """Shuts down, and ends what runs."""
        self._dispatcher.close(cancel=True, end=True)


def _results(dispatcher: Dispatcher, results: MapCalls) -> Iterator[Any]:
    """All of a map's results. What nobody ever looks at is done, what somebody gives up is not."""
    try:
        yield from results
    finally:
        dispatcher.cancel(results)
