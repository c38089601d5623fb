"""What the names in a [crossval] job stand for."""

from __future__ import annotations

import sys
from typing import Any, Iterable


def resolve(key: str, name: str) -> Any:
    """As a task's function is found: "module:function", or a name from init code. LookupError."""
    try:
        return sys.modules["_mproc"].resolve(name)  # type: ignore[attr-defined]
    except LookupError as error:
        error.args = (f"crossval.{key}: {error}",)
        raise


def near(name: str, names: Iterable[str]) -> str:
    """ " (did you mean 'max_depth'?)", or empty."""
    from difflib import get_close_matches

    found = get_close_matches(name, list(names), 1)
    return f" (did you mean '{found[0]}'?)" if found else ""
