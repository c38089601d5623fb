"""[fresh]: features of time series from files as one table, and those that have to do with a target."""

import csv
import json
import math
import os
import pathlib
import re
import signal

import pytest
from harness import assert_summary, wait_until

SERIES = "id,time,F_x,F_y\na,1,1,2\na,2,2,5\nb,1,5,3\nb,2,4,9\nc,1,0,1\nc,2,3,1\n"
TABLE = """\
id,F_x__mean,F_x__maximum,F_y__mean,F_y__maximum
a,1.5,2.0,3.5,5.0
b,4.5,5.0,6.0,9.0
c,1.5,3.0,1.0,1.0
"""
FEATURES = "{ mean = true, maximum = true }"
SAID = "mproc: s.csv: series by id, sorted by time\n"
KEYS = {"input": '"s.csv"', "id": '"id"', "sort": '"time"', "features": FEATURES}


def job(cli, *, select="", output="", top="", **keys):
    """A job file, one line a key of [fresh] from line 2 on; a key that is None is left out."""
    text = f"{top}[fresh]\n" + "".join(f"{key} = {value}\n" for key, value in (KEYS | keys).items() if value is not None)
    if select:
        text += "[fresh.select]\n" + "".join(f"{line}\n" for line in select.split("; "))
    if output:
        text += f"[output]\npath = \"{output}\"\n"
    return cli.write("b.toml", text)


@pytest.fixture
def fresh(cli):
    cli.write("s.csv", SERIES)
    cli.write("y.csv", "id,y\na,0\nb,1\nc,0\n")
    return cli


@pytest.fixture
def np():
    return pytest.importorskip("numpy")


HERE = "{here}/"
WRONG_KEYS = {
    "an unknown key": ({"idd": '"id"'}, "b.toml:6:1: unknown key 'fresh.idd'; did you mean 'id'?"),
    "an unknown key without a near one": (
        {"zzzzzzz": "1"},
        "b.toml:6:1: unknown key 'fresh.zzzzzzz'; [fresh] knows input, wide, id, sort, kind, values, features, select"),
    "a key of the selection": ({"fdr": "0.1"}, "b.toml:6:1: unknown key 'fresh.fdr'; it belongs in [fresh.select]"),
    "no input": ({"input": None}, "b.toml:1:1: 'fresh' has no input; add input = \"series.csv\""),
    "an input that is not there": ({"input": '"t.csv"'}, "b.toml:2:1: 'fresh.input' names a file that is not there: {here}/t.csv"),
    "an input of another format": ({"input": '"b.toml"'}, HERE + "b.toml: has to be a .csv or .npy file"),
    "no id": ({"id": None}, HERE + "s.csv: needs 'id', the column that says which series a row belongs to"),
    "an empty id": ({"id": '""'}, "b.toml:3:1: 'fresh.id' has to be the name of a column"),
    "an id column that is not there": ({"id": '"ib"'}, HERE + "s.csv: has no column 'ib', which 'id' names; did you mean 'id'?"),
    "a sort column that is not there": ({"sort": '"tme"'}, HERE + "s.csv: has no column 'tme', which 'sort' names; did you mean 'time'?"),
    "a value column that is not there": ({"values": '["F_x", "F_z"]'},
                                         HERE + "s.csv: has no column 'F_z', which 'values' names; did you mean 'F_x'?"),
    "a kind column that is not there": ({"kind": '"sensor"'}, HERE + "s.csv: has no column 'sensor', which 'kind' names"),
    "kinds of several values": ({"sort": None, "kind": '"time"'},
                                HERE + "s.csv: has several columns of values; with 'kind', 'value' names the one that counts"),
    "a column with two roles": ({"sort": '"id"'}, HERE + "s.csv: column 'id' cannot be both 'id' and 'sort'"),
    "no columns of values": ({"values": "[]"},
                             "b.toml:6:1: 'fresh.values' names no column; leave it out for all columns that are nothing else"),
    "wide that is no flag": ({"wide": '"yes"'}, "b.toml:6:1: 'fresh.wide' has to be true or false"),
    "wide and sorted": ({"wide": "true"},
                        HERE + "s.csv: with wide = true a row is one series in order of time; leave out 'sort' and 'kind'"),
    "an unknown set": ({"features": '"eficient"'},
                       "b.toml:5:1: 'fresh.features': there is no set of features 'eficient'; did you mean 'efficient'?; sets are"
                       " 'minimal', 'efficient', 'comprehensive', 'kx', or write a table of features"),
    "features that are no table": ({"features": '["mean"]'},
                                   "b.toml:5:1: 'fresh.features': features have to be the name of a set or a table of features,"
                                   ' not ["mean"]'),
    "no features": ({"features": "{}"}, "b.toml:5:1: 'fresh.features' names no feature; leave it out for the efficient set"),
    "an unknown feature": ({"features": "{ meen = true }"},
                           "b.toml:5:1: 'fresh.features': there is no feature 'meen'; did you mean 'mean'?"),
    "a feature that is false": ({"features": "{ mean = false }"},
                                "b.toml:5:1: 'fresh.features': feature 'mean': is false; it has to be true, a table of its"
                                " parameters, or a list of such tables"),
    "an unknown parameter": ({"features": "{ quantile = { p = 0.5 } }"},
                             "b.toml:5:1: 'fresh.features': feature 'quantile' has no parameter 'p'; it takes 'q'"),
    "a missing parameter": ({"features": "{ quantile = {} }"},
                            "b.toml:5:1: 'fresh.features': feature 'quantile': parameter 'q' is missing, a number from 0 to 1"),
    "a parameter out of range": ({"features": "{ quantile = { q = 2 } }"},
                                 "b.toml:5:1: 'fresh.features': feature 'quantile': parameter 'q' is 2; it has to be a number from"
                                 " 0 to 1"),
    "a parameter of another type": ({"features": "{ c3 = { lag = 1.5 } }"},
                                    "b.toml:5:1: 'fresh.features': feature 'c3': parameter 'lag' is 1.5; it has to be a whole"
                                    " number from 0"),
    "a parameter that is no choice": ({"features": '{ linear_trend = { attr = "slop" } }'},
                                      "b.toml:5:1: 'fresh.features': feature 'linear_trend': parameter 'attr' is \"slop\"; it has to"
                                      " be one of 'pvalue', 'rvalue', 'intercept', 'slope', 'stderr'"),
}
WRONG_SELECTIONS = {
    "no target": ("fdr = 0.1", "b.toml:6:1: 'fresh.select' has no target; add target = \"y.csv\", with a column of ids and one of"
                               " values"),
    "an unknown key": ('target = "y.csv"; targt = 1', "b.toml:8:1: unknown key 'fresh.select.targt'; did you mean 'target'?"),
    "a target that is not there": ('target = "z.csv"',
                                   "b.toml:7:1: 'fresh.select.target' names a file that is not there: {here}/z.csv"),
    "a target column that is not there": ('target = "y.csv"; column = "z"', HERE + "y.csv: has no column 'z'; it has id, y"),
    "an id column that is not there": ('target = "y.csv"; id = "z"', HERE + "y.csv: has no column 'z'; it has id, y"),
    "the same column twice": ('target = "y.csv"; column = "id"',
                              HERE + "y.csv: fresh.select.id and fresh.select.column are the same column"),
    "a rate of 0": ('target = "y.csv"; fdr = 0', "b.toml:8:1: 'fresh.select.fdr' has to be a number above 0 and up to 1"),
    "a rate above 1": ('target = "y.csv"; fdr = 1.5', "b.toml:8:1: 'fresh.select.fdr' has to be a number above 0 and up to 1"),
    "a rate that is no number": ('target = "y.csv"; fdr = nan', "b.toml:8:1: 'fresh.select.fdr' has to be a number above 0 and up to 1"),
    "an unknown ml-task": ('target = "y.csv"; ml-task = "classificaton"',
                           "b.toml:8:1: 'fresh.select.ml-task' has to be auto, classification or regression, not"
                           " \"classificaton\"; did you mean 'classification'?"),
    "an unknown test": ('target = "y.csv"; test = "man"',
                        "b.toml:8:1: 'fresh.select.test' has to be mann or smir, not \"man\"; did you mean 'mann'?"),
    "n-significant of one class": ('target = "y.csv"; n-significant = 2',
                                   "b.toml:8:1: 'fresh.select.n-significant' is for multiclass = true"),
    "n-significant above the classes": (
        'target = "y.csv"; multiclass = true; n-significant = 3',
        HERE + "y.csv: the target has 2 classes: features cannot be selected for being relevant for 3 of them"),
    "classes of numbers": ('target = "y.csv"; multiclass = true; ml-task = "regression"',
                           HERE + "y.csv: the target is of numbers, so there are no classes to be selected for: leave multiclass"
                                  " out, or select for classification"),
    "the best and a percentile": ('target = "y.csv"; best = 2; percentile = 0.5',
                                  "b.toml:9:1: 'fresh.select.percentile' and 'fresh.select.best' exclude each other; keep one"),
    "none of the best": ('target = "y.csv"; best = 0', "b.toml:8:1: 'fresh.select.best' has to be 1 or more, not 0"),
    "a table that is a directory": ('target = "y.csv"; table = "."', "b.toml:8:1: 'fresh.select.table' names a directory, not a file: ."),
    "a table on standard output": ('target = "y.csv"; table = "-"',
                                   "b.toml:8:1: 'fresh.select.table' is a file beside the features; give it a path"),
    "a table that replaces the target": ('target = "y.csv"; table = "y.csv"',
                                         "b.toml:8:1: 'fresh.select.table' is an input of the job, which the results would"
                                         " replace: {here}/y.csv; choose another path"),
}
WRONG_TARGETS = {
    "no values": ("id\na\nb\nc\n", "has one column, and needs two: ids, and what features are selected for"),
    "no rows": ("id,y\n", "has no rows"),
    "an id twice": ("id,y\na,0\nb,1\na,1\n", "4: id 'a' comes twice"),
    "a missing value": ("id,y\na,0\nb,\nc,1\n", "3: column 'y': \"\" is no value"),
    "three columns": ("id,x,y\na,1,0\nb,1,1\nc,1,0\n", "has 3 columns; say by fresh.select.column which is selected for"),
    "the same value everywhere": ("id,y\na,1\nb,1\nc,1\n", "the target has the same value in all rows: features can be selected"
                                                           " only for one that differs from row to row"),
}
WRONG_OUTPUTS = {
    "Python objects": ("o.pickle", "'output.path' is for Python objects, which features are not: end it in .csv, .jsonl, .npy or .npz"),
    "the series": ("s.csv", "'output.path' is an input of the job, which the results would replace: {here}/s.csv; choose another path"),
    "the target": ("y.csv", "'output.path' is an input of the job, which the results would replace: {here}/y.csv; choose another path"),
}


def refused(cli, message):
    """One line, whatever the command, and nothing left."""
    before = {path.name: path.read_bytes() for path in cli.path.iterdir()}
    for command in (["check"], ["run", "--inline"], ["run", "-j", "1"]):
        result = cli.run(command[0], "b.toml", *command[1:], status=2)
        assert (result.out, result.raw_err) == ("", "mproc: " + message.replace("{here}", str(cli.path)) + "\n")
    assert {path.name: path.read_bytes() for path in cli.path.iterdir()} == before


@pytest.mark.parametrize("case", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_what_is_wrong_with_fresh_is_said_before_anything_runs(fresh, case):
    keys, message = case
    job(fresh, **keys)
    refused(fresh, message)


@pytest.mark.parametrize("case", WRONG_SELECTIONS.values(), ids=WRONG_SELECTIONS.keys())
def test_what_is_wrong_with_a_selection_is_said_before_anything_runs(fresh, case):
    select, message = case
    job(fresh, select=select)
    refused(fresh, message)


@pytest.mark.parametrize("case", WRONG_TARGETS.values(), ids=WRONG_TARGETS.keys())
def test_what_is_wrong_with_a_target_is_said_before_anything_runs(fresh, case):
    text, message = case
    fresh.write("y.csv", text)
    job(fresh, select='target = "y.csv"')
    refused(fresh, HERE + "y.csv:" + ("" if message[0].isdigit() else " ") + message)


@pytest.mark.parametrize("case", WRONG_OUTPUTS.values(), ids=WRONG_OUTPUTS.keys())
def test_an_output_that_cannot_be_is_said_before_anything_runs(fresh, case):
    path, message = case
    job(fresh, select='target = "y.csv"', output=path)
    refused(fresh, "b.toml:9:1: " + message)


@pytest.mark.parametrize("section", ["fresh", "fresh.select"])
def test_every_key_is_documented(fresh, section):
    page = (pathlib.Path(__file__).resolve().parents[2] / "jobs" / "README.md").read_text()
    table = page.split(f"| `[{section}]` | |\n| --- | --- |\n")[1].split("\n\n")[0]
    documented = [word.split()[0] for row in table.splitlines() for word in re.findall("`([^`]+)`", row.split("|")[1])]
    job(fresh, select="zzzzzzzzzzzz = 1" if section == "fresh.select" else "", **{} if "." in section else {"zzzzzzzzzzzz": "1"})
    known = re.search(rf"\[{re.escape(section)}\] knows (.*)\n", fresh.run("check", "b.toml", status=2).err)[1].split(", ")
    assert sorted(documented) == sorted(set(known) - {"select"})


def test_two_outputs_are_two_files(fresh):
    job(fresh, select='target = "y.csv"; table = "o.csv"', output="./o.csv")
    refused(fresh, "b.toml:8:1: 'fresh.select.table' and 'output.path' are the same file; choose another path")


@pytest.mark.parametrize("section", ["items", "init", "data"])
def test_fresh_takes_the_place_of_task_and_items(fresh, section):
    fresh.write("b.toml", job(fresh).read_text() + f"[{section}]\n")
    refused(fresh, f"b.toml:6:1: '{section}' and 'fresh' exclude each other; keep one")


@pytest.mark.parametrize("key", ["function", "command", "native", "args", "call", "cpus", "gpus"])
def test_of_the_tasks_of_fresh_only_limits_can_be_said(fresh, key):
    fresh.write("b.toml", job(fresh).read_text() + f"[task]\ntimeout = 1\n{key} = 1\n")
    refused(fresh, f"b.toml:8:1: 'task.{key}' and 'fresh' exclude each other; beside [fresh], [task] has lost-retries, memory, pin,"
                   " retries, timeout")


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_table_of_another_separator_is_told_from_one_without_the_columns(fresh, separator, name):
    seems = f"csv: its columns seem to be separated by {name}; convert it to commas, and numbers to points"
    job(fresh, select='target = "y.csv"')
    fresh.write("y.csv", fresh.read("y.csv").replace(",", separator))
    refused(fresh, HERE + "y." + seems)
    fresh.write("s.csv", SERIES.replace(",", separator))
    job(fresh)
    refused(fresh, HERE + "s." + seems)


@pytest.mark.parametrize("content", ["id,time,F_x,F_y\n", "id,time,F_x,F_y\n\n"], ids=["a header alone", "an empty line"])
@pytest.mark.parametrize("select", ["", 'target = "y.csv"'], ids=["extracted", "selected"])
def test_an_input_without_series_is_refused(fresh, content, select):
    fresh.write("s.csv", content)
    job(fresh, select=select)
    refused(fresh, HERE + "s.csv: has no series")


@pytest.mark.parametrize(("rows", "message"), [
    ("a,1,1,2\na,2,x,5\n", "s.csv:3: column 'F_x': \"x\" is not a number; a value that is missing is an empty cell, or nan"),
    ("a,1,1,2\n,2,2,5\n", "s.csv:3: column 'id': \"\" is missing; each row needs one"),
    ("a,1,1,2\na,noon,2,5\n", "s.csv:3: column 'time': \"noon\" is not a number, as the first row has"),
    ("a,1,1,2\na,2,2\n", "s.csv:3: has 3 cells, the header has 4"),
])
def test_a_row_that_cannot_be_read_is_named(fresh, rows, message):
    fresh.write("s.csv", "id,time,F_x,F_y\n" + rows)
    job(fresh)
    for way in ("--inline", "-j1"):
        result = fresh.run("run", "b.toml", way, status=2)
        assert result.err.count(f"{fresh.path}/{message}") == 1, repr(result)


@pytest.mark.parametrize("way", [["--inline"], ["-j", "1"], ["-j", "2"]], ids=["inline", "1", "2"])
def test_a_table_has_a_row_an_id_and_a_column_a_series_and_feature(fresh, way):
    job(fresh, output="o.csv")
    result = fresh.run("run", "b.toml", *way)
    assert_summary(result.err, 6, 6, 0, output="o.csv", run="b-0001", before="" if way == ["--inline"] else SAID)
    assert fresh.read("o.csv") == TABLE
    assert fresh.run("results").out == TABLE
    again = fresh.run("run", "b.toml", *way)
    assert again.err == "mproc: nothing to do: run b-0001 is finished (6 succeeded, 0 failed); --fresh runs it again\n"


def test_under_the_users_own_mpirun_the_table_is_the_same(fresh):
    job(fresh, output="o.csv")
    fresh.mpirun(3, "run", "b.toml")
    assert fresh.read("o.csv") == TABLE


def test_a_table_comes_in_every_format_with_its_names(fresh, np):
    job(fresh, output="o.npy")
    fresh.run("run", "b.toml", "--inline")
    for name in ("o.csv", "o.jsonl", "o.npz"):
        fresh.run("results", "-o", name)
    rows = list(csv.reader(fresh.read("o.csv").splitlines()))
    columns, ids = rows[0][1:], [row[0] for row in rows[1:]]
    values = [[float(cell) for cell in row[1:]] for row in rows[1:]]
    assert fresh.read("o.csv") == TABLE
    assert fresh.rows("o.jsonl") == [{"id": i, **dict(zip(columns, row))} for i, row in zip(ids, values)]
    assert json.loads(fresh.read("o.npy.json")) == {"id": ids, "columns": columns}
    array = np.load(fresh.path / "o.npy")
    assert (array.dtype, array.tolist()) == (np.float64, values)
    arrays = np.load(fresh.path / "o.npz")
    assert (arrays["id"].tolist(), arrays["columns"].tolist(), arrays["features"].tolist()) == (ids, columns, values)
    refusal = fresh.run("results", "-o", "o.pickle", status=2)
    assert refusal.err == "mproc: features are no Python objects: write .npz or .csv instead\n"


def test_missing_and_infinite_values_are_values(fresh, np):
    fresh.write("s.csv", "id,time,v\na,1,\na,2,2\nb,1,nan\nb,2,NaN\nc,1,inf\nc,2,-inf\n")
    job(fresh, features="{ maximum = true, minimum = true, length = true }", output="o.jsonl")
    result = fresh.run("run", "b.toml", "--inline")
    assert result.err.startswith("mproc: 6 NaN or infinite values written as null: JSON has no such numbers\n")
    assert [list(row.values()) for row in fresh.rows("o.jsonl")] == [
        ["a", None, None, 2.0], ["b", None, None, 2.0], ["c", None, None, 2.0]]
    assert fresh.run("results").out.splitlines()[1:] == ["a,nan,nan,2.0", "b,nan,nan,2.0", "c,inf,-inf,2.0"]


def test_ids_are_text(fresh, np):
    fresh.write("s.csv", 'id,v\n1,1\n01,2\n1.0,3\n"x, ""y""",4\nü,5\n')
    job(fresh, sort=None, features="{ mean = true }", output="o.csv")
    fresh.run("run", "b.toml", "--inline")
    assert fresh.read("o.csv") == 'id,v__mean\n1,1.0\n01,2.0\n1.0,3.0\n"x, ""y""",4.0\nü,5.0\n'
    fresh.run("results", "-o", "o.npz")
    assert np.load(fresh.path / "o.npz")["id"].tolist() == ["1", "01", "1.0", 'x, "y"', "ü"]


def test_a_column_of_kinds_names_the_series(fresh):
    fresh.write("s.csv", "id,kind,v\na,x,1\na,y,2\na,x,3\nb,x,4\nc,z,6\nc,y,5\n")
    job(fresh, sort=None, kind='"kind"', features="{ mean = true }", output="o.csv")
    result = fresh.run("run", "b.toml", "-j", "1")
    assert result.err.startswith("mproc: s.csv: series by id and kind\n")
    assert fresh.read("o.csv") == "id,x__mean,y__mean,z__mean\na,2.0,2.0,nan\nb,4.0,nan,nan\nc,nan,5.0,6.0\n"


def test_a_wide_file_and_a_matrix_have_a_series_a_row(fresh, np):
    fresh.write("s.csv", "name,0,1,2\na,1,2,6\nb,5,,\n")
    job(fresh, sort=None, id='"name"', wide="true", features="{ mean = true, length = true }", output="o.csv")
    fresh.run("run", "b.toml", "--inline")
    assert fresh.read("o.csv") == "id,value__mean,value__length\na,3.0,3.0\nb,5.0,1.0\n"
    np.save(fresh.path / "s.npy", np.array([[1, 2, 6], [5, 5, 8]]))
    job(fresh, input='"s.npy"', sort=None, id=None, features="{ mean = true }", output="o.csv")
    fresh.run("run", "b.toml", "--inline")
    assert fresh.read("o.csv") == "id,value__mean\n0,3.0\n1,6.0\n"


def test_values_are_put_in_order_of_time(fresh):
    fresh.write("s.csv", "id,time,v\na,2026-11-23 10:00,3\na,2026-11-23T08:00:00Z,1\na,2026-11-23 10:00+01:00,2\n")
    job(fresh, features='{ mean_change = true, first_location_of_minimum = true, linear_trend_timewise = { attr = "slope" } }',
        output="o.csv")
    fresh.run("run", "b.toml", "--inline")
    assert fresh.read("o.csv").splitlines()[1] == "a,1.0,0.0,1.0"


def test_rows_of_an_id_that_are_not_together_are_sorted_first(fresh):
    job(fresh, output="o.csv")
    lines = SERIES.splitlines(keepends=True)
    fresh.write("s.csv", "".join(lines[index] for index in (0, 2, 3, 6, 1, 5, 4)))
    said = SAID[:-1] + "; the rows of an id are not together: they are sorted on disk first\n"
    assert fresh.run("check", "b.toml").out == said.removeprefix("mproc: ") + "b.toml: tasks of fresh.extract\n"
    result = fresh.run("run", "b.toml", "-j", "2")
    assert_summary(result.err, 6, 6, 0, output="o.csv", run="b-0001", before=said)
    assert fresh.read("o.csv") == TABLE


def test_columns_of_values_can_be_chosen(fresh):
    job(fresh, values='"F_y"', output="o.csv")
    fresh.run("run", "b.toml", "--inline")
    assert fresh.read("o.csv").splitlines()[0] == "id,F_y__mean,F_y__maximum"


def test_check_says_what_the_series_and_the_target_are_taken_for(fresh):
    job(fresh, select='target = "y.csv"')
    assert fresh.run("check", "b.toml").out == ("s.csv: series by id, sorted by time\ny.csv: 3 rows of 2 classes\n"
                                                "b.toml: tasks of fresh.extract\n")
    fresh.write("y.csv", "id,y\na,0.5\nb,1\nc,0\n")
    assert "y.csv: 3 rows of numbers\n" in fresh.run("check", "b.toml").out


def test_try_log_status_and_debug_of_features(fresh):
    job(fresh)
    result = '{"id":"a","column":"F_y","values":[3.5,5.0]}'
    tried = fresh.run("try", "b.toml").out.splitlines()
    assert tried[:3] == ['{"id":"a","column":"F_x","values":[1.5,2.0]}', result, '{"id":"b","column":"F_x","values":[4.5,5.0]}']
    fresh.run("run", "b.toml", "-j", "1")
    assert fresh.run("status").out.startswith("b-0001: finished, 6 of 6 tasks done (6 succeeded, 0 failed), 0 running\n")
    assert re.fullmatch(rf"task 1 of b-0001: succeeded\ntry 1: succeeded, .*, rank 1, executor 0 on \S+\n  result: {re.escape(result)}\n",
                        fresh.run("log", "1").out)
    debugged = fresh.run("debug", "1")
    assert (debugged.out, debugged.err) == (result + "\n", "mproc: task 1 succeeded; its result:\n")


def test_plan_counts_the_series_and_leaves_nothing(fresh):
    job(fresh, output="o.csv")
    before = sorted(path.name for path in fresh.path.iterdir())
    found = json.loads(fresh.run("plan", "b.toml", "--json", "--seconds", "2").out)
    assert found["tasks"] == 6 and 1 <= found["sampled"] <= 6
    assert sorted(path.name for path in fresh.path.iterdir()) == before


# Limits.

def test_a_series_that_takes_too_long_costs_its_row_alone(cli):
    values = [f"b,{i * 37 % 1009}\n" for i in range(400_000)]
    cli.write("s.csv", "id,v\na,1\na,2\n" + "".join(values) + "c,5\nc,7\n")
    job(cli, sort=None, features="{ sample_entropy = true, mean = true }", output="o.csv",
        top='[task]\ntimeout = "500ms"\nretries = 1\n')
    result = cli.run("run", "b.toml", "-j", "2", status=1)
    assert "\n  1 × ran longer than its timeout of 0.5 s (task 1)\n" in result.err
    rows = list(csv.DictReader(cli.read("o.csv").splitlines()))
    assert [(row["id"], row["v__mean"]) for row in rows] == [("a", "1.5"), ("b", "nan"), ("c", "6.0")]
    assert len(re.findall("^try ", cli.run("log", "1").out, re.MULTILINE)) == 2
    job(cli, sort=None, features="{ sample_entropy = true, mean = true }", output="o.csv", top="[task]\ntimeout = \"500ms\"\n")
    assert "nothing to do: run b-0001 is finished (2 succeeded, 1 failed)" in cli.run("run", "b.toml", "-j", "2", status=1).err


def test_memory_of_series_has_a_limit(cli):
    cli.write("s.csv", "id,v\na,1\na,2\n" + "".join(f"b,{i}\n" for i in range(1_000_000)) + "c,5\nc,7\n")
    job(cli, sort=None, features='"efficient"', output="o.csv", top='[task]\nmemory = "24MiB"\nlost-retries = 0\n')
    result = cli.run("run", "b.toml", "-j", "1", status=1)
    assert "1 failed" in result.err and "(task 1)" in result.err
    assert [row["id"] for row in csv.DictReader(cli.read("o.csv").splitlines()) if row["v__mean"] == "nan"] == ["b"]


# A run that goes on.

def tries(cli, count):
    """When each task was tried: what has run again was tried later."""
    return [cli.run("log", str(task)).out.split("try 1:")[1] for task in range(count)]


def test_series_that_are_added_are_the_only_ones_that_run(fresh):
    job(fresh, output="o.csv")
    fresh.run("run", "b.toml", "-j", "1")
    before = tries(fresh, 6)
    fresh.write("s.csv", SERIES + "d,1,7,7\nd,2,9,9\n")
    result = fresh.run("run", "b.toml", "-j", "1")
    assert_summary(result.err, 8, 8, 0, output="o.csv", run="b-0001",
                   before="mproc: going on with run b-0001: 6 tasks are done\n" + SAID)
    assert fresh.read("o.csv") == TABLE + "d,8.0,9.0,8.0,9.0\n"
    assert tries(fresh, 6) == before


def test_other_series_and_other_features_are_another_run(fresh):
    job(fresh)
    fresh.run("run", "b.toml", "--inline")
    fresh.write("s.csv", SERIES.replace("c,2,3,1", "c,2,3,2"))
    assert "mproc: the items differ from those of run b-0001: starting a new run\n" in fresh.run("run", "b.toml", "--inline").err
    job(fresh, features='"minimal"')
    assert "mproc: the job differs from run b-0002 in its args: starting a new run\n" in fresh.run("run", "b.toml", "--inline").err


def test_a_part_of_the_tasks_goes_on_later(fresh):
    job(fresh, select='target = "y.csv"; best = 1', output="o.csv")
    partial = fresh.run("run", "b.toml", "-j", "1", "--tasks", "0-3")
    assert "mproc: 4 of the tasks done: 4 succeeded, 0 failed, in " in partial.err
    assert not (fresh.path / "o.csv").exists()
    assert fresh.run("results").out == "".join(TABLE.splitlines(keepends=True)[:3])
    result = fresh.run("run", "b.toml", "-j", "1")
    assert "mproc: going on with run b-0001: 4 tasks are done\n" in result.err and "10 of 10 tasks done" in result.err
    assert fresh.read("o.csv") == "id,F_x__mean\na,1.5\nb,4.5\nc,1.5\n"


# Selection.

LABELS = {f"s{i}": ("high" if i % 3 == 0 else "low") for i in range(30)}


@pytest.fixture
def labelled(cli):
    """Series whose mean tells the label, whose spread does not, and which all have a length."""
    rows = ["id,v"]
    for i, name in enumerate(LABELS):
        level = (10 if LABELS[name] == "high" else 0) + i % 5
        rows += [f"{name},{level + step * (1 + i * 7 % 11)}" for step in (-1, 0, 1)]
    cli.write("s.csv", "\n".join(rows) + "\n")
    cli.write("y.csv", "series,label\n" + "".join(f"{name},{label}\n" for name, label in reversed(LABELS.items())))
    return cli


LABEL_FEATURES = {"sort": None, "features": "{ mean = true, standard_deviation = true, length = true }"}
SELECT = 'target = "y.csv"; table = "t.csv"'


def relevance(cli):
    return list(csv.DictReader(cli.read("t.csv").splitlines()))


def test_what_has_to_do_with_the_target_is_selected(labelled):
    job(labelled, select=SELECT, output="o.csv", **LABEL_FEATURES)
    result = labelled.run("run", "b.toml", "-j", "2")
    assert_summary(result.err, 33, 33, 0, output="o.csv and t.csv", run="b-0001",
                   before="mproc: s.csv: series by id\nmproc: y.csv: 30 rows of 2 classes\n")
    rows = relevance(labelled)
    assert [(row["feature"], row["type"], row["relevant"]) for row in rows] == [
        ("v__mean", "real", "true"), ("v__standard_deviation", "real", "false"), ("v__length", "constant", "false")]
    assert 0 < float(rows[0]["p_value"]) < 1e-4 < float(rows[1]["p_value"]) <= 1 and math.isnan(float(rows[2]["p_value"]))
    table = list(csv.DictReader(labelled.read("o.csv").splitlines()))
    assert [row["id"] for row in table] == list(LABELS)
    assert list(table[0]) == ["id", "v__mean"]
    assert labelled.run("results").out.splitlines()[0] == "id,v__mean,v__standard_deviation,v__length"  # all


def test_a_relevance_table_can_be_the_only_output(labelled):
    job(labelled, select=SELECT, **LABEL_FEATURES)
    result = labelled.run("run", "b.toml", "--inline")
    assert_summary(result.err, 33, 33, 0, output="t.csv", run="b-0001")
    assert len(relevance(labelled)) == 3
    os.remove(labelled.path / "t.csv")
    again = labelled.run("run", "b.toml", "--inline")
    assert re.fullmatch(r"mproc: nothing to do: .*\nresults: t\.csv\n", again.err), again.err
    assert len(relevance(labelled)) == 3


def test_another_rate_is_a_matter_of_writing_alone(labelled):
    job(labelled, select=SELECT + "; fdr = 1e-9", output="o.csv", **LABEL_FEATURES)
    labelled.run("run", "b.toml", "--inline")
    assert labelled.read("o.csv").splitlines()[0] == "id"
    before = [segment.read_bytes() for segment in labelled.path.glob("runs/b-0001/segments/*")]
    for select, header in ((SELECT, "id,v__mean"), (SELECT + "; best = 2", "id,v__mean,v__standard_deviation"),
                           (SELECT + "; percentile = 0.1", "id,v__mean")):
        job(labelled, select=select, output="o.csv", **LABEL_FEATURES)
        result = labelled.run("run", "b.toml", "-j", "2")
        assert result.err == ("mproc: nothing to do: run b-0001 is finished (33 succeeded, 0 failed); --fresh runs it again\n"
                              "results: o.csv and t.csv\n")
        assert labelled.read("o.csv").splitlines()[0] == header
    assert [segment.read_bytes() for segment in labelled.path.glob("runs/b-0001/segments/*")] == before


def test_another_target_is_selected_for_without_extracting_again(labelled):
    job(labelled, select=SELECT, output="o.csv", **LABEL_FEATURES)
    labelled.run("run", "b.toml", "-j", "1")
    before = tries(labelled, 30)
    spread = {name: i * 7 % 11 for i, name in enumerate(LABELS)}
    labelled.write("y.csv", "series,label\n" + "".join(f"{name},{value / 2}\n" for name, value in spread.items()))
    result = labelled.run("run", "b.toml", "-j", "1")
    assert_summary(result.err, 33, 33, 0, output="o.csv and t.csv", run="b-0001",
                   before="mproc: going on with run b-0001: 30 tasks are done\nmproc: s.csv: series by id\nmproc: y.csv: 30 rows of numbers\n")
    assert [row["feature"] for row in relevance(labelled) if row["relevant"] == "true"] == ["v__standard_deviation"]
    assert tries(labelled, 30) == before
    assert labelled.runs() == ["b-0001"]


def test_classes_one_by_one(labelled):
    labelled.write("y.csv", "id,y\n" + "".join(f"{name},{i % 3}\n" for i, name in enumerate(LABELS)))
    job(labelled, select=SELECT + "; multiclass = true; n-significant = 2", output="o.csv", **LABEL_FEATURES)
    labelled.run("run", "b.toml", "--inline")
    assert list(relevance(labelled)[0]) == ["feature", "type", "p_value_0", "relevant_0", "p_value_1", "relevant_1", "p_value_2",
                                            "relevant_2", "n_significant", "relevant"]


def test_an_id_without_a_target_is_named_before_anything_runs(labelled):
    labelled.write("y.csv", labelled.read("y.csv").replace("s7,low\n", ""))
    job(labelled, select=SELECT, output="o.csv", **LABEL_FEATURES)
    refused(labelled, HERE + "y.csv: has no row for id 's7', which has series")


def test_a_target_is_one_of_the_ids_that_have_series(labelled):
    whole = labelled.read("y.csv")
    job(labelled, select=SELECT, **LABEL_FEATURES)
    labelled.write("y.csv", whole + "nobody,low\nno one,middle\n")
    result = labelled.run("run", "b.toml", "-j", "1")
    assert "mproc: y.csv: 30 rows of 2 classes, and 2 for ids without series\n" in result.err
    assert [row["relevant"] for row in relevance(labelled)] == ["true", "false", "false"]
    labelled.write("y.csv", whole.replace("high", "low") + "nobody,high\n")
    result = labelled.run("run", "b.toml", "-j", "1", status=2)
    assert "y.csv: the target has the same value in all rows" in result.err and "tasks done" not in result.err


def test_a_target_that_loses_a_row_during_the_run_costs_no_features(labelled):
    whole = labelled.read("y.csv")
    job(labelled, select=SELECT, output="o.csv", **LABEL_FEATURES)
    labelled.run("run", "b.toml", "-j", "1", "--tasks", "0-29")
    before = tries(labelled, 30)
    labelled.write("y.csv", whole.replace("s7,low\n", ""))
    labelled.run("run", "b.toml", "--inline", status=2)
    labelled.write("y.csv", whole)
    labelled.run("run", "b.toml", "--inline")
    assert [row["relevant"] for row in relevance(labelled)] == ["true", "false", "false"]
    assert tries(labelled, 30) == before


def test_status_log_and_the_next_run_count_extraction_and_tests_alike(labelled):
    job(labelled, select=SELECT, **LABEL_FEATURES)
    labelled.run("run", "b.toml", "-j", "1")

    def counted(succeeded):
        assert f"finished, {succeeded} of {succeeded} tasks done ({succeeded} succeeded, 0 failed)" in labelled.run("status").out
        assert labelled.run("log").out.startswith(f"b-0001: {succeeded} tasks succeeded, 0 failed\n")
        again = labelled.run("run", "b.toml", "-j", "1").err
        assert f"run b-0001 is finished ({succeeded} succeeded, 0 failed); --fresh runs it again\n" in again

    counted(33)
    labelled.write("y.csv", labelled.read("y.csv").replace("s0,high", "s0,low"))
    labelled.run("run", "b.toml", "-j", "1")
    counted(33)  # the tests of the former target do not count any more


# Killed in the middle.

def long_series(cli):
    """Series that take long enough to be met in the middle: entropies take n² steps."""
    rows = [f"{i},{(i * 37 + k * k * 11 + k * (i % 5)) % 1009 / 8}\n" for i in range(20) for k in range(15000)]
    cli.write("s.csv", "id,v\n" + "".join(rows))
    cli.write("y.csv", "id,y\n" + "".join(f"{i},{i % 5 / 2}\n" for i in range(20)))
    job(cli, sort=None, features='"comprehensive"', select=SELECT, output="o.csv", top="[run]\nchunk = 1\nrelaunch = 0\n")


def outputs(cli):
    return cli.read("o.csv"), cli.read("t.csv")


def test_when_everything_is_killed_the_same_command_ends_with_the_same_bytes(cli):
    long_series(cli)
    cli.run("run", "b.toml", "--inline", "--runs", "undisturbed")
    expected = outputs(cli)
    for name in ("o.csv", "t.csv"):
        os.remove(cli.path / name)
    running = cli.start("run", "b.toml", "-j", "2")
    wait_until(lambda: len(list(cli.path.glob("runs/b-0001/segments/*"))) > 0 and len(cli.results()) >= 2,
               "that some series are done")
    for pid in cli.processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    assert running.wait().status != 0
    cli.wait_for_processes()
    done = len(cli.results())
    assert 2 <= done < 20
    result = cli.run("run", "b.toml", "-j", "2")
    assert f"mproc: going on with run b-0001: {done} tasks are done\n" in result.err
    assert outputs(cli) == expected
