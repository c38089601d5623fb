"""Parameters to try: any values of a driver's, which the engine knows by their places."""

from __future__ import annotations

from typing import Any, Dict, Hashable, List, Mapping

from ._travel import plain

_PLAIN = (type(None), bool, int, float, str)


class Space:
    """`engine` is what the engine takes for the parameters: of lists the places of values alone."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.engine: Dict[str, Any] = {}
        self._values: Dict[str, List[Any]] = {}
        if not isinstance(params, Mapping):
            raise ValueError(f"params has to be a dict, like {{'max_depth': [1, 2, 3]}}, not {type(params).__name__}")
        for name, given in params.items():
            if not isinstance(name, str):
                raise ValueError(f"params: {name!r} is no name of a parameter")
            self.engine[name] = self._space(name, given)

    def values(self, params: Mapping[str, Any]) -> Dict[str, Any]:
        """What the engine's parameters stand for."""
        return {name: self.value(name, value) for name, value in params.items()}

    def value(self, name: str, given: Any) -> Any:
        return self._values[name][given] if name in self._values else given

    def _space(self, name: str, given: Any) -> Any:
        if isinstance(given, range):
            return {"range": [given.start, given.stop, given.step]}
        if isinstance(given, Mapping):
            return {key: self._places(name, part) if key == "choice" else plain(part) for key, part in given.items()}
        return self._places(name, given)

    def _places(self, name: str, given: Any) -> Any:
        if getattr(given, "ndim", 0) == 1:  # NumPy's, as Python's own numbers
            given = given.tolist()
        if not isinstance(given, (list, tuple)):
            raise ValueError(
                f"'params.{name}' has to be a list, or a table like {{'uniform': [0, 1]}}, not {type(given).__name__}"
            )
        self._values[name] = list(given)
        first: Dict[Hashable, int] = {}  # equal values have one place, as in a job file
        return [first.setdefault(_key(value, place), place) for place, value in enumerate(given)]


def _key(value: Any, place: int) -> Hashable:
    return (type(value), value) if type(value) in _PLAIN else place
