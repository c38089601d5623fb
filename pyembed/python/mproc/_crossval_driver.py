"""Cross-validation and search for parameters by drivers, over the executors of the current session."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._crossval_space import Space
from ._crossval_table import table
from ._current import refuse_in_task

if TYPE_CHECKING:
    from ._crossval_run import CrossvalRun

Scoring = Union[None, str, Callable[..., Any], Sequence[Union[str, Callable[..., Any]]], Mapping[str, Any]]

_DEFAULTS = {"split": "kfold", "k": 5, "repeats": 1, "share": 0.2, "shuffle": False, "gap": 0, "embargo": 0}
_DEFAULTS.update({"search": "grid", "holdout": 0.0, "holdout_shuffle": False})


def crossval(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    params: Optional[Mapping[str, Any]] = None,
    split: str = "kfold",
    k: int = 5,
    repeats: int = 1,
    share: float = 0.2,
    shuffle: bool = False,
    gap: int = 0,
    embargo: int = 0,
    groups: Any = None,
    label_starts: Any = None,
    label_ends: Any = None,
    scoring: Scoring = None,
    function: bool = False,
    seed: int = 42,
) -> Any:
    """Fits on one part of the samples and scores on another, for each split of them: a DataFrame with a row a split
    (without pandas a list of dicts).

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = numpy.arange(30).reshape(-1, 1) % 10, numpy.arange(30) % 10 > 4
    >>> mproc.crossval(DecisionTreeClassifier(), X, y, split="kfold-stratified", k=3)[["split", "test_score"]]
       split  test_score
    0      0         1.0
    1      1         1.0
    2      2         1.0

    estimator: one with fit() and score() or predict(), of which each fit has a copy; or its class, or a function, that
    makes one; or the name of such a thing, "module:Class" or what mproc.init() has defined. `params` are set on it, or
    are arguments of what makes it. With function=True it is a function of the whole, f(params, X_train, y_train,
    X_test, y_test), that gives a number or a dict of numbers (or its name).

    X, y: arrays, DataFrames, or what else scikit-learn takes rows of; large arrays are in each node's memory once.

    split: "kfold", "kfold-shuffled", "kfold-stratified", "roll-forward", "chain-forward" (k folds), "percentage" or
    "monte-carlo" (a `share` for testing), or as the KX toolkit names them. `groups`: no group is on both sides. For
    series in time, `gap` and `embargo` are samples to leave out before and behind what is tested on, and what a label
    was made from reaches from label_starts to label_ends, which overlaps with none of the others.

    scoring: one of scikit-learn's names, "module:scorer", or scorer(estimator, X, y); several in a list, or in a dict by
    name, make columns test_NAME. Without it, the estimator's own score.

    A fit that fails is NaN, and a warning says how many did. ValueError for what is wrong with all of them.
    """
    refuse_in_task("crossval")
    from ._crossval_run import CrossvalRun  # with NumPy, which the package is imported without

    keys = _keys(split=split, k=k, repeats=repeats, share=share, shuffle=shuffle, gap=gap, embargo=embargo)
    run = CrossvalRun(keys, X, y, (groups, label_starts, label_ends), seed)
    run.start("crossval", estimator, function, scoring, lambda cell: dict(params or {}))
    results = run.stage()
    run.warn_of_failures()
    columns: List[Tuple[str, List[Any]]] = [("split", list(range(len(results))))]
    names = run.score_names if len(run.score_names) > 1 else ["score"]  # as the engine's tables have them
    for place, name in enumerate(names):
        columns.append((f"test_{name}", [result["scores"][place] if result else None for result in results]))
    for name in ("fit_time", "score_time"):
        columns.append((name, [result[name] if result else None for result in results]))
    return table(columns, {})


def search(
    estimator: Any,
    X: Any,
    y: Any = None,
    params: Optional[Mapping[str, Any]] = None,
    *,
    search: str = "grid",
    trials: Optional[int] = None,
    factor: Optional[int] = None,
    resource: Optional[str] = None,
    min_resource: Optional[int] = None,
    max_resource: Optional[int] = None,
    split: str = "kfold",
    k: int = 5,
    repeats: int = 1,
    share: float = 0.2,
    shuffle: bool = False,
    gap: int = 0,
    embargo: int = 0,
    groups: Any = None,
    label_starts: Any = None,
    label_ends: Any = None,
    scoring: Scoring = None,
    holdout: float = 0.0,
    holdout_shuffle: bool = False,
    refit: bool = False,
    function: bool = False,
    seed: int = 42,
) -> Any:
    """Cross-validates sets of parameters: a DataFrame with a row a set, with the columns of scikit-learn's cv_results_
    (without pandas a list of dicts). Its `attrs` have best_params and best_scores (the means), and, None where there is
    none, holdout_scores and model.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = numpy.arange(48).reshape(-1, 1) % 12, numpy.arange(48) % 12 // 3 % 2
    >>> found = mproc.search(DecisionTreeClassifier(random_state=0), X, y, {"max_depth": [1, 3]}, k=2, refit=True)
    >>> found[["param_max_depth", "mean_test_score", "rank_test_score"]]
       param_max_depth  mean_test_score  rank_test_score
    0                1             0.75                2
    1                3             1.00                1
    >>> found.attrs["best_params"], found.attrs["model"].get_depth()
    ({'max_depth': 3}, 3)

    params: of each parameter a list of any values, an array or a range; or a table as in a job file, such as
    {"uniform": [0, 1]}, {"loguniform": [1e-3, 10]}, {"integer": [1, 9]}, {"boolean": True} or {"choice": [...]}.

    search: "grid", all combinations; "random" and "sobol", so many trials (16; for "sobol" a power of two); "halving",
    all of them with little of a resource, then one in `factor` with `factor` times as much, and so on: "samples", or an
    estimator's parameter, from min_resource to max_resource. Sets that the same seed gives are the same on any machine.

    holdout: a share of the samples that no set sees, the last ones, or any with holdout_shuffle; the best set, by the
    first score, is fitted to the others and scored on it. Without a holdout, refit=True fits it to all samples.

    All else is as crossval() has it.
    """
    refuse_in_task("search")
    from ._crossval_run import CrossvalRun

    space = Space({} if params is None else params)
    keys = _keys(split=split, k=k, repeats=repeats, share=share, shuffle=shuffle, gap=gap, embargo=embargo)
    keys.update(_keys(search=search, trials=trials, factor=factor, resource=resource, holdout=holdout))
    keys.update(_keys(min_resource=min_resource, max_resource=max_resource, holdout_shuffle=holdout_shuffle))
    if params is not None:
        keys["params"] = space.engine
    if refit and function:
        raise ValueError("refit needs an estimator: a function gives scores, and no model")
    run = CrossvalRun(keys, X, y, (groups, label_starts, label_ends), seed, refit, not function)
    run.start(
        "search", estimator, function, scoring, lambda cell: {**space.values(cell["params"]), **cell.get("resource", {})}
    )
    results: List[Any] = []
    while run.cells:
        results = run.stage()
    model = results[0]["model"] if results[0] and "model" in results[0] else None  # the last fit is the only cell then
    run.warn_of_failures()
    columns = [(name, _with_params(space, name, values)) for name, values in run.engine.table(run.score_names)]
    return table(columns, _about(run, space, model))


def _keys(**arguments: Any) -> Dict[str, Any]:
    """Those of a job file's [crossval]; what has its default is left out, for a split or a search may not know it."""
    return {name.replace("_", "-"): value for name, value in arguments.items() if value != _DEFAULTS.get(name)}


def _with_params(space: Space, column: str, values: List[Any]) -> List[Any]:
    if not column.startswith("param_"):
        return values
    return [space.value(column[len("param_") :], value) for value in values]


def _about(run: CrossvalRun, space: Space, model: Optional[bytes]) -> Dict[str, Any]:
    about: Dict[str, Any] = {"best_params": None, "best_scores": None, "holdout_scores": None, "model": None}
    best = run.engine.best()
    if best is not None:
        params, means, last = best
        about["best_params"] = space.values(params)
        about["best_scores"] = dict(zip(run.score_names, means))
        about["holdout_scores"] = dict(zip(run.score_names, last)) if last else None
        about["model"] = pickle.loads(model) if model else None
    return about
