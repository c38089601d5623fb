"""mproc.crossval and mproc.search in drivers, against scikit-learn's own serial loops."""

import functools
import os

import mproc
import numpy
import pandas
import pytest
from sklearn import model_selection as sk
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

TREE = "sklearn.tree:DecisionTreeClassifier"
TIMES = [f"{what}_{which}_time" for what in ("mean", "std") for which in ("fit", "score")]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600]


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


def scaled_svc():
    return make_pipeline(StandardScaler(), SVC())


def grid_search(estimator, params, cv, X, y, **options):
    return sk.GridSearchCV(estimator, params, cv=cv, refit=False, **options).fit(X, y).cv_results_


def assert_same_table(table, results):
    """All of scikit-learn's columns but times, bit for bit."""
    expected = {name: values for name, values in results.items() if name not in ("params", *TIMES)}
    assert set(table.columns) == {*expected, *TIMES}
    for name, values in expected.items():
        assert table[name].tolist() == list(values), name


# ---- crossval


@pytest.mark.parametrize("estimator, params", [
    (DecisionTreeClassifier(random_state=0, max_depth=5), None),
    (DecisionTreeClassifier(), {"random_state": 0, "max_depth": 5}),
    (DecisionTreeClassifier, {"random_state": 0, "max_depth": 5}),
    (functools.partial(DecisionTreeClassifier, random_state=0), {"max_depth": 5}),
    (lambda max_depth: DecisionTreeClassifier(random_state=0, max_depth=max_depth), {"max_depth": 5}),
    (TREE, {"random_state": 0, "max_depth": 5}),
], ids=["instance", "instance and params", "class", "partial", "function", "text"])
def test_scores_are_those_of_cross_val_score_for_every_form_of_estimator(session, digits, estimator, params):
    table = mproc.crossval(estimator, *digits, params=params)
    expected = sk.cross_val_score(DecisionTreeClassifier(random_state=0, max_depth=5), *digits, cv=sk.KFold(5))
    assert table["test_score"].tolist() == expected.tolist()
    assert table.columns.tolist() == ["split", "test_score", "fit_time", "score_time"] and table["split"].tolist() == [0, 1, 2, 3, 4]
    assert (table[["fit_time", "score_time"]] > 0).all(axis=None)


@pytest.mark.parametrize("split, cv", [
    ({"k": 3}, sk.KFold(3)),
    ({"split": "kfold-stratified", "k": 4}, sk.StratifiedKFold(4)),
    ({"split": "chain-forward", "k": 6}, sk.TimeSeriesSplit(5)),
    ({"split": "percentage", "share": 0.3}, sk.PredefinedSplit([-1] * 420 + [0] * 180)),
], ids=lambda value: value.get("split", "kfold") if isinstance(value, dict) else "")
def test_splits_are_those_of_scikit_learn(session, digits, split, cv):
    estimator = make_pipeline(MinMaxScaler(), SGDClassifier(random_state=3))
    found = mproc.crossval(estimator, *digits, params={"sgdclassifier__alpha": 0.01}, **split)["test_score"]
    estimator.set_params(sgdclassifier__alpha=0.01)
    assert found.tolist() == sk.cross_val_score(estimator, *digits, cv=cv).tolist()


def test_labels_may_be_text(session, digits):
    X, y = digits[0], numpy.where(digits[1] < 5, "low", "high")
    for labels in (y, pandas.Series(y), y.astype(object)):
        found = mproc.crossval(SVC(), X, labels, split="kfold-stratified")["test_score"]
        assert found.tolist() == sk.cross_val_score(SVC(), X, y, cv=sk.StratifiedKFold(5)).tolist()


def shortest(estimator, X, y):
    return -float(abs(estimator.predict(X) - y).min())


def test_several_scorers_have_columns_of_their_names(session, diabetes):
    names = ["r2", "neg_mean_absolute_error"]
    expected = sk.cross_validate(Ridge(), *diabetes, scoring=names, cv=sk.KFold(5))
    table = mproc.crossval(Ridge(), *diabetes, scoring=names)
    for name in names:
        assert table[f"test_{name}"].tolist() == expected[f"test_{name}"].tolist()
    own = mproc.crossval(Ridge(), *diabetes, scoring={"error": "max_error", "own": shortest})
    assert own.columns.tolist()[:3] == ["split", "test_error", "test_own"]
    assert own["test_own"].tolist() == sk.cross_val_score(Ridge(), *diabetes, scoring=shortest, cv=sk.KFold(5)).tolist()
    assert "test_score" in mproc.crossval(Ridge(), *diabetes, scoring="r2").columns


def test_frames_arrive_as_frames(session, diabetes):
    X = pandas.DataFrame(diabetes[0], columns=list("abcdefghij")).assign(kind=["even", "odd"] * 221)
    estimator = make_pipeline(ColumnTransformer([("scale", StandardScaler(), ["a", "c"]), ("kind", Kinds(), ["kind"])]), Ridge())
    found = mproc.crossval(estimator, X, pandas.Series(diabetes[1], name="y"))["test_score"]
    assert found.tolist() == sk.cross_val_score(estimator, X, diabetes[1], cv=sk.KFold(5)).tolist()


class Kinds:
    """A transformer of a class that only this program has."""

    def get_params(self, deep=True):
        return {}

    def set_params(self, **params):
        return self

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return (X == "odd").to_numpy(float)


def seen(params, X_train, y_train, X_test, y_test):
    return {"train": len(X_train), "test": len(X_test), "same": float(numpy.isin(y_train, y_test).sum()), **params}


def test_a_function_of_the_whole_gives_scores_by_name(session):
    X, groups = numpy.arange(12.0)[:, None], numpy.repeat(["c", "a", "b", "d"], 3)
    table = mproc.crossval(seen, X, numpy.repeat([2, 0, 1, 3], 3), params={"given": 7}, k=2, groups=groups, function=True)
    assert table[["test_train", "test_test", "test_same", "test_given"]].values.tolist() == [[6, 6, 0, 7]] * 2
    whole = mproc.crossval(lambda params, *parts: len(parts[2]), X, k=4, function=True)
    assert whole["test_score"].tolist() == [3.0] * 4


def test_groups_are_those_of_group_k_fold(session, digits):
    groups = numpy.arange(600) // 7
    found = mproc.crossval(Ridge(), *digits, groups=pandas.Series(groups), k=4)["test_score"]
    assert found.tolist() == sk.cross_val_score(Ridge(), *digits, cv=sk.GroupKFold(4), groups=groups).tolist()


def test_times_of_labels_are_numbers_or_times(session):
    X = numpy.arange(20.0)[:, None]
    starts = pandas.Series(pandas.date_range("2026-01-01", periods=20, freq="D"))
    sizes = lambda params, X_train, *rest: len(X_train)  # noqa: E731
    options = {"split": "percentage", "share": 0.25, "function": True}
    assert mproc.crossval(sizes, X, **options)["test_score"].tolist() == [15]
    for zone in (None, "Asia/Tokyo"):
        begin = starts.dt.tz_localize(zone)
        ends = begin + pandas.Timedelta(days=3)
        assert mproc.crossval(sizes, X, label_starts=begin, label_ends=ends, **options)["test_score"].tolist() == [12]
    assert mproc.crossval(sizes, X, label_ends=numpy.arange(20) + 2, **options)["test_score"].tolist() == [13]


def flags(params, X_train, *rest):
    return {"owns": X_train.flags.owndata, "writes": X_train.flags.writeable, "strides": X_train.strides[0]}


def test_a_large_array_is_in_memory_once_and_parts_are_views_of_it(session, tmp_path):
    X = numpy.random.default_rng(0).normal(size=(20_000, 10))
    numpy.save(tmp_path / "X.npy", X)
    for array in (X, numpy.load(tmp_path / "X.npy", mmap_mode="r")):
        table = mproc.crossval(flags, array, split="roll-forward", k=4, function=True)
        assert table[["test_owns", "test_writes", "test_strides"]].values.tolist() == [[0, 0, 80]] * 3


def names_of_arrays(_):
    return list(mproc.data)


def test_arrays_that_were_shared_are_freed(session):
    before = mproc.map(names_of_arrays, [0])
    mproc.search(Ridge(), numpy.ones((20_000, 10)), numpy.arange(20_000.0), {"alpha": [1, 2]}, refit=True)
    assert mproc.map(names_of_arrays, [0]) == before


# ---- search


def test_a_grid_is_that_of_grid_search_cv(session, digits):
    params = {"max_depth": [None, 3, 6], "criterion": ["gini", "entropy"]}
    table = mproc.search(DecisionTreeClassifier(random_state=0), *digits, params, split="kfold-stratified", k=3)
    expected = grid_search(DecisionTreeClassifier(random_state=0), params, sk.StratifiedKFold(3), *digits)
    order = [expected["params"].index({"max_depth": depth, "criterion": criterion})  # scikit-learn sorts names
             for depth, criterion in zip(table["param_max_depth"], table["param_criterion"])]
    assert sorted(order) == list(range(6))
    assert_same_table(table, {name: numpy.array(values, dtype=object)[order] for name, values in expected.items()})
    best = int(numpy.argmin(table["rank_test_score"]))
    assert table.attrs["best_params"] == expected["params"][order[best]]
    assert table.attrs["best_scores"] == {"score": table["mean_test_score"][best]}
    assert table.attrs["holdout_scores"] is None and table.attrs["model"] is None


def test_values_may_be_anything(session, digits):
    scalers = [StandardScaler(), "passthrough", MinMaxScaler(feature_range=(0, 2))]
    params = {"standardscaler": scalers, "svc__C": numpy.array([1, 4]), "svc__class_weight": [None, {0: 2.0}]}
    table = mproc.search(scaled_svc(), *digits, params, k=3)
    assert table["param_standardscaler"].tolist() == [scaler for scaler in scalers for _ in range(4)]
    assert_same_table(table, grid_search(scaled_svc(), params, sk.KFold(3), *digits))
    by_function = mproc.search(scaled_svc, *digits, params, k=3)
    assert by_function["mean_test_score"].tolist() == table["mean_test_score"].tolist()
    sizes = mproc.search(seen, digits[0], digits[1], {"extra": range(3, 9, 3)}, function=True)
    assert sizes["param_extra"].tolist() == [3, 6] == sizes["mean_test_extra"].tolist()


def test_several_scorers_of_a_search(session, diabetes):
    names = ["r2", "neg_mean_absolute_error"]
    table = mproc.search(Ridge(), *diabetes, {"alpha": [0.1, 1.0, 10.0]}, scoring=names)
    assert_same_table(table, grid_search(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, sk.KFold(5), *diabetes, scoring=names))
    assert list(table.attrs["best_scores"]) == names


@pytest.mark.parametrize("search", ["random", "sobol"])
def test_drawn_sets_are_cross_validated_as_any(session, diabetes, search):
    params = {"alpha": {"loguniform": [1e-3, 10]}, "solver": ["svd", "cholesky"], "fit_intercept": {"boolean": True}}
    table = mproc.search(Ridge(), *diabetes, params, search=search, trials=8)
    drawn = table[["param_alpha", "param_solver", "param_fit_intercept"]]
    assert len(drawn) == 8 and set(drawn["param_solver"]) == {"svd", "cholesky"}
    for row, given in drawn.rename(columns=lambda name: name[6:]).iterrows():
        expected = sk.cross_val_score(Ridge(**given), *diabetes, cv=sk.KFold(5))
        assert table.loc[row, [f"split{i}_test_score" for i in range(5)]].tolist() == expected.tolist()
    again = mproc.search(Ridge(), *diabetes, params, search=search, trials=8, k=2)
    other = mproc.search(Ridge(), *diabetes, params, search=search, trials=8, k=2, seed=1)
    assert again["param_alpha"].tolist() == drawn["param_alpha"].tolist() != other["param_alpha"].tolist()


def test_sets_are_those_of_a_job_file(session, cli):
    """Whatever the values are: only their places are drawn."""
    cli.write("model.py", "def f(params, X_train, y_train, X_test, y_test): return params['a'] + params['c']\n")
    numpy.save(cli.path / "X.npy", numpy.ones((10, 1)))
    numpy.save(cli.path / "y.npy", numpy.ones(10))
    cli.write("job.toml", """version = 1
seed = 5
[crossval]
features = "X.npy"
target = "y.npy"
function = "model:f"
search = "random"
trials = 12
[crossval.params]
a = [1, 1, 2, 4, 8]
c = { uniform = [0, 1] }
[output]
path = "out.csv"
""")
    cli.run("run", "job.toml", "--inline")
    params = {"a": [1, 1, 2, 4, 8], "c": {"uniform": [0, 1]}}
    found = mproc.search(lambda p, *_: p["a"] + p["c"], numpy.ones((10, 1)), numpy.ones(10), params, search="random", trials=12, seed=5, function=True)
    job = pandas.read_csv(cli.path / "out.csv", float_precision="round_trip")
    assert found[["param_a", "param_c", "mean_test_score"]].values.tolist() == job[["param_a", "param_c", "mean_test_score"]].values.tolist()


def test_repeated_sets_are_left_out_and_a_warning_says_so(session):
    with pytest.warns(RuntimeWarning, match="^40 trials gave 2 different parameter sets; repeated ones are left out$") as told:
        table = mproc.search(lambda p, *_: p["a"], numpy.ones((10, 1)), params={"a": [1, 2, 1]}, search="random", trials=40, function=True)
    assert sorted(table["param_a"]) == [1, 2] and told[0].filename == __file__


def promoted(means, count):
    return sorted(sorted(range(len(means)), key=lambda i: -means[i])[:count])


def test_halving_over_a_parameter_is_that_of_a_serial_loop(session, digits):
    forest = RandomForestClassifier(random_state=0)
    params = {"max_depth": [1, 2, 4, 8], "max_features": [0.1, 0.5]}
    table = mproc.search(forest, *digits, params, search="halving", resource="n_estimators", factor=2, min_resource=2, max_resource=8, k=3)
    sets = [{"max_depth": depth, "max_features": features} for depth in params["max_depth"] for features in params["max_features"]]
    expected = []
    for rung, (trees, count) in enumerate([(2, 4), (4, 2), (8, 0)]):
        scores = [sk.cross_val_score(RandomForestClassifier(random_state=0, n_estimators=trees, **given), *digits, cv=sk.KFold(3)) for given in sets]
        expected += [[rung, trees, *given.values(), *split] for given, split in zip(sets, scores)]
        last, means = sets, [split.mean() for split in scores]
        sets = [sets[i] for i in promoted(means, count)]
    columns = ["iter", "n_resources", "param_max_depth", "param_max_features", *(f"split{i}_test_score" for i in range(3))]
    assert table[columns].values.tolist() == expected
    best = last[int(numpy.argmax(means))]
    assert table.attrs["best_params"] == {**best, "n_estimators": 8}


def test_halving_over_samples_gives_each_rung_more_of_them(session, digits):
    params = {"alpha": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]}
    estimator = SGDClassifier(random_state=0)
    table = mproc.search(estimator, *digits, params, search="halving", min_resource=60, factor=3, k=3, refit=True)
    assert table["n_resources"].tolist() == [60] * 6 + [180] * 2
    sizes = mproc.search(seen, *digits, {"i": list(range(6))}, search="halving", min_resource=60, factor=3, k=3, function=True)
    assert sizes["mean_test_train"].tolist() == [40.0] * 6 + [120.0] * 2
    kept = [table["param_alpha"][i] for i in promoted(table["mean_test_score"][:6].tolist(), 2)]
    assert table["param_alpha"][6:].tolist() == kept
    model = table.attrs["model"]
    expected = SGDClassifier(random_state=0, **table.attrs["best_params"]).fit(*digits)
    assert (model.coef_ == expected.coef_).all()


def test_the_best_set_is_fitted_without_the_holdout_and_scored_on_it(session, digits):
    X, y = digits
    table = mproc.search(DecisionTreeClassifier(random_state=0), X, y, {"max_depth": [2, 4, 8]}, holdout=0.25, k=3)
    searched = sk.GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [2, 4, 8]}, cv=sk.KFold(3)).fit(X[:450], y[:450])
    assert table["mean_test_score"].tolist() == searched.cv_results_["mean_test_score"].tolist()
    assert table.attrs["best_params"] == searched.best_params_
    assert table.attrs["holdout_scores"] == {"score": searched.score(X[450:], y[450:])}
    assert (table.attrs["model"].predict(X) == searched.predict(X)).all()
    any_of_them = mproc.search(DecisionTreeClassifier(random_state=0), X, y, {"max_depth": [8]}, holdout=0.25, holdout_shuffle=True)
    assert any_of_them.attrs["holdout_scores"] != table.attrs["holdout_scores"]
    by_function = mproc.search(seen, X, y, {"a": [1]}, holdout=0.25, function=True).attrs
    assert by_function["holdout_scores"] == {"train": 450, "test": 150, "same": 450, "a": 1} and by_function["model"] is None


class Moody(Ridge):
    """Fails as it is told, and where the last samples are among those to fit to."""

    def __init__(self, alpha=1.0, fails=False, late=False):
        super().__init__(alpha=alpha)
        self.fails, self.late = fails, late

    def fit(self, X, y):
        if self.fails or (self.late and len(X) > 30):
            raise RuntimeError("not today\nnor tomorrow")
        return super().fit(X, y)


def test_fits_that_fail_are_nan_and_a_warning_says_how_many(session):
    X, y = numpy.random.default_rng(0).normal(size=(40, 3)), numpy.arange(40.0)
    with pytest.warns(RuntimeWarning, match=r"^5 of 10 fits failed; the first one with fails=True: RuntimeError: not today$") as told:
        table = mproc.search(Moody(), X, y, {"fails": [True, False]})
    assert told[0].filename == __file__
    assert numpy.isnan(table["mean_test_score"]).tolist() == [True, False] and table["rank_test_score"].tolist() == [2, 1]
    assert table.attrs["best_params"] == {"fails": False}
    with pytest.warns(RuntimeWarning, match=r"^5 of 5 fits failed; the first one with fails=True: RuntimeError"):
        table = mproc.crossval(Moody(), X, y, params={"fails": True})
    assert table[["test_score", "fit_time", "score_time"]].isna().all(axis=None) and len(table) == 5
    with pytest.warns(RuntimeWarning, match="^5 of 5 fits failed; the first one: RuntimeError: not today$"):
        mproc.crossval(Moody(fails=True), X, y)
    with pytest.warns(RuntimeWarning, match="^10 of 10 fits failed"):
        nothing = mproc.search(Moody(fails=True), X, y, {"alpha": [1, 2]}, holdout=0.2, scoring=["r2", "max_error"])
    assert nothing.attrs == {"best_params": None, "best_scores": None, "holdout_scores": None, "model": None}
    with pytest.warns(RuntimeWarning, match=r"^1 of 6 fits failed; the first one with alpha=1"):
        late = mproc.search(Moody(late=True), X, y, {"alpha": [1]}, holdout=0.2).attrs
    assert late["best_params"] == {"alpha": 1} and late["holdout_scores"] is None and late["model"] is None


def ends_where_told(params, *_):
    if params["a"] == 1:
        os._exit(3)
    return params["a"]


def test_a_crash_costs_its_own_cells_alone(session):
    with pytest.warns(RuntimeWarning, match="^2 of 6 fits failed; the first one with a=1: WorkerLost: "):
        table = mproc.search(ends_where_told, numpy.ones((10, 1)), params={"a": [0, 1, 2]}, k=2, function=True)
    assert table["mean_test_score"].fillna(-1).tolist() == [0, -1, 2]


# ---- what is wrong


WRONG = [
    ({"k": 1}, "'k' has to be 2 or more, not 1"),
    ({"k": 50}, "k = 50 folds of 20 samples; set k to 20 or less"),
    ({"split": "kfolds"}, "'split' has to be one of .*, not \"kfolds\"; did you mean \"kfold\"|'split' .*did you mean"),
    ({"k": 4, "split": "percentage"}, "'k' is for splits into folds; this one has a share and repeats"),
    ({"share": 0.5}, "'share' is for split = "),
    ({"y": numpy.ones(19)}, "X has 20 rows, and y has 19: each sample needs one of both"),
    ({"groups": [1, 2]}, "groups has 2 values, and X has 20 rows: each sample needs one"),
    ({"groups": [None, 1] * 10}, "groups cannot be used: "),
    ({"label_ends": ["x"] * 20}, "label_ends cannot be used: "),
    ({"params": {"alpa": [1]}}, r"Ridge has no parameter 'alpa' \(did you mean 'alpha'\?\)"),
    ({"params": {"alpha": 3}}, "'params.alpha' has to be a list, or a table like {'uniform': \\[0, 1\\]}, not int"),
    ({"params": {"alpha": []}}, "'params.alpha' is empty"),
    ({"params": {}}, "'params' is empty; add a parameter, like {'name': \\[1, 2, 3\\]}|'params' is empty"),
    ({"params": [1]}, "params has to be a dict, like .*, not list"),
    ({"params": {"alpha": {"uniform": [0, 1]}}}, "'params.alpha.uniform' is not for search = \"grid\"; write a list"),
    ({"search": "bayes"}, "'search' has to be \"grid\", \"random\", \"sobol\" or \"halving\", not \"bayes\""),
    ({"search": "sobol", "trials": 3}, "'trials' has to be a power of two"),
    ({"min_resource": 3}, "'min_resource' is for search = \"halving\""),
    ({"search": "halving", "resource": "alpha2"}, "'resource' is a parameter, whose most is not known; add max_resource"),
    ({"holdout": 1.5}, "'holdout' has to be a share of the samples"),
    ({"holdout_shuffle": True}, "'holdout_shuffle' needs a holdout"),
    ({"scoring": "acuracy"}, "scikit-learn has no scorer 'acuracy' .*did you mean 'accuracy'"),
    ({"scoring": ["r2", "r2"]}, "scoring has a name twice"),
    ({"scoring": 5}, "scoring has 5, which is no scorer"),
    ({"scoring": []}, "scoring is empty"),
    ({"seed": -1}, "seed=-1"),
    ({"estimator": 5}, "5 is no estimator, and nothing that makes one"),
    ({"estimator": "sklearn.tree:DecisionTree"}, "DecisionTree"),
    ({"estimator": "nowhere:Tree"}, "nowhere"),
    ({"function": True}, r"Ridge\(\) is no function; leave function=True out for an estimator"),
    ({"estimator": seen, "function": True, "refit": True}, "refit needs an estimator"),
    ({"estimator": seen, "function": True, "scoring": "r2"}, "scoring is for an estimator"),
    ({"estimator": SVC(), "y": numpy.ones(20, int), "params": {"C": [1]}}, "y is 1 for all samples: SVC, a classifier, needs two classes"),
    ({"X": numpy.full((20, 2), numpy.nan)}, r"X\[0, 0\] is nan, and Ridge takes finite numbers alone"),
    ({"X": 5}, "X has to have a row a sample; int has none"),
]


@pytest.mark.parametrize("given, message", WRONG, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_what_is_wrong_is_said_in_one_line_before_anything_runs(session, given, message):
    given = {"estimator": Ridge(), "X": numpy.arange(40.0).reshape(20, 2), "y": numpy.arange(20.0), "params": {"alpha": [1]}, **given}
    with pytest.raises(ValueError, match=message) as refused:
        mproc.search(**given)
    text = str(refused.value)
    assert "\n" not in text and not text.startswith((":", "/")) and "crossval" not in text


def test_what_cannot_travel_is_named(session):
    with pytest.raises(TypeError, match="^y cannot travel to the executors|^estimator cannot travel to the executors"):
        mproc.crossval(functools.partial(Ridge, alpha=(i for i in [1])), numpy.ones((10, 1)), numpy.ones(10))


# ---- sessions


def test_names_may_be_those_of_init_code(session, digits):
    mproc.init("from sklearn.tree import DecisionTreeClassifier as Tree\ndef own(estimator, X, y): return float(len(y))")
    assert mproc.crossval("Tree", *digits, params={"max_depth": 2}, scoring="accuracy", k=2)["test_score"].notna().all()


def test_a_session_is_started_where_there_is_none_and_rows_are_dicts_without_pandas(script):
    text = """
import sys
sys.modules["pandas"] = None
import mproc, numpy
X, y = numpy.arange(20.0).reshape(10, 2), numpy.arange(10.0)
def size(params, X_train, y_train, X_test, y_test):
    return len(X_test) + params.get("a", 0)
print(*[{name: row[name] for name in ("split", "test_score")} for row in mproc.crossval(size, X, y, k=2, function=True)])
found = mproc.search(size, X, y, {"a": [None, 5][1:]}, k=2, function=True)
print([(row["param_a"], row["mean_test_score"]) for row in found], found.attrs["best_params"])
mproc.stop()
"""
    result = script(text)
    assert result.out.splitlines() == ["{'split': 0, 'test_score': 5.0} {'split': 1, 'test_score': 5.0}", "[(5, 10.0)] {'a': 5}"]
    assert "mproc: started a session of" in result.err


def test_it_is_refused_inside_of_a_task(session):
    with pytest.raises(RuntimeError, match=r"mproc.crossval\(\) was called inside of a task"):
        mproc.map(lambda _: mproc.crossval(None, [1]), [0])


def test_results_are_the_same_for_any_number_of_executors(script):
    text = """
import mproc, numpy
def noisy(params, *_):
    import mproc
    return float(mproc.rng().normal())
with mproc.start(COUNT):
    found = mproc.search(noisy, numpy.ones((200, 1)), params={"a": list(range(8))}, search="halving", factor=2, min_resource=50, function=True, seed=3)
    print(found["mean_test_score"].tolist())
"""
    assert script(text.replace("COUNT", "1")).out == script(text.replace("COUNT", "3")).out != ""
