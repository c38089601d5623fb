"""[crossval]: splits, searches, scores and the last fit, from a job file."""

import csv
import json
import os
import pickle
import signal

import pytest
from harness import wait_until

np = pytest.importorskip("numpy")

#: An estimator of one's own: it predicts the mean of its target, and counts in a file each time it is fitted.
MODELS = '''
import os, pathlib

class Mean:
    def __init__(self, shift=0.0, fails=False):
        self.shift, self.fails = shift, fails

    def fit(self, X, y):
        with open("fits", "a") as file:
            file.write("fit\\n")
        if self.fails:
            raise ValueError("does not converge")
        self.mean = y.mean() + self.shift

    def score(self, X, y):
        return -abs(y - self.mean).mean()

def gap(params, X_train, y_train, X_test, y_test):
    return {"size": len(X_train) + params["plus"], "gap": float(X_test[0, 0] - X_train[-1, 0])}

def slow(params, X_train, y_train, X_test, y_test):
    import time
    pathlib.Path(f"at{os.getpid()}").touch()
    while not os.path.exists("go"):
        time.sleep(0.01)
    return 1.0

def worst(estimator, X, y):
    return -float(abs(y - estimator.mean).max())
'''

KEYS = {"features": '"X.npy"', "target": '"y.npy"', "estimator": '"models:Mean"', "k": "4"}


@pytest.fixture
def crossval(cli):
    cli.write("models.py", MODELS)
    np.save(cli.path / "X.npy", np.arange(24.0).reshape(12, 2))
    np.save(cli.path / "y.npy", np.arange(12.0) ** 2)
    return cli


def job(cli, *, params="shift = [0.0, 1.0, 5.0]", output="scores.csv", rest="", **keys):
    """A job file, one line a key of [crossval] from line 2 on; a key that is None is left out."""
    text = "[crossval]\n" + "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in (KEYS | keys).items() if value)
    if params:
        text += f"[crossval.params]\n{params}\n"
    if output:
        text += f"[output]\npath = \"{output}\"\n"
    return cli.write("b.toml", text + rest)


def table(cli, name="scores.csv"):
    with open(cli.path / name, newline="") as file:
        return list(csv.DictReader(file))


def scores(rows):
    return [[float(cell) if cell else None for name, cell in row.items() if name.startswith("split")] for row in rows]


def mean_scores(shift, folds=4):
    y = np.arange(12.0) ** 2
    out = []
    for test in np.array_split(np.arange(12), folds):
        train = np.setdiff1d(np.arange(12), test)
        out.append(-abs(y[test] - (y[train].mean() + shift)).mean())
    return out


@pytest.mark.parametrize("way", [["--inline"], ["-j", "1"], ["-j", "3"]])
def test_every_candidate_has_a_score_on_every_fold(crossval, way):
    result = crossval.run("run", job(crossval), *way)
    rows = table(crossval)
    assert [row["param_shift"] for row in rows] == ["0.0", "1.0", "5.0"]
    assert scores(rows) == [mean_scores(shift) for shift in (0, 1, 5)]
    means = [np.mean(mean_scores(shift)) for shift in (0, 1, 5)]
    assert [float(row["mean_test_score"]) for row in rows] == pytest.approx(means, rel=1e-15)
    ranks = [1 + sum(other > mean for other in means) for mean in means]
    assert [int(row["rank_test_score"]) for row in rows] == ranks
    best = [0.0, 1.0, 5.0][ranks.index(1)]
    assert f"best: shift = {best}: mean score {max(means):.5g}\n" in result.err
    assert "\n12 of 12 tasks done: 12 succeeded, 0 failed, in " in result.err


def test_a_fit_that_fails_is_an_empty_cell_and_its_candidate_the_last(crossval):
    path = job(crossval, params="fails = [true, false]")
    result = crossval.run("run", path, "-j", "2", status=1)
    rows = table(crossval)
    assert scores(rows) == [[None] * 4, mean_scores(0)]
    assert [row["rank_test_score"] for row in rows] == ["2", "1"]
    assert rows[0]["mean_test_score"] == "" and rows[0]["mean_fit_time"] == ""
    assert "8 of 8 tasks done: 4 succeeded, 4 failed" in result.err and "does not converge" in result.err
    log = crossval.run("log", "b", "2").out
    assert "ValueError: does not converge" in log and "models.py" in log


def test_where_all_fail_there_is_no_best_one(crossval):
    result = crossval.run("run", job(crossval, params="fails = [true]", holdout="0.25", output="s.json"), status=1)
    assert "best: none: every set has a split that failed\n" in result.err
    assert json.loads(crossval.read("s.json"))["best_params"] is None


def test_json_has_the_best_set_before_the_table(crossval):
    crossval.run("run", job(crossval, output="s.json", holdout="0.25", scoring='["models:worst"]'), "-j", "2")
    found = json.loads(crossval.read("s.json"))
    y = np.arange(12.0) ** 2
    shift = found["best_params"]["shift"]
    assert found["holdout_scores"] == {"worst": -abs(y[9:] - (y[:9].mean() + shift)).max()}
    assert list(found) == ["best_params", "best_scores", "holdout_scores", "results"]
    assert found["best_scores"]["worst"] == max(row["mean_test_score"] for row in found["results"])


def test_the_model_is_the_best_one_fitted_to_all_but_the_holdout(crossval):
    crossval.write("load.py", "import pickle; print(pickle.load(open('m.pickle', 'rb')).mean)")
    crossval.run("run", job(crossval, model='"m.pickle"', params="shift = [0.0]"), "-j", "2")
    assert float(crossval.run("python", "load.py").out) == (np.arange(12.0) ** 2).mean()
    crossval.run("run", job(crossval, model='"m.pickle"', params="shift = [0.0]", holdout="0.25"), "-j", "2")
    assert float(crossval.run("python", "load.py").out) == (np.arange(9.0) ** 2).mean()


def test_a_function_scores_by_itself_under_names_of_its_own(crossval):
    crossval.run("run", job(crossval, estimator=None, function='"models:gap"', params="plus = [0, 100]",
                            split='"chain-forward"', gap="1"), "-j", "2")
    rows = table(crossval)
    assert [row["split2_test_size"] for row in rows] == ["8.0", "108.0"]
    assert [row["split2_test_gap"] for row in rows] == ["4.0", "4.0"]  # samples 7 and 9: one lies between


def test_estimators_may_be_defined_by_init_code(crossval):
    init = "[init]\ncode = '''\nfrom models import Mean\ndef shifted(by):\n    return Mean(shift=by)\n'''\n"
    crossval.run("run", job(crossval, estimator='"shifted"', params="by = [5.0]", rest=init), "-j", "2")
    assert scores(table(crossval)) == [mean_scores(5)]


def test_a_table_has_columns_of_every_purpose(crossval):
    rows = "".join(f"{i},{i * i},{'ab'[i % 2]}{i // 4},{i},text\n" for i in range(12))
    crossval.write("t.csv", "x,y,g,z,note\n" + rows)
    crossval.run("run", job(crossval, features='"t.csv"', columns='["z", "x"]', target='"y"', group='"g"', k="3",
                            params="", estimator=None, function='"sides"',
                            rest="[init]\ncode = '''\ndef sides(params, X, y, X_test, y_test):\n"
                                 "    assert X.shape[1] == 2 and (X[:, 0] == X[:, 1]).all() and (y == X[:, 0] ** 2).all()\n"
                                 "    group = lambda x: (x % 2, x // 4)\n"
                                 "    return float(not {group(x) for x in X[:, 0]} & {group(x) for x in X_test[:, 0]})\n'''\n"),
                 "-j", "2")
    assert scores(table(crossval)) == [[1, 1, 1]]


def test_without_parameters_there_is_one_candidate(crossval):
    result = crossval.run("run", job(crossval, params=""))
    assert scores(table(crossval)) == [mean_scores(0)] and "best: no parameters: mean score" in result.err


def test_halving_by_samples_gives_the_last_rung_all_of_them(crossval):
    crossval.run("run", job(crossval, search='"halving"', k="2", min_resource="4", factor="3", estimator=None,
                            function='"models:gap"', params="plus = [0, 1, 2]"), "-j", "2")
    rows = table(crossval)
    assert [(row["iter"], row["n_resources"]) for row in rows] == [("0", "4")] * 3 + [("1", "12")]
    assert rows[-1]["param_plus"] == "2" and rows[-1]["split0_test_size"] == "8.0"


def test_more_values_of_the_first_parameter_extend_the_run(crossval):
    crossval.run("run", job(crossval, holdout="0.25"), "-j", "2")
    fits = crossval.read("fits").count("fit")
    result = crossval.run("run", job(crossval, holdout="0.25", params="shift = [0.0, 1.0, 5.0, -20.0]"), "-j", "2")
    assert "going on with run b-0001: 12 of 16 tasks are done" in result.err
    assert len(table(crossval)) == 4
    assert crossval.read("fits").count("fit") - fits in (4, 5)  # and the best of all, where it is another one
    assert "nothing to do" in crossval.run("run", crossval.path / "b.toml").err


@pytest.mark.parametrize("change, part", [({"k": "3"}, "crossval"), ({"args": "{ fails = false }"}, "args"),
                                          ({"scoring": '"models:worst"'}, "args, crossval")])
def test_what_changes_scores_starts_a_new_run(crossval, change, part):
    crossval.run("run", job(crossval))
    assert f"the job differs from run b-0001 in its {part}: starting a new run" in crossval.run("run", job(crossval, **change)).err


def test_a_killed_run_goes_on_to_the_same_table(crossval):
    path = job(crossval, estimator=None, function='"models:slow"', params="a = [1, 2]", holdout="0.25")
    running = crossval.start("run", path, "-j", "2")
    wait_until(lambda: len(list(crossval.path.glob("at*"))) == 2, "that cells run")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    (crossval.path / "go").touch()
    crossval.run("run", path, "-j", "2")
    assert scores(table(crossval)) == [[1] * 4] * 2
    crossval.check_nothing_is_left()


def test_the_scores_are_the_same_for_the_same_seed_alone(crossval):
    def scores_of(seed, *way):
        path = job(crossval, split='"kfold-shuffled"', search='"random"', trials="3", params="shift = { uniform = [0, 9] }",
                   rest="", output="scores.csv")
        crossval.run("run", path, "--fresh", "--set", f"seed={seed}", *way)
        return [(row["param_shift"], scores([row])) for row in table(crossval)]

    assert scores_of(1, "-j", "3") == scores_of(1, "--inline") != scores_of(2, "-j", "3")


def test_results_and_log_know_the_cells(crossval):
    crossval.run("run", job(crossval, output=""))
    assert crossval.run("results", "b").out.startswith("param_shift,split0_test_score,")
    assert len(crossval.run("results", "b", "--format", "jsonl").out.splitlines()) == 3
    assert '"params":{"shift":1.0},"split":1' in crossval.run("log", "b", "5").out


WRONG = {
    "nothing to fit": ({"estimator": None}, "b.toml:1:1: 'crossval' says not what to fit; add estimator = \"module:Class\", "
                                            "or function = \"module:function\""),
    "both": ({"function": '"f"'}, "'crossval.function' and 'crossval.estimator' exclude each other; keep one"),
    "no such split": ({"split": '"kfolds"'}, "did you mean 'kfold'?"),
    "folds of a share": ({"split": '"percentage"'}, "'crossval.k' is for splits into folds; this one has a share and repeats"),
    "a share of folds": ({"share": "0.5"}, "'crossval.share' is for split = \"percentage\" and \"monte-carlo\"; others have k"),
    "fewer samples than folds": ({"k": "13"}, "'crossval' cannot be divided so: k = 13 folds of 12 samples; set k to 12 or less"),
    "a holdout of all": ({"holdout": "1.0"}, "'crossval.holdout' has to be a share of the samples, between 0 and 1, not 1.0"),
    "halving's keys": ({"factor": "2"}, "'crossval.factor' is for search = \"halving\""),
    "a resource without end": ({"search": '"halving"', "resource": '"trees"'},
                               "'crossval.resource' is a parameter, whose most is not known; add max-resource, or take resource "
                               "= \"samples\""),
    "an unknown key": ({"estimater": '"x"'}, "unknown key 'crossval.estimater'; did you mean 'estimator'?"),
    "a table as numpy": ({"output": "scores.npy"}, "'output.path' is a table of scores: end it in .csv, .json or .jsonl"),
    "a parameter twice": ({"args": "{ shift = 1.0 }"}, "'crossval.args.shift' is among crossval.params, too; keep one"),
    "an estimator that is not there": ({"estimator": '"models:Man"'}, "did you mean 'Mean'?"),
    "a module that is not there": ({"estimator": '"modelz:Mean"'}, "there is no module 'modelz'"),
    "a parameter that it does not have": ({"params": "shft = [1.0]"}, "has no parameter 'shft'"),
    "a scorer that is not there": ({"scoring": '"acuracy"'}, "accuracy"),
}


@pytest.mark.parametrize("keys, line", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_line_before_the_run(crossval, keys, line):
    if "scoring" in keys:
        pytest.importorskip("sklearn")
    result = crossval.run("run", job(crossval, **keys), "-j", "1", status=2)
    lines = [text for text in result.err.splitlines() if line in text]
    assert len(lines) == 1, result.err
    assert "Traceback" not in result.err
    assert not (crossval.path / "runs").exists() and not (crossval.path / "fits").exists()


def test_lengths_that_disagree_are_refused(crossval):
    np.save(crossval.path / "y.npy", np.arange(11.0))
    result = crossval.run("run", job(crossval), status=2)
    assert "12" in result.err and "11" in result.err and "y.npy" in result.err and result.err.count("\n") == 1


@pytest.mark.parametrize("y, X, line", [(np.zeros(12, int), None, "y is 0 for all samples"), (np.arange(12) % 2, np.nan, "X[0, 0] is nan")])
def test_what_scikit_learn_would_refuse_in_each_fit_is_refused_before(crossval, y, X, line):
    pytest.importorskip("sklearn")
    np.save(crossval.path / "y.npy", y)
    if X is not None:
        np.save(crossval.path / "X.npy", np.full((12, 2), X))
    result = crossval.run("run", job(crossval, estimator='"sklearn.linear_model:LogisticRegression"', params="C = [1.0]"),
                          "-j", "1", status=2)
    assert line in result.err.splitlines()[-1] and "Traceback" not in result.err


def test_check_says_what_would_be_computed(crossval):
    out = crossval.run("check", job(crossval)).out
    assert "X.npy: 12 x 2 of <f8" in out and "3 parameter sets, 4 splits" in out
    assert "b.toml: 12 tasks of cross-validation of models:Mean\n" in out


def test_tasks_have_limits(crossval):
    result = crossval.run("run", job(crossval, estimator=None, function='"models:slow"', params="a = [1]", k="2",
                                     rest="[task]\ntimeout = 0.5\n"), "-j", "2", status=1)
    assert "0 succeeded, 2 failed" in result.err and "0.5 s" in result.err
