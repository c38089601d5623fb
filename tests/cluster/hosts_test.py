"""Runs over several hosts that mproc reaches by a remote shell: --hosts and --hostfile."""

import pytest

from harness import MPROC, wait_until

CODE = """
import socket, time
def f(x):
    time.sleep(0.01)
    return {'x': x, 'y': x * x, 'r': int(mproc.rng().integers(1000))}
def where(x):
    time.sleep(0.03)
    return f'{socket.gethostname()} {os.getpid()}'
"""
INIT = 'modules = ["mproc", "os"]'


class Launcher:
    """mproc as started on n1."""

    def __init__(self, hosts):
        self.hosts, self.cli = hosts, hosts.cli

    def start(self, *words, env=None):
        return self.cli.start(*words, program=self.hosts.program("n1", MPROC), env=self.hosts.env | (env or {}))

    def run(self, *words, status=0, env=None):
        result = self.start(*words, env=env).wait()
        assert result.status == status, repr(result)
        return result


@pytest.fixture
def n1(hosts):
    launcher = Launcher(hosts)
    yield launcher
    for host in hosts.names:
        wait_until(lambda: not hosts.processes(host), f"that nothing runs on {host}: {hosts.processes(host)}")
        assert hosts.files(host) == []


def test_output_is_that_of_one_host(n1):
    n1.cli.job(code=CODE, items="range = [0, 200]", output="out.jsonl", init=INIT, top="seed = 3")
    n1.cli.run("run", "job.toml", "--inline", "--runs", "inline")
    expected = n1.cli.read("out.jsonl")
    result = n1.run("run", "job.toml", "--hosts", "n1,n2:3,n3")
    assert "200 of 200 tasks done: 200 succeeded" in result.err
    assert n1.cli.read("out.jsonl") == expected


def test_each_host_has_as_many_executors_as_slots(n1):
    n1.cli.write("hosts", "# ours\nn1 slots=1\nn2 slots=3 max_slots=8\n\nn3 slots=2\n")
    n1.cli.job(code=CODE, function="where", items="range = [0, 120]", output="out.jsonl", init=INIT)
    n1.run("run", "job.toml", "--hostfile", "hosts")
    executors = {row["result"] for row in n1.cli.rows("out.jsonl")}
    assert sorted(name.split()[0] for name in executors) == ["n1", "n2", "n2", "n2", "n3", "n3"]


def test_executors_are_shared_out_over_the_hosts(n1):
    n1.cli.job(code=CODE, function="where", items="range = [0, 100]", output="out.jsonl", init=INIT)
    n1.run("run", "job.toml", "--hosts", "n3,n2", "-j", "3")  # central is here all the same
    executors = {row["result"] for row in n1.cli.rows("out.jsonl")}
    assert sorted(name.split()[0] for name in executors) == ["n2", "n3", "n3"]


def test_maps_and_drivers_run_over_hosts(n1):
    out = n1.run("map", "--hosts", "n2:2,n3", "--init-code", "import socket, time",
                 "--init-code", "def f(x):\n time.sleep(0.05)\n return socket.gethostname()", "f", *range(30)).out
    assert set(out.split()) == {'"n2"', '"n3"'}
    n1.cli.write("driver.py", "import mproc, socket, time\n"
                 "def f(x):\n    time.sleep(0.05)\n    return socket.gethostname()\n"
                 "with mproc.start() as s:\n    seen = sorted(set(mproc.map(f, range(40), chunk=1)))\n    print(s.executors, *seen)\n")
    assert n1.run("python", "--hosts", "n1:1,n2:2,n3:1", "driver.py").out == "4 n1 n2 n3\n"


def test_the_environment_of_the_run_is_that_of_its_tasks_on_all_hosts(n1):
    n1.cli.job(code="import socket, time\ndef f(x):\n    time.sleep(0.05)\n    return [socket.gethostname(), "
               "os.environ.get('SCALE'), 'SSH_AUTH_SOCK' in os.environ]", items="range = [0, 30]", output="out.jsonl",
               init=INIT)
    scale = "1; 2\n'3' \\ \"4\""
    n1.run("run", "job.toml", "--hosts", "n2:1,n3:1", env={"SCALE": scale, "SSH_AUTH_SOCK": "/here"})
    assert sorted({tuple(row["result"]) for row in n1.cli.rows("out.jsonl")}) == [("n2", scale, False),
                                                                                  ("n3", scale, False)]
