import csv

import numpy
from conftest import JOBS


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("cycle", "cycle.csv", way)


def test_the_expected_correlations_are_those_of_the_series():
    series = numpy.genfromtxt(JOBS / "sunspots" / "sunspots.csv", delimiter=",", names=True)["number"]
    apart = series - series.mean()
    with open(JOBS / "cycle" / "expected.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["item"]) for row in rows] == list(range(1, 31))
    for row in rows:
        years = int(row["item"])
        expected = numpy.correlate(apart, apart, "full")[len(apart) - 1 + years] / (apart @ apart)
        assert abs(float(row["result"]) - expected) < 1e-6
    best = max(rows[4:16], key=lambda row: float(row["result"]))
    assert best["item"] in ("10", "11")
