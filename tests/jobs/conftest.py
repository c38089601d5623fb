import pathlib

import pytest

JOBS = pathlib.Path(__file__).resolve().parents[2] / "jobs"

#: In one process, and over that many executors.
WAYS = [["--inline"], ["-j", "1"], ["-j", "2"], ["-j", "3"], ["-j", "5"]]


#: A driver's session has that many executors.
EXECUTORS = [1, 2, 3, 5]


def pytest_generate_tests(metafunc):
    if "executors" in metafunc.fixturenames:
        metafunc.parametrize("executors", EXECUTORS)
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, ids=lambda words: "".join(words).strip("-"))


@pytest.fixture
def gives_expected(cli):
    """Runs jobs/JOB in one way and compares its output, byte for byte, with jobs/JOB/expected.SUFFIX."""

    def check(job, output, way, file="job.toml"):
        cli.run("run", JOBS / job / file, *way)
        expected = JOBS / job / ("expected" + pathlib.Path(output).suffix)
        assert (cli.path / output).read_bytes() == expected.read_bytes()
        assert sorted(path.name for path in cli.path.iterdir()) == sorted([output, "runs"])

    return check


@pytest.fixture
def prints_expected(cli):
    """Runs the driver jobs/SCRIPT and compares what it prints, byte for byte, with expected.txt beside it."""

    def check(script, executors):
        result = cli.run("python", "-j", executors, JOBS / script)
        assert (result.out, result.err) == ((JOBS / script).with_name("expected.txt").read_text(), "")
        assert list(cli.path.iterdir()) == []

    return check
