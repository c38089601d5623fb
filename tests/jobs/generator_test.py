import csv
import itertools

from conftest import JOBS


def orbit(n):
    while n != 1:
        n = 3 * n + 1 if n & 1 else n >> 1
        yield n


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("generator", "generator.csv", way)


def test_the_expected_rows_are_of_every_start_with_all_its_digits():
    with open(JOBS / "generator" / "expected.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["item"]) for row in rows] == [3**k + 2 for k in range(200)]
    for row in rows:
        values, counted = itertools.tee(orbit(int(row["item"])))
        assert int(row["steps"]) == sum(1 for _ in counted)
        assert int(row["bits"]) == max(values).bit_length()
