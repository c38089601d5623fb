"""The driver (`import mproc`) beside the pools that a Python program would use instead, 2 executors of one machine.

    MPROC=build/release/bin/mproc python3 tests/bench/driver.py [--rounds 5] [--cases map,submit] [--peers mproc,pool]

Each figure is the median of the rounds, in which all take their turn, each in a process of its own with a warm pool;
peers that are not installed are left out. Prints a table in Markdown; it is no test and fails nothing.

map       mproc.map(f, range(4_000_000)) of a null f; the peers' map with chunksize 1000             M/s
latency   submit() and result(), one call at a time: the median of 2,000                             us
submit    20,000 calls submitted, then all their results (5,000 for mpi4py.futures)                  k/s
arrays    40 arrays of 8 MiB there and back                                                         GiB/s
grid      GridSearchCV, 240 fits of 10,000 x 10, through joblib: how many times faster than serial
start     from start() to the first result, of four executors                                       s
"""

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time

WORKERS = 2
LIMIT = 300  # seconds for one measurement
CASES = {"map": "M/s", "latency": "us", "submit": "k/s", "arrays": "GiB/s", "grid": "times serial", "start": "s"}
PEERS = {
    "mproc": ("mproc", "map latency submit arrays grid start"),
    "pool": ("multiprocessing.Pool", "map latency arrays start"),
    "executor": ("ProcessPoolExecutor", "map latency submit arrays start"),
    "mpi4py": ("mpi4py.futures", "latency submit arrays"),
    "loky": ("joblib (loky)", "grid"),
}
MODULES = {"mpi4py": "mpi4py", "loky": "joblib"}


def null(x):
    return x


class Mproc:
    def __init__(self, workers):
        build = os.path.dirname(os.path.dirname(os.path.abspath(os.environ["MPROC"])))
        sys.path.insert(0, os.path.join(build, "lib", "mproc", "python"))
        import mproc

        mproc.start(workers)
        self.map = mproc.map
        self.submit = mproc.Executor().submit


class Pool:
    def __init__(self, workers):
        import multiprocessing

        pool = multiprocessing.Pool(workers)
        self.map = lambda f, items, size=1000: pool.map(f, items, chunksize=size)
        self.submit = lambda f, x: pool.apply_async(f, (x,))


class Executor:
    def __init__(self, workers):
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(workers)
        self.map = lambda f, items, size=1000: list(pool.map(f, items, chunksize=size))
        self.submit = pool.submit


class Mpi4py:
    def __init__(self, workers):
        from mpi4py.futures import MPIPoolExecutor

        pool = MPIPoolExecutor(workers)
        self.map = lambda f, items, size=1000: list(pool.map(f, items, chunksize=size))
        self.submit = pool.submit


POOLS = {"mproc": Mproc, "pool": Pool, "executor": Executor, "mpi4py": Mpi4py}


def result_of(future):
    return future.result() if hasattr(future, "result") else future.get()


def measure(peer, case):
    if case == "grid":
        return grid_search(peer)
    begin = time.perf_counter()
    pool = POOLS[peer](4 if case == "start" else WORKERS)
    result_of(pool.submit(null, 1))
    if case == "start":
        return time.perf_counter() - begin
    pool.map(null, range(100))
    if case == "latency":
        return statistics.median(latency(pool) for _ in range(2_000)) * 1e6
    if case == "submit":
        count = 5_000 if peer == "mpi4py" else 20_000
        seconds = timed(lambda: [result_of(future) for future in [pool.submit(null, i) for i in range(count)]])
        return count / seconds / 1e3
    if case == "map":
        return 4 / timed(lambda: pool.map(null, range(4_000_000)))
    import numpy

    arrays = [numpy.ones(1 << 20) for _ in range(40)]
    size = () if peer == "mproc" else (1,)
    pool.map(null, arrays, *size)
    return 2 * 40 * 8 / 1024 / timed(lambda: pool.map(null, arrays, *size))


def latency(pool):
    return timed(lambda: result_of(pool.submit(null, 1)))


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def grid_search(peer):
    import joblib
    from sklearn.datasets import make_classification
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    X, y = make_classification(10_000, 10, random_state=0)
    grid = {"max_depth": list(range(1, 13)), "min_samples_leaf": [1, 5, 20, 50]}

    def search():
        GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=5, n_jobs=WORKERS).fit(X, y)

    if peer == "mproc":
        Mproc(WORKERS)
    with joblib.parallel_backend("sequential"):
        serial = timed(search)
    with joblib.parallel_backend(peer):
        search()
        return serial / timed(search)


def measure_apart(peer, case):
    python = [sys.executable]
    if peer == "mpi4py":
        python = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(WORKERS + 1), sys.executable, "-m",
                  "mpi4py.futures"]
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMP_NUM_THREADS="1")
    done = subprocess.run([*python, os.path.abspath(__file__), "--measure", peer, case], env=environment, check=True,
                          capture_output=True, text=True, timeout=LIMIT)
    return float(done.stdout.split("value=")[1].split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "MPROC" not in os.environ:
        parser.error("MPROC is not set; set it to the mproc binary, for instance build/release/bin/mproc")
    if options.measure:
        print(f"value={measure(*options.measure)}", flush=True)
        return
    cases = options.cases.split(",")
    peers = [p for p in options.peers.split(",") if p not in MODULES or importlib.util.find_spec(MODULES[p])]
    if not importlib.util.find_spec("sklearn"):
        cases = [case for case in cases if case != "grid"]
    found = {}
    for _ in range(options.rounds):
        for case in cases:
            for peer in peers:
                if case in PEERS[peer][1].split():
                    try:
                        found.setdefault((peer, case), []).append(measure_apart(peer, case))
                    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
                        print(f"{PEERS[peer][0]}: {case}: left out: {error}", file=sys.stderr)
    print(f"Medians of {options.rounds} rounds, {WORKERS} executors or workers, {os.cpu_count()} cores.\n")
    print("| | " + " | ".join(f"{case}, {CASES[case]}" for case in cases) + " |")
    print("| --- |" + " ---: |" * len(cases))
    for peer in peers:
        cells = [f"{statistics.median(found[peer, case]):,.2f}" if (peer, case) in found else "–" for case in cases]
        print(f"| {PEERS[peer][0]} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
