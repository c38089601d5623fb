"""Features of time series from a job file, beside what tsfresh takes.

    MPROC=build/release/bin/mproc python3 tests/bench/fresh.py [--rounds 3]

Prints a line for each; it is no test and fails nothing. Medians of the rounds. tsfresh 0.21, where it is installed, takes
its turn in each round, with one process; else its times are those that were measured on another machine of 2 cores, 38.5 ms
(efficient set) and 204 ms (comprehensive) a series.

efficient, comprehensive   10,000 series of 500 points, one executor (200 for tsfresh)   ms a series, times tsfresh
scaling                    the same: 2 executors beside one                              times
many                       100,000 series of 100 points, minimal set, CSV to CSV         s, the whole command
"""

import argparse
import importlib.util
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

SERIES = 10_000
LIMIT = 600  # seconds for one run
TSFRESH_MS = {"efficient": 38.5, "comprehensive": 204.0}
TSFRESH = """
import sys, time
import pandas
from tsfresh import extract_features
from tsfresh.feature_extraction import settings
series = pandas.read_csv(sys.argv[1])
parameters = getattr(settings, sys.argv[2].capitalize() + "FCParameters")()
parameters.pop("matrix_profile", None)
begin = time.perf_counter()
extract_features(series, column_id="id", column_sort="time", default_fc_parameters=parameters, n_jobs=0,
                 disable_progressbar=True)
print(time.perf_counter() - begin)
"""


def write(path, series, points):
    draw = random.Random(1)
    with open(path, "w") as file:
        file.write("id,time,value\n")
        for i in range(series):
            file.writelines(f"{i},{t},{draw.gauss(0, 1)!r}\n" for t in range(points))


def run(folder, data, features, executors):
    """Seconds of the tasks, and of the whole command."""
    columns, output = "", ""
    if data.endswith(".csv"):
        columns, output = 'id = "id"\nsort = "time"\n', '[output]\npath = "features.csv"\n'
    (folder / "job.toml").write_text(
        f'version = 1\n[fresh]\ninput = "{data}"\n{columns}features = "{features}"\n{output}')
    begin = time.perf_counter()
    said = subprocess.run([os.environ["MPROC"], "run", "job.toml", "--fresh", "-j", str(executors)], cwd=folder, check=True,
                          capture_output=True, text=True, timeout=LIMIT).stderr
    whole = time.perf_counter() - begin
    return float(re.search(r"0 failed, in ([\d.]+) s", said).group(1)), whole


def tsfresh_ms(folder, data, features, series):
    if importlib.util.find_spec("tsfresh") is None:
        return TSFRESH_MS[features]
    said = subprocess.run([sys.executable, "-c", TSFRESH, folder / data, features], check=True, capture_output=True,
                          text=True, timeout=LIMIT).stdout
    return float(said) / series * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder / "few.csv", 200, 500)
        numpy.save(folder / "more.npy", numpy.random.default_rng(1).normal(size=(SERIES, 500)))
        write(folder / "many.csv", 100_000, 100)
        times = {"efficient": [], "comprehensive": [], "many": []}
        scaling = {features: [] for features in TSFRESH_MS}
        peers = {features: [] for features in TSFRESH_MS}
        for _ in range(rounds):
            for features in TSFRESH_MS:
                one = run(folder, "more.npy", features, 1)[0]
                times[features].append(one / SERIES * 1e3)
                scaling[features].append(one / run(folder, "more.npy", features, 2)[0])
                peers[features].append(tsfresh_ms(folder, "few.csv", features, 200))
            times["many"].append(run(folder, "many.csv", "minimal", 2)[1])
    for features in TSFRESH_MS:
        ours, theirs = statistics.median(times[features]), statistics.median(peers[features])
        print(f"{features}: {ours:.2f} ms a series, {theirs / ours:.0f} times tsfresh,"
              f" {statistics.median(scaling[features]):.2f} times that with 2 executors")
    print(f"many: {statistics.median(times['many']):.1f} s")


if __name__ == "__main__":
    main()
