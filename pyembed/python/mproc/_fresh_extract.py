"""Features of time series, by the engine's kernel."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy
from numpy import ndarray

from ._fresh_series import Items, Kind
from ._fresh_sets import TIMEWISE, Settings, for_engine
from ._library import load_client
from ._session import Session
from ._travel import BuiltIn


def wanted(
    kinds: Sequence[Kind], default: Optional[Settings], by_kind: Optional[Mapping[Any, Settings]], show_warnings: bool
) -> List[Settings]:
    """The features of each kind, as the engine takes them."""
    if default is None:
        default = "comprehensive" if by_kind is None else {}
    given, features = by_kind or {}, []
    for kind in kinds:
        settings = given.get(kind.name, given.get(str(kind.name), default))
        features.append(for_engine(settings, kind.times is not None, kind.indexed, show_warnings))
    return features


def columns(kinds: Sequence[Kind], features: Sequence[Settings]) -> List[List[str]]:
    """Of each kind. ValueError for features that the engine does not know."""
    client = load_client()
    return [[f"{kind.name}__{name}" for name, _, _ in client.features(chosen)] for kind, chosen in zip(kinds, features)]


def table(
    session: Session, kinds: Sequence[Kind], features: Sequence[Settings], widths: Sequence[int], rows: int
) -> ndarray:
    """A row for each id, the features of each kind side by side; NaN where an id has no series of a kind."""
    values = numpy.full((rows, sum(widths)), numpy.nan)
    edges: List[Tuple[int, int]] = [(end - width, end) for width, end in zip(widths, accumulate(widths))]
    together: Dict[bytes, List[int]] = {}  # kinds with the same features
    for place, chosen in enumerate(features):
        if widths[place] > 0:
            together.setdefault(load_client().pack({"features": chosen}), []).append(place)
    for args, places in together.items():
        items = Items([kinds[place] for place in places], TIMEWISE in features[places[0]])
        results = session.imap(BuiltIn("fresh.extract", args), items)
        where = ((row, *edges[place]) for place in places for row in kinds[place].ids.tolist())
        for result, (row, start, end) in zip(results, where):
            values[row, start:end] = result["values"]
    return values
