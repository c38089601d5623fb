"""A worker rank killed with -9 at a random moment, also while large messages are under way: its tasks run elsewhere, or
the ranks are started again; the one command ends with the right output, and soon."""

import collections
import time

import pytest
from disturbed_run import Disturbed, kill, rounds, seeded, wait_for_instant
from harness import wait_until

# More than a minute is what the launcher gives a central that spins inside MPI.
LONGEST = 110


@pytest.fixture
def small(cli):
    cli.job(code="import time\ndef f(x):\n    time.sleep(0.01)\n    return x * 1.5", items="range = 200", output="out.jsonl")
    return Disturbed(cli, "out.jsonl", 3)


def large_job(cli):
    cli.write("arrays.py", "import numpy\ndef arrays():\n    for i in range(24): yield numpy.arange(1 << 20) * 0.5 + i\n")
    cli.job(code="def f(x): return x * 2", items='python = "arrays:arrays"', output="out.npy")


@pytest.fixture
def lent(cli):
    """Large items and results, in memory that the ranks of a node share."""
    large_job(cli)
    return Disturbed(cli, "out.npy", 3)


@pytest.fixture
def sent(cli):
    """Large items and results that MPI carries, as between nodes."""
    large_job(cli)
    return Disturbed(cli, "out.npy", 3, {"MPROC_TEST_RANKS_PER_NODE": 2})


def workers_of(cli):
    return [pid for rank, pid in cli.ranks().items() if rank > 0]


@pytest.mark.parametrize(("job", "runs"), [("small", 40), ("lent", 30), ("sent", 30)])
def test_a_worker_rank_killed_at_any_moment_costs_its_run_nothing(request, job, runs):
    run = request.getfixturevalue(job)
    chance = seeded(job)
    seen = collections.Counter()
    longest = 0
    while seen.total() < rounds(runs):
        run.forget()
        begun = time.monotonic()
        running = run.start()
        wait_until(lambda running=running: workers_of(run.cli) or not running.running(), "that there are workers")
        wait_for_instant(running, chance.uniform(0, run.seconds) - (time.monotonic() - begun))
        workers = workers_of(run.cli)
        hit = workers and kill([chance.choice(workers)])
        result = running.wait()
        seconds = time.monotonic() - begun
        assert result.status == 0, repr(result)
        run.check()
        if not hit:  # the machine was busier before
            run.seconds = seconds
            continue
        longest = max(longest, seconds)
        seen["started again" if "starting the ranks again" in result.err else "in place"] += 1
    print("\n".join(f"{count:4} {what}" for what, count in sorted(seen.items())), f"\n  longest run {longest:.1f} s")
    assert longest < LONGEST
