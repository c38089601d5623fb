"""Functions of Fortran in a library that gfortran makes."""

import csv
import json
import shutil
import subprocess

import pytest
from conftest import JOBS

FOLDER = JOBS / "fortran"


@pytest.fixture(scope="module")
def fortran(tmp_path_factory):
    """A copy of jobs/fortran with its library."""
    folder = tmp_path_factory.mktemp("jobs") / "fortran"
    shutil.copytree(FOLDER, folder)
    subprocess.run(["gfortran", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "-o", folder / "liblogistic.so",
                    folder / "logistic.f90"], check=True, timeout=120)
    return folder


@pytest.mark.parametrize(("job", "output"), [("job.toml", "steps.csv"), ("orbit.toml", "orbit.jsonl")])
def test_gives_the_expected_bytes(gives_expected, fortran, way, job, output):
    gives_expected(fortran, output, way, job)


def orbit(r, x, n):
    values = [x]
    while len(values) < n:
        values.append(r * values[-1] * (1 - values[-1]))
    return values


def test_the_expected_steps_are_those_of_the_map():
    with open(FOLDER / "expected.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9 and {row["result"] for row in rows} > {"-1"}
    for row in rows:
        beyond = [x > float(row["y"]) for x in orbit(float(row["r"]), 0.1, 1001)]
        assert int(row["result"]) == (beyond.index(True) if True in beyond else -1)


def test_the_expected_orbits_are_those_of_the_map():
    rows = [json.loads(line) for line in (FOLDER / "expected.jsonl").read_text().splitlines()]
    assert [row["result"] for row in rows] == [orbit(r, 0.5, 6) for r in (2.0, 3.5, 4.0)]
