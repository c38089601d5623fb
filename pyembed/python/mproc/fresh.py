"""mproc.fresh: features of time series, and which of them have to do with a target, as tsfresh's functions of the same
names, computed by mproc's own kernels on the executors of the current session.

    >>> df = pandas.DataFrame({"id": [1, 1, 1, 2, 2, 2], "time": [0, 1, 2, 2, 1, 0], "x": [1, 2, 3, 9, 7, 5]})
    >>> settings = {"mean": None, "c3": [{"lag": 1}]}
    >>> mproc.fresh.extract_features(df, column_id="id", column_sort="time", default_fc_parameters=settings)
       x__mean  x__c3__lag_1
    1      2.0           6.0
    2      7.0         315.0

Arguments of tsfresh's that say how it shares out its work (n_jobs, chunksize, distributor, disable_progressbar, profile)
are taken and ignored: mproc.start() says how many executors there are. It needs pandas.
"""

from __future__ import annotations

import warnings
from itertools import repeat
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Union, cast

try:
    import numpy
    import pandas
    from pandas import DataFrame, Index, Series
except ImportError as _missing:
    raise ImportError(f"mproc.fresh works on pandas DataFrames, and there is no {_missing.name}: install pandas") from _missing

from . import _fresh_extract, _fresh_relevance, _fresh_series
from ._current import current, refuse_in_task
from ._fresh_relevance import Options, Row, Target
from ._fresh_series import Kind
from ._fresh_sets import ComprehensiveFCParameters, EfficientFCParameters, MinimalFCParameters, Settings
from ._fresh_sets import TimeBasedFCParameters
from ._library import load_client

__all__ = [
    "ComprehensiveFCParameters",
    "EfficientFCParameters",
    "MinimalFCParameters",
    "TimeBasedFCParameters",
    "calculate_relevance_table",
    "extract_features",
    "extract_relevant_features",
    "impute",
    "select_features",
]

Container = Union[DataFrame, Dict[Any, DataFrame]]
ByKind = Mapping[Any, Settings]
Labels = Union[Series, numpy.ndarray]


def extract_features(
    timeseries_container: Container,
    default_fc_parameters: Optional[Settings] = None,
    kind_to_fc_parameters: Optional[ByKind] = None,
    column_id: Any = None,
    column_sort: Any = None,
    column_kind: Any = None,
    column_value: Any = None,
    chunksize: Any = None,
    n_jobs: Any = None,
    show_warnings: bool = False,
    disable_progressbar: Any = None,
    impute_function: Optional[Callable[[DataFrame], Any]] = None,
    profile: Any = False,
    profiling_filename: Any = None,
    profiling_sorting: Any = None,
    distributor: Any = None,
    pivot: bool = True,
) -> DataFrame:
    """Features of time series: a row for each id, in ascending order, a column KIND__FEATURE for each feature.

    timeseries_container is a frame with a column for each kind of series, or with a column of kinds (column_kind) and
    one of values (column_value), or a dict of a frame for each kind. Rows of one id are a series, in the order of
    column_sort.

    default_fc_parameters: a dict of calculators, with None or a list of their parameters, one of the classes of this
    module, tsfresh's own, or "minimal", "efficient", "comprehensive" or "kx"; kind_to_fc_parameters: such for kinds, the
    others having none if there is no default_fc_parameters. Without both all features are computed.
    linear_trend_timewise needs time stamps: a DatetimeIndex or, where the features are not those of a set, a column_sort
    of datetime64. Where tsfresh raises because a series is too short, there is NaN.

    impute_function is called with the result. With pivot=False the result is a list of (id, column, value). ValueError
    for columns that are not there, hold NaN, or are not of numbers.

    >>> df = pandas.DataFrame({"id": ["a", "a", "b", "b"], "kind": ["x", "y", "x", "x"], "value": [1, 2, 3, 5]})
    >>> mproc.fresh.extract_features(df, {"mean": None}, column_id="id", column_kind="kind", column_value="value")
       x__mean  y__mean
    a      1.0      2.0
    b      4.0      NaN
    """
    refuse_in_task("fresh.extract_features")
    ids, kinds = _fresh_series.read(timeseries_container, column_id, column_sort, column_kind, column_value)
    X, columns = _extracted("extract_features", ids, kinds, default_fc_parameters, kind_to_fc_parameters, show_warnings)
    if not pivot:
        return cast(DataFrame, _tuples(X, kinds, columns))
    if impute_function is not None:
        impute_function(X)
    return X


def select_features(
    X: DataFrame,
    y: Labels,
    test_for_binary_target_binary_feature: str = "fisher",
    test_for_binary_target_real_feature: str = "mann",
    test_for_real_target_binary_feature: str = "mann",
    test_for_real_target_real_feature: str = "kendall",
    fdr_level: float = 0.05,
    hypotheses_independent: bool = False,
    n_jobs: Any = None,
    show_warnings: bool = False,
    chunksize: Any = None,
    ml_task: str = "auto",
    multiclass: bool = False,
    n_significant: int = 1,
) -> DataFrame:
    """The columns of X that have to do with y, the most significant first; see calculate_relevance_table.

    y is a series with the index of X, or an array of a value a row. ValueError for features that are NaN, and where X
    and y do not fit.

    >>> X = pandas.DataFrame({"noise": [3, 1, 2] * 10, "signal": range(30)})
    >>> y = pandas.Series([False] * 15 + [True] * 15)
    >>> mproc.fresh.select_features(X, y).columns.tolist()
    ['signal']
    """
    test = test_for_binary_target_real_feature
    options = Options(ml_task, test, fdr_level, hypotheses_independent, multiclass, n_significant)
    rows = _relevance("select_features", X, y, options, show_warnings)[1]
    return X.iloc[:, [row.place for row in rows if row.relevant]]


def calculate_relevance_table(
    X: DataFrame,
    y: Labels,
    ml_task: str = "auto",
    multiclass: bool = False,
    n_significant: int = 1,
    n_jobs: Any = None,
    show_warnings: bool = False,
    chunksize: Any = None,
    test_for_binary_target_binary_feature: str = "fisher",
    test_for_binary_target_real_feature: str = "mann",
    test_for_real_target_binary_feature: str = "mann",
    test_for_real_target_real_feature: str = "kendall",
    fdr_level: float = 0.05,
    hypotheses_independent: bool = False,
) -> DataFrame:
    """Of each column of X: its type (real, binary, constant), its p-value, and whether it is relevant for y.

    Every label of y is tested against all others, numbers by rank; ml_task "auto" takes signed integers, booleans and
    objects for labels. Features are relevant for any label or, with multiclass, for n_significant of them, after
    Benjamini and Yekutieli at a false discovery rate of fdr_level (Benjamini and Hochberg with hypotheses_independent).
    test_for_binary_target_real_feature: "mann" (Mann-Whitney) or "smir" (Kolmogorov-Smirnov); the other tests are as
    they are: Fisher's, Kolmogorov-Smirnov's and Kendall's.

    >>> X = pandas.DataFrame({"noise": [3, 1, 2] * 10, "signal": range(30), "same": 1})
    >>> mproc.fresh.calculate_relevance_table(X, pandas.Series(range(30), dtype=float))[["type", "relevant"]]
                 type  relevant
    feature
    signal       real      True
    noise        real     False
    same     constant     False
    """
    test = test_for_binary_target_real_feature
    options = Options(ml_task, test, fdr_level, hypotheses_independent, multiclass, n_significant)
    target, rows = _relevance("calculate_relevance_table", X, y, options, show_warnings)
    return _fresh_relevance.table(X, rows, target, options)


def extract_relevant_features(
    timeseries_container: Container,
    y: Series,
    X: Optional[DataFrame] = None,
    default_fc_parameters: Optional[Settings] = None,
    kind_to_fc_parameters: Optional[ByKind] = None,
    column_id: Any = None,
    column_sort: Any = None,
    column_kind: Any = None,
    column_value: Any = None,
    show_warnings: bool = False,
    disable_progressbar: Any = None,
    profile: Any = False,
    profiling_filename: Any = None,
    profiling_sorting: Any = None,
    test_for_binary_target_binary_feature: str = "fisher",
    test_for_binary_target_real_feature: str = "mann",
    test_for_real_target_binary_feature: str = "mann",
    test_for_real_target_real_feature: str = "kendall",
    fdr_level: float = 0.05,
    hypotheses_independent: bool = False,
    n_jobs: Any = None,
    distributor: Any = None,
    chunksize: Any = None,
    ml_task: str = "auto",
) -> DataFrame:
    """extract_features, impute, then select_features for y, whose index are the ids. With X those are added to its
    columns, and series of other ids than those of X are left out.

    >>> df = pandas.DataFrame([(i, i * t % 7 + i) for i in range(20) for t in range(5)], columns=["id", "x"])
    >>> y = pandas.Series([i >= 10 for i in range(20)])
    >>> settings = {"maximum": None, "length": None}
    >>> mproc.fresh.extract_relevant_features(df, y, None, settings, column_id="id").columns.tolist()
    ['x__maximum']
    """
    refuse_in_task("fresh.extract_relevant_features")
    if not isinstance(y, Series):
        raise TypeError(f"y needs to be a pandas.Series, received type: {type(y).__name__}")
    if X is not None:
        timeseries_container = _fresh_series.restricted(timeseries_container, column_id, X.index)
    ids, kinds = _fresh_series.read(timeseries_container, column_id, column_sort, column_kind, column_value)
    _check_ids(ids, Index(y.index))
    extracted = _extracted(
        "extract_relevant_features", ids, kinds, default_fc_parameters, kind_to_fc_parameters, show_warnings
    )[0]
    options = Options(ml_task, test_for_binary_target_real_feature, fdr_level, hypotheses_independent, False, 1)
    imputed = impute(extracted)
    rows = _relevance("extract_relevant_features", imputed, y, options, show_warnings)[1]
    selected = imputed.iloc[:, [row.place for row in rows if row.relevant]]
    return selected if X is None else pandas.merge(X, selected, left_index=True, right_index=True, how="left")


def impute(df_impute: DataFrame) -> DataFrame:
    """In place: NaN becomes the median of its column's finite values, inf the largest, -inf the smallest of them; 0 where
    there are none.

    >>> X = pandas.DataFrame({"a": [1.0, numpy.nan, 4.0], "b": [numpy.inf, 2.0, -numpy.inf]})
    >>> mproc.fresh.impute(X)
         a    b
    0  1.0  2.0
    1  2.5  2.0
    2  4.0  2.0
    """
    values = numpy.array(df_impute, dtype="float64", order="F")
    finite = numpy.isfinite(values)
    if finite.all():
        return df_impute
    nowhere = df_impute.columns[~finite.any(axis=0)]
    if len(nowhere) > 0:
        what = _fresh_relevance.listed(nowhere)
        warnings.warn(f"Columns without finite values, which are filled with 0: {what}", RuntimeWarning, stacklevel=2)
    load_client().impute(values.ctypes.data, *values.shape)
    df_impute.where(finite, DataFrame(values, df_impute.index, df_impute.columns, copy=False), inplace=True)
    return df_impute


def _extracted(
    function: str, ids: Index, kinds: List[Kind], default: Optional[Settings], by_kind: Optional[ByKind], show_warnings: bool
) -> Tuple[DataFrame, List[List[str]]]:
    """The features, and the columns of each kind."""
    features = _fresh_extract.wanted(kinds, default, by_kind, show_warnings)
    columns = _fresh_extract.columns(kinds, features)
    widths = [len(names) for names in columns]
    values = _fresh_extract.table(current(f"fresh.{function}"), kinds, features, widths, len(ids))
    return DataFrame(values, ids, Index([name for names in columns for name in names], dtype=object), copy=False), columns


def _tuples(X: DataFrame, kinds: List[Kind], columns: List[List[str]]) -> List[Tuple[Any, str, float]]:
    """(id, column, value) of the series that there are."""
    tuples: List[Tuple[Any, str, float]] = []
    values, start = X.to_numpy(), 0
    for kind, names in zip(kinds, columns):
        for row in kind.ids.tolist():
            tuples += zip(repeat(X.index[row]), names, values[row, start : start + len(names)].tolist())
        start += len(names)
    return tuples


def _check_ids(ids: Index, of_y: Index) -> None:
    for some, others, where in (
        (ids, of_y, "in the time series container but are missing in y"),
        (of_y, ids, "in y but are missing inside the time series container"),
    ):
        missing = some.difference(others).tolist()
        if missing:
            raise ValueError(f"The following ids are {where}: {missing}")


def _relevance(function: str, X: DataFrame, y: Labels, options: Options, show_warnings: bool) -> Tuple[Target, List[Row]]:
    """The target, and the rows of the relevance table."""
    refuse_in_task(f"fresh.{function}")
    if not isinstance(X, DataFrame):
        raise TypeError(f"Please pass features in X as pandas.DataFrame, not as {type(X).__name__}.")
    if not isinstance(y, (Series, numpy.ndarray)):
        raise TypeError(f"y must be a pandas.Series or a numpy.ndarray, and is a {type(y).__name__}")
    if len(X) != len(y):
        raise ValueError(f"X and y must contain the same number of samples, and have {len(X)} and {len(y)}.")
    if isinstance(y, numpy.ndarray):
        y = Series(y, index=X.index)
    elif not (X.index.is_monotonic_increasing and X.index.equals(y.index)):
        X, y = X.sort_index(), y.sort_index()
        if not X.index.equals(y.index):
            raise ValueError("Index of X and y must be identical if provided")
    nan = X.isnull().any()
    if nan.any():
        raise ValueError(f"Columns of DataFrame must not contain NaN values: {_fresh_relevance.listed(X.columns[nan])}")
    target = Target(y, options.ml_task)
    rows = _fresh_relevance.rows(current(f"fresh.{function}"), X, target, options)
    if show_warnings:
        _fresh_relevance.warn(X, rows, options)
    return target, rows
