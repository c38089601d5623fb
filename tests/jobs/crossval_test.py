import csv
import json
import math
import pickle
import sys

import numpy
import pytest
from conftest import JOBS

FOLDER = JOBS / "crossval"
TIMES = "_time"


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def without_times(rows):
    return [{name: cell for name, cell in row.items() if not name.endswith(TIMES)} for row in rows]


def assert_rows(found, wanted):
    """Scores may differ by what another machine's sums do."""
    assert len(found) == len(wanted)
    for row, other in zip(without_times(found), without_times(wanted)):
        assert list(row) == list(other)
        for name, cell in row.items():
            if cell != other[name]:
                assert math.isclose(float(cell), float(other[name]), rel_tol=1e-6), (name, cell, other[name])


@pytest.mark.parametrize(("job", "output"), [("job.toml", "digits.csv"), ("cancer.toml", "cancer-scores.csv"),
                                             ("sunspots.toml", "sunspots-ridge.csv"), ("diabetes.toml", "diabetes.json")])
def test_gives_the_expected_table_and_the_same_scores_for_any_number_of_executors(cli, job, output, way):
    cli.run("run", FOLDER / job, *way)
    expected = FOLDER / f"expected_{output}"
    if output.endswith(".json"):
        found, wanted = json.loads(cli.read(output)), json.loads(expected.read_text())
        assert found["best_params"] == wanted["best_params"]
        assert found["holdout_scores"] == pytest.approx(wanted["holdout_scores"], rel=1e-6)
        assert_rows(found["results"], wanted["results"])
    else:
        assert_rows(rows_of(cli.path / output), rows_of(expected))


def column(rows, name):
    return [float(row[name]) for row in rows]


def test_the_grid_is_what_scikit_learn_gives_bit_for_bit(cli):
    selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.tree import DecisionTreeClassifier

    result = cli.run("run", FOLDER / "job.toml", "-j", "2")
    X, y = numpy.load(FOLDER / "digits.npy"), numpy.load(FOLDER / "digit.npy")
    X_rest, X_last, y_rest, y_last = selection.train_test_split(X, y, test_size=0.2, shuffle=False)
    search = selection.GridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"criterion": ["gini", "entropy"], "max_depth": [4, 8, 12, 16], "min_samples_leaf": [1, 2, 5]},
        cv=selection.StratifiedKFold(5)).fit(X_rest, y_rest)
    rows = rows_of(cli.path / "digits.csv")
    assert [{name: str(value) for name, value in params.items()} for params in search.cv_results_["params"]] == \
        [{name[6:]: cell for name, cell in row.items() if name.startswith("param_")} for row in rows]
    for name, values in search.cv_results_.items():
        if "_test_score" in name:
            assert column(rows, name) == list(values), name
    model = pickle.loads((cli.path / "tree.pickle").read_bytes())
    assert (model.predict(X_last) == search.best_estimator_.predict(X_last)).all()
    assert f"holdout: score {search.best_estimator_.score(X_last, y_last):.5g}\n" in result.err


def test_sobol_search_is_what_scikit_learn_gives_for_the_same_sets(cli):
    selection = pytest.importorskip("sklearn.model_selection")
    sys.path.insert(0, str(FOLDER))
    try:
        from models import scaled_sgd
    finally:
        sys.path.remove(str(FOLDER))
    cli.run("run", FOLDER / "cancer.toml", "--set", 'crossval.split="kfold-stratified"', "--set", "crossval.repeats=1",
            "-j", "2")
    rows = rows_of(cli.path / "cancer-scores.csv")
    data = rows_of(FOLDER / "cancer.csv")
    y = numpy.array([row.pop("diagnosis") for row in data])
    X = numpy.array([[float(cell) for cell in row.values()] for row in data])
    assert len(rows) == 32
    for row in rows[:4]:
        model = scaled_sgd().set_params(
            sgd__alpha=float(row["param_sgd__alpha"]), sgd__l1_ratio=float(row["param_sgd__l1_ratio"]),
            sgd__loss=row["param_sgd__loss"], sgd__average=row["param_sgd__average"] == "true")
        scores = selection.cross_validate(model, X, y, cv=selection.StratifiedKFold(4), scoring=["accuracy", "roc_auc"])
        for name in "accuracy", "roc_auc":
            assert [float(row[f"split{i}_test_{name}"]) for i in range(4)] == list(scores[f"test_{name}"])


def test_what_comes_later_is_never_trained_on(cli):
    selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.linear_model import Ridge

    cli.run("run", FOLDER / "sunspots.toml", "-j", "2")
    data = rows_of(FOLDER / "sunspots.csv")
    y = numpy.array([float(row["number"]) for row in data])
    X = numpy.array([[float(row[f"lag{i}"]) for i in range(1, 12)] for row in data])
    rest = len(y) - math.ceil(0.15 * len(y))
    for row in rows_of(cli.path / "sunspots-ridge.csv"):
        model = Ridge(alpha=float(row["param_alpha"]), fit_intercept=row["param_fit_intercept"] == "true")
        scores = selection.cross_val_score(model, X[:rest], y[:rest], cv=selection.TimeSeriesSplit(6), scoring="r2")
        assert [float(row[f"split{i}_test_r2"]) for i in range(6)] == list(scores)


def test_halving_gives_the_most_trees_to_the_best_alone(cli):
    cli.run("run", FOLDER / "diabetes.toml", "-j", "2")
    results = json.loads(cli.read("diabetes.json"))["results"]
    by_rung = [[row for row in results if row["iter"] == i] for i in range(4)]
    assert [(len(rows), rows[0]["n_resources"]) for rows in by_rung] == [(27, 3), (9, 9), (3, 27), (1, 81)]
    for rows, fewer in zip(by_rung, by_rung[1:]):
        best = sorted(rows, key=lambda row: row["rank_test_score"])[:len(fewer)]
        assert {row["param_learning_rate"] for row in best} == {row["param_learning_rate"] for row in fewer}
