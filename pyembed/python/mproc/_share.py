"""Arrays that all tasks of a node see, shared by a driver."""

from __future__ import annotations

import io
import itertools
import weakref
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ._remote import shared_array

if TYPE_CHECKING:
    from ._session import Session

try:
    from cloudpickle import CloudPickler as _Pickler
except ImportError:
    from pickle import Pickler as _Pickler

SHARED_FROM = 1 << 16  # bytes: smaller arrays are as well sent along


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
        self.belongs_to(session)

    def belongs_to(self, session: Session) -> None:
        self._session = weakref.ref(session)

    def __reduce__(self) -> Tuple:
        return shared_array, (self.name,)

    def __repr__(self) -> str:
        return f"<mproc.SharedArray {self.name!r}: {self.shape} of {self.dtype}>"

    def close(self) -> None:
        """Frees it, once no task under way needs it any more; later tasks cannot have it."""
        session = self._session()
        if session is not None and session.is_up:
            session.client.unshare(self.name)
            session.sharer.open.pop(self.name, None)


_numbers = itertools.count()  # of arrays without a name


class Sharer:
    """The arrays that a session has shared by itself, by identity: one is sent once for as long as it lives."""

    def __init__(self, session: Session) -> None:
        self._session = weakref.ref(session)
        self._known: Dict[int, Tuple[Any, SharedArray]] = {}
        self.open: Dict[str, SharedArray] = {}  # by name

    def share(self, array: Any, name: str = "") -> SharedArray:
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
            self._send(shared, array)
            shared.belongs_to(session)

    def _send(self, shared: SharedArray, array: Any) -> None:
        import numpy

        session = self._session()
        assert session is not None
        if array.dtype.hasobject or array.dtype.names is not None:
            raise TypeError(f"an array of {array.dtype} cannot be shared; its elements have to be numbers, text or dates")
        fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
        plain = array if fortran else numpy.ascontiguousarray(array)
        session.client.share(shared.name, plain.dtype.str, fortran, array.shape, plain.ctypes.data, plain.nbytes)
        self.open[shared.name] = shared

    def once(self, array: Any) -> SharedArray:
        """The shared form of that very object."""
        known = self._known.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        shared = self.share(array)
        key = id(array)
        self._known[key] = (weakref.ref(array, lambda _: self._forget(key, shared)), shared)
        return shared

    def _forget(self, key: int, shared: SharedArray) -> None:
        self._known.pop(key, None)
        try:
            shared.close()
        except Exception:  # at the end of the interpreter
            pass

    def dumps(self, value: object) -> bytes:
        """A pickle with large arrays by reference, and what belongs to __main__ by value."""
        buffer = io.BytesIO()
        _SharingPickler(buffer, self).dump(value)
        return buffer.getvalue()


class _SharingPickler(_Pickler):
    def __init__(self, file: io.BytesIO, sharer: Sharer) -> None:
        super().__init__(file, protocol=5)
        self._sharer = sharer

    def reducer_override(self, obj: Any) -> Any:
        import numpy

        if type(obj) is numpy.ndarray and obj.nbytes >= SHARED_FROM and obj.dtype.kind in "biufc":
            return self._sharer.once(obj).__reduce__()
        base = getattr(super(), "reducer_override", None)
        return NotImplemented if base is None else base(obj)
