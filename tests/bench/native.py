"""Native kernels from a job file, 2 executors of one machine, beside what their tasks take by themselves.

    MPROC=build/release/bin/mproc python3 tests/bench/native.py [--rounds 3]

Prints a line for each; it is no test and fails nothing. Medians of the rounds.

null      tasks of a kernel that does nothing, results not kept                                      M/s
short     tasks of about 1 us: their time, run one after the other in one process, over that of the job, a core
"""

import argparse
import ctypes
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXECUTORS = 2
LIMIT = 300  # seconds for one run
NULL_TASKS, SHORT_TASKS = 40_000_000, 10_000_000
KERNELS = r"""
#include <mproc/kernel.hpp>

void nothing(std::int64_t) {}
MPROC_KERNEL(nothing)

std::int64_t collatz(std::int64_t i) {  // about 1 us
  std::int64_t steps = 0;
  for (std::uint64_t x = 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(i); steps < STEPS; ++steps) {
    x = x % 2 == 0 ? x / 2 : 3 * x + 1;
    asm volatile("" : "+r"(x));
  }
  return steps;
}
void short_one(std::int64_t i) { collatz(i); }
MPROC_KERNEL(short_one)

extern "C" std::int64_t alone(std::int64_t tasks) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < tasks; ++i) sum += collatz(i);
  return sum;
}
"""


def built(folder, steps):
    library = folder / f"libbench{steps}.so"
    (folder / "bench.cpp").write_text(KERNELS)
    subprocess.run(["c++", "-std=c++20", "-O2", "-shared", "-fPIC", f"-DSTEPS={steps}", "-I", ROOT / "libmproc" / "include",
                    "-o", library, folder / "bench.cpp"], check=True, timeout=LIMIT)
    return library


def alone(library, tasks):
    """Seconds of a task, without mproc."""
    function = ctypes.CDLL(str(library)).alone
    function.argtypes, function.restype = [ctypes.c_int64], ctypes.c_int64
    begin = time.perf_counter()
    function(tasks)
    return (time.perf_counter() - begin) / tasks


def run(folder, library, kernel, tasks):
    """Seconds from the first task to the last, as the run says."""
    job = folder / f"{kernel}.toml"
    job.write_text(f'version = 1\nname = "{kernel}"\n[task]\nnative = "{library}:{kernel}"\n[items]\nrange = {tasks}\n')
    said = subprocess.run([os.environ["MPROC"], "run", job, "--fresh", "-j", str(EXECUTORS)], cwd=folder, check=True,
                          capture_output=True, text=True, timeout=LIMIT).stderr
    return float(re.search(rf"{tasks} succeeded, 0 failed, in ([\d.]+) s", said).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        steps = 300
        for _ in range(3):  # the time of a step depends a little on their number
            steps = round(steps * 1e-6 / alone(built(folder, steps), 1_000_000))
        library = built(folder, steps)
        null, short = [], []
        for _ in range(rounds):
            null.append(NULL_TASKS / run(folder, library, "nothing", NULL_TASKS) / 1e6)
            serial = alone(library, SHORT_TASKS // 10)
            short.append(serial * SHORT_TASKS / EXECUTORS / run(folder, library, "short_one", SHORT_TASKS))
    print(f"null: {statistics.median(null):.1f} M/s")
    print(f"short: {serial * 1e6:.2f} us a task, {statistics.median(short):.2f} of {EXECUTORS} cores")


if __name__ == "__main__":
    main()
