"""What `mproc plan` predicts beside what `mproc run` then takes, for 2 executors on this machine.

    MPROC=build/release/bin/mproc python3 tests/bench/plan.py [--rounds 3]

Prints a table in Markdown: medians of the rounds, whole commands. The rest of the machine should be idle: both sample
and run are disturbed by what else runs. It is no test and fails nothing; predictions are meant to be within 20 %.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

from jobs import SOURCE, heavy_tail

EXECUTORS = 2
LIMIT = 300
CASES = {
    "null tasks": ("null", {"range": 20_000_000}),
    "1 ms tasks": ("one_ms", {"range": 8_000}),
    "heavy tail": ("busy", {"list": heavy_tail(5_000, EXECUTORS, 6)}),
}


def mproc(folder, *words):
    return subprocess.run([os.environ["MPROC"], *words], cwd=folder, check=True, capture_output=True, text=True, timeout=LIMIT).stdout


def predicted(folder, seconds):
    rows = json.loads(mproc(folder, "plan", "job.json", "--json", "--seconds", str(seconds)))["forecasts"]
    return next(row["seconds"] for row in rows if row["executors"] == EXECUTORS)


def measured(folder):
    begin = time.perf_counter()
    mproc(folder, "run", "job.json", "-j", str(EXECUTORS), "--fresh")
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="for each sample")
    options = parser.parse_args()
    if "MPROC" not in os.environ:
        parser.error("MPROC is not set; set it to the mproc binary, for instance build/release/bin/mproc")
    print("| | predicted | measured | ratio |\n| --- | ---: | ---: | ---: |")
    for case, (function, items) in CASES.items():
        with tempfile.TemporaryDirectory(prefix="mproc-bench-") as folder:
            with open(os.path.join(folder, "job.json"), "w") as file:
                json.dump({"version": 1, "name": "bench", "task": {"function": function}, "init": {"code": SOURCE}, "items": items}, file)
            pairs = [(predicted(folder, options.seconds), measured(folder)) for _ in range(options.rounds)]
        said, took = (statistics.median(values) for values in zip(*pairs))
        print(f"| {case} | {said:.2f} s | {took:.2f} s | {said / took:.2f} |", flush=True)


if __name__ == "__main__":
    main()
