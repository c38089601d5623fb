"""Estimators, as a class or a function of the user's makes them, and what they say of themselves."""

from __future__ import annotations

from copy import deepcopy
from inspect import Parameter, Signature, isclass, signature
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from ._crossval_names import near


class Maker:
    """maker(params): an estimator with these parameters. `target` is its class or a function that makes one, and gets
    `args` besides. Names with "__" and, of a function, those that it does not take are set on what it has made."""

    def __init__(self, target: Callable[..., Any], args: Mapping[str, Any], name: str) -> None:
        self.target, self.args, self.name = target, args, name
        self._signature = _signature(target)
        self._takes = _keywords(self._signature)

    def __call__(self, params: Mapping[str, Any]) -> Any:
        now, later = self._parted(params)
        estimator = self.target(**now)
        if later:
            estimator.set_params(**later)
        return estimator

    def check(self, params: Mapping[str, Any]) -> Any:
        """The estimator, or None where it cannot be made of these values. ValueError for names it does not have."""
        for name in params:
            if name in self.args:
                raise ValueError(f"both args and params give '{name}'; leave it out of one of them")
        now, later = self._parted(params)
        self._check_call(now)
        try:
            estimator = self.target(**now)
        except Exception:
            return None
        if later:
            self._check_names(estimator, later)
            try:
                estimator.set_params(**later)
            except Exception:
                return None
        if estimator is None:
            raise ValueError(f"estimator '{self.name}' returns None: it has to return an estimator")
        return estimator

    def _parted(self, params: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """What the target gets, and what is set later."""
        now: Dict[str, Any] = {}
        later: Dict[str, Any] = {}
        for name, value in {**deepcopy(dict(self.args)), **params}.items():
            unknown = self._takes is not None and name not in self._takes
            (later if "__" in name or (unknown and not isclass(self.target)) else now)[name] = value
        return now, later

    def _check_call(self, given: Mapping[str, Any]) -> None:
        if self._takes is not None:
            self._refuse_unknown(given, self._takes)
        if self._signature is None:
            return
        try:
            self._signature.bind(**given)
        except TypeError as error:
            raise ValueError(f"estimator '{self.name}' cannot take what params and args give: {error}") from None

    def _check_names(self, estimator: Any, given: Mapping[str, Any]) -> None:
        if not hasattr(estimator, "set_params"):
            self._refuse_unknown(given, self._takes or [])
        elif hasattr(estimator, "get_params"):
            self._refuse_unknown(given, [*(self._takes or []), *estimator.get_params(deep=True)])

    def _refuse_unknown(self, given: Iterable[str], known: Iterable[str]) -> None:
        known = list(dict.fromkeys(known))
        for name in given:
            if name not in known:
                there = near(name, known) or f" (it has: {', '.join(known[:30]) or 'none'})"
                raise ValueError(f"estimator '{self.name}' has no parameter '{name}'{there}")


def _signature(target: Callable[..., Any]) -> Optional[Signature]:
    try:
        return signature(target)
    except (TypeError, ValueError):  # native code may have none
        return None


def _keywords(signature: Optional[Signature]) -> Optional[List[str]]:
    """None where any is taken, or nobody knows."""
    if signature is None:
        return None
    parameters = signature.parameters.values()
    if any(parameter.kind == Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return [parameter.name for parameter in parameters if parameter.kind in named]


def has_tag(estimator: Any, name: str) -> bool:
    """One of scikit-learn's tags of estimators."""
    if hasattr(estimator, "__sklearn_tags__"):  # from 1.6 on
        tags = estimator.__sklearn_tags__()
        return bool(getattr(tags.input_tags, name, getattr(tags, name, False)))
    return bool(hasattr(estimator, "_get_tags") and estimator._get_tags().get(name, False))
