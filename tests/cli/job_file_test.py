"""Bad job files: one line on stderr that names file, line, column and key, exit status 2, and nothing left behind."""

import json

import pytest

HEAD = 'version = 1\nname = "b"\n'
TASK = '[task]\nfunction = "math:sqrt"\n'
ITEMS = "[items]\nlist = [1]\n"

BAD = {
    "unknown key": (HEAD + '[task]\nfuntion = "math:sqrt"\n' + ITEMS,
                    "b.toml:4:1: unknown key 'task.funtion'; did you mean 'function'?"),
    "unknown key without a near one": (HEAD + TASK + ITEMS + "[output]\nzzzzzzzzzzzz = 1\n",
                                       "b.toml:8:1: unknown key 'output.zzzzzzzzzzzz'; [output] knows path, format"),
    "key in the wrong section": (HEAD + "retries = 1\n" + TASK + ITEMS,
                                 "b.toml:3:1: unknown key 'retries'; it belongs in [task]"),
    "unknown section": (HEAD + "[tsk]\n" + ITEMS, "b.toml:3:1: unknown key 'tsk'; did you mean 'task'?"),
    "wrong type": (HEAD + TASK + 'retries = "two"\n' + ITEMS,
                   "b.toml:5:1: 'task.retries' has to be a whole number, not a string"),
    "a negative count": (HEAD + TASK + "retries = -1\n" + ITEMS, "b.toml:5:1: 'task.retries' has to be 0 or more, not -1"),
    "a fraction for a count": (HEAD + TASK + "retries = 1.5\n" + ITEMS,
                               "b.toml:5:1: 'task.retries' has to be a whole number, not a number with a fraction"),
    "another version": ("version = 2\n" + TASK + ITEMS, "b.toml:1:1: 'version' is 2; this mproc reads version 1"),
    "a name that is none": ('name = "a/b"\n' + TASK + ITEMS,
                            "b.toml:1:1: 'name' names the run directory: use letters, digits, '_', '-' and '.', and begin with"
                            ' a letter or digit; not "a/b"'),
    "no task": (HEAD + ITEMS, 'b.toml: section [task] is missing; add [task] with function = "module:function" or command ='
                              ' ["program", "{}"]'),
    "no items": (HEAD + TASK, "b.toml: section [items] is missing; add [items] with list, range, grid, zip, csv, jsonl, npy,"
                              " lines, glob, array, sources or python"),
    "an empty file": ("", 'b.toml: section [task] is missing; add [task] with function = "module:function" or command ='
                          ' ["program", "{}"]'),
    "no kernel": (HEAD + "[task]\nretries = 1\n" + ITEMS,
                  'b.toml:3:1: \'task\' says not what to run; add function = "module:function", native = "LIBRARY:KERNEL" or command = ["program", "{}"]'),
    "two kernels": (HEAD + TASK + 'command = ["a"]\n' + ITEMS,
                    "b.toml:5:1: 'task.command' and 'task.function' exclude each other; keep one"),
    "two kinds of items": (HEAD + TASK + ITEMS + "range = 3\n",
                           "b.toml:7:1: 'items.range' and 'items.list' exclude each other; keep one"),
    "a bad function name": (HEAD + '[task]\nfunction = "math sqrt"\n' + ITEMS,
                            'b.toml:4:1: \'task.function\' has to be "module:function", or a name from init code, not "math sqrt"'),
    "a bad call": (HEAD + TASK + 'call = "kwarg"\n' + ITEMS,
                   "b.toml:5:1: 'task.call' has to be auto, item, star or kwargs, not \"kwarg\"; did you mean 'kwargs'?"),
    "an empty line": (HEAD + '[task]\ncommand = " "\n' + ITEMS,
                      "b.toml:4:1: 'task.command' is empty; write \"program argument\""),
    "a line with an unknown replacement": (HEAD + '[task]\ncommand = "gzip {..}"\n' + ITEMS,
                                           "b.toml:4:1: 'task.command' has an unknown replacement {..}; there are {}, {.}, {/}, {//}, {/.},"
                                           " {#}, {%}, {2}, {2.} and {field}: gzip {..}"),
    "an array for a function": (HEAD + TASK + '[items]\narray = "1-3"\n',
                                "b.toml:6:1: 'items.array' is for commands, which find it as SLURM_ARRAY_TASK_ID; write range or list"),
    "a bad array": (HEAD + '[task]\ncommand = "true"\n[items]\narray = "1-"\n',
                    "b.toml:6:1: 'items.array' has to be as sbatch takes it, 1-10, 0-100:5, 1,3,7-9 or 1-1000%20, not \"1-\""),
    "sources of none": (HEAD + '[task]\ncommand = "true"\n[items]\nsources = [["a"], []]\n',
                        "b.toml:6:19: no items: 'items.sources[1]' is empty"),
    "a linked source alone": (HEAD + '[task]\ncommand = "true"\n[items]\nsources = [{ linked = ["a"] }]\n',
                              "b.toml:6:12: 'items.sources[0]' is linked to the one before, and is the first"),
    "args for a command": (HEAD + '[task]\ncommand = ["echo", "{}"]\nargs = { a = 1 }\n' + ITEMS,
                           "b.toml:5:1: 'task.args' is for functions; a command takes its item by {field} in its arguments"),
    "data for a command": (HEAD + '[task]\ncommand = ["echo", "{}"]\n' + ITEMS + '[data]\nX = "x.npy"\n',
                           "b.toml:7:1: 'data' is for Python and native code, and nothing of this job is: a command takes a file by its path,"
                           " in its arguments or as its item"),
    "an empty list": (HEAD + TASK + "[items]\nlist = []\n", "b.toml:6:1: no items: 'items.list' is empty"),
    "an empty range": (HEAD + TASK + "[items]\nrange = [5, 5]\n", "b.toml:6:1: no items: 'items.range' is empty"),
    "an empty axis": (HEAD + TASK + "[items.grid]\na = []\n", "b.toml:6:1: no items: 'items.grid.a' is empty"),
    "an empty grid": (HEAD + TASK + "[items.grid]\n", "b.toml:5:1: no items: 'items.grid' is empty"),
    "an empty items section": (HEAD + TASK + "[items]\n",
                               "b.toml:5:1: 'items' is empty; add one of list, range, grid, zip, csv, jsonl, npy, lines, glob, array,"
                               " sources or python"),
    "a step of zero": (HEAD + TASK + "[items]\nrange = [0, 5, 0]\n", "b.toml:6:1: 'items.range' has a step of 0"),
    "a zip of unequal lengths": (HEAD + TASK + "[items.zip]\na = [1, 2]\nb = [1, 2, 3]\n",
                                 "b.toml:7:1: 'items.zip.b' has 3 values, but 'a' has 2; zip needs equal lengths"),
    "a missing init file": (HEAD + '[init]\nfiles = ["no.py"]\n' + TASK + ITEMS,
                            "b.toml:4:10: 'init.files[0]' names a file that is not there: {here}/no.py"),
    "a missing csv": (HEAD + TASK + '[items]\ncsv = "no.csv"\n',
                      "b.toml:6:1: 'items.csv' names a file that is not there: {here}/no.csv"),
    "a directory for a file": (HEAD + TASK + '[items]\nlines = "."\n',
                               "b.toml:6:1: 'items.lines' names a directory, not a file: {here}/"),
    "a pattern without matches": (HEAD + TASK + '[items]\nglob = "*.nope"\n',
                                  "b.toml:6:1: no items: 'items.glob' matches no file: {here}/*.nope"),
    "a variable that is not set": (HEAD + TASK + '[items]\ncsv = "$NO_SUCH_VARIABLE/x.csv"\n',
                                   "b.toml:6:1: 'items.csv' needs $NO_SUCH_VARIABLE, which is not set in the environment"),
    "an unclosed section": (HEAD + '[task\nfunction = "math:sqrt"\n', "b.toml:3:"),
    "an unclosed string": (HEAD + '[task]\nfunction = "math:sqrt\n' + ITEMS, "b.toml:4:12: "),
    "a key twice": (HEAD + TASK + 'function = "math:sqrt"\n', "b.toml:5:"),
    "timeout": (HEAD + TASK + 'timeout = "soon"\n' + ITEMS,
                "b.toml:5:1: 'task.timeout' has to be a duration such as \"10s\", \"500ms\", \"30m\" or \"08:00:00\", not \"soon\""),
    "memory": (HEAD + TASK + 'memory = "3 apples"\n' + ITEMS,
               "b.toml:5:1: 'task.memory' has to be a size such as \"2GiB\" or \"500MB\", not \"3 apples\""),
    "a walltime that the grace fills": (HEAD + TASK + ITEMS + '[run]\nwalltime = "3s"\n',
                                        "b.toml:8:1: 'run.walltime' leaves tasks no time: it has to be 15 s at least with a"
                                        " run.grace of 10 s, which the end takes"),
    "data": (HEAD + TASK + ITEMS + '[data]\nX = "x.npy"\n', "b.toml:8:1: 'data.X' names a file that is not there: {here}/x.npy"),
    "fresh": (HEAD + '[fresh]\ninput = "x.csv"\n', "b.toml:4:1: 'fresh.input' names a file that is not there: {here}/x.csv"),
    "sqlite": (HEAD + TASK + ITEMS + '[output]\npath = "x.sqlite"\n',
               "b.toml:8:1: 'output.path' ending in .sqlite is not supported yet; use .jsonl, .csv, .npy, .npz or .pickle:"
               " x.sqlite"),
    "an unknown suffix": (HEAD + TASK + ITEMS + '[output]\npath = "x.xls"\n',
                          "b.toml:8:1: 'output.path' has no suffix that says its format: end it in .jsonl, .csv, .npy, .npz or"
                          " .pickle, or add output.format: x.xls"),
    "a missing output directory": (HEAD + TASK + ITEMS + '[output]\npath = "no/x.csv"\n',
                                   "b.toml:8:1: 'output.path' is in a directory that is not there: no; create it first"),
    "a bad share": (HEAD + TASK + ITEMS + '[run]\nmax-failures = "half"\n',
                    "b.toml:8:1: 'run.max-failures' has to be a count or a share such as \"5%\", not \"half\""),
    "a bad duration": (HEAD + TASK + ITEMS + '[run]\ngrace = "soon"\n',
                       'b.toml:8:1: \'run.grace\' has to be a duration such as "10s", "500ms", "30m" or "08:00:00", not "soon"'),
}


@pytest.mark.parametrize("text_and_message", BAD.values(), ids=BAD.keys())
def test_a_bad_job_file_is_one_line_with_its_place(cli, text_and_message):
    text, message = text_and_message
    cli.write("b.toml", text)
    result = cli.run("run", "b.toml", status=2)
    expected = "mproc: " + message.replace("{here}", str(cli.path))
    first, rest = result.raw_err.split("\n", 1)
    assert rest == "" and result.out == ""
    if message.endswith(":") or message.endswith(": "):  # where, but not how the parser says it
        assert first.startswith(expected) and len(first) > len(expected) + 8
    else:
        assert first == expected
    assert cli.runs() == []
    assert cli.run("check", "b.toml", status=2).raw_err == result.raw_err


def test_a_json_job_names_the_pointer(cli):
    tree = {"task": {"function": "math:sqrt"}, "items": {"grid": {"alpha": []}}}
    cli.write("b.json", json.dumps(tree))
    assert cli.run("run", "b.json", status=2).raw_err == "mproc: b.json: /items/grid/alpha: no items: 'items.grid.alpha' is empty\n"
    tree = {"task": {"function": "math:sqrt", "retrys": 1}, "items": {"list": [1]}}
    cli.write("b.json", json.dumps(tree))
    assert cli.run("run", "b.json", status=2).raw_err == "mproc: b.json: /task/retrys: unknown key 'task.retrys'; did you mean 'retries'?\n"
    cli.write("b.json", '{"task": {"function":\n  oops}}')
    assert cli.run("run", "b.json", status=2).raw_err.startswith("mproc: b.json:2:3: ")


@pytest.mark.parametrize(("table", "message"), [
    ("a,b\n1,2\n3\n", "{here}/items.csv:3: has 1 cell, the header has 2"),
    ("", "{here}/items.csv: the file is empty"),
    ("a,a\n1,2\n", "{here}/items.csv:1: column 'a' twice"),
])
def test_a_bad_csv_file_is_one_line_with_its_place(cli, table, message):
    cli.write("items.csv", table)
    cli.write("b.toml", HEAD + TASK + '[items]\ncsv = "items.csv"\n')
    result = cli.run("run", "b.toml", status=2)
    assert result.err == "mproc: " + message.replace("{here}", str(cli.path)) + "\n"
    assert cli.runs() == []


def test_a_bad_line_of_jsonl_items_is_named(cli):
    cli.write("items.jsonl", '{"a": 1}\n{"a": \n')
    cli.job(code="def f(a): return a", items='jsonl = "items.jsonl"')
    result = cli.run("run", "job.toml", "--inline", status=2)
    assert f"mproc: {cli.path}/items.jsonl:2:" in result.err
