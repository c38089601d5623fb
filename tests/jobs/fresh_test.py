import csv
import math

import numpy
import pytest
from conftest import JOBS

FOLDER = JOBS / "fresh"
YEARS = 22  # of a window


def table_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def columns_of(path):
    """Columns of numbers by name, and the ids."""
    header, *rows = table_of(path)
    return [row[0] for row in rows], {name: numpy.array([float(row[i]) for row in rows]) for i, name in enumerate(header) if i}


def assert_is(path, expected):
    """Cells are equal, or numbers that differ by less than what another machine's logarithm or cosine does."""
    found, wanted = table_of(path), table_of(expected)
    assert found[0] == wanted[0] and len(found) == len(wanted)
    for row, other in zip(found[1:], wanted[1:]):
        for name, cell, value in zip(found[0], row, other):
            if cell != value:
                a, b = float(cell), float(value)
                assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 if "p_value" not in name else 0), (row[0], name, cell, value)


@pytest.mark.parametrize(("job", "outputs"), [
    ("job.toml", {"features.csv": "expected.csv"}),
    ("sunspots.toml", {"selected.csv": "expected_selected.csv", "relevance.csv": "expected_relevance.csv"}),
])
def test_gives_the_expected_tables_and_the_same_bytes_for_any_number_of_executors(cli, job, outputs, way):
    cli.run("run", FOLDER / job, "--inline")
    bytes_of_one = {name: (cli.path / name).read_bytes() for name in outputs}
    for name, expected in outputs.items():
        assert_is(cli.path / name, FOLDER / expected)
        (cli.path / name).unlink()
    cli.run("run", FOLDER / job, "--fresh", *way)
    assert {name: (cli.path / name).read_bytes() for name in outputs} == bytes_of_one
    assert sorted(path.name for path in cli.path.iterdir()) == sorted([*outputs, "runs"])


@pytest.fixture(scope="module")
def series():
    """The values of each id, in order of time."""
    rows = sorted(rows_of(FOLDER / "series.csv"), key=lambda row: row["time"])
    return {name: numpy.array([float(row["value"]) for row in rows if row["id"] == name])
            for name in dict.fromkeys(row["id"] for row in rows)}


def autocorrelation(x, lag):
    apart = x - x.mean()
    return (apart[:len(x) - lag] * apart[lag:]).sum() / ((len(x) - lag) * x.var())


def slope(y):
    return numpy.polyfit(numpy.arange(len(y)), y, 1)[0]


def chunks(x, length, aggregate):
    return numpy.array([aggregate(x[i:i + length]) for i in range(0, len(x), length)])


def peaks(x, n):
    return sum(all(x[i] > x[i - k] and x[i] > x[i + k] for k in range(1, n + 1)) for i in range(n, len(x) - n))


def changes_in(x, low, high):
    inside = (x >= numpy.quantile(x, low)) & (x <= numpy.quantile(x, high))
    return numpy.diff(x)[inside[:-1] & inside[1:]]


def mass(x, q):
    return (numpy.argmax(numpy.cumsum(numpy.abs(x)) / numpy.abs(x).sum() >= q) + 1) / len(x)


def energy(x, segment):
    return (numpy.array_split(x, 10)[segment] ** 2).sum() / (x ** 2).sum()


def autoregression(x, order):
    columns = [numpy.ones(len(x) - order)] + [x[order - k:len(x) - k] for k in range(1, order + 1)]
    return numpy.linalg.lstsq(numpy.stack(columns, axis=1), x[order:], rcond=None)[0]


def entropy(counts):
    shares = counts[counts > 0] / counts.sum()
    return -(shares * numpy.log(shares)).sum()


#: Some of the features, one of each family, as NumPy has them.
FEATURES = {
    "mean": numpy.mean,
    "standard_deviation": numpy.std,
    "abs_energy": lambda x: (x ** 2).sum(),
    "quantile__q_0.3": lambda x: numpy.quantile(x, 0.3),
    "mean_second_derivative_central": lambda x: (x[2:] - 2 * x[1:-1] + x[:-2]).mean() / 2,
    "c3__lag_2": lambda x: (x[4:] * x[2:-2] * x[:-4]).mean(),
    "cid_ce__normalize_True": lambda x: numpy.sqrt((numpy.diff(x / x.std()) ** 2).sum()),
    "autocorrelation__lag_7": lambda x: autocorrelation(x, 7),
    'linear_trend__attr_"slope"': slope,
    'agg_linear_trend__attr_"slope"__chunk_len_10__f_agg_"max"': lambda x: slope(chunks(x, 10, numpy.max)),
    "energy_ratio_by_chunks__num_segments_10__segment_focus_3": lambda x: energy(x, 3),
    "index_mass_quantile__q_0.6": lambda x: mass(x, 0.6),
    'change_quantiles__f_agg_"mean"__isabs_True__qh_0.8__ql_0.2': lambda x: numpy.abs(changes_in(x, 0.2, 0.8)).mean(),
    "number_peaks__n_3": lambda x: peaks(x, 3),
    "ratio_beyond_r_sigma__r_1": lambda x: (numpy.abs(x - x.mean()) > x.std()).mean(),
    "binned_entropy__max_bins_10": lambda x: entropy(numpy.histogram(x, 10)[0]),
    'fft_coefficient__attr_"abs"__coeff_9': lambda x: numpy.abs(numpy.fft.rfft(x)[9]),
    'fft_coefficient__attr_"imag"__coeff_2': lambda x: numpy.fft.rfft(x)[2].imag,
    "ar_coefficient__coeff_3__k_10": lambda x: autoregression(x, 10)[3],
    "last_location_of_maximum": lambda x: 1 - numpy.argmax(x[::-1]) / len(x),
    "percentage_of_reoccurring_datapoints_to_all_datapoints":
        lambda x: (lambda counts: counts[counts > 1].sum() / len(x))(numpy.unique(x, return_counts=True)[1]),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_expected_features_are_those_of_the_series(series, feature):
    ids, columns = columns_of(FOLDER / "expected.csv")
    assert set(ids) == set(series) and len(columns) == 777
    for name, value in zip(ids, columns["value__" + feature]):
        assert value == pytest.approx(FEATURES[feature](series[name]), rel=1e-9, abs=1e-12), name


def test_windows_and_targets_are_those_of_the_sunspots():
    years = rows_of(JOBS / "sunspots" / "sunspots.csv")
    numbers = [float(row["number"]) for row in years]
    windows, targets = table_of(FOLDER / "windows.csv")[1:], table_of(FOLDER / "next.csv")[1:]
    assert len(windows) == len(targets) == len(years) - YEARS
    for i, (window, target) in enumerate(zip(windows, targets)):
        last = i + YEARS - 1
        assert window[0] == target[0] == years[last]["year"]
        assert [float(cell) for cell in window[1:]] == numbers[i:last + 1]
        assert target[1] == ("higher" if numbers[last + 1] > numbers[last] else "lower")


def test_the_selected_features_are_those_of_the_windows():
    windows = [numpy.array(row[1:], dtype=float) for row in table_of(FOLDER / "windows.csv")[1:]]
    _, columns = columns_of(FOLDER / "expected_selected.csv")
    known = [name for name in columns if name.removeprefix("value__") in FEATURES]
    assert len(known) >= 4
    for name in known:
        assert columns[name] == pytest.approx([FEATURES[name.removeprefix("value__")](x) for x in windows], rel=1e-9, abs=1e-9), name


def test_the_expected_relevance_is_that_of_the_tests_and_the_procedure_of_benjamini_and_yekutieli():
    stats = pytest.importorskip("scipy.stats")
    table = rows_of(FOLDER / "expected_relevance.csv")
    p_values = [float(row["p_value"]) for row in table]
    assert p_values == sorted(p_values) and {row["type"] for row in table} == {"real"}
    harmonic = sum(1 / k for k in range(1, len(table) + 1))
    passing = [i for i, p in enumerate(p_values, 1) if p <= 0.05 * i / len(table) / harmonic]
    relevant = [row["feature"] for row in table if row["relevant"] == "true"]
    assert relevant == [row["feature"] for row in table[:max(passing)]] and 0 < len(relevant) < len(table)
    _, columns = columns_of(FOLDER / "expected_selected.csv")
    assert list(columns) == relevant
    higher = numpy.array([row[1] == "higher" for row in table_of(FOLDER / "next.csv")[1:]])
    for name, p_value in zip(relevant, p_values):
        test = stats.mannwhitneyu(columns[name][higher], columns[name][~higher], use_continuity=True, alternative="two-sided")
        assert p_value == pytest.approx(test.pvalue, rel=1e-9), name
