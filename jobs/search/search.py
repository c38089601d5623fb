"""A grid search of scikit-learn's over the executors, through joblib: mproc python search.py"""

import joblib
import mproc
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

X, y = load_breast_cancer(return_X_y=True)
search = GridSearchCV(
    make_pipeline(StandardScaler(), SVC()),
    {"svc__C": [0.1, 1, 10], "svc__gamma": [0.001, 0.01, 0.1]},
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
)

mproc.start()
with joblib.parallel_backend("mproc"):  # all that is new; X and y are sent once
    search.fit(X, y)

print("    C  gamma  accuracy")
for params, accuracy in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"]):
    best = "  best" if params == search.best_params_ else ""
    print(f"{params['svc__C']:5} {params['svc__gamma']:6} {accuracy:9.3f}{best}")
