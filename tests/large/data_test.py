import numpy

GIB = 1 << 30


def test_an_array_beyond_two_gibibytes_comes_whole_to_another_node(cli):
    array = numpy.lib.format.open_memmap(cli.path / "X.npy", mode="w+", dtype="u1", shape=(2 * GIB + 12345,))
    places = [0, GIB, 2 * GIB - 1, 2 * GIB, 2 * GIB + 12344]
    array[places] = [1, 2, 3, 4, 5]
    array.flush()
    cli.job(code="import mproc\ndef f(i): return [int(mproc.data['X'][i]), len(mproc.data['X']), int(mproc.data['X'].max())]",
            items=f"list = {places * 8}", output="out.jsonl", run="chunk = 1")
    cli.write("job.toml", cli.read("job.toml") + '[data]\nX = "X.npy"\n')
    cli.run("run", "job.toml", "-j", "2", env={"MPROC_TEST_RANKS_PER_NODE": 2})
    assert [row["result"] for row in cli.rows("out.jsonl")] == [[i, len(array), 5] for i in [1, 2, 3, 4, 5]] * 8
