"""Memory that is not there: the kernel's OOM killer in a control group of the test's own, and limits at which
allocations fail."""

import os
import pathlib
import re

import pytest
from harness import MPROC, wait_until

LIMIT = 400 << 20


def own_group():
    """This process's memory group, by version 1 or 2 of control groups."""
    paths = {name: path for line in open("/proc/self/cgroup") for _, names, path in [line.strip().split(":", 2)]
             for name in names.split(",")}
    mounts = [line.split(" - ") for line in open("/proc/self/mountinfo")]
    for front, back in mounts:
        kind, _, options = back.split()[:3]
        if (kind == "cgroup" and "memory" in options.split(",")) or (kind == "cgroup2" and "memory" not in paths):
            root, point = front.split()[3:5]
            path = paths.get("memory" if kind == "cgroup" else "", "/")
            inside = os.path.relpath(path, root)
            return pathlib.Path(point) if inside.startswith("..") else pathlib.Path(point) / inside
    return None


@pytest.fixture
def group():
    """A control group with LIMIT bytes of memory, within this process's own."""
    parent = own_group()
    if parent is None:
        pytest.skip("no control groups are mounted here")
    made = parent / f"mproc-test-{os.getpid()}"
    try:
        made.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        limit = next((made / name for name in ("memory.max", "memory.limit_in_bytes") if (made / name).exists()), None)
        if limit is None:
            pytest.skip(f"the control groups in {parent} do not limit memory")
        limit.write_text(str(LIMIT))
        for name, value in (("memory.swap.max", "0"), ("memory.swappiness", "0")):
            if (made / name).exists():
                (made / name).write_text(value)
        yield made
    finally:
        wait_until(lambda: not (made / "cgroup.procs").read_text(), "that the group is empty")
        made.rmdir()


def within(group):
    """The program mproc, in the group."""
    return ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh", MPROC]


KILLED = "killed by the kernel's OOM killer (its cgroup may have 400 MiB)"
GREEDY = """
import os
def f(x):
    if x == 3:
        open("tries", "a").write("x")
        held = [bytearray(b"x") * (1 << 20) for _ in range(600)]
    return x
"""


def test_a_task_that_the_kernel_ends_for_lack_of_memory_is_failed_with_that_cause(cli, group):
    cli.job(code=GREEDY, items="range = 6", task="lost-retries = 1", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "2", status=1, program=within(group))
    rows = cli.rows("out.jsonl")
    assert [row["result"] for row in rows] == [0, 1, 2, None, 4, 5]
    assert rows[3]["error"] == f"the executor was {KILLED}"
    assert cli.read("tries") == "xx"
    assert f"\n  1 × the executor was {KILLED} (task 3)\n" in result.err
    assert "run fewer executors at a time, or set task.memory, which ends a task that takes more" in cli.recorded()


def test_a_command_that_the_kernel_ends_for_lack_of_memory_is_failed_with_that_cause(cli, group):
    program = "import sys; held = [bytearray(b'x') * (1 << 20) for _ in range(600 if sys.argv[1] == '3' else 1)]; print(sys.argv[1])"
    cli.write("greedy.py", program)
    cli.write("job.toml", '[task]\ncommand = ["python3", "greedy.py", "{}"]\n[items]\nrange = 6\n[output]\npath = "out.jsonl"\n')
    cli.run("run", "job.toml", "-j", "2", status=1, program=within(group))
    rows = cli.rows("out.jsonl")
    assert [row["stdout"] for row in rows] == [None if x == 3 else f"{x}\n" for x in range(6)]
    assert rows[3]["error"] == KILLED


def test_a_memory_limit_of_the_job_comes_before_the_kernels(cli, group):
    cli.job(code=GREEDY.replace("held", "import time; held").replace("(600)]", "(200)]; time.sleep(100)"), items="range = 6",
            task='memory = "100MiB"', output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2", status=1, program=within(group))
    assert cli.rows("out.jsonl")[3]["error"] == "took more memory than its limit of 100 MiB"


def test_a_kill_is_the_kernels_only_where_memory_lacked(cli, group):
    cli.job(code="import os\ndef f(x): os.kill(os.getpid(), 9)", items="range = 1", task="lost-retries = 0", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", status=1, program=within(group))
    assert cli.rows("out.jsonl")[0]["error"] == "the executor was killed by SIGKILL (Killed)"


FAILING = """
import os, resource
def f(x):
    if x == 1:
        {how}
    return os.getpid()
"""


def expect_memory_error(cli, **options):
    cli.run("run", "job.toml", "-j", "1", status=1, **options)
    rows = cli.rows("out.jsonl")
    assert rows[1]["error"].startswith("MemoryError"), rows[1]
    assert len({row["result"] for row in rows if row["index"] != 1}) == 1, "the executor lives on"


def test_an_address_space_that_is_full_is_a_memory_error_of_the_task(cli):
    cli.job(code=FAILING.format(how="bytearray(1 << 36)"), items="range = 4", output="out.jsonl")
    expect_memory_error(cli, program=["sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh", MPROC])


def test_a_limit_that_the_task_has_set_itself_is_a_memory_error_of_the_task(cli):
    how = ("size = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
           "        resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), resource.RLIM_INFINITY))\n"
           "        bytearray(1 << 30)")
    cli.job(code=FAILING.format(how=how), items="range = 4", output="out.jsonl")
    expect_memory_error(cli)


@pytest.mark.skipif(os.getuid() != 0, reason="it takes root to mount a small /dev/shm")
def test_shared_memory_that_is_full_is_no_matter_of_ours(cli):
    """As in containers, where it is small: results and items are not in it."""
    small = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=64m none /dev/shm && exec "$@"', "sh", MPROC]
    how = "open('/dev/shm/full', 'wb').write(bytes(80 << 20))"
    cli.job(code=FAILING.format(how=how).replace("return os.getpid()", "return bytes([x]) * (8 << 20)"), items="range = 4",
            output="out.pickle")
    result = cli.run("run", "job.toml", "-j", "2", status=1, program=small)
    assert re.search(r"3 succeeded, 1 failed.*\n  1 × OSError: \[Errno 28\] No space left on device.* \(task 1\)", result.err), result
