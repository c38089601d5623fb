"""The kernels of jobs/options in a library, from its job file and from Python; tests/install builds its C++ program."""

import csv
import math
import shutil

import pytest
from conftest import JOBS
from libraries import compile_library

FOLDER = JOBS / "options"


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    """A copy of jobs/options with its library."""
    folder = tmp_path_factory.mktemp("jobs") / "options"
    shutil.copytree(FOLDER, folder)
    compile_library(folder / "options.cpp", folder / "liboptions.so")
    return folder


def test_gives_the_expected_bytes(gives_expected, options, way):
    gives_expected(options, "options.csv", way)


def test_the_driver_prints_the_expected_lines(prints_expected, options, executors):
    prints_expected(options / "quotes.py", executors)


def test_the_expected_prices_keep_put_and_call_in_parity():
    with open(FOLDER / "expected.csv", newline="") as file:
        rows = [{key: float(row[key]) for key in ("spot", "years", "call", "put")} for row in csv.DictReader(file)]
    assert len(rows) == 18
    for row in rows:
        forward = row["spot"] - 100 * math.exp(-0.02 * row["years"])
        assert row["call"] - row["put"] == pytest.approx(forward, abs=1.1e-4)


def test_an_expected_price_is_that_of_a_simulation():
    with open(FOLDER / "expected.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    (price,) = [row for row in rows if (row["spot"], row["years"], row["volatility"]) == ("90", "1.0", "0.3")]
    steps = 2000  # of a binomial tree
    up, discount = math.exp(0.3 * math.sqrt(1 / steps)), math.exp(-0.02 / steps)
    chance = (math.exp(0.02 / steps) - 1 / up) / (up - 1 / up)
    worth = [max(90 * up ** (2 * i - steps) - 100, 0) for i in range(steps + 1)]
    for _ in range(steps):
        worth = [discount * (chance * more + (1 - chance) * less) for less, more in zip(worth, worth[1:])]
    assert float(price["call"]) == pytest.approx(worth[0], abs=2e-3)
