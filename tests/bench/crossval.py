"""Cross-validation from a job file, beside scikit-learn's GridSearchCV.

    MPROC=build/release/bin/mproc python3 tests/bench/crossval.py [--rounds 3]

Prints a line for each; it is no test and fails nothing. Medians of the rounds.

fits     240 fits of small trees on 10,000 x 10, 2 executors: times GridSearchCV, serial and with n_jobs=2
scores   of those, how many differ from GridSearchCV's
memory   4 executors on 400 MiB, each fold a view: what all processes have more than on 400 KiB, in times the data
"""

import argparse
import csv
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.tree import DecisionTreeClassifier

LIMIT = 600  # seconds for one run
MIB = 2**20
GRID = {"criterion": ["gini", "entropy"], "max_depth": [2, 3, 4, 5, 6, 7, 8, 9], "min_samples_leaf": [1, 5, 25]}
FITS = """version = 1
[crossval]
features = "X.npy"
target = "y.npy"
estimator = "sklearn.tree:DecisionTreeClassifier"
args = { random_state = 0 }
k = 5
[crossval.params]
criterion = ["gini", "entropy"]
max_depth = [2, 3, 4, 5, 6, 7, 8, 9]
min_samples_leaf = [1, 5, 25]
[output]
path = "scores.csv"
"""
VIEWS = """version = 1
[init]
code = '''
import time
def score(params, X_train, y_train, X_test, y_test):
    total = float(X_train.sum() + X_test.sum())
    time.sleep(0.5)
    return total
'''
[crossval]
features = "{}.npy"
target = "{}-y.npy"
function = "score"
split = "chain-forward"
k = 9
"""


def start(folder, job, executors):
    (folder / "job.toml").write_text(job)
    return subprocess.Popen([os.environ["MPROC"], "run", "job.toml", "--fresh", "-j", str(executors)], cwd=folder,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seconds_of(folder):
    begin = time.perf_counter()
    if start(folder, FITS, 2).wait(LIMIT) != 0:
        raise SystemExit("the run failed")
    return time.perf_counter() - begin


def searched(X, y, jobs):
    begin = time.perf_counter()
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), GRID, cv=KFold(5), refit=False, n_jobs=jobs).fit(X, y)
    return time.perf_counter() - begin, search.cv_results_


def differing(folder, results):
    with open(folder / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [f"split{i}_test_score" for i in range(5)]
    return sum(float(row[name]) != results[name][i] for i, row in enumerate(rows) for name in names)


def descendants(root):
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            pass  # it has ended
    found, before = {root}, 0
    while len(found) > before:
        before = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def memory_of(root):
    """MiB of a process and all below it; what they share counts once."""
    total = 0
    for pid in descendants(root):
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return total / 1024


def peak(folder, name):
    running = start(folder, VIEWS.format(name, name), 4)
    most = 0.0
    while running.poll() is None:
        most = max(most, memory_of(running.pid))
        time.sleep(0.05)
    return most


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    X, y = make_classification(10_000, 10, n_informative=6, random_state=0)
    ours, serial, parallel, differ = [], [], [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        numpy.save(folder / "X.npy", X)
        numpy.save(folder / "y.npy", y)
        for _ in range(rounds):
            ours.append(seconds_of(folder))
            seconds, results = searched(X, y, None)
            serial.append(seconds)
            parallel.append(searched(X, y, 2)[0])
            differ += differing(folder, results)
        for size, rows in (("small", 400), ("large", 400 * 1024)):
            numpy.save(folder / f"{size}.npy", numpy.random.default_rng(1).normal(size=(rows, 128)))
            numpy.save(folder / f"{size}-y.npy", numpy.zeros(rows))
        growth = peak(folder, "large") - peak(folder, "small")
    command, alone, two = (statistics.median(times) for times in (ours, serial, parallel))
    print(f"fits: {command:.2f} s, the whole command; {alone / command:.2f} times GridSearchCV serial ({alone:.2f} s),"
          f" {two / command:.2f} times with n_jobs=2 ({two:.2f} s)")
    print(f"scores: {differ} differ")
    print(f"memory: {growth:.0f} MiB more, {growth / 400:.2f} times the data")


if __name__ == "__main__":
    main()
