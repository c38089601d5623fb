from conftest import JOBS
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def test_prints_the_expected_table(prints_expected, executors):
    prints_expected("search/search.py", executors)


def test_the_expected_table_is_that_of_scikit_learn_alone():
    rows = [line.split() for line in (JOBS / "search" / "expected.txt").read_text().splitlines()[1:]]
    grid = {f"svc__{name}": sorted({float(row[at]) for row in rows}) for at, name in enumerate(["C", "gamma"])}
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), grid, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    search.fit(*load_breast_cancer(return_X_y=True))
    assert [row[2] for row in rows] == [f"{score:.3f}" for score in search.cv_results_["mean_test_score"]]
    (best,) = [row for row in rows if row[-1] == "best"]
    assert search.best_params_ == {"svc__C": float(best[0]), "svc__gamma": float(best[1])}
