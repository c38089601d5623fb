"""Installs the build to a prefix and runs it from there as a user without rights, who has a HOME and a TMPDIR of
their own. As root that user is `nobody`; otherwise it is whoever runs the test."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
AS_ROOT = os.getuid() == 0
LIMIT = 120  # seconds for one command
SHARED = [pathlib.Path(name) for name in ("/tmp", "/var/tmp", "/dev/shm")]

PLUGIN = """
def loaded(_):
    import mproc
    with open("/proc/self/maps") as maps:
        plugins = {line.split(maxsplit=5)[5].strip() for line in maps if "libmproc_python" in line}
    return {"plugins": sorted(plugins), "package": mproc.__file__}
"""


def set_writable(folder, writable):
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IWUSR if writable else mode & ~0o222)


def snapshot(folder):
    return {str(path): path.lstat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def owned_by_nobody():
    """What `nobody` has in the folders that all users share."""
    return {str(path) for folder in SHARED for path in folder.iterdir() if path.lstat().st_uid == NOBODY}


class User:
    """Who runs the installed mproc: an empty home, temporary files in a folder of their own."""

    def __init__(self, folder, prefix):
        self.home, self.tmp, self.prefix = folder / "home", folder / "t", prefix
        for path in (self.home, self.tmp):
            path.mkdir(mode=0o700)
            if AS_ROOT:
                os.chown(path, NOBODY, NOBODY)

    def give(self, source, name):
        shutil.copytree(source, self.home / name)
        if AS_ROOT:
            for path in [self.home / name, *(self.home / name).rglob("*")]:
                os.chown(path, NOBODY, NOBODY)

    def run(self, *words, cwd=None):
        as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if AS_ROOT else []
        environment = {"HOME": str(self.home), "TMPDIR": str(self.tmp), "PATH": f"{self.prefix}/bin:/usr/bin:/bin"}
        return subprocess.run(
            [*as_user, "mproc", *words],
            cwd=cwd or self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def files(self):
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))


def remove(folder):
    set_writable(folder, True)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def prefix():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mproc-prefix-"))
    folder.chmod(0o755)
    command = [os.environ["CMAKE"], "--install", os.environ["MPROC_BUILD_TREE"], "--prefix", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT)
    set_writable(folder, False)
    yield folder
    remove(folder)


@pytest.fixture
def user(prefix):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mproc-user-"))
    folder.chmod(0o755)
    yield User(folder, prefix)
    remove(folder)


def test_runs_a_job_and_writes_its_run_and_output_only(user, prefix):
    user.give(SOURCE / "jobs" / "linspace", "linspace")
    installed, given = snapshot(prefix), set(user.files())

    done = user.run("run", "linspace/job.toml", "-j", "2")

    assert done.returncode == 0, done.stderr
    expected = SOURCE / "jobs" / "linspace" / "expected.jsonl"
    assert (user.home / "linspace.jsonl").read_bytes() == expected.read_bytes()
    made = {name for name in set(user.files()) - given if not name.startswith("runs/linspace-0001/")}
    assert made == {"linspace.jsonl", "runs", "runs/linspace-0001"}
    assert list(user.tmp.iterdir()) == [], "no temporary file is left"
    assert snapshot(prefix) == installed


@pytest.mark.skipif(not AS_ROOT, reason="the user's files cannot be told from those of other tests")
def test_leaves_nothing_in_folders_that_all_users_share(user):
    shared = owned_by_nobody()
    done = user.run("map", "--init-code", "def f(x): return x", "f", "1", "2", "-j", "2")
    assert done.returncode == 0, done.stderr
    assert owned_by_nobody() == shared


def test_the_plugin_and_the_package_are_those_of_the_prefix(user, prefix):
    done = user.run("map", "--init-code", PLUGIN, "loaded", "1", "-j", "1")
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert len(loaded["plugins"]) == 1
    for path in [*loaded["plugins"], loaded["package"]]:
        assert pathlib.Path(path).is_relative_to(prefix)


def test_a_driver_has_the_package_and_the_program_of_the_prefix(user, prefix):
    driver = "import mproc, os; print(mproc.map(abs, [-1]), mproc.__file__, os.environ.get('MPROC'))"
    done = user.run("python", "-j", "1", "-c", driver)
    assert done.returncode == 0, done.stderr
    results, package, program = done.stdout.split()
    assert results == "[1]" and program == f"{prefix}/bin/mproc" and pathlib.Path(package).is_relative_to(prefix)
    assert len(list(prefix.glob("lib*/mproc/mproc-*.whl"))) == 1


def test_without_its_plugin_it_does_not_take_the_build_trees(user, prefix):
    copy = user.home.parent / "copy"
    shutil.copytree(prefix, copy, ignore=shutil.ignore_patterns("libmproc_python*"))
    user.prefix = copy
    done = user.run("map", "--init-code", PLUGIN, "loaded", "1", "-j", "1")
    assert done.returncode == 2
    assert done.stderr.startswith("mproc: there is no mproc plugin for Python "), done.stderr
    assert os.environ["MPROC_BUILD_TREE"] not in done.stderr
    assert done.stdout == ""


def test_commands_need_no_home_to_write_to(user):
    done = user.run("map", "--runs", str(user.tmp / "runs"), "--command", "expr {} + 1", "1", "2", cwd="/")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n3\n", "")
    assert user.files() == []
