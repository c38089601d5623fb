"""mproc.fresh in drivers: tsfresh's functions by the engine's kernels, against tsfresh's own results."""

import collections
import datetime
import pathlib

import mproc
import numpy
import pandas
import pytest

from mproc import fresh

REFERENCE = pathlib.Path(__file__).resolve().parents[1] / "unit" / "kernels" / "fresh" / "data"
TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
PLAIN = {"mean": None, "maximum": None, "c3": [{"lag": 1}, {"lag": 2}]}


def reference(name, **options):
    return pandas.read_csv(REFERENCE / f"{name}.csv.gz", **options)


@pytest.fixture(scope="module")
def series():
    """The reference series without NaN, which tsfresh's functions refuse; some are out of order."""
    rows = reference("series", float_precision="round_trip")
    with_nan = rows.loc[rows["value"].isnull(), "id"]
    return rows[~rows["id"].isin(with_nan)]


@pytest.fixture
def flat():
    """Series of two kinds of four ids, of different lengths, out of order."""
    random = numpy.random.default_rng(1)
    rows = pandas.DataFrame({"id": numpy.repeat([7, 3, 9, 5], [4, 6, 5, 8]), "x": random.normal(size=23), "y": random.integers(0, 9, 23)})
    rows["time"] = rows.groupby("id").cumcount()
    return rows.sample(frac=1, random_state=1)


def by_hand(rows, function, column="x"):
    """{id: function(series)}"""
    return {key: function(group.sort_values("time")[column].to_numpy()) for key, group in rows.groupby("id")}


# ---- features


def test_all_features_are_tsfreshs_in_its_order(session, series):
    X = fresh.extract_features(series, column_id="id", column_sort="time")
    expected = reference("reference", index_col="id", float_precision="round_trip").loc[X.index]
    stable = reference("stable_mask", index_col="id").loc[X.index].to_numpy(bool)
    assert X.columns.tolist() == expected.columns.tolist() and len(X) == series["id"].nunique()
    equal = numpy.isclose(X, expected, rtol=1e-9, atol=0, equal_nan=True)
    assert equal[stable].mean() > 0.999  # where rounding decides, such as the angle of nothing, the kernels' own tests look


@pytest.mark.parametrize("where", ["sort", "index", "index with time zone"])
def test_time_stamps_are_those_of_the_index_or_of_the_column_that_sorts(session, series, where):
    hours = pandas.to_timedelta(series["time"], "h")
    stamped = series.assign(time=pandas.Timestamp("2026-02-28", tz="Asia/Tokyo" if "zone" in where else None) + hours)
    if where != "sort":
        stamped = stamped.set_index("time").rename_axis(None)
        stamped = stamped.iloc[numpy.argsort(series["time"].to_numpy(), kind="stable")]
    sort = "time" if where == "sort" else None
    X = fresh.extract_features(stamped, fresh.TimeBasedFCParameters(), column_id="id", column_sort=sort)
    expected = reference("timewise_reference", index_col="id", float_precision="round_trip").loc[X.index, X.columns]
    usual = (series.groupby("id").size()[X.index] > 2).to_numpy()  # two points have no error, and one no trend
    numpy.testing.assert_allclose(X[usual], expected[usual], rtol=1e-6, atol=1e-9)


def test_sets_have_what_needs_time_stamps_only_where_tsfresh_computes_it(session, flat):
    stamped = flat.assign(time=pandas.Timestamp(0) + pandas.to_timedelta(flat["time"], "min"))
    of_index = flat.sort_values("time").set_index(pandas.DatetimeIndex(stamped.sort_values("time")["time"])).drop(columns="time")
    timewise = [f'x__linear_trend_timewise__attr_"{attr}"' for attr in ("pvalue", "rvalue", "intercept", "slope", "stderr")]
    for settings in ("efficient", fresh.EfficientFCParameters()):
        names = fresh.extract_features(of_index[["id", "x"]], settings, column_id="id").columns.tolist()
        assert len(names) == 782 and names[names.index("x__count_above__t_0") - 5 :][:5] == timewise
        assert len(fresh.extract_features(stamped[["id", "time", "x"]], settings, column_id="id", column_sort="time").columns) == 777
    own = {"linear_trend_timewise": [{"attr": "slope"}], "length": None}
    assert len(fresh.extract_features(stamped[["id", "time", "x"]], own, column_id="id", column_sort="time").columns) == 2
    with pytest.warns(RuntimeWarning, match="linear_trend_timewise needs time stamps"):
        X = fresh.extract_features(flat[["id", "x"]], own, column_id="id", show_warnings=True)
    assert X.columns.tolist() == ["x__length"]


def test_series_come_flat_stacked_and_in_a_dict(session, flat):
    X = fresh.extract_features(flat, PLAIN, column_id="id", column_sort="time")
    assert X.index.tolist() == [3, 5, 7, 9] and X.index.dtype == "int64" and X.index.name is None
    assert X.columns.tolist() == [f"{kind}__{name}" for kind in "xy" for name in ("mean", "maximum", "c3__lag_1", "c3__lag_2")]
    c3 = by_hand(flat, lambda v: (v[4:] * v[2:-2] * v[:-4]).mean() if len(v) > 4 else 0.0)
    numpy.testing.assert_allclose(X["x__c3__lag_2"], [c3[key] for key in X.index], **TOLERANCE)
    stacked = flat.melt(["id", "time"], ["y", "x"], "kind", "value").sample(frac=1, random_state=2)
    for value in ("value", None):
        same = fresh.extract_features(stacked, PLAIN, column_id="id", column_sort="time", column_kind="kind", column_value=value)
        pandas.testing.assert_frame_equal(same, X)
    frames = {kind: flat[["id", "time", kind]].rename(columns={kind: "value"}) for kind in "xy"}
    pandas.testing.assert_frame_equal(fresh.extract_features(frames, PLAIN, None, "id", "time", column_value="value"), X)
    alone = fresh.extract_features(flat, PLAIN, column_id="id", column_sort="time", column_value="y")
    pandas.testing.assert_frame_equal(alone, X[[name for name in X if name.startswith("y")]])


def test_rows_are_as_they_come_where_nothing_sorts_them(session):
    rows = pandas.DataFrame({"id": ["b", "a", "b", "a"], "time": [1, 1, 1, 1], "x": [1.0, 5.0, 3.0, 2.0]})
    change = {"mean_change": None}
    for sort in (None, "time"):
        X = fresh.extract_features(rows[["id", "x"] + ([sort] if sort else [])], change, column_id="id", column_sort=sort)
        assert X["x__mean_change"].to_dict() == {"a": -3.0, "b": 2.0}


def test_an_id_without_a_series_of_a_kind_has_no_features_of_it(session):
    rows = pandas.DataFrame({"id": [2, 1, 2], "kind": ["a", "b", "b"], "value": [1.0, 2.0, 3.0]})
    X = fresh.extract_features(rows, {"maximum": None}, column_id="id", column_kind="kind", column_value="value")
    assert X.columns.tolist() == ["b__maximum", "a__maximum"]  # as tsfresh meets them, id by id
    assert X["b__maximum"].tolist() == [2.0, 3.0] and X["a__maximum"].isnull().tolist() == [True, False]
    tuples = fresh.extract_features(rows, {"maximum": None}, column_id="id", column_kind="kind", pivot=False)
    assert sorted(tuples) == [(1, "b__maximum", 2.0), (2, "a__maximum", 1.0), (2, "b__maximum", 3.0)]


@pytest.mark.parametrize("ids", [
    numpy.array([3, 1, 2], "int64"), numpy.array([3, 1, 2], "uint8"), numpy.array([0.5, -1.0, 7.25]), ["c", "a", "b"],
    pandas.to_datetime(["2026-03-01", "2026-01-01", "2026-02-01"]), pandas.Categorical(["low", "high", "mid"], ["low", "mid", "high"]),
    [("c", 1), ("a", 2), ("a", 1)], pandas.array([3, 1, 2], "Int64"), [True, False],
], ids=lambda ids: str(getattr(ids, "dtype", type(ids[0]).__name__)))
def test_ids_keep_their_type_and_are_sorted(session, ids):
    rows = pandas.DataFrame({"id": pandas.Series(ids).repeat(2).array, "x": numpy.arange(2.0 * len(ids))})
    X = fresh.extract_features(rows, {"minimum": None}, column_id="id")
    expected = pandas.DataFrame({"x__minimum": rows.groupby("id")["x"].min()})
    assert X.index.dtype == expected.index.dtype and X["x__minimum"].tolist() == expected["x__minimum"].tolist()
    assert X.index.tolist() == expected.index.tolist()


@pytest.mark.parametrize("values", [
    numpy.arange(6, dtype="int8"), numpy.arange(6, dtype="f4"), numpy.arange(12.0)[::2], numpy.arange(6) > 2,
    pandas.array(range(6), "Int32"), [0.5, 1, numpy.inf, 3, -numpy.inf, 5], numpy.arange(12.0).reshape(6, 2)[:, 1],
], ids=lambda values: str(getattr(values, "dtype", "list")))
def test_values_are_numbers_of_any_type(session, values):
    rows = pandas.DataFrame({"id": [1, 1, 1, 2, 2, 2], "x": values})
    X = fresh.extract_features(rows, {"maximum": None, "minimum": None}, column_id="id")
    floats = numpy.asarray(values, float).reshape(2, 3)
    assert X.to_numpy().tolist() == numpy.stack([floats.max(axis=1), floats.min(axis=1)], axis=1).tolist()


def test_columns_that_sort_are_of_any_type(session):
    order = [2, 0, 1, 3]
    for column in (numpy.array(order, "u1"), [f"t{i}" for i in order], pandas.Timestamp(0, tz="UTC") + pandas.to_timedelta(order, "h"),
                   pandas.to_timedelta(order, "s"), pandas.array(order, "Int64"), [datetime.date(2026, 1, 1 + i) for i in order]):
        rows = pandas.DataFrame({"id": 1, "time": column, "x": [2.0, 0.0, 1.0, 7.0]})
        X = fresh.extract_features(rows, {"mean_abs_change": None}, column_id="id", column_sort="time")
        assert X.iat[0, 0] == 7 / 3


def test_many_short_series_and_long_ones(session):
    values = numpy.random.default_rng(2).normal(size=200_000)
    rows = pandas.DataFrame({"id": numpy.arange(200_000) // 20, "x": values})
    X = fresh.extract_features(rows, fresh.MinimalFCParameters(), column_id="id")
    numpy.testing.assert_allclose(X["x__mean"], values.reshape(-1, 20).mean(axis=1), **TOLERANCE)
    long = fresh.extract_features(rows.assign(id=rows["id"] // 5000), "minimal", column_id="id")
    numpy.testing.assert_allclose(long["x__median"], numpy.median(values.reshape(2, -1), axis=1), **TOLERANCE)


def test_without_rows_there_are_no_rows(session):
    rows = pandas.DataFrame({"id": numpy.zeros(0, int), "x": numpy.zeros(0)})
    X = fresh.extract_features(rows, {"mean": None}, column_id="id")
    assert X.shape == (0, 1) and X.index.dtype == "int64"


# ---- what features there are


def test_settings_are_dicts_sets_and_whatever_maps(session, flat):
    rows = flat[["id", "x"]]

    def names(default=None, by_kind=None):
        return [name[3:] for name in fresh.extract_features(rows, default, by_kind, column_id="id")]

    assert names("minimal") == names(fresh.MinimalFCParameters()) == list(fresh.MinimalFCParameters())
    assert len(names("efficient")) == len(names(fresh.EfficientFCParameters())) == 777
    assert names() == names("comprehensive") == names(fresh.ComprehensiveFCParameters())
    assert names(collections.UserDict({"quantile": [{"q": 0.25}]})) == ["quantile__q_0.25"]  # as tsfresh's classes are
    assert "absEnergy" in names("kx")
    fewer = fresh.ComprehensiveFCParameters()
    del fewer["fft_coefficient"]
    assert len(names(fewer)) == 383
    parameters = {"quantile": [{"q": numpy.float64(0.5)}], "c3": [{"lag": numpy.int32(3)}], "mean": None}
    assert names(parameters) == ["quantile__q_0.5", "c3__lag_3", "mean"]
    assert names({"range_count": [{"min": 0, "max": numpy.inf}]}) == ["range_count__max_inf__min_0"]


def test_kinds_may_have_features_of_their_own(session, flat):
    def names(default, by_kind):
        return fresh.extract_features(flat, default, by_kind, "id", "time").columns.tolist()

    assert names(None, {"x": {"mean": None}}) == ["x__mean"]
    assert names({"length": None}, {"y": {"mean": None}}) == ["x__length", "y__mean"]
    X = fresh.extract_features(flat, {"maximum": None}, {"y": {"maximum": None, "minimum": None}}, "id", "time")
    assert X.columns.tolist() == ["x__maximum", "y__maximum", "y__minimum"]
    assert X["y__minimum"].to_dict() == by_hand(flat, min, "y")
    by_number = pandas.DataFrame({"id": [1], 0: [2.0], 1: [3.0]})
    assert fresh.extract_features(by_number, None, {1: {"mean": None}}, "id").columns.tolist() == ["1__mean"]
    stacked = pandas.DataFrame({"id": 1, "kind": [0, 1], "value": [2.0, 3.0]})
    assert fresh.extract_features(stacked, None, {"1": {"mean": None}}, "id", None, "kind").columns.tolist() == ["1__mean"]
    assert fresh.extract_features(flat, {}, column_id="id").shape == (4, 0)


@pytest.mark.parametrize(("settings", "error", "words"), [
    ("minimum", ValueError, "there is no set of features 'minimum'; did you mean 'minimal'"),
    ({"meen": None}, ValueError, "there is no feature 'meen'; did you mean 'mean'"),
    ({"c3": [{"lagg": 1}]}, ValueError, "'c3' has no parameter 'lagg'; did you mean 'lag'"),
    ({"c3": [{"lag": "1"}]}, ValueError, "'c3': parameter 'lag' is \"1\"; it has to be a whole number"),
    ({numpy.mean: None}, TypeError, "is no name of a calculator; functions of one's own"),
    (["mean"], TypeError, "features have to be a dict of calculators"),
])
def test_features_that_there_are_not_are_refused_before_anything_runs(session, flat, settings, error, words):
    before = mproc.stats().given
    with pytest.raises(error, match=words):
        fresh.extract_features(flat, settings, column_id="id")
    assert mproc.stats().given == before


# ---- what is refused

TWO = pandas.DataFrame({"id": [1, 1], "time": [0, 1], "kind": ["a", "a"], "x": [1.0, 2.0]})


@pytest.mark.parametrize(("container", "columns", "words"), [
    (TWO, {}, "A value for column_id needs to be supplied"),
    (TWO, {"column_id": "no"}, "Column not found: no"),
    (TWO, {"column_id": "id", "column_sort": "no"}, "Column not found: no"),
    (TWO, {"column_id": "id", "column_kind": "no", "column_value": "x"}, "Column not found: no"),
    (TWO, {"column_id": "id", "column_value": "no"}, "Column not found: no"),
    (TWO, {"column_id": "id", "column_kind": "kind"}, "several columns left: time, x"),
    (TWO[["id", "time"]], {"column_id": "id", "column_sort": "time"}, "no column of values"),
    (TWO, {"column_id": "id", "column_sort": "time"}, "must be of numbers: kind"),
    (TWO.assign(x=TWO["x"].astype("M8[ns]")), {"column_id": "id", "column_value": "x"}, "must be of numbers: x"),
    (TWO.assign(x=[1, None]), {"column_id": "id", "column_value": "x"}, "must not contain NaN values: x"),
    (TWO.assign(id=[1, None]), {"column_id": "id", "column_value": "x"}, "must not contain NaN values: id"),
    (TWO.assign(time=[1, None]), {"column_id": "id", "column_sort": "time", "column_value": "x"}, "NaN values: time"),
    (TWO.assign(kind=["a", None]), {"column_id": "id", "column_kind": "kind", "column_value": "x"}, "NaN values: kind"),
    (TWO.rename(columns={"x": "x__y"}), {"column_id": "id", "column_value": "x__y"}, "must not contain '__'"),
    (TWO.rename(columns={"time": "x"}), {"column_id": "id"}, "Columns must have different names"),
    ({"a": TWO}, {"column_id": "id"}, "column_value needs to be supplied"),
    ({"a_": TWO}, {"column_id": "id", "column_value": "x"}, "end with '_': a_"),
    ({"a": TWO.assign(x=[1, None])}, {"column_id": "id", "column_value": "x"}, "NaN values: x"),
    ({"a": [1]}, {"column_id": "id", "column_value": "x"}, "dict of DataFrames, and has a list"),
    ({}, {"column_id": "id", "column_value": "x"}, "must not be empty"),
    ([1, 2], {"column_id": "id"}, "must be a DataFrame or a dict of DataFrames, and is a list"),
])
def test_containers_that_are_none_are_refused(session, container, columns, words):
    with pytest.raises(ValueError, match=words):
        fresh.extract_features(container, {"mean": None}, **columns)


def test_what_tsfresh_shares_work_out_by_is_taken_and_ignored(session, flat):
    X = fresh.extract_features(flat, PLAIN, None, "id", "time", None, None, 10, 4, False, True, fresh.impute, False, "p.txt", "time", object())
    pandas.testing.assert_frame_equal(X, fresh.extract_features(flat, PLAIN, column_id="id", column_sort="time"))


# ---- beside the job kind


def test_features_and_selection_are_those_of_the_job_kind(session, cli, flat):
    rows = pandas.concat([flat.assign(id=flat["id"] + 10 * i, x=flat["x"] + i, y=flat["y"] * i) for i in range(8)])
    y = pandas.Series({key: key > 40 for key in sorted(rows["id"].unique())}, name="y")
    rows.sort_values(["id", "time"]).to_csv(cli.path / "series.csv", index=False)
    y.rename_axis("id").reset_index().to_csv(cli.path / "y.csv", index=False)
    job = 'version = 1\n[fresh]\ninput = "series.csv"\nid = "id"\nsort = "time"\nfeatures = "efficient"\n'
    cli.run("run", cli.write("all.toml", job + '[output]\npath = "all.csv"\n'), "--inline")
    X = fresh.extract_features(rows, "efficient", column_id="id", column_sort="time")
    pandas.testing.assert_frame_equal(
        X, pandas.read_csv(cli.path / "all.csv", index_col="id", float_precision="round_trip").rename_axis(None), check_exact=True)
    select = '[fresh.select]\ntarget = "y.csv"\nid = "id"\ncolumn = "y"\n[output]\npath = "some.csv"\n'
    cli.run("run", cli.write("some.toml", job + select), "--inline")
    some = pandas.read_csv(cli.path / "some.csv", index_col="id", float_precision="round_trip").rename_axis(None)
    with pytest.warns(RuntimeWarning, match="without finite values.* more"):
        relevant = fresh.extract_relevant_features(rows, y, None, "efficient", column_id="id", column_sort="time")
    assert 100 < len(some.columns) < len(X.columns)
    pandas.testing.assert_frame_equal(relevant, fresh.impute(some), check_exact=True)


# ---- relevance


@pytest.mark.parametrize("size", ["n13", "n40", "n200"])
def test_relevance_tables_are_tsfreshs(session, size):
    X = reference(f"sig_{size}_X", index_col="id", float_precision="round_trip")
    targets = reference(f"sig_{size}_y", index_col="id", float_precision="round_trip")
    expected = reference(f"sig_{size}_relevance", float_precision="round_trip")
    keys = ["target", "target_dtype", "ml_task", "test", "fdr_level", "hypotheses_independent"]
    for (target, dtype, task, test, fdr, independent), rows in expected.groupby(keys):
        options = {"test_for_binary_target_real_feature": test, "fdr_level": fdr, "hypotheses_independent": bool(independent)}
        y = targets[target].astype(dtype)
        table = fresh.calculate_relevance_table(X.sample(frac=1, random_state=3), y, **options)
        assert table.columns.tolist() == ["feature", "type", "p_value", "relevant"] and table.index.name == "feature"
        assert table["relevant"].dtype == bool and (table.index == table["feature"]).all()
        rows = rows.set_index("feature").loc[table.index]
        assert (table["type"] == rows["type"]).all() and (table["relevant"] == rows["relevant"].astype(bool)).all()
        numpy.testing.assert_allclose(table["p_value"], rows["p_value"], rtol=1e-12)
        selected = fresh.select_features(X, y.to_numpy(), ml_task=task, **options)
        pandas.testing.assert_frame_equal(selected, X[table.index[table["relevant"]]])


def test_labels_one_by_one_are_tsfreshs(session):
    X = reference("sig_n200_X", index_col="id", float_precision="round_trip")
    y = reference("sig_n200_y", index_col="id")["y_multi"]
    expected = reference("sig_n200_multiclass", float_precision="round_trip")
    for n, rows in expected.groupby("n_significant"):
        table = fresh.calculate_relevance_table(X, y, multiclass=True, n_significant=n)
        labels = y.unique()
        assert table.columns.tolist() == [
            "feature", "type", *(f"{what}_{label}" for label in labels for what in ("p_value", "relevant")), "n_significant", "relevant"]
        for label in labels:
            one = rows[rows["label"] == label].set_index("feature").loc[table.index]
            numpy.testing.assert_allclose(table[f"p_value_{label}"], one["p_value"], rtol=1e-12)
            assert (table[f"relevant_{label}"] == one["relevant_label"].astype(bool)).all()
            assert (table["n_significant"] == one["n_significant_found"]).all()
            assert (table["relevant"] == one["relevant"].astype(bool)).all()


LABELS = [[False, True], ["no", "yes"], [-3, 12], pandas.Categorical(["cold", "warm"]), pandas.array([1, 2], "Int64")]


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: str(labels[0]))
def test_labels_are_whatever_differs(session, labels):
    X = pandas.DataFrame({"noise": numpy.tile([3.0, 1, 2], 20), "signal": numpy.arange(60.0)})
    y = pandas.Series(labels).repeat(30).reset_index(drop=True)
    assert fresh.select_features(X, y).columns.tolist() == ["signal"]
    multiple = fresh.calculate_relevance_table(X, pandas.concat([y[:40], pandas.Series(["third"] * 20, range(40, 60))]), multiclass=True)
    assert f"p_value_{labels[0]}" in multiple and "p_value_third" in multiple


def test_numbers_are_compared_and_no_more(session):
    X = pandas.DataFrame({"signal": numpy.arange(50), "binary": numpy.arange(50) > 24, "noise": numpy.tile([3.0, 1, 2, 5, 4], 10)})
    y = numpy.arange(50.0)
    tables = [fresh.calculate_relevance_table(X, y) for y in (y, y**3, numpy.where(y == 49, numpy.inf, y), y.astype("u2"))]
    for table in tables:
        pandas.testing.assert_frame_equal(table, tables[0])
    assert tables[0]["relevant"].tolist() == [True, True, False]
    as_labels = fresh.calculate_relevance_table(X, pandas.Series((y > 24).astype(float)), ml_task="classification")
    assert as_labels["p_value"]["binary"] < 1e-10


@pytest.mark.parametrize(("X", "y", "options", "error", "words"), [
    ([[1.0]], [1], {}, TypeError, "X as pandas.DataFrame, not as list"),
    (TWO[["x"]], [1, 2], {}, TypeError, "y must be a pandas.Series or a numpy.ndarray"),
    (TWO[["x"]], numpy.array([1, 2, 3]), {}, ValueError, "the same number of samples, and have 2 and 3"),
    (TWO[["x"]], pandas.Series([1, 2], [5, 6]), {}, ValueError, "Index of X and y must be identical"),
    (TWO[["x"]], numpy.array([1, 1]), {}, ValueError, "more than 1 label/class"),
    (TWO[["x"]], numpy.array([1, numpy.nan]), {}, ValueError, "y must not contain NaN"),
    (TWO[["x"]].assign(z=numpy.nan), numpy.array([1, 2]), {}, ValueError, "Columns of DataFrame must not contain NaN values: z"),
    (TWO[["x", "kind"]], numpy.array([1, 2]), {}, ValueError, "Columns of DataFrame must be of numbers: kind"),
    (TWO[["x"]], numpy.array([1, 2]), {"ml_task": "guess"}, ValueError, "ml_task must be one of"),
    (TWO[["x"]], numpy.array(["a", "b"]), {"ml_task": "regression"}, ValueError, "Unable to parse string"),
    (TWO[["x"]], numpy.array([1, 2]), {"test_for_binary_target_real_feature": "t"}, ValueError, "'mann' or 'smir', and is 't'"),
    (TWO[["x"]], numpy.array([1.5, 2]), {"multiclass": True}, ValueError, "no classes to be selected for"),
    (TWO[["x"]], numpy.array([1, 2]), {"multiclass": True, "n_significant": 3}, ValueError, "relevant for 3 of them"),
])
def test_features_and_targets_that_do_not_fit_are_refused(session, X, y, options, error, words):
    with pytest.raises(error, match=words):
        fresh.select_features(X, y, **options)


def test_warnings_are_shown_when_they_are_asked_for(session):
    X = pandas.DataFrame({"same": [1.0] * 9, "noise": [3.0, 1, 2] * 3})
    y = numpy.arange(9) % 2
    with pytest.warns(RuntimeWarning) as said:
        assert fresh.select_features(X, y, show_warnings=True).shape == (9, 0)
    assert [str(warning.message) for warning in said] == ["Constant features: same", "No feature was found relevant at an fdr_level of 0.05"]
    assert {warning.filename for warning in said} == {__file__}


def test_relevant_features_are_added_to_those_that_there_are(session):
    ids = numpy.arange(30)
    rows = pandas.DataFrame({"id": ids.repeat(4), "x": numpy.tile([1.0, 2, 3, 4], 30) * ids.repeat(4)})
    y = pandas.Series(ids > 14, ids)
    X = fresh.extract_relevant_features(rows, y, default_fc_parameters={"mean": None, "length": None}, column_id="id")
    assert X.columns.tolist() == ["x__mean"] and X["x__mean"].tolist() == (2.5 * ids).tolist()
    own = pandas.DataFrame({"age": range(21)}, [77, *reversed(range(20))])
    both = fresh.extract_relevant_features(rows, y[:20], own, {"mean": None, "length": None}, column_id="id")
    assert both.columns.tolist() == ["age", "x__mean"] and both.index.equals(own.index)
    assert both["x__mean"].isnull().tolist() == [True] + [False] * 20
    with pytest.raises(ValueError, match=r"ids are in the time series container but are missing in y: \[29\]"):
        fresh.extract_relevant_features(rows, y[:29], column_id="id")
    with pytest.raises(ValueError, match=r"ids are in y but are missing inside the time series container: \[0, 1\]"):
        fresh.extract_relevant_features(rows[rows["id"] > 1], y, column_id="id")
    with pytest.raises(ValueError, match="no id in common"):
        fresh.extract_relevant_features(rows, y, own.set_index(own.index + 100), column_id="id")
    with pytest.raises(TypeError, match="y needs to be a pandas.Series, received type: ndarray"):
        fresh.extract_relevant_features(rows, y.to_numpy(), column_id="id")


def test_impute_changes_the_frame_itself_column_by_column():
    X = pandas.DataFrame({"a": [1.0, numpy.nan, 4.0, 2.0], "b": [numpy.inf, 1, -numpy.inf, 5], "c": numpy.nan, "d": [1, 2, 3, 4]}, list("wxyz"))
    with pytest.warns(RuntimeWarning, match="Columns without finite values, which are filled with 0: c"):
        assert fresh.impute(X) is X
    assert X.to_dict("list") == {"a": [1.0, 2.0, 4.0, 2.0], "b": [5.0, 1.0, 1.0, 5.0], "c": [0.0] * 4, "d": [1, 2, 3, 4]}
    assert X.index.tolist() == list("wxyz")
    empty = X.iloc[:0]
    assert fresh.impute(empty) is empty


# ---- where it is


def test_it_is_loaded_when_it_is_used(script):
    script("""
import sys, mproc
assert "pandas" not in sys.modules and "fresh" in dir(mproc)
assert mproc.fresh.impute.__module__ == "mproc.fresh" and "pandas" in sys.modules
""")


def test_without_pandas_it_says_what_is_missing(script):
    result = script("""
import sys
sys.modules["pandas"] = None
import mproc
try:
    mproc.fresh
except ImportError as error:
    print(error)
""")
    assert result.out == "mproc.fresh works on pandas DataFrames, and there is no pandas: install pandas\n"


def test_it_starts_a_session_where_there_is_none(script):
    result = script("""
import mproc, pandas
from mproc.fresh import MinimalFCParameters, extract_features
df = pandas.DataFrame({"id": [1, 1, 2], "x": [1.0, 3.0, 5.0]})
print(extract_features(df, MinimalFCParameters(), column_id="id")["x__mean"].to_dict())
""")
    assert result.out == "{1: 2.0, 2: 5.0}\n" and "mproc: started a session" in result.err


def test_tasks_cannot_call_it(session):
    with pytest.raises(RuntimeError, match=r"mproc.fresh.extract_features\(\) was called inside of a task"):
        mproc.map(lambda i: mproc.fresh.extract_features(TWO[["id", "x"]], "minimal", column_id="id"), [1])
