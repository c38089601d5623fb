import os
import sys

import pytest

sys.path.insert(0, os.environ["MPROC_PACKAGE"])

import mproc  # noqa: E402


@pytest.fixture(scope="module")
def session():
    """A session of two executors, for the tests of one file."""
    with mproc.start(2) as running:
        yield running


@pytest.fixture
def script(cli):
    """script(text, status=0): runs a driver in a Python of its own; its Result."""

    def run(text, status=0, python="/usr/bin/python3", env=None):
        path = cli.write("driver.py", text)
        paths = {"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"]}
        result = cli.start(path, program=[python], env=paths | (env or {})).wait()
        assert result.status == status, repr(result)
        return result

    run.cli = cli
    return run
