"""What many ranks cost on one machine: the time to the first task, and the files that they open; and what mproc submit adds
to an sbatch by hand, where a Slurm can be started (tests/cluster).

    MPROC=build/release/bin/mproc python3 tests/bench/ranks.py [--rounds 3] [--ranks 8,32,128]

Executors are as many as ranks, each of a worker of its own, far more than cores. Files are counted by strace, which has to be
there: what is opened by path, each process's part. Prints tables in Markdown; it is no test and fails nothing.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CODE = """
import time
def f(x): return time.time()
"""
NUMPY = "import numpy\n" + CODE


def write_job(folder, code, items):
    (folder / "job.toml").write_text(f"version = 1\n[init]\ncode = '''{code}'''\n[task]\nfunction = \"f\"\n[items]\n"
                                     f"range = {items}\n[output]\npath = \"out.jsonl\"\n")


def first_task(ranks, code):
    """Seconds from the command to its first task."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_job(folder, code, 4 * ranks)
        begin = time.time()
        subprocess.run([MPROC, "run", "job.toml", "-j", str(ranks)], cwd=folder, check=True, capture_output=True, timeout=600)
        return min(json.loads(line)["result"] for line in (folder / "out.jsonl").read_text().splitlines()) - begin


def opens(ranks, code, *words):
    """Files opened by all processes of a run, those of the kernel's and of devices left out: number, and by folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_job(folder, code, 4 * ranks)
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", "trace", MPROC, "run", "job.toml", "-j",
                        str(ranks), *words], cwd=folder, check=True, capture_output=True, timeout=900)
        paths = re.findall(r'open(?:at)?\([^"]*"([^"]+)".* = \d+', (folder / "trace").read_text(errors="replace"))
        files = [path for path in paths if not path.startswith(("/proc", "/sys", "/dev", "/tmp", name)) and path[0] == "/"]
        return len(files), collections.Counter("/".join(path.split("/")[:5]) for path in files)


def submit_seconds():
    """A trivial job by mproc submit --wait, and by sbatch --wait of the same script."""
    sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "cluster")]
    os.environ["MPROC"] = MPROC
    import harness
    from labs import Slurm, lacking
    if reason := lacking("munged", "slurmctld", "slurmd", "sbatch"):
        return reason
    lab = Slurm("host")
    folder = pathlib.Path(tempfile.mkdtemp())
    lab.cli = harness.Cli(folder)
    try:
        write_job(lab.cli.path, CODE, 2)
        found = {"mproc submit --wait": [], "sbatch by hand": []}
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            lab.command(MPROC, "submit", "job.toml", "--wait", "--fresh")
            found["mproc submit --wait"].append(time.perf_counter() - begin)
            begin = time.perf_counter()
            number = lab.sbatch((lab.cli.path / "runs/job.sbatch").read_text())
            lab.wait(number)
            found["sbatch by hand"].append(time.perf_counter() - begin)
        return {name: statistics.median(times) for name, times in found.items()}
    finally:
        lab.end()
        shutil.rmtree(folder)


def main():
    global MPROC, ROUNDS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", default="8,32,128")
    options = parser.parse_args()
    if "MPROC" not in os.environ:
        parser.error("MPROC is not set; set it to the mproc binary, for instance build/release/bin/mproc")
    MPROC, ROUNDS = os.path.abspath(os.environ["MPROC"]), options.rounds
    counts = [int(count) for count in options.ranks.split(",")]

    print("| ranks | to the first task, s | with `import numpy` |\n| ---: | ---: | ---: |")
    for count in counts:
        plain, numpy = (statistics.median(first_task(count, code) for _ in range(ROUNDS)) for code in (CODE, NUMPY))
        print(f"| {count} | {plain:.2f} | {numpy:.2f} |", flush=True)
    if shutil.which("strace"):
        print("\n| files opened, `import numpy` | 2 ranks | 6 ranks | each rank more |\n| --- | ---: | ---: | ---: |")
        for title, words in (("a rank an executor", []), ("one rank, all executors", ["--set", "run.layout=rank-per-node"])):
            few, many = opens(2, NUMPY, *words)[0], opens(6, NUMPY, *words)[0]
            print(f"| {title} | {few} | {many} | {(many - few) / 4:.0f} |", flush=True)
    found = submit_seconds()
    print(f"\nmproc submit: {found}" if isinstance(found, str) else
          "\n| a trivial Slurm job | s |\n| --- | ---: |\n" + "\n".join(f"| {n} | {s:.2f} |" for n, s in found.items()))


if __name__ == "__main__":
    main()
