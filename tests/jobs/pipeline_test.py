import csv
import re

import numpy
from conftest import JOBS


def test_prints_the_expected_lines(prints_expected, executors):
    prints_expected("pipeline/pipeline.py", executors)


def test_the_expected_cycles_are_the_best_fits_of_a_sine():
    lines = (JOBS / "pipeline" / "expected.txt").read_text().splitlines()
    found = {int(match[1]): float(match[2]) for match in map(re.compile(r"(\d+): a cycle of (.*) years").match, lines) if match}
    assert sorted(found) == [1700, 1800, 1900]
    with open(JOBS / "sunspots" / "sunspots.csv", newline="") as file:
        numbers = {int(row["year"]): float(row["number"]) for row in csv.DictReader(file)}
    for first, period in found.items():
        years = numpy.arange(first, first + 100)
        values = numpy.array([numbers[year] for year in years])

        def left_over(tried):
            phase = 2 * numpy.pi * years / tried
            waves = numpy.array([numpy.cos(phase), numpy.sin(phase), numpy.ones(100)]).T
            return numpy.linalg.lstsq(waves, values, rcond=None)[1][0]

        # The sine's power is least squares but for what a constant and the sine have in common.
        assert abs(min((tenths / 10 for tenths in range(80, 150)), key=left_over) - period) < 0.15
