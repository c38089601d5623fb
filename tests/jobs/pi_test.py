import csv

import numpy
from conftest import JOBS

SEED, POINTS, BLOCKS = 314159, 20000, 64


def expected_rows():
    with open(JOBS / "pi" / "expected.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("pi", "pi.csv", way)


def test_the_expected_hits_are_near_pi():
    rows = expected_rows()
    assert len(rows) == BLOCKS
    hits, points = (sum(int(row[key]) for row in rows) for key in ("hits", "points"))
    assert abs(4 * hits / points - 3.14159) < 0.01


def test_the_expected_hits_follow_from_seed_and_index_alone():
    for index, row in enumerate(expected_rows()):
        sequence = numpy.random.SeedSequence(SEED, spawn_key=(0, index))  # stage 0
        x, y = numpy.random.Generator(numpy.random.PCG64(sequence)).random((2, POINTS))
        assert int(row["hits"]) == numpy.count_nonzero(x * x + y * y <= 1), f"block {index}"
