"""What the page of a run costs: to write it, and to look at it.

    ninja bench_report && MPROC=build/release/bin/mproc python3 tests/bench/report.py [--tasks 1000000]

Prints a line for each number of executors; it is no test and fails nothing. The run is one whose tasks were timed one
by one, the most that there is to report.

write    mproc report, the whole command, s
page     its size, MB
trace    mproc report -o trace.json.gz, s
shown    until all is drawn in Chromium, ms (of the navigation's start)
zoom     the slowest of 24 steps with the keyboard, ms
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import browser  # noqa: E402

MPROC = pathlib.Path(os.environ.get("MPROC", "mproc")).resolve()


def seconds(*words):
    begun = time.monotonic()
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def seen(page):
    shown = browser.Browser()
    try:
        shown.open(page)
        load = shown.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        shown.evaluate("document.querySelector('.time').focus()")
        zoom = []
        for key in "+" * 16 + "-" * 8:
            shown.press(key)
            zoom.append(float(shown.evaluate("document.querySelector('#time').dataset.ms")))
        return f"{load:6.0f} ms  {max(zoom):6.1f} ms"
    finally:
        shown.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", type=int, default=1_000_000)
    tasks = parser.parse_args().tasks
    print(" executors    write      page     trace     shown       zoom")
    for executors in (2, 64, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([MPROC.parent / "bench_report", f"{folder}/runs", str(tasks), str(executors)], check=True)
            page = pathlib.Path(folder) / "page.html"
            write = seconds(MPROC, "report", "--runs", f"{folder}/runs", "-o", page)
            trace = seconds(MPROC, "report", "--runs", f"{folder}/runs", "-o", f"{folder}/trace.json.gz")
            eye = seen(page) if browser.program() else "no Chromium"
            print(f"{executors:10}  {write:5.2f} s  {page.stat().st_size / 1e6:5.2f} MB  {trace:6.2f} s  {eye}", flush=True)


if __name__ == "__main__":
    main()
