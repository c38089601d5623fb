"""What the tests of the command line share: a directory of its own for each test, the real binary in it, and the
proof afterwards that nothing of the test's is left on the machine."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import pytest

MPROC = os.environ.get("MPROC", "mproc")
MARKER = "MPROC_TEST"
PATIENCE = 120  # seconds that a test waits at most: far longer than it ever takes, so that only a hang gets there
HANDLED = re.compile(r"mproc: .*: Open MPI is told that this is meant\n")

# What a user's shell may have set and no test wants.
UNWANTED = re.compile(r"(MPROC_|OMPI_|PMIX_|PMI_|SLURM_|VIRTUAL_ENV|CONDA_|OMP_NUM_THREADS|PYTHON(?!DONTWRITE))")


def wait_until(condition, what):
    """Polls for an event, whose coming the test asserts; gives what `condition` gave."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {PATIENCE} s in vain: {what}"
        time.sleep(0.01)


def read_environ(pid):
    """A process's environment as it was started; {} when it is gone, a zombie or another user's."""
    try:
        raw = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.split(b"=", 1) for entry in raw.split(b"\0") if b"=" in entry)
    return {os.fsdecode(key): os.fsdecode(value) for key, value in pairs}


def command_line(pid):
    try:
        raw = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in raw.split(b"\0")[:-1]]


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def all_pids():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def json_lines(text):
    """Not splitlines(), which also splits at what JSON text may hold as it is."""
    return [json.loads(line) for line in text.split("\n") if line]


class Result:
    """How a command ended. `err` leaves out the one line that depends on the machine (root, number of cores)."""

    def __init__(self, status, out, err):
        self.status, self.out, self.raw_err = status, out, err
        self.err = HANDLED.sub("", err)

    def __repr__(self):
        return f"exit status {self.status}\n--- stdout\n{self.out[:4000]}\n--- stderr\n{self.raw_err[:8000]}"


class Running:
    """A command under way, in a process group of its own."""

    def __init__(self, words, cwd, env, stdin):
        self.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        given = tempfile.TemporaryFile()
        given.write(stdin if isinstance(stdin, bytes) else stdin.encode())
        given.seek(0)
        self.process = subprocess.Popen(words, cwd=cwd, env=env, stdin=given, stdout=self.files[0],
                                        stderr=self.files[1], start_new_session=True)
        given.close()
        self.pid = self.process.pid

    def text(self, which):
        """What has been printed so far; the child's own offset in the file is left alone."""
        fd = self.files[which].fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")

    def wait(self):
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"not over after {PATIENCE} s: {self.process.args}\n{self.result()!r}")
        return self.result()

    def result(self):
        return Result(self.process.returncode, self.text(0), self.text(1))

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.running():
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


class Cli:
    """The command line in a directory of its own. `tmp` is its TMPDIR."""

    def __init__(self, folder):
        self.path = folder / "w"
        self.tmp = folder / "t"
        self.path.mkdir()
        self.tmp.mkdir()
        self.marker = uuid.uuid4().hex
        self.started = []
        self.env = {key: value for key, value in os.environ.items() if not UNWANTED.match(key)}
        self.env |= {MARKER: self.marker, "TMPDIR": str(self.tmp), "HOME": os.environ.get("HOME", str(folder)),
                     "PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *words, program=MPROC, stdin="", env=None, cwd=None):
        """Starts mproc, or `program` with mproc's words, and does not wait."""
        programs = [program] if isinstance(program, str) else list(program)
        merged = self.env | {k: str(v) for k, v in (env or {}).items() if v is not None}
        for key in [k for k, v in (env or {}).items() if v is None]:
            merged.pop(key, None)
        running = Running([*programs, *map(str, words)], cwd or self.path, merged, stdin)
        self.started.append(running)
        return running

    def run(self, *words, status=0, **options):
        """Runs mproc to its end, which has to have `status`."""
        result = self.start(*words, **options).wait()
        assert result.status == status, repr(result)
        return result

    def mpirun(self, ranks, *words, status=0, **options):
        """Runs mproc under the user's own mpirun to its end."""
        result = self.start_mpirun(ranks, *words, **options).wait()
        assert result.status == status, repr(result)
        return result

    def start_mpirun(self, ranks, *words, binding=(), env=None):
        """`binding`: words of mpirun's about the ranks' cores."""
        return self.start(*words, program=["mpirun", "-n", str(ranks), "--oversubscribe", *binding, MPROC],
                          env={"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} | (env or {}))

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def job(self, name="job.toml", *, code="", function="f", items="list = [1, 2, 3]", output="", task="", run="",
            top="", init=""):
        """A job file: `code` is init code, the rest are lines of their sections."""
        text = f"version = 1\n{top}\n[init]\n{init}\ncode = '''\n{code}\n'''\n"
        text += f'[task]\nfunction = "{function}"\n{task}\n[run]\n{run}\n'
        text += (items if items.lstrip().startswith("[items") else f"[items]\n{items}") + "\n"
        if output:
            text += f'[output]\npath = "{output}"\n'
        return self.write(name, text)

    def read(self, name):
        return (self.path / name).read_text()

    def rows(self, name):
        """A .jsonl file's rows."""
        return json_lines(self.read(name))

    def results(self, *words):
        """The last run's rows, as `mproc results` gives them."""
        out = self.run("results", "--format", "jsonl", *words).out
        return json_lines(out)

    def runs(self, root="runs"):
        folder = self.path / root
        return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []

    def recorded(self):
        """All that the last run's journal holds, as text."""
        segments = self.path.glob(f"runs/{self.runs()[-1]}/segments/*")
        return b"".join(segment.read_bytes() for segment in segments).decode(errors="replace")

    # What is on the machine because of this test.

    def processes(self):
        """Every live process that was started below this test, by pid: its command line."""
        mine = {}
        for pid in all_pids():
            if pid != os.getpid() and read_environ(pid).get(MARKER) == self.marker:
                mine[pid] = command_line(pid)
        return mine

    def ranks(self):
        """The rank processes under way: rank number → pid."""
        found = {}
        for pid, words in self.processes().items():
            if words[1:2] not in (["rank"], ["run"]):
                continue
            parent = command_line(parent_of(pid))
            number = read_environ(pid).get("OMPI_COMM_WORLD_RANK")
            if number is not None and parent and os.path.basename(parent[0]) in ("mpirun", "orterun"):
                found[int(number)] = pid
        return found

    def mpiruns(self):
        return [pid for pid, words in self.processes().items()
                if words and os.path.basename(words[0]) in ("mpirun", "orterun")]

    def leftovers(self):
        """Files of ours in temporary directories and shared memory."""
        left = [str(path) for path in self.tmp.iterdir()]
        for parent in ("/tmp", "/dev/shm"):
            for entry in os.listdir(parent):
                if any(entry.startswith(f"mproc-{os.getuid()}-{running.pid}-") for running in self.started):
                    left.append(f"{parent}/{entry}")
        return left

    def wait_for_processes(self):
        wait_until(lambda: not self.processes(), f"that no process is left: {self.processes()}")

    def check_nothing_is_left(self):
        self.wait_for_processes()
        assert self.leftovers() == []

    def clean_up(self):
        for running in self.started:
            running.kill()
        deadline = time.monotonic() + 5
        while (left := self.processes()) and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
        for path in self.leftovers():
            shutil.rmtree(path, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture
def cli(request):
    """A Cli in an empty directory. When the test is over, nothing that it started may be left."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mt-", dir="/tmp"))
    session = Cli(folder)
    try:
        yield session
        if not getattr(request.node, "failed", False):
            session.check_nothing_is_left()
    finally:
        session.clean_up()
        shutil.rmtree(folder, ignore_errors=True)


def summary(done, succeeded, failed, output="", run="job-0001"):
    """The end of a run on stderr, as a pattern."""
    place = f"results: {re.escape(output)}   " if output else ""
    plural = "" if done == 1 else "s"
    return (rf"mproc: {done} of {done} task{plural} done: {succeeded} succeeded, {failed} failed, in \d+\.\d s\n"
            rf"%s{place}run: runs/{run}\n")


def assert_summary(err, done, succeeded, failed, groups="", output="", run="job-0001", before="", after=""):
    if groups:
        groups += f"  see: mproc log runs/{run} {re.search(r'[(]tasks? ([0-9]+)', groups)[1]}\n"
    pattern = re.escape(before) + summary(done, succeeded, failed, output, run) % re.escape(groups) + re.escape(after)
    assert re.fullmatch(pattern, err), f"{err!r}\ndoes not match\n{pattern!r}"
