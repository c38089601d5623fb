"""[data]: arrays that all executors of a node share."""

import numpy
import pytest

# What each task says of the arrays that its process has mapped; tasks wait until so many executors have one.
LOOK = """
import glob, mproc, os, time
def mapped():
    lines = [line.split() for line in open("/proc/self/maps") if "/memfd:mproc-data-" in line]
    return sorted((int(inode), access) for _, access, _, _, inode, *_ in lines)
def f(x, together=1):
    open(f"has-one-{os.getpid()}", "w").close()
    while len(glob.glob("has-one-*")) < together: time.sleep(0.01)
    anonymous = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("RssAnon"))
    return {"sum": float(mproc.data["X"].sum()), "mapped": mapped(), "pid": os.getpid(), "kib": anonymous}
"""


def share(cli, array, name="X"):
    numpy.save(cli.path / f"{name}.npy", array)
    text = cli.read("job.toml")
    table = "" if "[data]" in text else "[data]\n"
    cli.write("job.toml", f'{text}{table}{name} = "{name}.npy"\n')


def test_executors_of_a_node_read_one_copy_that_nobody_can_write(cli):
    cli.job(code=LOOK, items="range = 40", task="args = { together = 4 }", output="out.jsonl", run="executors = 2\nchunk = 1")
    big = numpy.arange(8_000_000.0)
    share(cli, big)
    cli.run("run", "job.toml", "-j", "4")
    rows = cli.rows("out.jsonl")
    assert len({row["pid"] for row in rows}) == 4
    assert {tuple(map(tuple, row["mapped"])) for row in rows} == {((rows[0]["mapped"][0][0], "r--s"),)}
    assert {row["sum"] for row in rows} == {big.sum()}
    assert max(row["kib"] for row in rows) * 1024 < big.nbytes  # it is no process's own memory


@pytest.mark.parametrize(("ranks_per_node", "nodes"), [(1, 5), (2, 3)])
def test_every_node_has_a_copy_of_its_own(cli, ranks_per_node, nodes):
    cli.job(code=LOOK, items="range = 60", task="args = { together = 5 }", output="out.jsonl", run="chunk = 1")
    big = numpy.arange(4_000_000.0)
    share(cli, big)
    cli.run("run", "job.toml", "-j", "5", env={"MPROC_TEST_RANKS_PER_NODE": ranks_per_node})
    rows = cli.rows("out.jsonl")
    assert {row["sum"] for row in rows} == {big.sum()}
    copies = {row["mapped"][0][0]: set() for row in rows}
    for row in rows:
        assert len(row["mapped"]) == 1
        copies[row["mapped"][0][0]].add(row["pid"])
    assert all(len(pids) <= ranks_per_node for pids in copies.values())
    assert len(copies) == nodes


def test_under_the_users_own_mpirun_arrays_are_shared_too(cli):
    cli.job(code=LOOK, items="range = 4", output="out.jsonl")
    share(cli, numpy.arange(10.0))
    cli.mpirun(3, "run", "job.toml")
    assert [row["sum"] for row in cli.rows("out.jsonl")] == [45.0] * 4


def test_arrays_keep_their_type_order_and_byte_order_and_tables_their_columns(cli):
    cli.job(code="import mproc\ndef f(name):\n    a = mproc.data[name]\n    return [a.tolist(), a.dtype.str, a.flags.f_contiguous]",
            items='list = ["F", "B", "S"]', output="out.jsonl")
    arrays = {"F": numpy.asfortranarray(numpy.arange(6, dtype="i2").reshape(2, 3)),
              "B": numpy.array([1.5, 2], dtype=">f4"), "S": numpy.array(["a", "süß"])}
    for name, array in arrays.items():
        share(cli, array, name)
    cli.run("run", "job.toml", "-j", "2")
    for row in cli.rows("out.jsonl"):
        array = arrays[row["item"]]
        assert row["result"] == [array.tolist(), array.dtype.str, array.flags.f_contiguous]
    cli.job("table.toml", code="import mproc\ndef f(name):\n    a = mproc.data['t'][name]\n    return [a.tolist(), a.dtype.str]",
            items='list = ["n", "x", "ok", "word"]', output="out.jsonl")
    cli.write("t.csv", 'n,x,ok,word\n1,0.5,true,a\n2,,false,"b,c"\n')
    cli.write("table.toml", cli.read("table.toml") + '[data]\nt = "t.csv"\n')
    assert "data t: t.csv: 2 of (n <i8, x <f8, ok |b1, word <U3), 58 bytes\n" in cli.run("check", "table.toml").out
    cli.run("run", "table.toml", "--inline")
    n, x, ok, word = [row["result"] for row in cli.rows("out.jsonl")]
    assert (n, x, ok, word) == ([[1, 2], "<i8"], [[0.5, None], "<f8"], [[True, False], "|b1"], [["a", "b,c"], "<U3"])


def test_init_code_and_item_generators_see_the_arrays(cli):
    cli.job(code="import mproc\ntotal = int(mproc.data['X'].sum())\ndef f(x): return total + x",
            items='python = "source:items"', output="out.jsonl")
    cli.write("source.py", "import mproc\ndef items(): yield from mproc.data['X'].tolist()\n")
    share(cli, numpy.array([1, 2, 3]))
    for way in (["-j", "2"], ["--inline", "--fresh"]):
        cli.run("run", "job.toml", *way)
        assert [row["result"] for row in cli.rows("out.jsonl")] == [7, 8, 9]


def test_a_missing_name_and_a_write_are_the_tasks_failures(cli):
    cli.job(code="import mproc\ndef f(name):\n    mproc.data[name][0] = 1", items='list = ["Y", "X"]', output="out.jsonl")
    share(cli, numpy.arange(3))
    cli.run("run", "job.toml", "-j", "1", status=1)
    missing, written = [row["error"] for row in cli.rows("out.jsonl")]
    assert missing == "KeyError: \"there is no shared array 'Y'; there are: X\""
    assert written == "ValueError: assignment destination is read-only"


def test_other_data_make_another_run(cli):
    cli.job(code="import mproc\ndef f(x): return int(mproc.data['X'][x])", items="range = 3")
    share(cli, numpy.array([1, 2, 3]))
    cli.run("run", "job.toml", "-j", "1")
    assert "nothing to do" in cli.run("run", "job.toml", "-j", "1").err
    numpy.save(cli.path / "X.npy", numpy.array([4, 5, 6]))
    result = cli.run("run", "job.toml", "-j", "1")
    assert "mproc: the job differs from run job-0001 in its data: starting a new run\n" in result.err
    assert [row["result"] for row in cli.results()] == [4, 5, 6]


def test_data_of_a_command_job_are_for_its_generator_and_its_init_code(cli):
    np = pytest.importorskip("numpy")
    np.save(cli.path / "x.npy", np.arange(3))
    cli.write("source.py", "import mproc\ndef items(): yield from mproc.data['X'].tolist()\n")
    head = '[task]\ncommand = ["echo", "{}"]\n[data]\nX = "x.npy"\n[output]\npath = "out.jsonl"\n'
    cli.write("job.toml", head + '[items]\npython = "source:items"\n')
    cli.run("run", "job.toml", "-j", "1")
    assert [row["stdout"] for row in cli.rows("out.jsonl")] == ["0\n", "1\n", "2\n"]
    cli.write("job.toml", head + "[items]\nlist = [5]\n[init]\ncode = \"import mproc, os; os.environ['N'] = str(mproc.data['X'][2])\"\n")
    cli.run("run", "job.toml", "-j", "1", "--set", 'task.command=["printenv", "N"]')
    assert [row["stdout"] for row in cli.rows("out.jsonl")] == ["2\n"]
