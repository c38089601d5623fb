"""Arrays of a megabyte and more: from files and generators through the journal into outputs."""

import pytest
from harness import MPROC

np = pytest.importorskip("numpy")

ROWS, WIDTH = 12, 1 << 17


@pytest.fixture
def rows(cli):
    rows = np.arange(ROWS * WIDTH, dtype=np.float64).reshape(ROWS, WIDTH)
    np.save(cli.path / "rows.npy", rows)
    return rows


@pytest.mark.parametrize("how", [["-j", "2"], ["--inline"]], ids=["ranks", "inline"])
def test_rows_of_a_file_become_rows_of_the_output(cli, rows, how):
    cli.job(code="def f(row):\n    row += 0.5\n    return row", items='[items]\nnpy = "rows.npy"\n', output="out.npy")
    cli.run("run", "job.toml", *how)
    np.testing.assert_array_equal(np.load(cli.path / "out.npy"), rows + 0.5)


def test_items_of_a_generator_are_kept_with_their_results(cli):
    (cli.path / "source.py").write_text(
        "import numpy\ndef items():\n    for i in range(12): yield {'n': i, 'a': numpy.full(1 << 17, i)}\n"
    )
    cli.job(code="def f(n, a): return a[:70000] * n", items='[items]\npython = "source:items"\n', output="out.npz")
    cli.run("run", "job.toml", "-j", "2")
    columns = np.load(cli.path / "out.npz")
    assert columns["n"].tolist() == list(range(ROWS))
    for n in range(ROWS):
        assert (columns["a"][n] == n).all() and columns["a"][n].shape == (1 << 17,)
        assert (columns["result"][n] == n * n).all()


def test_results_of_an_executor_that_dies_later_are_kept(cli, rows):
    code = "import os\ndef f(row):\n    if row[0] == 5 * (1 << 17): os._exit(9)\n    return row"
    cli.job(code=code, items='[items]\nnpy = "rows.npy"\n', output="out.npz")
    cli.run("run", "job.toml", "-j", "2", status=1)
    columns = np.load(cli.path / "out.npz")
    assert columns["status"].tolist() == ["failed" if i == 5 else "ok" for i in range(ROWS)]
    good = [i for i in range(ROWS) if i != 5]
    np.testing.assert_array_equal(columns["result"][good], rows[good])


def test_more_results_than_the_shell_allows_descriptors_for(cli):
    cli.job(code="import numpy\ndef f(x): return numpy.full(40000, x)", items="range = 600", output="out.npy")
    limited = ["/bin/sh", "-c", f'ulimit -Sn 128; exec {MPROC} "$@"', "sh"]
    cli.run("run", "job.toml", "-j", "2", program=limited)
    columns = np.load(cli.path / "out.npy")
    assert columns.shape == (600, 40000) and (columns == np.arange(600)[:, None]).all()
