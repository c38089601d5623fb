"""A run's files cut off or flipped anywhere: the same command gives the output of an undisturbed run."""

import collections
import shutil

import pytest
from disturbed_run import rounds, seeded


@pytest.fixture
def finished(cli):
    """A run of several segments, with failures, captured output and items that the journal holds."""
    cli.write("gen.py", "def items():\n    for i in range(60): yield {'x': i, 'text': 'item' * i}\n")
    cli.job(code="def f(x, text):\n    print('task', x)\n    if x % 20 == 7: raise ValueError(text)\n    return [x * 1.5, text]",
            items='python = "gen:items"', output="out.jsonl", run="chunk = 5", top="seed = 1")
    cli.run("run", "job.toml", "--inline", "--tasks", "0-29", status=1)
    cli.run("run", "job.toml", "--inline", status=1)
    cli.path.joinpath("runs").rename(cli.path / "whole")
    return cli


def damage(file, chance):
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    kind = chance.choice(["cut", "flipped", "zeroed"])
    if kind == "cut":
        del content[place:]
    elif kind == "flipped":
        content[place] ^= 1 << chance.randrange(8)
    else:
        content[place:] = bytes(len(content) - place)
    file.write_bytes(content)
    return kind


def test_wherever_a_journal_is_damaged_the_same_command_gives_the_same_bytes(finished):
    cli = finished
    expected = cli.path.joinpath("out.jsonl").read_bytes()
    chance = seeded("journal")
    seen = collections.Counter()
    for _ in range(rounds(500)):
        shutil.rmtree(cli.path / "runs", ignore_errors=True)
        shutil.copytree(cli.path / "whole", cli.path / "runs")
        cli.path.joinpath("out.jsonl").unlink()
        files = sorted(cli.path.glob("runs/*/segments/*.mj"))
        seen[damage(chance.choice(files), chance)] += 1
        cli.run("run", "job.toml", "--inline", status=1)
        assert cli.path.joinpath("out.jsonl").read_bytes() == expected
    print(dict(seen))
