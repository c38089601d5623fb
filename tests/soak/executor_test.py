"""Executors die by the thousand: no result is lost, none counts twice. A thousand die by their own task, in a hundred
times as many; as many again are killed from outside while that lasts."""

import os
import pathlib
import random
import signal
import statistics
import time

from disturbed_run import rounds
from harness import wait_until

KILLS = rounds(1000)
TASKS = 100 * KILLS
EXECUTORS = 4
PAUSE = 0.04  # seconds between kills from outside, on average

# Every 100th task ends its executor on its first attempt, one way or another.
CODE = """
import ctypes, os, signal, time
def hog():
    memory = bytearray(100 << 20)
    os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
WAYS = [lambda: ctypes.string_at(0), lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(3), hog, os.abort]
def note(name):
    try:
        with open(name, "x") as file: file.write(str(time.monotonic()))
    except FileExistsError: return False
    return True
def f(x):
    if LETHAL and x % 100 == 50:
        if note(f"died-{x}"): WAYS[x // 100 % len(WAYS)]()
        note(f"again-{x}")
    time.sleep(0.001)
    return x * x
"""


def executors_below(zygote):
    """What it has made beside the template, which came first."""
    try:
        return pathlib.Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()[1:]
    except OSError:
        return []


def zygote_of_the_worker(cli):
    for pid in cli.processes():
        if executors_below(pid) and pathlib.Path(f"/proc/{pid}/comm").read_text() == "mproc-zygote\n":
            return pid
    return None


def kill_from_outside(cli, running):
    """Kills executors at random moments until the run is over or as many have died as by their tasks."""
    zygote = wait_until(lambda: zygote_of_the_worker(cli), "that executors are there")
    chance, killed = random.Random(1), 0
    while running.running() and killed < KILLS:
        time.sleep(chance.expovariate(1 / PAUSE))
        try:
            os.kill(int(chance.choice(executors_below(zygote))), chance.choice([signal.SIGKILL, signal.SIGSEGV]))
            killed += 1
        except (IndexError, ProcessLookupError):
            pass  # there is none at the moment
    return killed


def seconds_of_a_run(cli, name, lethal):
    """And how many executors were killed from outside."""
    cli.job(f"{name}.toml", top=f'name = "{name}"', code=f"LETHAL = {lethal}\n{CODE}", items=f"range = {TASKS}",
            task="lost-retries = 20", run=f"executors = {EXECUTORS}", output=f"{name}.jsonl")
    begin = time.monotonic()
    running = cli.start("run", f"{name}.toml", "-j", EXECUTORS)
    killed = kill_from_outside(cli, running) if lethal else 0
    running.process.wait(3600)
    result = running.result()
    assert result.status == 0, repr(result)
    assert "warning" not in result.err
    return time.monotonic() - begin, killed


def test_a_thousand_deaths_in_a_hundred_thousand_tasks_lose_nothing_and_count_nothing_twice(cli):
    undisturbed, _ = seconds_of_a_run(cli, "quiet", lethal=False)
    disturbed, killed = seconds_of_a_run(cli, "lethal", lethal=True)
    assert cli.read("lethal.jsonl") == cli.read("quiet.jsonl")
    rows = cli.rows("lethal.jsonl")
    assert [(row["index"], row["result"]) for row in rows] == [(x, x * x) for x in range(TASKS)]
    times = [(cli.read(f"died-{x}"), cli.read(f"again-{x}")) for x in range(50, TASKS, 100)]
    waits = [float(again) - float(died) for died, again in times if died and again]  # none: killed as it wrote
    deaths = KILLS + killed
    print(f"\n{deaths} deaths, {killed} of them from outside; {disturbed:.1f} s instead of {undisturbed:.1f} s: "
          f"{(disturbed - undisturbed) * EXECUTORS / deaths * 1000:.1f} ms of executor time a death; "
          f"from death to the task running again {statistics.median(waits) * 1000:.1f} ms in the median, "
          f"{max(waits) * 1000:.0f} ms at most")
    assert len(waits) >= 0.9 * KILLS
    assert statistics.median(waits) < 1
