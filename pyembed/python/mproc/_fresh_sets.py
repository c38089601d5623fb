"""Which features there are to be of time series: tsfresh's settings, and what the engine takes for them."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Mapping, Union

from ._library import load_client
from ._travel import plain

Settings = Union[str, Mapping[str, Any]]  # a calculator's parameters: None, or a list of dicts
TIMEWISE = "linear_trend_timewise"  # the calculator that needs time stamps


class ComprehensiveFCParameters(Dict[str, Any]):
    """All features: calculators with a list of parameters each, None for those that take none. What is deleted from
    it is not computed. As tsfresh's, without matrix_profile.

    >>> settings = mproc.fresh.ComprehensiveFCParameters()
    >>> settings["mean"], settings["c3"]
    (None, [{'lag': 1}, {'lag': 2}, {'lag': 3}])
    """

    _set = "comprehensive"

    def __init__(self) -> None:
        super().__init__()
        for calculator, parameters in _table(self._set).items():
            if calculator == "count_above":  # which tsfresh has it before
                self.update(_table({TIMEWISE: None}))
            self[calculator] = parameters


class EfficientFCParameters(ComprehensiveFCParameters):
    """As ComprehensiveFCParameters, without what takes time that grows with the square of a series' length.

    >>> set(mproc.fresh.ComprehensiveFCParameters()) - set(mproc.fresh.EfficientFCParameters()) == {
    ...     "sample_entropy", "approximate_entropy"}
    True
    """

    _set = "efficient"


class MinimalFCParameters(ComprehensiveFCParameters):
    """Ten of the simplest.

    >>> list(mproc.fresh.MinimalFCParameters())[:4]
    ['sum_values', 'median', 'mean', 'length']
    """

    _set = "minimal"


class TimeBasedFCParameters(ComprehensiveFCParameters):
    """What tells of a series with time stamps.

    >>> list(mproc.fresh.TimeBasedFCParameters())
    ['linear_trend_timewise']
    """

    def __init__(self) -> None:
        dict.__init__(self, _table({TIMEWISE: None}))


_SETS = {kind._set: kind for kind in (ComprehensiveFCParameters, EfficientFCParameters, MinimalFCParameters)}


def _table(chosen: Settings) -> Dict[str, Any]:
    """The engine's features as tsfresh writes them."""
    table: Dict[str, Any] = {}
    for _, calculator, parameters in load_client().features(chosen):
        if parameters:
            given = {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}
            table.setdefault(calculator, []).append(given)
        else:
            table[calculator] = None
    return table


def for_engine(settings: Settings, timed: bool, indexed: bool, show_warnings: bool) -> Settings:
    """What the engine takes for these settings. TypeError for what is no such thing.

    timed: there are time stamps; indexed: as the index of the frame, for which alone tsfresh computes what the sets have
    for time stamps."""
    if isinstance(settings, str):
        if settings not in _SETS:
            return settings
        settings = _SETS[settings]()
    if not isinstance(settings, Mapping):
        raise TypeError(f"features have to be a dict of calculators with parameters, or the name of a set, not {settings!r}")
    for calculator in settings:
        if not isinstance(calculator, str):
            raise TypeError(f"{calculator!r} is no name of a calculator; functions of one's own cannot be used here")
    is_set = isinstance(settings, ComprehensiveFCParameters) and not isinstance(settings, TimeBasedFCParameters)
    chosen = {calculator: plain(parameters) or None for calculator, parameters in settings.items()}
    if TIMEWISE in chosen and not (indexed if is_set else timed):
        del chosen[TIMEWISE]
        if show_warnings:
            warnings.warn(f"{TIMEWISE} needs time stamps, and is left out: there are none", RuntimeWarning, stacklevel=5)
    return chosen
