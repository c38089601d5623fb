"""Where items come from, and what a function is given of each."""

import pytest

REPR = "def f(*args, **kwargs): return repr(args) + repr(kwargs)"


def given(cli, items, code=REPR, function="f", task="", words=("--inline",), **options):
    cli.job(code=code, items=items, function=function, task=task)
    result = cli.run("run", "job.toml", "--fresh", *words, **options)
    return [row["result"] for row in cli.results()], result


def test_list_items_of_every_type(cli):
    values, _ = given(cli, 'list = [1, 2.5, "text", true, [1, 2], { a = 1, b = "x" }]')
    assert values == ["(1,){}", "(2.5,){}", "('text',){}", "(True,){}", "([1, 2],){}", "(){'a': 1, 'b': 'x'}"]


@pytest.mark.parametrize(("items", "expected"), [
    ("range = 3", [0, 1, 2]), ("range = [2, 5]", [2, 3, 4]), ("range = [10, 0, -4]", [10, 6, 2]),
    ("range = [0, 1, 0.25]", [0.0, 0.25, 0.5, 0.75]),
])
def test_range_items_are_as_in_python(cli, items, expected):
    assert given(cli, items, "def f(x): return x")[0] == expected


def test_a_grid_is_every_combination_with_the_last_axis_fastest(cli):
    values, _ = given(cli, "[items.grid]\nb = [1, 2]\na = { range = [0, 4, 2] }\n", "def f(a, b): return [b, a]")
    assert values == [[1, 0], [1, 2], [2, 0], [2, 2]]


def test_a_zip_goes_side_by_side(cli):
    values, _ = given(cli, '[items.zip]\na = [1, 2]\nb = ["x", "y"]\n', "def f(a, b): return [a, b]")
    assert values == [[1, "x"], [2, "y"]]


def test_csv_types_are_inferred_stated_and_can_be_overridden(cli):
    cli.write("t.csv", "n,x,s,flag,zip\n1,0.5,a,true,01234\n2,1.5,b,false,00001\n")
    values, result = given(cli, 'csv = "t.csv"', words=("-j", "1"))
    assert values == ["(){'n': 1, 'x': 0.5, 's': 'a', 'flag': True, 'zip': '01234'}",
                      "(){'n': 2, 'x': 1.5, 's': 'b', 'flag': False, 'zip': '00001'}"]
    assert result.err.count("mproc: t.csv: 2 rows; n int, x float, s str, flag bool, zip str\n") == 1
    values, _ = given(cli, '[items.csv]\npath = "t.csv"\ntypes = { n = "str", x = "float", zip = "int" }\n',
                      "def f(n, x, zip, **rest): return [n, x, zip]")
    assert values == [["1", 0.5, 1234], ["2", 1.5, 1]]


def test_jsonl_lines_and_glob(cli):
    cli.write("t.jsonl", '{"a": 1, "b": null}\n\n{"a": 2, "b": [1]}\n')
    assert given(cli, 'jsonl = "t.jsonl"')[0] == ["(){'a': 1, 'b': None}", "(){'a': 2, 'b': [1]}"]
    cli.write("t.txt", "one\ntwo words\n\nlast without end")
    assert given(cli, 'lines = "t.txt"')[0] == ["('one',){}", "('two words',){}", "('',){}", "('last without end',){}"]
    for name in ("b", "a", "c"):
        cli.write(f"in/{name}.dat", name)
    values, _ = given(cli, 'glob = "in/*.dat"', "def f(path): return open(path).read() + path[-10:]")
    assert values == ["ain/a.dat"[:1] + "w/in/a.dat"[-10:], "bw/in/b.dat"[:1] + "w/in/b.dat"[-10:], "c" + "w/in/c.dat"[-10:]]


def test_rows_of_an_npy_file(cli):
    np = pytest.importorskip("numpy")
    np.save(cli.path / "t.npy", np.arange(6, dtype="f8").reshape(3, 2))
    values, _ = given(cli, 'npy = "t.npy"', "def f(row): return [float(row.sum()), list(row.shape), str(row.dtype)]")
    assert values == [[1.0, [2], "float64"], [5.0, [2], "float64"], [9.0, [2], "float64"]]
    np.save(cli.path / "flat.npy", np.array([1, 2, 3], dtype="i4"))
    assert given(cli, 'npy = "flat.npy"', "def f(x): return int(x) * 2")[0] == [2, 4, 6]


def test_a_python_generator_gives_items(cli):
    cli.write("gen.py", "def items():\n    for i in range(5): yield {'i': i, 'square': i * i}\n")
    values, _ = given(cli, 'python = "gen:items"', "def f(i, square): return i + square", words=("-j", "2"))
    assert values == [0, 2, 6, 12, 20]
    assert given(cli, 'python = "gen:items"', "def f(i, square): return i + square")[0] == values


def test_an_endless_generator_is_read_no_further_than_its_tasks_need(cli):
    cli.write("gen.py", "import itertools\ndef items():\n    for i in itertools.count():\n        if i > 5_000_000: raise MemoryError('read on')\n"
                        "        yield i\n")
    cli.job(code="def f(x): return x", items='python = "gen:items"')
    result = cli.run("run", "job.toml", "-j", "1", "--tasks", "0-2,500")
    rows = [row for row in cli.results() if row["status"] == "ok"]
    assert [(row["index"], row["result"]) for row in rows] == [(0, 0), (1, 1), (2, 2), (500, 500)]
    assert "4 succeeded, 0 failed" in result.err


def test_another_generator_or_a_changed_one_starts_a_new_run(cli):
    source = "def a():\n    yield 1\ndef b():\n    yield 2\n"
    cli.write("gen.py", source)
    code = "def f(x): return x"
    cli.job(code=code, items='python = "gen:a"')
    cli.run("run", "job.toml", "--inline")
    assert "nothing to do" in cli.run("run", "job.toml").err
    cli.job(code=code, items='python = "gen:b"')
    said = "in its item generator: starting a new run\n"
    assert said in cli.run("run", "job.toml", "--inline").err
    assert cli.results()[0]["result"] == 2
    cli.write("gen.py", source.replace("2", "3"))
    assert said in cli.run("run", "job.toml", "--inline").err
    assert cli.results()[0]["result"] == 3
    cli.job(code=code, items="list = [3]")
    assert said in cli.run("run", "job.toml", "--inline").err
    assert cli.runs() == ["job-0001", "job-0002", "job-0003", "job-0004"]


@pytest.mark.parametrize("given", ["1 2 4 5", "1 2"])
def test_a_run_does_not_go_on_with_other_items_of_the_same_generator(cli, given):
    cli.write("gen.py", "def items():\n    for word in open('words').read().split(): yield int(word)\n")
    cli.job(code="def f(x): return x", items='python = "gen:items"')
    cli.write("words", "1 2 3 4")
    cli.run("run", "job.toml", "--inline", "--tasks", "0-2")
    cli.write("words", given)
    result = cli.run("run", "job.toml", "--inline", status=2)
    assert "mproc: the items are not those that run job-0001 began with; --fresh starts anew\n" in result.err
    cli.write("words", "1 2 3 4 5")
    cli.run("run", "job.toml", "--inline")
    assert [(row["item"], row["result"]) for row in cli.results()] == [(x, x) for x in (1, 2, 3, 4, 5)]


def test_a_long_generator_runs_to_its_end(cli):
    cli.write("gen.py", "def items():\n    yield from range(100_000)\n")
    cli.job(code="def f(x): return x + 1", items='python = "gen:items"', output="out.jsonl")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.rows("out.jsonl")] == list(range(1, 100_001))
    assert "nothing to do" in cli.run("run", "job.toml").err


def test_a_failing_generator_ends_the_run_with_its_traceback(cli):
    cli.write("gen.py", "def items():\n    yield 1\n    raise KeyError('where')\n")
    cli.job(code="def f(x): return x", items='python = "gen:items"')
    result = cli.run("run", "job.toml", "-j", "1", status=2)
    assert "the item generator failed: KeyError: 'where'" in result.err
    assert f'gen.py", line 3, in items' in result.err


@pytest.mark.parametrize("words", [("-j", "2"), ("--inline",)])
def test_what_a_generator_gives_is_compared_with_the_function_before_the_run(cli, words):
    cli.write("gen.py", "def items(): yield {'x': 1, 'y': 2}\n")
    cli.job(code="def f(x): return x", items='python = "gen:items"')
    result = cli.run("run", "job.toml", *words, status=2)
    assert "mproc: function 'f(x)' cannot take what the items give: got an unexpected keyword argument 'y' (items give: x, y)" in result.err
    assert cli.runs() == []


def test_a_missing_generator_is_named(cli):
    cli.write("gen.py", "def items(): yield 1\n")
    cli.job(code="def f(x): return x", items='python = "gen:itmes"')
    result = cli.run("run", "job.toml", "-j", "1", status=2)
    assert "has no function 'itmes' (did you mean 'items'?)" in result.err
    assert cli.runs() == []


@pytest.mark.parametrize(("call", "items", "code", "expected"), [
    ("auto", "list = [[1, 2]]", "def f(pair): return pair", [[1, 2]]),
    ("star", "list = [[1, 2]]", "def f(a, b): return [b, a]", [[2, 1]]),
    ("item", "[items.grid]\na = [1]\n", "def f(item): return item['a']", [1]),
    ("kwargs", "[items.grid]\na = [1]\n", "def f(**k): return k", [{"a": 1}]),
])
def test_call_says_how_an_item_becomes_arguments(cli, call, items, code, expected):
    cli.job(code=code, items=items, task=f'call = "{call}"')
    cli.run("run", "job.toml", "--inline")
    row = cli.results()[0]
    assert [row.get("result", {k[7:]: v for k, v in row.items() if k.startswith("result.")})] == expected


def test_args_are_constants_given_by_keyword(cli):
    values, _ = given(cli, "list = [1]", task='args = { tol = 1e-6, names = ["a"], deep = { x = 1 } }')
    assert values == ["(1,){'tol': 1e-06, 'names': ['a'], 'deep': {'x': 1}}"]


def test_a_command_takes_fields_of_its_items(cli):
    cli.write("job.toml", '[task]\ncommand = ["printf", "%s-%s{{}}", "{a}", "{b}"]\n[items.zip]\na = [1, 2.5]\nb = ["x y", "$HOME"]\n')
    cli.run("run", "job.toml", "-j", "1")
    rows = cli.results()
    assert [(row["exit"], row["stdout"], row["stderr"]) for row in rows] == [(0, "1-x y{}", ""), (0, "2.5-$HOME{}", "")]
