"""A directory of small files through gzip: mproc map beside GNU parallel and xargs, 2 at a time, all in one run.

    MPROC=build/release/bin/mproc python3 tests/bench/commands.py [--rounds 3] [--files 2000]

Each figure is the median of the rounds' wall times of whole commands, their start included; new files each time. Prints a
table in Markdown; it is no test and fails nothing.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time

WORKERS = "2"
DIRECT, SHELL = "gzip -9 {}", "gzip -9 < {} > {}.gz"


def make_files(folder, count):
    names = [os.path.join(folder, f"{i:05}.csv") for i in range(count)]
    for i, name in enumerate(names):
        with open(name, "w") as file:
            file.write("".join(f"{row},{row * i % 97},{row * row}\n" for row in range(100)))
    return names


def runs(mproc):
    """Title and command line; names come from standard input."""
    yield "mproc map", [mproc, "map", "-j", WORKERS, "-0", "--command"]
    if shutil.which("parallel"):
        yield "GNU parallel", ["parallel", "-0", "-j", WORKERS]
    yield "xargs", ["xargs", "-0", "-P", WORKERS, "-I", "{}"]


def seconds(words, line, count):
    with tempfile.TemporaryDirectory() as folder:
        names = make_files(folder, count)
        if words[0] == "xargs":
            line = line.split() if line == DIRECT else ["sh", "-c", 'gzip -9 < "$0" > "$0.gz"', "{}"]
        else:
            line = [line]
        begin = time.perf_counter()
        subprocess.run([*words, *line], input="\0".join(names) + "\0", text=True, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd=folder, timeout=300)
        took = time.perf_counter() - begin
        packed = sum(name.endswith(".gz") for name in os.listdir(folder))
        assert packed == count, f"{words[0]}: {packed} of {count} files"
        return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=2000)
    options = parser.parse_args()
    if "MPROC" not in os.environ:
        parser.error("MPROC is not set; set it to the mproc binary, for instance build/release/bin/mproc")
    found = {}
    for _ in range(options.rounds):
        for line in (DIRECT, SHELL):
            for title, words in runs(os.path.abspath(os.environ["MPROC"])):
                found.setdefault(title, {}).setdefault(line, []).append(seconds(words, line, options.files))
    print(f"{options.files} files, {WORKERS} at a time: medians of {options.rounds} rounds, and how many times mproc's\n")
    print(f"| | `{DIRECT}` | | `{SHELL}` | |\n| --- | ---: | ---: | ---: | ---: |")
    medians = {title: [statistics.median(took[line]) for line in (DIRECT, SHELL)] for title, took in found.items()}
    ours = medians["mproc map"]
    for title, took in medians.items():
        print(f"| {title} | " + " | ".join(f"{t:.2f} s | {t / own:.2f}" for t, own in zip(took, ours)) + " |")


if __name__ == "__main__":
    main()
