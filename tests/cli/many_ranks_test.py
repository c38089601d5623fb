"""As many ranks as one machine takes, far beyond its cores; and what executors cost a file system."""

import re
import shutil

import pytest

from harness import MPROC

CODE = """
import os, time
os.makedirs('seen', exist_ok=True)
def f(x):
    open(f'seen/{os.getpid()}', 'w')
    while len(os.listdir('seen')) < 63:  # every executor has a part in it
        time.sleep(0.05)
    return x * x
"""


def test_sixty_four_ranks_share_the_tasks_of_one_run(cli):
    cli.job(code=CODE, items="range = 20000", run="chunk = 10")
    result = cli.run("run", "job.toml", "-j", "63")
    assert "mproc: 20000 of 20000 tasks done: 20000 succeeded, 0 failed, in " in result.err
    assert [row["result"] for row in cli.results()] == [x * x for x in range(20000)]


@pytest.mark.skipif(not shutil.which("strace"), reason="not installed: strace")
def test_executors_of_one_rank_import_once(cli):
    """A storm of imports is what file systems of clusters suffer from."""

    def opened(executors):
        cli.job(code="import json, decimal\ndef f(x): return x", items="range = 200", run='layout = "rank-per-node"')
        cli.run("run", "job.toml", "--fresh", "-j", str(executors),
                program=["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", "trace", MPROC])
        paths = re.findall(r'open(?:at)?\([^"]*"([^"]+)".* = \d+', cli.read("trace"))
        return [path for path in paths if re.search(r"/python3[.\d]*/|/site-packages/|/dist-packages/", path)]

    few, many = opened(2), opened(8)
    assert any("decimal" in path for path in few)
    assert len(many) < len(few) + 20
