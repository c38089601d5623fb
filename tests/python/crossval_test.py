"""Cells of cross-validation, in an ordinary Python: what scikit-learn's own functions give, bit for bit."""

import os
import pickle
import re
import sys

import numpy
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, TimeSeriesSplit, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

sys.path.insert(0, os.environ["MPROC_PACKAGE"])

from mproc._crossval import Cells, FunctionCells  # noqa: E402
from mproc._crossval_estimator import Maker  # noqa: E402
from mproc._crossval_scores import named_scorers  # noqa: E402
from mproc._crossval_sets import Sets, take  # noqa: E402


def ranges_of(samples):
    """Pairs first, end where the samples are in few pieces; else None."""
    cuts = numpy.flatnonzero(numpy.diff(samples) != 1) + 1
    if len(cuts) > 3:
        return None
    return [number for part in numpy.split(samples, cuts) if len(part) > 0 for number in (part[0], part[-1] + 1)]


def sets_of(splits):
    """As the engine lays them out."""
    index, table = [], []
    for sides in splits:
        table.append([])
        for samples in sides:
            ranges = ranges_of(numpy.asarray(samples, int))
            begin = len(index)
            index.extend(samples if ranges is None else ranges)
            table[-1].append([0 if ranges is None else 1, begin, len(index)])
    return Sets(numpy.array(table, numpy.int64), numpy.array(index, numpy.uint32))


def shared(array, order="C", dtype=None):
    """As tasks see it: nobody can write to it."""
    array = numpy.array(array, dtype=dtype or array.dtype, order=order)
    array.flags.writeable = False
    return array


IRIS, DIABETES = load_iris(return_X_y=True), load_diabetes(return_X_y=True)
SHUFFLED = numpy.random.default_rng(0).permutation(150)
IRIS = IRIS[0][SHUFFLED], IRIS[1][SHUFFLED]
ONE_SPLIT = [(range(100), range(100, 150))]


def pipeline():
    return Pipeline([("scale", StandardScaler()), ("svc", SVC())])


ESTIMATORS = {
    "tree": (DecisionTreeClassifier, {"random_state": 0}, {"max_depth": 3}, IRIS),
    "forest": (RandomForestClassifier, {"random_state": 0}, {"n_estimators": 5}, IRIS),
    "sgd": (SGDClassifier, {"random_state": 0}, {"alpha": 0.01}, IRIS),
    "logistic": (LogisticRegression, {"max_iter": 20}, {"C": 0.5}, IRIS),
    "svc": (SVC, {}, {"C": 2.0, "gamma": 0.1}, IRIS),
    "neighbours": (KNeighborsClassifier, {}, {"n_neighbors": 3}, IRIS),
    "pipeline": (pipeline, {}, {"svc__C": 0.3, "scale__with_mean": False}, IRIS),
    "ridge": (Ridge, {}, {"alpha": 0.1}, DIABETES),
    "regression tree": (DecisionTreeRegressor, {"random_state": 0}, {"max_depth": 4}, DIABETES),
}
SPLITS = {
    "k folds": KFold(5),
    "shuffled": KFold(4, shuffle=True, random_state=1),
    "stratified": StratifiedKFold(3),
    "in time": TimeSeriesSplit(4),
}


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.filterwarnings("ignore")
def test_scores_are_those_of_scikit_learn(name, split, order, dtype):
    target, args, params, (X, y) = ESTIMATORS[name]
    if split == "stratified" and y.dtype.kind == "f":
        pytest.skip("of classes alone")
    X, y = shared(X, order, dtype), shared(y)
    splits = list(SPLITS[split].split(X, y))
    cells = Cells(Maker(target, args, name), {}, X, y, sets_of(splits))
    cells.check(params)
    estimator = target(**args).set_params(**params)
    theirs = cross_validate(estimator, X, y, cv=splits, error_score="raise")["test_score"]
    assert [cells(params, i)["scores"] for i in range(len(splits))] == [[score] for score in theirs]


@pytest.mark.filterwarnings("ignore")
def test_a_search_finds_what_GridSearchCV_finds():
    X, y = shared(IRIS[0]), shared(IRIS[1])
    names, values = ["accuracy", "f1_macro", "roc_auc_ovr", "neg_log_loss"], [1, 2, 5, None]
    splits = list(StratifiedKFold(5).split(X, y))
    tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": values}
    search = GridSearchCV(tree, grid, scoring=names, cv=splits, refit=False).fit(X, y)
    cells = Cells(Maker(DecisionTreeClassifier, {"random_state": 0}, "t"), named_scorers(names), X, y, sets_of(splits))
    for candidate, depth in enumerate(values):
        for split in range(5):
            theirs = [search.cv_results_[f"split{split}_test_{name}"][candidate] for name in names]
            assert cells({"max_depth": depth}, split)["scores"] == theirs


def test_of_a_matrix_of_similarities_rows_and_columns_are_taken():
    X, y = IRIS
    kernel, splits = shared(X @ X.T), list(KFold(3).split(X))
    cells = Cells(Maker(SVC, {"kernel": "precomputed"}, "SVC"), {}, kernel, shared(y), sets_of(splits))
    theirs = cross_validate(SVC(kernel="precomputed"), kernel, y, cv=splits)["test_score"]
    assert [cells({}, i)["scores"][0] for i in range(3)] == theirs.tolist()


class Looking:
    """An estimator of nothing that keeps what it was given."""

    seen = []

    def __init__(self, words=()):
        self.words = words
        words and words.append("changed")

    def fit(self, *arrays):
        self.fitted = arrays

    def score(self, *arrays):
        Looking.seen[:] = [self, self.fitted, arrays]
        return 1


def looked(X, y, *splits, split=0, **args):
    Cells(Maker(Looking, args, "Looking"), {}, X, y, sets_of(splits))({}, split)
    return Looking.seen


def test_a_range_is_a_view_and_all_else_a_copy_in_the_order_of_the_samples():
    X, y = shared(numpy.arange(20.0).reshape(10, 2)), shared(numpy.arange(10))
    _, fitted, scored = looked(X, y, ([2, 3, 4, 5], [8, 1]))
    assert all(numpy.shares_memory(array, whole) and array.flags.c_contiguous for array, whole in zip(fitted, (X, y)))
    assert fitted[0].tolist() == X[2:6].tolist() and fitted[1].tolist() == [2, 3, 4, 5]
    assert scored[1].tolist() == [8, 1] and not numpy.shares_memory(scored[0], X)
    _, fitted, scored = looked(X, y, ([6, 7, 8, 0, 1, 4], [9]))
    assert fitted[1].tolist() == [6, 7, 8, 0, 1, 4] and fitted[0].tolist() == X[fitted[1]].tolist()
    assert numpy.shares_memory(scored[0], X)


def test_of_columns_side_by_side_rows_are_copied_as_scikit_learn_does():
    X = shared(numpy.arange(20.0).reshape(10, 2), "F")
    for samples in ([slice(2, 5)], [slice(2, 5), slice(7, 9)], numpy.array([4, 1], numpy.uint32)):
        rows = numpy.concatenate([numpy.arange(10)[part] for part in samples]) if isinstance(samples, list) else samples
        taken = take(X, samples)
        assert taken.tolist() == X[rows].tolist() and taken.flags.c_contiguous == X[rows].flags.c_contiguous
        assert not numpy.shares_memory(taken, X)


def test_no_samples_are_none():
    assert take(shared(numpy.ones((3, 2))), []).shape == (0, 2)
    assert take(shared(numpy.ones((3, 2)), "F"), []).shape == (0, 2)
    assert take(None, [slice(0, 2)]) is None


def test_without_a_target_there_is_none():
    _, fitted, scored = looked(shared(numpy.ones((4, 2))), None, ([0, 1], [2, 3]))
    assert len(fitted) == len(scored) == 1


def test_an_empty_test_side_gives_no_scores_but_a_model():
    X, y = map(shared, IRIS)
    cells = Cells(Maker(DecisionTreeClassifier, {}, "t"), {}, X, y, sets_of([(range(150), [])]))
    out = cells({"max_depth": 2}, 0, model=True)
    assert out["scores"] == [] and out["fit_time"] > 0 and set(out) == {"scores", "fit_time", "score_time", "model"}
    model = pickle.loads(out["model"])
    theirs = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    assert model.get_depth() == 2 and (model.predict(X) == theirs.predict(X)).all()
    assert "model" not in cells({"max_depth": 2}, 0)


@pytest.mark.parametrize("names", [[], ["accuracy"], ["accuracy", "f1_macro"]])
def test_cells_can_travel(names):
    cells = Cells(Maker(SVC, {}, "SVC"), named_scorers(names), *IRIS, sets_of(ONE_SPLIT))
    assert pickle.loads(pickle.dumps(cells))({"C": 2}, 0)["scores"] == cells({"C": 2}, 0)["scores"]


def test_no_cell_sees_what_another_one_did_to_args():
    X, y = shared(numpy.ones((4, 2))), shared(numpy.ones(4))
    words = ["first"]
    cells = Cells(Maker(Looking, {"words": words}, "Looking"), {}, X, y, sets_of([([0, 1], [2, 3])]))
    for _ in range(2):
        cells({}, 0)
        assert Looking.seen[0].words == ["first", "changed"]
    assert words == ["first"]


def test_a_function_gets_what_it_takes_and_the_rest_is_set_on_what_it_makes():
    def make(depth, seed):
        return DecisionTreeClassifier(max_depth=depth, random_state=seed)

    made = Maker(make, {"seed": 7}, "make")({"depth": 3, "min_samples_leaf": 2})
    assert made.get_params() == DecisionTreeClassifier(max_depth=3, random_state=7, min_samples_leaf=2).get_params()

    def any_of_them(**given):
        return DecisionTreeClassifier(**given)

    assert Maker(any_of_them, {}, "any")({"max_depth": 3}).max_depth == 3


def test_what_a_fit_raises_is_raised():
    X, y = map(shared, IRIS)
    cells = Cells(Maker(DecisionTreeClassifier, {}, "t"), {}, X, y, sets_of(ONE_SPLIT))
    with pytest.raises(ValueError, match="max_depth"):
        cells({"max_depth": -3}, 0)


def test_an_estimator_that_writes_to_its_input_is_told_to_copy_it():
    class Rude(Looking):
        def fit(self, X, y):
            X[0] = 0

    cells = Cells(Maker(Rude, {}, "Rude"), {}, *map(shared, IRIS), sets_of(ONE_SPLIT))
    with pytest.raises(ValueError, match="is read-only: Rude writes to its input, which all executors share; let it"):
        cells({}, 0)


def test_predictions_are_made_once_for_all_scorers_that_need_them():
    class Counting(DecisionTreeClassifier):
        calls = 0

        def predict(self, X, **given):
            Counting.calls += 1
            return super().predict(X, **given)

    scorers = {name: get_scorer(name) for name in ("accuracy", "f1_macro", "recall_macro")}
    Cells(Maker(Counting, {}, "c"), scorers, *map(shared, IRIS), sets_of(ONE_SPLIT))({}, 0)
    assert Counting.calls == 1


@pytest.mark.parametrize(("score", "said"), [
    (None, "scorer 'mine' gives None of type NoneType: a score has to be a number"),
    ([1, 2], "scorer 'mine' gives [1, 2] of type list: a score has to be a number"),
    (numpy.ones(2), "scorer 'mine' gives array([1., 1.]) of type ndarray: a score has to be a number"),
    ("0.5", "scorer 'mine' gives '0.5' of type str: a score has to be a number"),
    (1j, "scorer 'mine' gives 1j of type complex: a score has to be a number"),
])
def test_a_score_that_is_no_number_is_an_error(score, said):
    scorers = {"mine": lambda estimator, X, y: score}
    cells = Cells(Maker(Looking, {}, "Looking"), scorers, *map(shared, IRIS), sets_of(ONE_SPLIT))
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        cells({}, 0)


def test_a_score_may_be_a_numpy_number_or_an_array_of_one():
    scorers = {"a": lambda *_: numpy.float32(0.5), "b": lambda *_: numpy.array([2]), "c": lambda *_: True}
    cells = Cells(Maker(Looking, {}, "Looking"), scorers, *map(shared, IRIS), sets_of(ONE_SPLIT))
    scores = cells({}, 0)["scores"]
    assert scores == [0.5, 2.0, 1.0] and {type(score) for score in scores} == {float}


def function_cells(function, splits=ONE_SPLIT, **args):
    return FunctionCells(function, args, *map(shared, IRIS), sets_of(splits))


def test_a_function_gets_both_sides_and_gives_scores_by_name():
    def f(params, X_train, y_train, X_test, y_test, extra):
        return {"rows": len(X_train) + len(y_train), "tests": len(X_test) + len(y_test), "sum": params["a"] + extra}

    out = function_cells(f, extra=1)({"a": 2}, 0)
    assert out.pop("fit_time") >= 0
    assert out == {"scores": [200.0, 100.0, 3.0], "names": ["rows", "tests", "sum"], "score_time": 0.0}


def test_a_function_gives_a_number_or_says_what_it_gave():
    assert function_cells(lambda *_: numpy.int64(3))({}, 0)["scores"] == [3.0]
    with pytest.raises(ValueError, match="^function gives None of type NoneType: a score has to be a number$"):
        function_cells(lambda *_: None)({}, 0)
    with pytest.raises(ValueError, match="^function's 'a' gives 'x' of type str: a score has to be a number$"):
        function_cells(lambda *_: {"a": "x"})({}, 0)


def test_a_function_is_not_called_without_test_samples_and_has_no_model():
    assert function_cells(None, [(range(150), [])])({}, 0)["scores"] == []
    with pytest.raises(ValueError, match="^a function gives scores and no model; name an estimator to have one$"):
        function_cells(None)({}, 0, model=True)


def refused(target, params, *, X=IRIS[0], y=IRIS[1], args=None, scorers=()):
    cells = Cells(Maker(target, args or {}, target.__name__), {name: None for name in scorers}, X, y, [])
    with pytest.raises(ValueError) as raised:
        cells.check(params)
    return str(raised.value)


def test_names_of_parameters_are_compared_before_the_run():
    has = "estimator 'DecisionTreeClassifier' has no parameter"
    assert refused(DecisionTreeClassifier, {"max_dept": 1}) == f"{has} 'max_dept' (did you mean 'max_depth'?)"
    assert refused(DecisionTreeClassifier, {}, args={"max_dept": 1}) == f"{has} 'max_dept' (did you mean 'max_depth'?)"
    assert refused(DecisionTreeClassifier, {"tree__x": 1}).startswith(f"{has} 'tree__x' (it has: criterion, splitter, ")
    assert refused(pipeline, {"svc__c": 1}) == "estimator 'pipeline' has no parameter 'svc__c' (did you mean 'svc__C'?)"
    assert refused(pipeline, {"C": 1}).startswith("estimator 'pipeline' has no parameter 'C' (it has: memory, steps, ")
    assert refused(Looking, {"word": 1}) == "estimator 'Looking' has no parameter 'word' (did you mean 'words'?)"
    twice = refused(DecisionTreeClassifier, {"max_depth": 1}, args={"max_depth": 2})
    assert twice == "both args and params give 'max_depth'; leave it out of one of them"

    def make(depth):
        return DecisionTreeClassifier(max_depth=depth)

    missing = "estimator 'make' cannot take what params and args give: missing a required argument: 'depth'"
    assert refused(make, {}) == missing


def test_what_is_no_estimator_is_refused():
    def nothing():
        pass

    class Fits:
        def fit(self, X, y):
            pass

    assert refused(nothing, {}) == "estimator 'nothing' returns None: it has to return an estimator"
    assert refused(dict, {}) == "the estimator is of type dict, which has no fit()"
    no_score = "the estimator is of type Fits, which has no score(); name what to score it by in scoring"
    assert refused(Fits, {}) == no_score
    no_predict = "the estimator is of type Fits, which has no predict() for 'accuracy' to score"
    assert refused(Fits, {}, scorers=["accuracy"]) == no_predict
    Cells(Maker(Fits, {}, "Fits"), {"mine:scorer": None}, *IRIS, []).check({})


def with_one(array, value):
    array = array.astype("f8")
    array[(70_000 if len(array) > 70_000 else 17, *[3] * (array.ndim - 1))] = value
    return array


def test_data_that_no_fit_would_take_are_refused():
    X, y = IRIS
    assert refused(SVC, {}, y=y[:-1]) == "X has 150 rows, and y has 149: each sample needs one of both"
    one_class = "y is 1 for all samples: SVC, a classifier, needs two classes"
    assert refused(SVC, {}, y=numpy.ones(150, int)) == one_class
    assert "y is setosa for all samples" in refused(pipeline, {}, y=numpy.full(150, "setosa"))
    assert refused(SVC, {}, X=X * 1j) == "X has complex numbers, which SVC does not take"
    assert refused(SVC, {}, X=numpy.full((150, 2), "a")) == "X has text ('a'), and SVC takes numbers"
    remedy = "and SVC takes finite numbers alone: leave such samples out, or put an imputer before it (a pipeline)"
    assert refused(SVC, {}, X=with_one(X, numpy.nan)) == f"X[17, 3] is nan, {remedy}"
    assert refused(SVC, {}, X=with_one(X, -numpy.inf)) == f"X[17, 3] is -inf, {remedy}"
    y = with_one(DIABETES[1], numpy.nan)
    remedy = "and Ridge takes finite numbers alone: leave such samples out"
    assert refused(Ridge, {}, X=DIABETES[0], y=y) == f"y[17] is nan, {remedy}"
    many = with_one(numpy.zeros((100_000, 4)), numpy.nan)
    assert refused(SVC, {}, X=many, y=numpy.arange(100_000)).startswith("X[70000, 3] is nan")


def test_data_that_some_fit_may_take_are_not_refused():
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer

    X, y = IRIS
    holes = with_one(X, numpy.nan)

    def filled():
        return make_pipeline(SimpleImputer(), SVC())

    class Own(SVC):
        pass

    for target in (DummyClassifier, HistGradientBoostingClassifier, filled, Own):
        Cells(Maker(target, {}, "e"), {}, holes, y, []).check({})
    Cells(Maker(SVC, {}, "e"), {}, X, y.astype(str), []).check({})
    Cells(Maker(OneClassSVM, {}, "e"), {"accuracy": None}, X, numpy.full(150, numpy.nan), []).check({})
    huge = numpy.full((150, 2), 3e38, "f4")  # whose sum is infinite
    Cells(Maker(SVC, {}, "e"), {}, huge, y, []).check({})


def test_what_depends_on_values_is_left_to_the_cells():
    def picky(depth):
        raise ValueError("no such depth")

    Cells(Maker(picky, {}, "picky"), {}, *IRIS, []).check({"depth": 1})
    Cells(Maker(DecisionTreeClassifier, {}, "t"), {}, *IRIS, []).check({"max_depth": -3})


def test_unknown_scorers_are_refused_with_near_names():
    with pytest.raises(LookupError) as raised:
        named_scorers(["acuracy"])
    assert str(raised.value) == (
        "crossval.scoring: scikit-learn has no scorer 'acuracy' (did you mean 'accuracy'?); "
        "sklearn.metrics.get_scorer_names() lists them"
    )
    with pytest.raises(LookupError, match="^crossval.scoring names 'accuracy' twice$"):
        named_scorers(["accuracy", "accuracy"])


def test_without_scikit_learn_its_scorers_are_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(LookupError) as raised:
        named_scorers(["accuracy"])
    assert str(raised.value) == (
        f"crossval.scoring: 'accuracy' is scikit-learn's, which {sys.executable} lacks; install it, or name a scorer "
        'of your own as "module:scorer"'
    )
