"""Runs over several hosts that mproc reaches by a remote shell: --hosts and --hostfile."""

import os
import shutil
import signal
import time

import numpy
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
    for host in hosts.alive:
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




@pytest.fixture
def shell(n1):
    """shell(script): the remote shell is a script of one's own; the user's run on n1 then says..."""
    n1.cli.job(code=CODE, init=INIT)

    def run(script):
        path = n1.cli.write("shell", f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        result = n1.run("run", "job.toml", "--hosts", "n1,n2", status=2, env={"OMPI_MCA_plm_rsh_agent": path})
        assert n1.cli.runs() == []
        return result.err

    return run


@pytest.mark.parametrize("script, line", [
    ("echo 'root@n2: Permission denied (publickey,password).' >&2; exit 255",
     "ssh n2 does not work without a password; do: ssh-copy-id n2"),
    ("echo 'Host key verification failed.' >&2; exit 255", "ssh n2 does not know that host yet; do once: ssh n2"),
    ("echo 'ssh: connect to host n2 port 22: Connection refused' >&2; exit 255",
     "host n2 cannot be reached: ssh: connect to host n2 port 22: Connection refused"),
    ("exit 255", "host n2 cannot be reached: its shell ended without a word"),
    ("echo 'sh: 1: mproc: not found' >&2; exit 127",
     f"host n2 has no {MPROC}; install mproc at the same path on all hosts"),
    ("echo 'mproc: libmpi.so.40: no such file' >&2; exit 126",
     f"host n2: {MPROC} does not start there: mproc: libmpi.so.40: no such file"),
    ("echo mproc 0.0.1", f"host n2 has another {MPROC} (mproc 0.0.1, here mproc 0.1.0); install the same one on all hosts"),
    ("echo mproc 0.1.0; exit 1", "host n2 has no orted, the part of Open MPI that starts ranks, where a login finds it; "
     "install Open MPI there"),
], ids=["password", "host key", "refused", "silent", "no mproc", "no library", "other version", "no Open MPI"])
def test_a_host_that_will_not_do_is_named_before_the_run_and_what_to_do(shell, script, line):
    assert shell(script) == f"mproc: {line}\n"


def test_a_host_that_does_not_exist_is_named(n1):
    n1.cli.job(code=CODE, init=INIT)
    err = n1.run("run", "job.toml", "--hosts", "n1,n2,n9", status=2).err
    assert err.startswith("mproc: host n9 cannot be reached: remote_shell: n9: ") and err.count("\n") == 1


GATED = """
import socket, time
def f(x):
    open(f'began-{socket.gethostname()}-{x}', 'w').close()
    while not os.path.exists('gate') and 'MPROC_TEST_GATE' not in os.environ:
        time.sleep(0.02)
    return x
"""


@pytest.fixture
def gated(n1):
    """A run over three hosts, each with a task under way, and the time of the blow."""
    n1.cli.job(code=GATED, items="range = [0, 30]", output="out.jsonl", init=INIT)
    running = n1.start("run", "job.toml", "--hosts", "n1:2,n2:2,n3:2")
    wait_until(lambda: len({p.name.split("-")[1] for p in n1.cli.path.glob("began-*")}) == 3, "that tasks run on all")
    return running


@pytest.mark.parametrize("blow", ["kill", "unplug"])
def test_a_run_goes_on_without_a_host_that_is_lost(n1, gated, blow):
    getattr(n1.hosts, blow)("n3")
    since = time.monotonic()
    wait_until(lambda: "rank 3 on n3 is lost" in gated.text(1), "that the loss is seen")
    assert time.monotonic() - since < 15
    if blow == "unplug":
        wait_until(lambda: not n1.hosts.processes("n3"), "that what is cut off ends by itself")
    (n1.cli.path / "gate").touch()
    result = gated.wait()
    assert result.status == 0 and "30 of 30 tasks done: 30 succeeded" in result.err, result
    assert [row["result"] for row in n1.cli.rows("out.jsonl")] == list(range(30))


@pytest.fixture
def apart(n1):
    """n2 and n3 do not see the directory of the test, nor its temporary files: they have the programs alone."""
    for host in ("n2", "n3"):
        n1.hosts.exec(host, "mount", "-t", "tmpfs", "tmpfs", n1.cli.path.parent)
    yield n1
    for host in ("n2", "n3"):
        assert n1.hosts.exec(host, "find", n1.cli.path.parent, "-mindepth", "1") == ""
        n1.hosts.exec(host, "umount", n1.cli.path.parent)


def test_hosts_share_no_files_but_the_program(apart):
    apart.cli.write("own.py", "def double(x):\n    return 2 * x\n")
    apart.cli.write("numbers.csv", "n\n" + "".join(f"{i}\n" for i in range(60)))
    numpy.save(apart.cli.path / "table.npy", numpy.arange(100.0))
    code = """
import socket, time
def f(n):
    time.sleep(0.02)
    print("printed on", socket.gethostname())
    return {"host": socket.gethostname(), "twice": double(n), "there": float(mproc.data["table"][n])}
"""
    apart.cli.job(code=code, init='modules = ["mproc"]\nfiles = ["own.py"]', items='[items]\ncsv = "numbers.csv"',
                  output='out.jsonl"\n[data]\ntable = "table.npy')
    apart.run("run", "job.toml", "--hosts", "n1:1,n2:1,n3:1")
    rows = apart.cli.rows("out.jsonl")
    assert [(row["twice"], row["there"]) for row in rows] == [(2 * i, i) for i in range(60)]
    assert {row["host"] for row in rows} == set(apart.hosts.names)
    assert "printed on n3" in apart.cli.run("log", str([row["host"] for row in rows].index("n3"))).out


MIB = 1 << 20


def test_a_shared_array_goes_over_the_wire_once_for_each_other_host(apart):
    numpy.save(apart.cli.path / "table.npy", numpy.random.default_rng(1).random(8 * MIB))
    code = """
import socket, time
def f(n):
    time.sleep(0.05)
    copies = {line.split()[4] for line in open("/proc/self/maps") if "/memfd:mproc-data-" in line}
    return {"host": socket.gethostname(), "pid": os.getpid(), "copy": ",".join(copies),
            "sum": float(mproc.data["table"].sum())}
"""
    apart.cli.job(code=code, init=INIT, items="range = [0, 60]", run="chunk = 1",
                  output='out.jsonl"\n[data]\ntable = "table.npy')
    before = {host: apart.hosts.bytes(host)[0] for host in apart.hosts.names}
    apart.run("run", "job.toml", "--hosts", "n1:2,n2:2,n3:2")
    sent = sum(apart.hosts.bytes(host)[0] - before[host] for host in apart.hosts.names)
    rows = apart.cli.rows("out.jsonl")
    assert len({(row["host"], row["pid"]) for row in rows}) == 6
    assert len({(row["host"], row["copy"]) for row in rows}) == len({row["copy"] for row in rows}) == 3
    assert len({row["sum"] for row in rows}) == 1
    assert 2 * 64 * MIB < sent < 2.1 * 64 * MIB


def launchers(n1):
    return [pid for pid, words in n1.cli.processes().items() if words[:2] == [MPROC, "run"]]


def test_an_interrupted_run_leaves_nothing_on_any_host_and_goes_on(n1, gated):
    os.kill(launchers(n1)[0], signal.SIGTERM)
    wait_until(lambda: "asked to stop" in gated.text(1), "that it stops")
    (n1.cli.path / "gate").touch()
    assert gated.wait().status == 75
    assert "30 of 30 tasks done" in n1.run("run", "job.toml", "--hosts", "n2,n3").err


def test_a_launcher_that_is_killed_leaves_no_process_on_any_host(n1, gated):
    os.kill(launchers(n1)[0], signal.SIGKILL)
    gated.wait()
    for host in n1.hosts.names:
        wait_until(lambda: not n1.hosts.processes(host), f"that nothing runs on {host}")
    assert "30 of 30 tasks done" in n1.run("run", "job.toml", "--hosts", "n2,n3", env={"MPROC_TEST_GATE": "open"}).err


@pytest.mark.skipif(not shutil.which("ssh"), reason="ssh is not installed")
def test_hosts_are_reached_by_ssh_where_the_user_has_not_said_otherwise(n1):
    n1.cli.job(code=CODE, init=INIT)
    err = n1.run("run", "job.toml", "--hosts", "n9", status=2, env={"OMPI_MCA_plm_rsh_agent": ""}).err
    assert err.startswith("mproc: host n9 cannot be reached: ssh: "), err
    assert err.count("\n") == 1


def test_hosts_are_of_runs_that_mproc_starts(cli):
    cli.job(code=CODE, init=INIT)
    assert cli.run("run", "job.toml", "--hosts", "n1", "--inline", status=2).err.count("\n") == 1
    result = cli.mpirun(2, "run", "job.toml", "--hosts", "n1", status=2)
    assert "--hosts is for runs that mproc itself starts" in result.err
