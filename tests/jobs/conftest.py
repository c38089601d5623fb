import pathlib

import pytest

JOBS = pathlib.Path(__file__).resolve().parents[2] / "jobs"

#: In one process, and over that many executors.
WAYS = [["--inline"], ["-j", "1"], ["-j", "2"], ["-j", "3"], ["-j", "5"]]


def pytest_generate_tests(metafunc):
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, ids=lambda words: "".join(words).strip("-"))


@pytest.fixture
def gives_expected(cli):
    """Runs jobs/JOB in one way and compares its output, byte for byte, with jobs/JOB/expected.SUFFIX."""

    def check(job, output, way):
        cli.run("run", JOBS / job / "job.toml", *way)
        expected = JOBS / job / ("expected" + pathlib.Path(output).suffix)
        assert (cli.path / output).read_bytes() == expected.read_bytes()
        assert sorted(path.name for path in cli.path.iterdir()) == sorted([output, "runs"])

    return check
