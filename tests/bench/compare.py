"""Tasks of 10 ms and tasks that do nothing, on 2 executors: mproc beside what a user would take instead.

    MPROC=build/release/bin/mproc python3 tests/bench/compare.py [--rounds 5]

Every figure is the median of several rounds, in which all take their turn. The peers are measured with their
processes started and warm. mproc is measured as its command: the wall time of a long run less that of a run of two
tasks, so its start is taken out and its journal is in. Prints a table in Markdown; it is no test and fails nothing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

WORKERS = 2
TASK = 0.010  # seconds
LIMIT = 600  # seconds for one measurement

SOURCE = """
import time

def ten_ms(i):
    end = time.perf_counter() + 0.010
    while time.perf_counter() < end:
        pass

def null(i):
    return i
"""
exec(SOURCE)  # the peers' functions are those of mproc's job

#: What is measured: function, number of tasks by who runs it, chunksize of the peers (None: their default).
CASES = {
    "10 ms": ("ten_ms", {"mproc": 400, "pool": 400, "executor": 400, "mpi4py": 400}, 1),
    "null": ("null", {"mproc": 2_000_000, "pool": 500_000, "executor": 5_000, "mpi4py": 3_000}, None),
    "null, chunksize 1000": ("null", {"pool": 1_000_000, "executor": 500_000, "mpi4py": 500_000}, 1000),
}
NAMES = {
    "mproc": "mproc run, with its journal",
    "pool": "multiprocessing.Pool.map",
    "executor": "ProcessPoolExecutor.map",
    "mpi4py": "mpi4py.futures, MPIPoolExecutor.map",
}


def run_mproc(folder, function, count):
    job = {
        "version": 1,
        "name": "bench",
        "init": {"code": SOURCE},
        "task": {"function": function},
        "items": {"range": [count]},
    }
    path = os.path.join(folder, "job.json")
    with open(path, "w") as file:
        json.dump(job, file)
    command = [os.environ["MPROC"], "run", path, "-j", str(WORKERS), "--fresh"]
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=LIMIT)
    return time.perf_counter() - begin


def seconds_of_mproc(case):
    function, counts, _ = CASES[case]
    with tempfile.TemporaryDirectory(prefix="mproc-bench-") as folder:
        start = run_mproc(folder, function, WORKERS)
        return run_mproc(folder, function, counts["mproc"] + WORKERS) - start


def measure_peer(peer, case):
    """In a process of its own: prints the seconds that the map takes in a warm pool."""
    function, counts, chunksize = CASES[case]
    count, kernel = counts[peer], globals()[function]
    if peer == "pool":
        import multiprocessing

        pool = multiprocessing.Pool(WORKERS)
        run = lambda items: pool.map(kernel, items, **({"chunksize": chunksize} if chunksize else {}))
    else:
        if peer == "executor":
            from concurrent.futures import ProcessPoolExecutor as Executor
        else:
            from mpi4py.futures import MPIPoolExecutor as Executor
        pool = Executor(WORKERS)
        run = lambda items: list(pool.map(kernel, items, **({"chunksize": chunksize} if chunksize else {})))
    run(range(4 * WORKERS))
    begin = time.perf_counter()
    run(range(count))
    print(f"seconds={time.perf_counter() - begin}", flush=True)


def seconds_of_peer(peer, case):
    python = [sys.executable, os.path.abspath(__file__)]
    if peer == "mpi4py":
        python = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(WORKERS + 1), sys.executable,
                  "-m", "mpi4py.futures", os.path.abspath(__file__)]
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    done = subprocess.run([*python, "--peer", peer, "--case", case], env=environment, check=True,
                          capture_output=True, text=True, timeout=LIMIT)
    return float(done.stdout.split("seconds=")[1].split()[0])


def score(case, who, seconds):
    """Efficiency of the 10 ms tasks, tasks a second of the others."""
    count = CASES[case][1][who]
    return count * TASK / WORKERS / seconds if case == "10 ms" else count / seconds


def shown(case, value):
    if value is None:
        return "–"
    return f"{value:.3f}" if case == "10 ms" else f"{value / 1000:,.1f} k/s"


def ratio(value, to):
    return "" if value is None or to is None else f" ({value / to:.2g} ×)" if to else ""


def print_table(medians, rounds):
    print(f"Medians of {rounds} rounds, {WORKERS} executors or workers, {os.cpu_count()} cores.\n")
    print("| | " + " | ".join(["10 ms tasks: efficiency", "null tasks, as it comes", "null tasks, chunksize 1000"]) + " |")
    print("| --- | ---: | ---: | ---: |")
    for who, name in NAMES.items():
        cells = []
        for case in CASES:
            value, own = medians.get((who, case)), medians.get(("mproc", case))
            cells.append(shown(case, value) + (ratio(value, own) if who != "mproc" else ""))
        if any(cell != "–" for cell in cells):
            print(f"| {name} | " + " | ".join(cells) + " |")


def available(who):
    if who != "mpi4py":
        return True
    return subprocess.run([sys.executable, "-c", "import mpi4py"], capture_output=True).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return measure_peer(options.peer, options.case)
    if "MPROC" not in os.environ:
        parser.error("the environment variable MPROC has to name the program mproc")
    os.environ["MPROC"] = os.path.abspath(os.environ["MPROC"])
    scores = {}
    for turn in range(options.rounds):
        for case, (_, counts, _) in CASES.items():
            for who in filter(available, counts):
                seconds = seconds_of_mproc(case) if who == "mproc" else seconds_of_peer(who, case)
                scores.setdefault((who, case), []).append(score(case, who, seconds))
                print(f"round {turn + 1}: {who}, {case}: {shown(case, scores[who, case][-1])}", file=sys.stderr)
    print_table({key: statistics.median(values) for key, values in scores.items()}, options.rounds)


if __name__ == "__main__":
    main()
