"""What executors run on behalf of the driver's side of this package. Light: they import nothing else of it."""

from __future__ import annotations

import pickle
from typing import Any, Callable, Set, Tuple


class InitializerFailed(Exception):
    """The initializer of an Executor raised."""


_initialized: Set[str] = set()


class Initialized:
    """A function whose process runs an initializer before its first call."""

    def __init__(self, key: str, initializer: Callable[..., Any], initargs: Tuple, function: Callable[..., Any]) -> None:
        self.key, self.initializer, self.initargs, self.function = key, initializer, initargs, function
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.key not in _initialized:
            try:
                self.initializer(*self.initargs)
            except Exception as error:
                raise InitializerFailed(repr(error)) from error
            _initialized.add(self.key)
        return self.function(*args, **kwargs)


def call_pickled(data: bytes) -> Any:
    """Loads a callable and calls it."""
    return pickle.loads(data)()


def shared_array(name: str) -> Any:
    """The shared array of that name, as it is unpickled."""
    from ._data import data

    return data[name]
