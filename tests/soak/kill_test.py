"""kill -9 of central, mpirun, the launcher, a worker rank or all processes at random instants, then the same command:
the output is byte for byte that of an undisturbed run."""

import collections

import pytest
from disturbed_run import Disturbed, kill, rounds, seeded, wait_for_instant

VICTIMS = ["central", "mpirun", "launcher", "worker", "all"]


@pytest.fixture
def small(cli):
    cli.job(code="import time, random\ndef f(x):\n    time.sleep(0.01)\n    return {'a': x / 7, 'b': random.random(), 'c': 'x' * x}",
            items="range = 150", top="seed = 1", output="out.csv", run="relaunch = 1")
    return Disturbed(cli, "out.csv", 2)


@pytest.fixture
def large(cli):
    cli.write("arrays.py", "import numpy\ndef arrays():\n    for i in range(8): yield numpy.arange(1 << 20) * 0.5 + i\n")
    cli.job(code="def f(x): return x * 2", items='python = "arrays:arrays"', output="out.npy", run="relaunch = 1")
    return Disturbed(cli, "out.npy", 2)


@pytest.fixture
def features(cli):
    rows = [f"{i},{(i * 37 + k * k * 11 + k * (i % 5)) % 1009 / 8 + i % 3}\n" for i in range(40) for k in range(9000)]
    cli.write("s.csv", "id,v\n" + "".join(rows))
    cli.write("y.csv", "id,y\n" + "".join(f"{i},{i % 3}\n" for i in range(40)))
    cli.write("job.toml", '[fresh]\ninput = "s.csv"\nid = "id"\nfeatures = "comprehensive"\n[fresh.select]\ntarget = "y.csv"\n'
                          '[run]\nrelaunch = 1\n[output]\npath = "out.csv"\n')
    return Disturbed(cli, "out.csv", 2)


def pids_of(cli, running, victim, random):
    if victim == "all":
        pids = list(cli.processes())
        random.shuffle(pids)
        return pids
    if victim == "mpirun":
        return cli.mpiruns()
    ranks = cli.ranks() if victim != "launcher" else {}
    if victim == "central":
        return [pid for rank, pid in ranks.items() if rank == 0]
    if victim == "worker":
        return [random.choice([pid for rank, pid in ranks.items() if rank > 0])] if len(ranks) > 1 else []
    return [running.pid]


def disturb(run, random):
    """Kills once, and sometimes what the next commands start."""
    while True:
        running = run.start()
        victim = random.choice(VICTIMS)
        hit = wait_for_instant(running, random.uniform(0, run.seconds * 1.1)) and kill(
            pids_of(run.cli, running, victim, random))
        result = running.wait()
        if result.status == 0 or random.random() < 0.7:
            return victim if hit else "nobody", result
        run.cli.wait_for_processes()


@pytest.mark.parametrize("job", ["small", "large", "features"])
def test_whoever_is_killed_the_same_command_ends_with_the_same_bytes(request, job):
    run = request.getfixturevalue(job)
    chance = seeded(job)
    seen = collections.Counter()
    for _ in range(rounds(100)):
        run.forget()
        victim, result = disturb(run, chance)
        commands = run.finish(result)
        run.check()
        seen[f"{victim}: {'in one command' if commands == 0 else 'by the same command'}"] += 1
    print("\n".join(f"{count:4} {what}" for what, count in sorted(seen.items())))
