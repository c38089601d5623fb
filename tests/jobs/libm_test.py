import csv
import math

from conftest import JOBS


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("libm", "libm.csv", way)


def test_the_expected_parts_are_those_of_the_numbers():
    with open(JOBS / "libm" / "expected.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    for row in rows:
        assert (float(row["result"]), int(row["exponent"])) == math.frexp(float(row["item"]))
