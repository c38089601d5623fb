"""What executors run on behalf of the driver's side of this package. Light: they import nothing else of it."""

from __future__ import annotations

import pickle
from typing import Any, Callable, Dict, Tuple


class InitializerFailed(Exception):
    """The initializer of an Executor raised."""


_initialized: Dict[str, Dict[str, Any]] = {}  # the globals that each initializer has set


def _globals(function: Callable[..., Any]) -> Dict[str, Any]:
    return getattr(getattr(function, "func", function), "__globals__", {})


class Initialized:
    """A function whose process runs an initializer before its first call."""

    def __init__(self, key: str, initializer: Callable[..., Any], initargs: Tuple, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise TypeError(f"{function!r}: an executor with an initializer takes functions themselves, not their names")
        self.key, self.initializer, self.initargs, self.function = key, initializer, initargs, function
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        self.is_ready = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.is_ready:
            self._prepare()
        return self.function(*args, **kwargs)

    def _prepare(self) -> None:
        """A function that travels by value has globals of its own, in common with the initializer beside it alone: what
        the initializer has set in the process is set there, too."""
        names = _globals(self.initializer)
        done = _initialized.get(self.key)
        if done is None:
            before = dict(names)
            try:
                self.initializer(*self.initargs)
            except Exception as error:
                raise InitializerFailed(repr(error)) from error
            missing = object()
            done = {name: value for name, value in names.items() if before.get(name, missing) is not value}
            _initialized[self.key] = done
        names.update(done)
        self.is_ready = True


def call_pickled(data: bytes) -> Any:
    """Loads a callable and calls it."""
    return pickle.loads(data)()


def shared_array(name: str) -> Any:
    """The shared array of that name, as it is unpickled."""
    from ._data import data

    return data[name]


def copy_of_shared_array(name: str) -> Any:
    """A copy of it, which the task may write to."""
    return shared_array(name).copy()
