"""Three stages of futures: how long was the sunspot cycle in each century? mproc python pipeline.py"""

import concurrent.futures as cf
import csv
from pathlib import Path

import mproc
import numpy

SUNSPOTS = Path(__file__).parent.parent / "sunspots" / "sunspots.csv"


def load(century):
    """The yearly numbers of a century; it has to be complete enough to see some cycles."""
    with open(SUNSPOTS, newline="") as file:
        numbers = [float(row["number"]) for row in csv.DictReader(file) if int(row["year"]) // 100 == century]
    if len(numbers) < 50:
        raise ValueError(f"{len(numbers)} years from {century}00 on are too few")
    return numpy.array(numbers)


def power(numbers, period):
    """How much of the numbers' variance a sine of that period in years explains."""
    years = numpy.arange(len(numbers))
    waves = numpy.exp(2j * numpy.pi * years / period)
    deviations = numbers - numbers.mean()
    return 2 * abs(deviations @ waves) ** 2 / (len(numbers) * (deviations @ deviations))


def strongest(powers):
    return max(powers, key=powers.get)


PERIODS = [tenths / 10 for tenths in range(80, 150)]

with mproc.Executor() as executor:
    loaded = {executor.submit(load, century): century for century in (17, 18, 19, 20)}
    powers, problems = {}, {}
    for future in cf.as_completed(loaded):  # the next stage of a century begins when its numbers are there
        century = loaded[future]
        try:
            numbers = future.result()
        except ValueError as error:
            problems[century] = error
        else:
            powers[century] = [executor.submit(power, numbers, period) for period in PERIODS]
    found = {
        century: executor.submit(strongest, {period: call.result() for period, call in zip(PERIODS, calls)})
        for century, calls in powers.items()
    }
    for century in sorted(loaded.values()):
        if century in problems:
            print(f"{century}00: {problems[century]}")
        else:
            print(f"{century}00: a cycle of {found[century].result()} years")
