"""mproc beside what a user would take instead, on 2 executors of one machine, all in one run.

    cmake --build build/release --target bench_engine bench_mpi
    MPROC=build/release/bin/mproc python3 tests/bench/compare.py [--rounds 3] [--cases null,arrays] [--peers pool,dask]

Every figure is the median of the rounds, in which all take their turn; peers that are not installed are left out.
A peer's pool is up and warm before the clock starts, and so is mproc's session in memory (bench_engine, a C++ driver).
`mproc run` is measured as a command: its wall time less that of a run of two tasks, so that its start is out and its
journal (and where it says so its output) is in. Prints a table in Markdown; it is no test and fails nothing.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from jobs import SOURCE, heavy_tail, lower_bound

WORKERS = 2
LIMIT = 120  # seconds for one measurement
ARRAY = 1 << 20  # doubles

exec(SOURCE)  # the peers' functions are those of mproc's job

#: Case: function, unit, and tasks by chunksize for those that have one (None: their default).
CASES = {
    "10 ms": ("ten_ms", "efficiency", {None: 400, 1: 400}),
    "1 ms": ("one_ms", "efficiency", {None: 2_000, 1: 2_000, 100: 2_000}),
    "null": ("null", "k/s", {None: 100_000, 1: 20_000, 100: 500_000, 1000: 1_000_000}),
    "heavy tail": ("busy", "lower bound / time", {None: 5_000, 1: 5_000, 100: 5_000}),
    "linspace": ("linspace", "k/s", {None: 50_000, 100: 100_000, 1000: 200_000}),
    "arrays": ("same", "GiB/s", {1: 40}),
    "latency": ("null", "us", {1: 500}),
    "commands": ("true", "s", {None: 2_000}),
}
SECONDS = {"10 ms": 0.010, "1 ms": 0.001}
HEAVY = heavy_tail(5_000, WORKERS, 6)  # mostly a millisecond, up to hundreds: six seconds for each worker
SLOW = {"executor", "mpi4py", "joblib"}  # of null tasks one by one: fewer are enough


OURS = {"memory", "run", "jsonl"}


def items_of(case, count):
    if case == "arrays":
        array = numpy.zeros(ARRAY)
        return [array] * count
    if case == "heavy tail":
        return HEAVY[:count]
    return range(count)


# --- peers: each gives map(function, items, chunksize) on a warm pool -----------------------------------------------


def pool():
    import multiprocessing

    it = multiprocessing.Pool(WORKERS)
    return lambda f, items, size: it.map(f, items, **({"chunksize": size} if size else {}))


def executor():
    from concurrent.futures import ProcessPoolExecutor

    it = ProcessPoolExecutor(WORKERS)
    return lambda f, items, size: list(it.map(f, items, **({"chunksize": size} if size else {})))


def mpi4py():
    from mpi4py.futures import MPIPoolExecutor

    it = MPIPoolExecutor(WORKERS)
    return lambda f, items, size: list(it.map(f, items, **({"chunksize": size} if size else {})))


def joblib():
    from joblib import Parallel, delayed

    it = Parallel(n_jobs=WORKERS)
    it.__enter__()

    def run(f, items, size):
        it.batch_size = size or "auto"
        return it(delayed(f)(x) for x in items)

    return run


def dask():
    import distributed

    client = distributed.Client(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None)
    return lambda f, items, size: client.gather(client.map(f, items, pure=False, **({"batch_size": size} if size else {})))


PEERS = {"pool": pool, "executor": executor, "mpi4py": mpi4py, "joblib": joblib, "dask": dask}
MODULES = {"mpi4py": "mpi4py", "joblib": "joblib", "dask": "distributed"}
NAMES = {
    "memory": "mproc, in memory",
    "run": "mproc run, with its journal",
    "jsonl": "mproc run, with journal and .jsonl",
    "pool": "multiprocessing.Pool",
    "executor": "ProcessPoolExecutor",
    "mpi4py": "mpi4py.futures",
    "joblib": "joblib (loky)",
    "dask": "dask.distributed",
    "parallel": "GNU parallel",
    "mpi": "raw MPI",
}


def measure_peer(peer, case, size):
    """In a process of its own: prints the seconds that the map takes in a warm pool."""
    function, _, counts = CASES[case]
    kernel, count = globals()[function], count_for(peer, case, size)
    run = PEERS[peer]()
    run(kernel, items_of(case, 4 * WORKERS), size)
    if case == "latency":
        seconds = []
        for i in range(count):
            begin = time.perf_counter()
            run(kernel, [i], None)
            seconds.append(time.perf_counter() - begin)
        result = statistics.median(seconds)
    else:
        items = items_of(case, count)
        begin = time.perf_counter()
        run(kernel, items, size)
        result = time.perf_counter() - begin
    print(f"seconds={result}", flush=True)


def count_for(peer, case, size):
    count = CASES[case][2][size]
    if peer == "dask" and case != "heavy tail":
        return min(count, 2_000)
    return min(count, 5_000) if case == "null" and size in (None, 1) and peer in SLOW else count


def seconds_of_peer(peer, case, size):
    python = [sys.executable, os.path.abspath(__file__)]
    if peer == "mpi4py":
        python = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(WORKERS + 1), sys.executable,
                  "-m", "mpi4py.futures", os.path.abspath(__file__)]
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMP_NUM_THREADS="1")
    done = subprocess.run([*python, "--peer", peer, "--cases", case, "--size", str(size or 0)], env=environment,
                          check=True, capture_output=True, text=True, timeout=LIMIT)
    return float(done.stdout.split("seconds=")[1].split()[0])


# --- mproc and the machine's limits ---------------------------------------------------------------------------------


def command_seconds(words, folder=None, **options):
    begin = time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=LIMIT, **options)
    return time.perf_counter() - begin


def seconds_of_run(case, count, output):
    job = {"version": 1, "name": "bench", "task": {"function": CASES[case][0]}, "init": {"code": SOURCE},
           "items": {"range": [count]}}
    if case == "heavy tail":
        job["items"] = {"list": HEAVY[:count]}
    if case == "commands":
        job = {"version": 1, "name": "bench", "task": {"command": ["true"]}, "items": {"range": [count]}}
    if output:
        job["output"] = {"path": "out.jsonl"}
    with tempfile.TemporaryDirectory(prefix="mproc-bench-") as folder:
        with open(os.path.join(folder, "job.json"), "w") as file:
            json.dump(job, file)
        return command_seconds([os.environ["MPROC"], "run", "job.json", "-j", str(WORKERS), "--fresh"], folder)


def mproc_run(case, output=False):
    count = {"10 ms": 400, "1 ms": 4_000, "null": 4_000_000, "linspace": 400_000, "commands": 2_000,
             "heavy tail": len(HEAVY)}.get(case)
    if count is None:
        return None
    if case == "commands":  # a user waits for the whole command
        return seconds_of_run(case, count, output)
    if case == "heavy tail":  # every one of the list has its own duration
        return score(case, count, seconds_of_run(case, count, output) - seconds_of_run("null", WORKERS, output))
    return score(case, count, seconds_of_run(case, count + WORKERS, output) - seconds_of_run(case, WORKERS, output))


def beside_mproc(program):
    return os.path.join(os.path.dirname(os.path.abspath(os.environ["MPROC"])), program)


def mproc_memory(case, name=None):
    if case == "commands" or not os.path.exists(beside_mproc("bench_engine")):
        return None
    name = name or {"10 ms": "10ms", "1 ms": "1ms", "heavy tail": "heavy"}.get(case, case)
    done = subprocess.run([beside_mproc("bench_engine"), os.environ["MPROC"], name, str(WORKERS)], check=True,
                          input="\n".join(map(str, HEAVY)) if case == "heavy tail" else "", capture_output=True, text=True,
                          timeout=LIMIT)
    found = json.loads(done.stdout)
    if case == "latency":
        return found["seconds"] * 1e6
    return found.get("gib_per_second") or score(case, found["tasks"], found["seconds"])


def raw_mpi(case):
    """What the machine's MPI gives two ranks: a message there and back, messages a second, bytes."""
    key = {"null": "messages_per_second", "arrays": "gib_per_second", "latency": "round_trip_us"}.get(case)
    if key is None or not os.path.exists(beside_mproc("bench_mpi")):
        return None
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    done = subprocess.run(["mpirun", "--oversubscribe", "-n", "2", beside_mproc("bench_mpi")], env=environment, check=True,
                          capture_output=True, text=True, timeout=LIMIT)
    value = json.loads(done.stdout)[key]
    return value / 1000 if key == "messages_per_second" else value


def gnu_parallel(case):
    if case != "commands":
        return None
    numbers = "\n".join(map(str, range(2_000)))
    return command_seconds(["parallel", "-j", str(WORKERS), "true", "{}"], input=numbers, text=True)


def score(case, count, seconds):
    if case in SECONDS:
        return count * SECONDS[case] / WORKERS / seconds
    if case == "heavy tail":
        return lower_bound(HEAVY[:count], WORKERS) / seconds
    if case == "arrays":
        return 2 * count * ARRAY * 8 / seconds / (1 << 30)
    if case == "latency":
        return seconds * 1e6
    return count / seconds / 1000


# --- the table ------------------------------------------------------------------------------------------------------


def measurements(cases, peers):
    """(row, case, what to call) of everything that is measured in a round."""
    for case in cases:
        yield "memory", case, lambda case=case: mproc_memory(case)
        if case == "null":
            yield "memory, chunk = 1", case, lambda case=case: mproc_memory(case, "null-1")
        yield "run", case, lambda case=case: mproc_run(case)
        if case == "null":
            yield "jsonl", case, lambda case=case: mproc_run(case, True)
        for peer in peers:
            if case == "commands":
                continue
            for size in CASES[case][2]:
                row = f"{peer}, chunksize {size}" if size and case != "latency" else peer
                yield row, case, lambda peer=peer, case=case, size=size: score(
                    case, count_for(peer, case, size), seconds_of_peer(peer, case, size))
        if shutil.which("parallel"):
            yield "parallel", case, lambda case=case: gnu_parallel(case)
        yield "mpi", case, lambda case=case: raw_mpi(case)


def row_name(row):
    who, _, rest = row.partition(", ")
    return NAMES[who] + (f", {rest}" if rest else "")


def shown(case, value):
    if value is None:
        return "–"
    return f"{value:,.3f}" if case in SECONDS or case == "heavy tail" else f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", default=",".join(CASES), help="of: " + ", ".join(CASES))
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return measure_peer(options.peer, options.cases, options.size or None)
    if "MPROC" not in os.environ:
        parser.error("MPROC is not set; set it to the mproc binary, for instance build/release/bin/mproc")
    cases = options.cases.split(",")
    peers = [p for p in options.peers.split(",") if p not in MODULES or importlib.util.find_spec(MODULES[p])]
    found = {}
    for _ in range(options.rounds):
        for row, case, call in measurements(cases, peers):
            try:
                value = call()
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
                print(f"{row_name(row)}: {case}: left out: {error}", file=sys.stderr)
                continue
            if value is not None:
                found.setdefault(row, {}).setdefault(case, []).append(value)
                print(f"{row_name(row)}: {case}: {shown(case, value)} {CASES[case][1]}", file=sys.stderr)
    print(f"Medians of {options.rounds} rounds, {WORKERS} executors or workers, {os.cpu_count()} cores.\n")
    print("| | " + " | ".join(f"{case}, {CASES[case][1]}" for case in cases) + " |")
    print("| --- |" + " ---: |" * len(cases))
    for row, values in found.items():
        cells = [shown(case, statistics.median(values[case]) if case in values else None) for case in cases]
        print(f"| {row_name(row)} | " + " | ".join(cells) + " |")
    print("\nHow many times better the best of mproc's rows is than the best of the others, raw MPI apart:\n")
    for case in cases:
        if ratio := advantage(case, found):
            print(f"- {case}: {ratio:.2f}")


def advantage(case, found):
    medians = {row: statistics.median(values[case]) for row, values in found.items() if case in values and row != "mpi"}
    smaller_is_better = CASES[case][1] in ("s", "us")
    best = min if smaller_is_better else max
    ours = [value for row, value in medians.items() if row.split(",")[0] in OURS]
    others = [value for row, value in medians.items() if row.split(",")[0] not in OURS]
    if not ours or not others:
        return None
    return best(others) / best(ours) if smaller_is_better else best(ours) / best(others)


if __name__ == "__main__":
    main()
