"""Estimators of these jobs that are made of several."""

from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def scaled_sgd():
    return Pipeline([("scaler", StandardScaler()), ("sgd", SGDClassifier(penalty="elasticnet", random_state=0))])
