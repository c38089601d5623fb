"""Items and results that break what was not thought through: from every source, in every output."""

import csv
import json
import math
import pickle

import pytest


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


TEXTS = ["", "a\0b", "\0", '"\'\\,;{}', "a\nb\r\nc", " \t ", "\U0001f600\u2028\ufeff", "1e5", "null", "x" * 10_000_000]
FLOATS = [math.nan, math.inf, -math.inf, 1e308, -1.7976931348623157e308, 5e-324, -0.0, 1.0]
INTEGERS = [0, -2**63, 2**63 - 1]
LARGE_INTEGERS = [2**64 - 1, 2**64, -10**300]
SHAPES = [[], {}, {"": {"": None}}, [True, None], nested(150), {"a\0": 1}, {"index": 1, "status": 2, "item": 3}]
FINITE = [x for x in FLOATS if math.isfinite(x)]


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else repr(value)


def has_null(value):
    return value is None or isinstance(value, (list, dict)) and any(
        map(has_null, value.values() if isinstance(value, dict) else value))


def from_toml(cli):
    values = [x for x in TEXTS + FLOATS + INTEGERS + SHAPES if not has_null(x)]
    return "list = " + toml(values), values


def from_jsonl(cli):
    values = TEXTS + FINITE + INTEGERS + LARGE_INTEGERS + SHAPES
    cli.write("t.jsonl", "".join(json.dumps(value) + "\n" for value in values))
    return "jsonl = 't.jsonl'", values


def from_csv(cli):
    rows = list(zip(TEXTS, FLOATS + [0.5, 0.5], strict=True))
    with open(cli.path / "t.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows([("text", "number"), *rows])
    return "csv = { path = 't.csv', types = { text = 'str' } }", [{"text": text, "number": x} for text, x in rows]


def from_lines(cli):
    values = [text for text in TEXTS if "\n" not in text and "\ufeff" not in text]
    cli.write("t.txt", "".join(value + "\n" for value in values))
    return "lines = 't.txt'", values


def from_npy(cli):
    np = pytest.importorskip("numpy")
    np.save(cli.path / "t.npy", np.array(FLOATS))
    return "npy = 't.npy'", FLOATS


def from_a_generator(cli):
    values = TEXTS + FLOATS + INTEGERS + LARGE_INTEGERS + SHAPES
    (cli.path / "values.pickle").write_bytes(pickle.dumps(values))
    cli.write("source.py", "import pickle\ndef items(): yield from pickle.load(open('values.pickle', 'rb'))\n")
    return "python = 'source:items'", values


SOURCES = [from_toml, from_jsonl, from_csv, from_lines, from_npy, from_a_generator]


def run_with(cli, items, code="def f(x): return x", output="", words=("--inline",), **options):
    cli.job(items=items, code=code, task='call = "item"', output=output)
    return cli.run("run", "job.toml", "--fresh", *words, **options)


@pytest.mark.parametrize("source", SOURCES)
def test_items_reach_the_function_as_they_are(cli, source):
    items, values = source(cli)
    run_with(cli, items, "def f(x): return repr(x)", words=("-j", "2"))
    got = [row["result"] for row in cli.results()]
    for i, (text, value) in enumerate(zip(got, values, strict=True)):
        assert text == repr(value), f"item {i}"


def as_json(value):
    """NaN and infinities are null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [as_json(x) for x in value]
    return {key: as_json(x) for key, x in value.items()} if isinstance(value, dict) else value


@pytest.fixture
def table(cli):
    """A run whose items and results are all of them."""
    items, values = from_a_generator(cli)
    run_with(cli, items, "def f(x): return [x]")
    return cli, values


def test_json_lines_keep_them(table):
    cli, values = table
    cli.run("results", "-o", "out.jsonl")
    rows = cli.rows("out.jsonl")
    for row, value in zip(rows, values, strict=True):
        assert repr(row["result"]) == repr([as_json(value)]) and row["status"] == "ok"
        if not isinstance(value, dict):
            assert repr(row["item"]) == repr(as_json(value))


def test_csv_keeps_them(table):
    cli, values = table
    cli.run("results", "-o", "out.csv")
    csv.field_size_limit(1 << 30)
    with open(cli.path / "out.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(line.replace("\0", "\ue000") for line in file))  # which Python's reader refuses
    for row, value in zip(rows, values, strict=True):
        assert repr(json.loads(row["result"])) == repr([as_json(value)])
        if isinstance(value, str):
            assert row["item"].replace("\ue000", "\0") == value
        if isinstance(value, float):
            assert repr(float(row["item"])) == repr(value)


def test_a_pickle_keeps_them(table):
    cli, values = table
    cli.run("results", "-o", "out.pickle")
    rows = pickle.loads((cli.path / "out.pickle").read_bytes())
    for row, value in zip(rows, values, strict=True):
        assert repr(row["result"]) == repr([value])


def test_arrays_keep_numbers_and_text(cli):
    np = pytest.importorskip("numpy")
    for values in (FLOATS, [text for text in TEXTS if not text.endswith("\0")]):  # NumPy drops NULs from the end
        values = [value for value in values if value != TEXTS[-1]]
        (cli.path / "values.pickle").write_bytes(pickle.dumps(values))
        cli.write("source.py", "import pickle\ndef items(): yield from pickle.load(open('values.pickle', 'rb'))\n")
        run_with(cli, "python = 'source:items'", output="out.npz")
        columns = np.load(cli.path / "out.npz")
        assert repr(columns["result"].tolist()) == repr(columns["item"].tolist()) == repr(values)
        cli.run("results", "-o", "out.npy")
        assert repr(np.load(cli.path / "out.npy").tolist()) == repr(values)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_ten_thousand_columns(cli, kind):
    names = [f"c{i}" for i in range(10_000)]
    with open(cli.path / f"t.{kind}", "w") as file:
        if kind == "csv":
            file.write(",".join(names) + "\n")
        for row in range(60):
            cells = range(row, row + len(names))
            file.write((",".join(map(str, cells)) if kind == "csv" else json.dumps(dict(zip(names, cells)))) + "\n")
    run_with(cli, f"{kind} = 't.{kind}'", "def f(x): return sum(x.values())", "out.csv")
    with open(cli.path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["c9999"]) for row in rows] == list(range(9_999, 9_999 + 60))
    assert int(rows[1]["result"]) == sum(range(1, 10_001))


def test_a_result_of_ten_thousand_columns(cli):
    run_with(cli, "range = 20", "def f(x): return {f'c{i}': i * x for i in range(10_000)}", "out.jsonl")
    assert cli.rows("out.jsonl")[19]["c9999"] == 19 * 9_999


REFUSED = {
    "t.jsonl": [(b'1\n"\xff"\n', "t.jsonl:2:2: syntax error while parsing value - invalid string: ill-formed UTF-8 byte"),
                (b'"\\ud800"\n', "t.jsonl:1:8: syntax error while parsing value - invalid string: surrogate"),
                (b"[NaN]\n", "t.jsonl:1:2: syntax error while parsing value - invalid literal"),
                (b"1e400\n", "t.jsonl:1:5: number overflow parsing '1e400'"),
                (b"[" * 1_000_000 + b"\n", "t.jsonl:1:201: nested too deeply"),
                (b'{"a": 1, "a": 2}\n', "t.jsonl:1:10: key 'a' twice"),
                (b"1\n2\0 3\n", "t.jsonl:2:2: a NUL character; JSON text has it as \\u0000")],
    "t.csv": [(b"a,b\n\xff,1\n", "t.csv:2: is not UTF-8; convert the file, e.g. with iconv -t utf-8"),
              (b"a\xff,b\n1,1\n", "t.csv:1: is not UTF-8; convert the file, e.g. with iconv -t utf-8"),
              (b'a\n"' + b"x" * 10_000_000, "t.csv:2: a quote is opened and never closed")],
    "t.lines": [(b"x\n\xff\n", "t.lines:2: is not UTF-8; convert the file, e.g. with iconv -t utf-8")],
    "t.npy": [(b"\x93NUMPY\1\0\xff\xff{}", "t.npy: is cut short")],
}


@pytest.mark.parametrize(("name", "content", "message"),
                         [(name, *case) for name, cases in REFUSED.items() for case in cases],
                         ids=lambda value: value if isinstance(value, str) and value.startswith("t.") else "")
def test_what_is_no_item_is_refused_with_its_place(cli, name, content, message):
    (cli.path / name).write_bytes(content)
    result = run_with(cli, f"{name[2:]} = '{name}'", status=2)
    assert message in result.err
    assert len(result.err) < 500 and result.err.count("\n") == 1


@pytest.mark.parametrize(("text", "message"), [
    (b"list = [1e309]", "job.toml:1:9: number 1e309 does not fit a double"),
    (b"list = [9223372036854775808]", "job.toml:1:9: integer 9223372036854775808 does not fit 64 bits"),
    (b"list = ['\xff']", "job.toml:1:1: the line is not UTF-8; save the file as UTF-8"),
    (b"list = " + b"[" * 100_000, "job.toml:1:208: nested too deeply"),
])
def test_a_job_file_that_cannot_be_read_is_refused_with_the_place(cli, text, message):
    (cli.path / "job.toml").write_bytes(text + b"\n")
    assert cli.run("run", "job.toml", status=2).err == f"mproc: {message}\n"


# Results that text cannot hold, or arrays cannot: what the failure says of it there; None where there is none.
NO_TEXT = 'result has text that is not valid Unicode (a lone surrogate); return bytes decoded with errors="replace"'
TOO_DEEP = "result is nested more than 256 deep, or contains itself"
MISFITS = [
    ("'\\ud800'", NO_TEXT, NO_TEXT),
    ("{'\\ud800': 1}", NO_TEXT, "result of type 'dict' does not fit npy and npz output"),
    ("b'x'", "result of type 'bytes' does not fit jsonl and csv output", "result of type 'bytes' does not fit"),
    ("{1: 2}", "result has a dict with a key of type 'int'", "result of type 'dict' does not fit"),
    ("10**400", None, "result is an integer beyond 64 bits, which does not fit npy and npz output"),
    ("(lambda l: l.append(l) or l)([])", TOO_DEEP, TOO_DEEP),
    ("1.5", None, None),
]


@pytest.mark.parametrize("suffix", ["jsonl", "npz"])
def test_a_result_that_does_not_fit_fails_its_task_alone(cli, suffix):
    expected = [case[2 if suffix == "npz" else 1] for case in MISFITS]
    code = f"RESULTS = [{', '.join('lambda: ' + case[0] for case in MISFITS)}]\ndef f(x): return RESULTS[x]()"
    run_with(cli, f"range = {len(MISFITS)}", code, f"out.{suffix}", status=1)
    for row, message in zip(cli.results(), expected, strict=True):
        assert row["status"] == ("ok" if message is None else "failed")
        assert (message or "") in (row["error"] or "")


def test_commands_get_items_whole_or_not_at_all(cli):
    values = ["a b\n$(echo no); *", "", "-n", "a\0b", "x" * 10_000_000, "\U0001f600", 10**30, math.nan]
    cli.write("t.jsonl", "".join(json.dumps(value) + "\n" for value in values[:-1]))
    cli.write("job.toml", "[task]\ncommand = ['printf', '%s', '{}']\n[items]\njsonl = 't.jsonl'\n")
    cli.run("run", "job.toml", "--inline", status=1)
    rows = cli.results()
    assert [row["stdout"] for row in rows] == [*values[:3], None, None, *map(str, values[5:7])]
    assert [row["error"] for row in rows if row["error"]] == [
        "the item has a NUL character, which no command's argument can have",
        "an argument of 10000000 bytes, where a command's may have 131071; write it to a file, and give its path"]
