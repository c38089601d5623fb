"""What a task sees of its surroundings, and what it may do there without disturbing the run."""

import importlib.util
import os
import shutil
import signal

import pytest
from harness import wait_until

LOOK = """
import os, sys
def f(x):
    print("to stdout", x)
    print("to stderr", x, file=sys.stderr)
    os.write(1, b"past the interpreter\\n")
    return {"mpi": sorted(k for k in os.environ if k.startswith(("OMPI_", "PMIX_", "PMI_", "OPAL_", "PRTE_"))),
            "cores": sorted(os.sched_getaffinity(0)), "stdin": sys.stdin.read(), "fd0": os.readlink("/proc/self/fd/0"),
            "session": os.getpgid(0) == os.getpid(), "threads": os.environ.get("OMP_NUM_THREADS")}
"""


def test_a_task_sees_no_mpi_its_whole_cpu_mask_and_an_empty_stdin(cli):
    cli.job(code=LOOK, items="range = 6", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "3")
    assert result.out == ""
    assert "to stdout" not in result.err and "to stderr" not in result.err and "past" not in result.err
    for row in cli.rows("out.jsonl"):
        assert row["mpi"] == []
        assert row["cores"] == sorted(os.sched_getaffinity(0))
        assert (row["stdin"], row["fd0"], row["session"]) == ("", "/dev/null", True)
        assert row["threads"] == "1"


def test_the_launchers_cpu_mask_is_the_tasks(cli):
    core = min(os.sched_getaffinity(0))
    cli.job(code=LOOK, items="range = 2", output="out.jsonl")
    cli.run("-c", str(core), os.environ.get("MPROC", "mproc"), "run", "job.toml", "-j", "1", program="taskset")
    assert [row["cores"] for row in cli.rows("out.jsonl")] == [[core], [core]]


def test_under_the_users_own_mpirun_a_task_sees_the_same(cli):
    cli.job(code=LOOK, items="range = 2", output="out.jsonl")
    result = cli.mpirun(2, "run", "job.toml")
    assert "to stdout" not in result.out and "past" not in result.out + result.err
    for row in cli.rows("out.jsonl"):
        assert (row["mpi"], row["cores"]) == ([], sorted(os.sched_getaffinity(0)))


def test_the_users_number_of_threads_stands(cli):
    cli.job(code=LOOK, items="range = 1", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1", env={"OMP_NUM_THREADS": "7"})
    assert cli.rows("out.jsonl")[0]["threads"] == "7"


def test_ten_megabytes_on_stdout_disturb_nothing(cli):
    cli.job(code="import os, sys\ndef f(x):\n    for _ in range(160): os.write(1, b'x' * 65536)\n    sys.stdout.write('y' * 65536)\n"
                 "    return x", items="range = 4", output="out.jsonl")
    result = cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2, 3]
    assert len(result.out + result.err) < 500


def test_a_pipe_that_nobody_reads_is_an_exception_of_the_task(cli):
    cli.job(code="import os\ndef f(x):\n    there, here = os.pipe()\n    os.close(there)\n    try: os.write(here, b'x')\n"
                 "    except BrokenPipeError: return 'broken'\n    finally: os.close(here)", items="range = 2", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == ["broken", "broken"]


def test_a_signal_handler_of_init_code_is_there_in_tasks(cli):
    cli.job(code="import os, signal\nseen = []\nsignal.signal(signal.SIGUSR1, lambda *_: seen.append(1))\n"
                 "def f(x):\n    os.kill(os.getpid(), signal.SIGUSR1)\n    return len(seen)", items="range = 2", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [1, 2]


PRINT = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None)
def f(x):
    print(f"python {x}")
    libc.printf(b"libc %d\\n", x)
    libc.fputs(f"unended {x} ".encode(), ctypes.c_void_p.in_dll(libc, "stdout"))
    libc.fflush(None)
    subprocess.run(["sh", "-c", f"echo subprocess {x}; echo its stderr {x} >&2"])
    os.write(2, f"written {x}\\n".encode())
    if x % 2: raise ValueError(x)
"""


@pytest.mark.parametrize("words", [("-j", "1"), ("-j", "4")])
def test_what_a_task_prints_is_kept_as_its_own_in_one_piece(cli, words):
    cli.job(code=PRINT, items="range = 40", run='chunk = 8\nmax-failures = "100%"')
    cli.run("run", "job.toml", *words, status=1)
    for x in range(40):
        own = f"python {x}\nlibc {x}\nunended {x} subprocess {x}\nits stderr {x}\nwritten {x}\n"
        assert cli.recorded().count(own) == 1


def test_of_much_output_the_beginning_and_the_end_are_kept(cli):
    cli.job(code="def f(x):\n    print('the beginning')\n    for _ in range(20000): print('x' * 49)\n    print('the end')", items="range = 1")
    cli.run("run", "job.toml", "-j", "1")
    kept = cli.recorded()
    assert "the beginning\nxxx" in kept and "xxx\nthe end\n" in kept and "\n[mproc: 934486 bytes of output cut]\n" in kept
    assert len(kept) < 100_000


def captured_bytes(cli):
    """Memory that output takes which no rank has taken yet."""
    blocks = {}
    for pid in cli.processes():
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{fd}"
                if os.readlink(path).startswith(("/memfd:mproc-capture", "/memfd:mproc-std")):
                    info = os.stat(path)
                    blocks[info.st_ino] = info.st_blocks
        except OSError:
            continue
    return 512 * sum(blocks.values())


SPILL = "import os, time\ndef f(x):\n    for _ in range(600): os.write(1, b'x' * 1_000_000)\n    open('written', 'w')\n" \
        "    while not os.path.exists('go'): time.sleep(0.01)\n    return x"
SPILL_COMMAND = ["sh", "-c", "head -c 600000000 /dev/zero; touch written; while [ ! -e go ]; do sleep 0.01; done"]


@pytest.mark.parametrize("kernel", ["python", "command"])
def test_output_without_end_fills_no_memory_while_its_task_runs(cli, kernel):
    cli.job(code=SPILL, items="range = 1")
    if kernel == "command":
        cli.write("job.toml", f"[task]\ncommand = {SPILL_COMMAND}\n[items]\nrange = 1\n")
    running = cli.start("run", "job.toml", "-j", "1")
    wait_until(lambda: (cli.path / "written").exists(), "that all is written")
    wait_until(lambda: captured_bytes(cli) <= 20_000_000, "that what is not kept is dropped")
    cli.write("go", "")
    assert running.wait().status == 0


@pytest.mark.parametrize("first", [0, 3])
def test_a_task_that_closes_every_descriptor_costs_nothing(cli, first):
    cli.job(code=f"import os\ndef f(x):\n    if x == 1: os.closerange({first}, 4096)\n    return x", items="range = 4",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2, 3]


OPEN_ALL = """
import os
opened = []
def f(x):
    if x == 1 and not os.path.exists("file-0"):
        os.closerange(3, 4096)
        for i in range(20):
            opened.append(os.open(f"file-{i}", os.O_RDWR | os.O_CREAT))
            os.write(opened[-1], b"the task's own")
    return "x" * 3_000_000 if x == 3 else x
"""


def test_files_that_a_task_opens_in_place_of_closed_descriptors_stay_its_own(cli):
    """A large result then ends the executor, which has no descriptor to enlarge its memory by; another one runs the rest."""
    cli.job(code=OPEN_ALL, items="range = 5", run="chunk = 5", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2, "x" * 3_000_000, 4]
    assert [cli.read(f"file-{i}") for i in range(20)] == ["the task's own"] * 20


def test_what_a_task_leaves_running_ends_with_the_run(cli):  # as the fixture asserts of every test
    cli.job(code="import subprocess\ndef f(x):\n    subprocess.Popen(['setsid', 'sleep', '1000'])\n"
                 "    subprocess.Popen('nohup sleep 1000 & (setsid sleep 1000 &)', shell=True)\n    return x", items="range = 2",
            output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1]


def test_what_a_crashed_task_left_running_ends_with_the_run(cli):
    cli.job(code="import os, subprocess\ndef f(x):\n    subprocess.Popen(['setsid', 'sleep', '1000'])\n    os._exit(1)",
            items="range = 1", task="lost-retries = 1")
    cli.run("run", "job.toml", "-j", "1", status=1)


def test_what_inline_tasks_leave_running_is_theirs(cli):
    """--inline is the user's own process: what tasks start there, they end there."""
    cli.job(code="import subprocess\ndef f(x):\n    return subprocess.Popen(['sleep', '1000']).pid", items="range = 2",
            output="out.jsonl")
    cli.run("run", "job.toml", "--inline")
    left = [row["result"] for row in cli.rows("out.jsonl")]
    assert sorted(left) == sorted(cli.processes())
    for pid in left:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(not importlib.util.find_spec("mpi4py"), reason="mpi4py is not installed")
def test_a_task_may_itself_use_mpi_as_a_singleton(cli):
    cli.job(code="def f(x):\n    from mpi4py import MPI\n    return [MPI.COMM_WORLD.size, MPI.COMM_WORLD.rank, x]",
            items="range = 4", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [[1, 0, x] for x in range(4)]
    for left in cli.tmp.glob("ompi.*"):  # of the task's own MPI, which the task did not finalise
        shutil.rmtree(left)


def test_a_task_that_starts_threads_is_none_the_worse(cli):
    cli.job(code="import threading\ndef f(x):\n    threading.Thread(target=threading.Event().wait, daemon=True).start()\n    return x",
            items="range = 4", output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [0, 1, 2, 3]
