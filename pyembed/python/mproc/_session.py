"""Sessions: a driver's own central and workers."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Optional, Sequence, Tuple, TypeVar, Union

from . import _stats, _travel
from ._errors import InitError, RemoteTraceback, failed
from ._library import load_client
from ._maps import ITEM, STAR, Options, Results, run
from ._process import host, settings
from ._share import SharedArray, Sharer
from ._stats import Stats, Worker
from ._travel import Kernel

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ._executor import Executor

T = TypeVar("T")

_Path = Union[str, "os.PathLike[str]"]
_MODULE, _FILE, _CODE = 0, 1, 2  # job::InitBlock::Kind


class _Stopped:
    """In the place of a stopped session's client."""

    def __getattr__(self, name: str) -> Any:
        raise load_client().SessionError("the session has been stopped")


class Session:
    """Executors that wait for work.

    >>> with mproc.start(2) as session:
    ...     session.executors, session.map(abs, [-1, 2])
    (2, [1, 2])

    The functions of the package (mproc.map and others) are the same as the methods of the session that was started
    last. A session belongs to the process that started it, and ends with it; any of its threads may use it.
    """

    def __init__(self, executors: int = 0, **limits: Any) -> None:
        """Starts a session of so many executors (0: as many as this machine has cores for). SessionError when it does
        not come up. `limits` are those of start()."""
        executors = executors or int(os.environ.get("MPROC_EXECUTORS") or 0)
        self.limits = limits
        self._host = host(executors, settings(**limits))
        client = load_client().Client
        self.client = self._host.client(lambda end: client(end, _travel.dump, _travel.load, _travel.array, failed))
        self._lock = threading.Lock()
        self.sharer = Sharer(self)
        self._executor: Optional[Executor] = None  # of submit()
        self._stopped = False
        self._pid = os.getpid()
        atexit.register(self.stop)
        try:
            self.client.executors(1, 60.0)
            self.client.executors(executors, 5.0)  # most come together; a late one is no reason to wait longer
        except BaseException:
            self.stop()
            raise

    # ---- its life

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the session: running tasks are given up. A second time it does nothing."""
        if self._stopped or self.is_inherited:
            return
        self._stopped = True
        atexit.unregister(self.stop)
        self._host.stop(self.client, list(self.sharer.open))
        self.client = _Stopped()

    @property
    def pid(self) -> int:
        """The process that owns all others of the session."""
        return self._host.pid

    @property
    def pieces(self) -> List[Tuple[int, str, str]]:
        """What init() has run so far."""
        return list(self._host.pieces)

    @property
    def is_inherited(self) -> bool:
        """Whether it is that of the process which forked this one."""
        return os.getpid() != self._pid

    @property
    def is_stopped(self) -> bool:
        """Whether stop() has ended it."""
        return self._stopped

    @property
    def is_up(self) -> bool:
        """Whether it can be used."""
        if self._stopped or self.is_inherited:
            return False
        try:
            self.client.executors(0, 0.0)
        except load_client().SessionError:
            return False
        return True

    @property
    def executors(self) -> int:
        """How many executors are up."""
        return self.client.executors(0, 0.0)

    def workers(self) -> List[Worker]:
        """The worker ranks that are there.

        >>> [(worker.rank, worker.executors) for worker in mproc.workers()]
        [(1, 1), (2, 1)]
        """
        return _stats.read(self.client)[0]

    def stats(self) -> Stats:
        """What has become of all tasks so far.

        >>> before = mproc.stats().succeeded
        >>> mproc.map(abs, range(-100, 0), errors="return")[:2]
        [100, 99]
        >>> mproc.stats().succeeded - before
        100
        """
        return _stats.read(self.client)[1]

    def __repr__(self) -> str:
        return f"<mproc.Session of {self.executors} executors>" if self.is_up else "<mproc.Session that has ended>"

    # ---- what executors run before their tasks

    def init(
        self,
        code: Optional[str] = None,
        *,
        files: Union[_Path, Sequence[_Path]] = (),
        modules: Union[str, Sequence[str]] = (),
    ) -> None:
        """Every executor imports the modules under their names, then runs the files, then the code, before any task
        of later calls. What they define is found by name: `mproc.map("f", items)`. InitError when that raises; what ran
        before stays, as at a prompt.

        >>> mproc.init("def double(x): return 2 * x", modules=["math"])
        >>> mproc.map("double", [1, 2])
        [2, 4]
        """
        pieces = [(_MODULE, name, "") for name in ([modules] if isinstance(modules, str) else modules)]
        for name in [files] if isinstance(files, (str, os.PathLike)) else files:
            with open(name, encoding="utf-8") as file:
                pieces.append((_FILE, str(name), file.read()))
        if code is not None:
            pieces.append((_CODE, "code", code))
        first = self.add(pieces)
        failure = self.map("_mproc:init_failure", [[first, first + len(pieces)]])[0]
        if failure is not None:
            type_, message, traceback = failure
            raise InitError(f"{type_}: {message}" if type_ else message) from RemoteTraceback(traceback)

    def share(self, array: Any, name: str = "") -> SharedArray:
        """Puts an array into the memory of each node, once, for tasks of later calls: as an argument it arrives as the
        array itself, read-only; with a name it is mproc.data[name], too. It stays until close() or the session's end.

        >>> X = mproc.share(numpy.arange(10.0), "X")
        >>> mproc.map(lambda i: mproc.data["X"][i], [3])
        [3.0]
        """
        return self.sharer.share(array, name)

    def add(self, pieces: List[Tuple[int, str, str]]) -> int:
        """Sends pieces of init code; the position of the first."""
        with self._lock:
            first = len(self._host.pieces)
            for piece in pieces:
                self.client.init(*piece)
            self._host.pieces += pieces
            return first

    # ---- maps

    def map(self, function: Kernel, *iterables: Iterable[Any], errors: str = "raise", **options: Any) -> List[Any]:
        """[function(x) for x in items], in the same order; of several iterables, function(x, y, ...).

        `function` is a callable, or a name: "module:function", what init() has defined, or native code:
        "native:LIBRARY:KERNEL", "native:libm.so:hypot(f64, f64) -> f64". Native kernels take plain values and arrays;
        a list, a tuple or a dict is several arguments, unless the kernel takes it whole. When tasks fail, the first
        failure in the items' order is raised once all others are done; with errors="return", exceptions stand in the
        places of results. Options: chunk, retries, timeout (seconds of each task), seed; see Options.

        >>> mproc.map(pow, [2, 3], [10, 10])
        [1024, 59049]
        """
        call, items = (ITEM, iterables[0]) if len(iterables) == 1 else (STAR, zip(*iterables))
        return run(self, function, call, items, Options(**options), errors)

    peach = map

    def starmap(self, function: Kernel, items: Iterable[Sequence[Any]], errors: str = "raise", **options: Any) -> List[Any]:
        """[function(*x) for x in items].

        >>> mproc.starmap(pow, [(2, 5), (3, 2)])
        [32, 9]
        """
        return run(self, function, STAR, map(tuple, items), Options(**options), errors)

    def imap(self, function: Kernel, items: Iterable[Any], **options: Any) -> Results[Any]:
        """As map(), but an iterator: items may come without end, results come in their order as they are done.

        >>> for root in mproc.imap("math:sqrt", itertools.count()):
        ...     if root > 10: break
        """
        return Results(self, function, ITEM, items, Options(**options), True)

    def imap_unordered(self, function: Kernel, items: Iterable[Any], **options: Any) -> Results[Any]:
        """As imap(), in the order in which tasks end.

        >>> sorted(mproc.imap_unordered(abs, [-3, 1, -2]))
        [1, 2, 3]
        """
        return Results(self, function, ITEM, items, Options(**options), False)

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """One call as a concurrent.futures.Future, whose result() waits for it; as of an mproc.Executor.

        >>> mproc.submit(pow, 2, 10).result()
        1024
        """
        from ._executor import Executor

        with self._lock:
            if self._executor is None:
                self._executor = Executor(session=self)
        return self._executor.submit(function, *args, **kwargs)

    # ---- for the parts of this package

    def open(self, inbox: Any, kernel: Kernel, call: int, total: int, options: Options) -> int:
        """Opens a map; returns its number."""
        function = self.function(kernel)
        return self.client.open(
            inbox,
            function.name,
            function.pickled,
            function.python,
            _travel.search_path(),
            call,
            total,
            options.chunk,
            options.retries,
            options.timeout,
            options.seed,
        )

    def function(self, kernel: Kernel) -> _travel.Function:
        """The kernel ready to travel."""
        return _travel.function(kernel)

    def show(self, block: Any) -> None:
        """Prints what the block's tasks have printed."""
        for text in block.printed():
            with suppress(OSError, ValueError):  # nobody reads it, or it is closed
                sys.stdout.write(text)
