"""Which object inside of a value keeps it from travelling, for the error that says so."""

from __future__ import annotations

import inspect
import pickle
from functools import partial
from itertools import islice
from reprlib import repr as short
from types import FunctionType, MethodType
from typing import Any, Callable, Iterator, Optional, Tuple

_MOST_PARTS, _DEEPEST = 10_000, 20


def culprit(value: Any, dump: Callable[[Any], Any]) -> str:
    """As "its ['model'].lock of type lock cannot be pickled (...)"; empty when `dump` takes the value after all."""
    error = _refusal(value, dump)
    if error is None:
        return ""
    where = ""
    for _ in range(_DEEPEST):
        found = _refused_part(value, dump)
        if found is None:
            break
        where, value, error = where + found[0], found[1], found[2]
    whose = f"its {where.lstrip()} of" if where else "its"
    return f"{whose} type {type(value).__name__} cannot be pickled ({error})"


def _refusal(value: Any, dump: Callable[[Any], Any]) -> Optional[Exception]:
    try:
        dump(value)
    except Exception as error:  # RecursionError too
        return error
    return None


def _refused_part(value: Any, dump: Callable[[Any], Any]) -> Optional[Tuple[str, Any, Exception]]:
    try:
        for step, part in islice(_parts(value), _MOST_PARTS):
            problem = _refusal(part, dump)
            if problem is not None:
                return step, part, problem
    except Exception:  # of the value's own code: there is no looking into it
        pass
    return None


def _parts(value: Any) -> Iterator[Tuple[str, Any]]:
    """What pickle would go on with, and how to get there from the value."""
    if isinstance(value, FunctionType):
        used = inspect.getclosurevars(inspect.unwrap(value))
        yield from ((f" variable {name!r}", part) for name, part in used.nonlocals.items())
        yield from ((f" global {name!r}", part) for name, part in used.globals.items())
    elif isinstance(value, MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, partial):
        yield from ((f".{name}", getattr(value, name)) for name in ("func", "args", "keywords"))
    elif isinstance(value, dict):
        yield from ((f"[{short(key)}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"[{i}]", part) for i, part in enumerate(value))
    if type(value).__module__ != "builtins":
        yield from _reduced(value)


def _reduced(value: Any) -> Iterator[Tuple[str, Any]]:
    try:
        reduced = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    except Exception:
        return
    if not isinstance(reduced, tuple):
        return
    _, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    states = state if isinstance(state, tuple) else (state,)
    for part in states:
        if isinstance(part, dict):
            yield from ((f".{name}", value) for name, value in part.items())
        elif part is not None:
            yield ".__getstate__()", part
    yield from ((f" argument {i}", part) for i, part in enumerate(arguments) if not isinstance(part, type))
    yield from ((f"[{i}]", part) for i, part in enumerate(items or ()))
    yield from ((f"[{short(key)}]", part) for key, part in pairs or ())
