"""Arrays that all tasks of a node see, shared by a driver."""

from __future__ import annotations

import io
import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from ._remote import copy_of_shared_array, shared_array

if TYPE_CHECKING:
    from ._session import Session

try:
    from cloudpickle import CloudPickler as _Pickler
except ImportError:
    from pickle import Pickler as _Pickler

SHARED_FROM = 1 << 16  # bytes: smaller arrays are as well sent along
READ_ONLY_FROM = 1 << 20  # bytes of joblib's arrays, as with its own processes: of smaller ones each task has a copy


class _Hold:
    """A shared array stays in the nodes' memory for as long as somebody has this."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self.belongs_to(session)

    def belongs_to(self, session: Session) -> None:
        self.session = weakref.ref(session)

    def __del__(self) -> None:
        session = self.session()
        if session is not None:
            session.sharer.free(self)


class _Needs(threading.local):
    """The arrays that this thread's pickles have named since somebody looked."""

    def __init__(self) -> None:
        self.named: Set[_Hold] = set()


_needs = _Needs()


def take_needs() -> Optional[Set[_Hold]]:
    """What tasks need that were pickled by this thread since the last call: to be kept until they are done."""
    named = _needs.named
    if not named:
        return None
    _needs.named = set()
    return named


class SharedArray:
    """An array that is in the memory of each node once. As an argument of a task it arrives as that array, read-only.

    >>> X = mproc.share(numpy.ones((1000, 1000)))
    >>> X
    <mproc.SharedArray 'shared_0': (1000, 1000) of float64>
    >>> mproc.starmap(numpy.vdot, [(X, X)])
    [1000000.0]
    """

    def __init__(self, session: Session, name: str, array: Any) -> None:
        self.name, self.shape, self.dtype = name, array.shape, array.dtype
        self.array = weakref.ref(array)
        self._hold: Optional[_Hold] = _Hold(session, name)

    def belongs_to(self, session: Session) -> None:
        if self._hold is not None:
            self._hold.belongs_to(session)

    def __reduce__(self) -> Tuple:
        if self._hold is None:
            raise ValueError(f"the shared array {self.name!r} has been closed")
        _needs.named.add(self._hold)
        return shared_array, (self.name,)

    def __repr__(self) -> str:
        return f"<mproc.SharedArray {self.name!r}: {self.shape} of {self.dtype}>"

    def close(self) -> None:
        """Frees it, once no task that was given needs it any more; later tasks cannot have it."""
        if self._hold is not None:
            session, self._hold = self._hold.session(), None
            if session is not None and session.sharer.open.get(self.name) is self:
                del session.sharer.open[self.name]


_numbers = itertools.count()  # of arrays without a name


class Sharer:
    """The arrays of a session."""

    def __init__(self, session: Session) -> None:
        self._session = weakref.ref(session)
        self.open: Dict[str, SharedArray] = {}  # until they are closed, by name
        self._holds: Dict[str, int] = {}  # by name: the id of the hold of the array that executors know by it

    def share(self, array: Any, name: str = "") -> SharedArray:
        """An array that stays until it is closed."""
        shared = self.share_for_now(array, name)
        self.open[shared.name] = shared
        return shared

    def share_for_now(self, array: Any, name: str = "") -> SharedArray:
        """An array that stays while somebody has it, or a task that needs it is under way."""
        import numpy

        array = numpy.asarray(array)
        session = self._session()
        assert session is not None
        shared = SharedArray(session, name or f"shared_{next(_numbers)}", array)
        self._send(shared, array)
        return shared

    def take_over(self, arrays: List[Tuple[SharedArray, Any]]) -> None:
        """What an earlier session shared is in this one, too."""
        session = self._session()
        assert session is not None
        for shared, array in arrays:
            shared.belongs_to(session)
            self._send(shared, array)
            self.open[shared.name] = shared

    def _send(self, shared: SharedArray, array: Any) -> None:
        import numpy

        session = self._session()
        assert session is not None
        if array.dtype.hasobject or array.dtype.names is not None:
            raise TypeError(f"an array of {array.dtype} cannot be shared; its elements have to be numbers, text or dates")
        fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
        plain = array if fortran else numpy.ascontiguousarray(array)
        session.client.share(shared.name, plain.dtype.str, fortran, array.shape, plain.ctypes.data, plain.nbytes)
        assert shared._hold is not None
        self._holds[shared.name] = id(shared._hold)

    def free(self, hold: _Hold) -> None:
        """Called when nobody has it: an array of this name that was shared later stays."""
        if self._holds.get(hold.name) != id(hold):
            return
        del self._holds[hold.name]
        session = self._session()
        try:
            if session is not None and session.is_up:
                session.client.unshare(hold.name)
        except Exception:  # the session has just ended, or the interpreter does
            pass


class ArraysOfCall:
    """The large arrays among the arguments of one parallel call: each is sent once, as it is when it is met first."""

    def __init__(self, sharer: Sharer) -> None:
        self._sharer = sharer
        self._known: Dict[int, Tuple[Any, SharedArray]] = {}

    def shared(self, array: Any) -> SharedArray:
        key = id(array)
        known = self._known.get(key)
        if known is None or known[0]() is not array:
            forget = weakref.ref(array, lambda _, known=self._known: known.pop(key, None))  # type: ignore[misc]
            known = self._known[key] = (forget, self._sharer.share_for_now(array))
        return known[1]

    def dumps(self, value: object) -> bytes:
        """A pickle with large arrays by reference, and what belongs to __main__ by value."""
        buffer = io.BytesIO()
        _SharingPickler(buffer, self).dump(value)
        return buffer.getvalue()


class _SharingPickler(_Pickler):
    def __init__(self, file: io.BytesIO, arrays: ArraysOfCall) -> None:
        super().__init__(file, protocol=5)
        self._arrays = arrays

    def reducer_override(self, obj: Any) -> Any:
        import numpy

        if type(obj) is numpy.ndarray and obj.nbytes >= SHARED_FROM and obj.dtype.kind in "biufc":
            function, args = self._arrays.shared(obj).__reduce__()
            return (function if obj.nbytes >= READ_ONLY_FROM else copy_of_shared_array), args
        base = getattr(super(), "reducer_override", None)
        return NotImplemented if base is None else base(obj)
