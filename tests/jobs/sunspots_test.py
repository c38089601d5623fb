import csv
import math

from conftest import JOBS


def rows_of(name):
    with open(JOBS / "sunspots" / name, newline="") as file:
        return list(csv.DictReader(file))


def poisson_cdf(mean, count):
    """P(X <= count), summed term by term in logarithms."""
    if count < 0:
        return 0.0
    if mean == 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("sunspots", "scatter.csv", way)


def test_the_expected_rows_are_the_years_of_the_data_in_order():
    data, rows = rows_of("sunspots.csv"), rows_of("expected.csv")
    assert len(rows) == 309
    assert [row["year"] for row in rows] == [row["year"] for row in data] == [str(y) for y in range(1700, 2009)]
    assert [float(row["number"]) for row in rows] == [float(row["number"]) for row in data]
    assert {row["status"] for row in rows} == {"ok"}


def test_the_expected_bounds_hold_nine_tenths_of_the_distribution():
    error = 0.02  # nine standard errors of a share of 5 % in 10000 draws
    for row in rows_of("expected.csv"):
        mean, low, high = float(row["number"]), float(row["low"]), float(row["high"])
        assert low <= mean <= high
        assert float(row["width"]) == high - low
        for bound, share in ((low, 0.05), (high, 0.95)):
            assert poisson_cdf(mean, math.floor(bound) - 1) <= share + error, row
            assert poisson_cdf(mean, math.ceil(bound)) >= share - error, row
