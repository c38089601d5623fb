import os
import pathlib
import subprocess
import tempfile

import pytest

JOBS = pathlib.Path(__file__).resolve().parents[2] / "jobs"
LIMIT = 120  # seconds for one run

#: In one process, and over that many executors.
WAYS = [["--inline"], ["-j", "1"], ["-j", "2"], ["-j", "3"], ["-j", "5"]]


class Place:
    """An empty current directory in which mproc runs."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if k not in ("MPROC_RUNS", "VIRTUAL_ENV", "CONDA_PREFIX")}

    def run(self, job, *options):
        command = [os.environ["MPROC"], "run", str(JOBS / job), *options]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=LIMIT
        )

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="mproc-jobs-") as folder:
        yield Place(pathlib.Path(folder))


def pytest_generate_tests(metafunc):
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, ids=lambda words: "".join(words).strip("-"))


@pytest.fixture
def gives_expected(place):
    """Runs jobs/JOB in one way and compares its output, byte for byte, with jobs/JOB/expected.SUFFIX."""

    def check(job, output, way):
        done = place.run(f"{job}/job.toml", *way)
        assert done.returncode == 0, done.stderr
        expected = JOBS / job / ("expected" + pathlib.Path(output).suffix)
        assert (place.folder / output).read_bytes() == expected.read_bytes()
        assert place.files() == sorted([output, "runs"])

    return check
