"""mproc map: a one-liner prints its results in order."""

import os

import pytest

SQUARE = ("--init-code", "def f(x): return x * x")


def test_a_function_of_numbers(cli):
    result = cli.run("map", "--init-code", "import math", "math:sqrt", 1, 4, 9)
    assert (result.out, result.err) == ("1.0\n2.0\n3.0\n", "")
    assert cli.run("map", "math:sqrt", 16, "-j", 1).out == "4.0\n"


def test_items_are_json_where_they_are_json_and_text_otherwise(cli):
    code = "def f(x): return repr(x)"
    out = cli.run("map", "--inline", "--init-code", code, "f", "1", "-2.5", "word", "true", "[1, 2]", '"3"', "null", "nan").out
    assert out.splitlines() == ['"1"', '"-2.5"', "\"'word'\"", '"True"', '"[1, 2]"', "\"'3'\"", '"None"', "\"'nan'\""]


def test_named_items_become_keywords(cli):
    out = cli.run("map", "--inline", "--init-code", "def f(a, b): return a - b", "f", '{"a": 5, "b": 3}').out
    assert out == "2\n"


def test_several_pieces_of_init_code_and_init_files(cli):
    cli.write("defs.py", "def g(x): return x + offset\n")
    out = cli.run("map", "--inline", "--init-file", "defs.py", "--init-code", "offset = 100", "--init-code",
                  "def f(x): return g(x)", "f", 1, 2).out
    assert out == "101\n102\n"


def test_items_from_a_file_and_from_standard_input(cli):
    cli.write("items.txt", "1\n2\n3\n")
    assert cli.run("map", "--inline", *SQUARE, "f", "--file", "items.txt").out == "1\n4\n9\n"
    assert cli.run("map", "--inline", *SQUARE, "f", stdin="4\n5\n").out == "16\n25\n"


def test_a_command_over_items(cli):
    for name in ("a", "b c"):
        cli.write(f"{name}.txt", name)
    result = cli.run("map", "-j", "1", "--command", "cat {}", ":::", "a.txt", "b c.txt")
    assert result.out == "ab c"
    assert cli.run("map", "--inline", "--command", "echo -n x", ":::", "1", "2").out == "x 1x 2"
    assert cli.run("map", "--inline", "--command", "printf '%s\\n' 'two words' {}", ":::", "1").out == "two words\n1\n"


def test_a_failing_item_is_said_on_stderr_and_the_others_are_there(cli):
    result = cli.run("map", "math:sqrt", 1, -1, 9, status=1)
    assert result.out == "1.0\n3.0\n"
    assert result.err == "mproc: task 1 failed: ValueError: math domain error\n"
    result = cli.run("map", "--inline", "--command", "test 1 =", ":::", 1, 2, status=1)
    assert (result.out, result.err) == ("", "mproc: task 1 failed: exit status 1\n")


def test_a_word_that_is_not_utf8_is_refused_for_a_function(cli):
    result = cli.run("map", "len", "plain", os.fsdecode(b"caf\xe9.txt"), status=2)
    assert result.err == "mproc: map: /items/list/1: is not UTF-8 text: caf\ufffd.txt; rename or convert it\n"
    result = cli.run("map", "--init-code", os.fsdecode(b"x = '\xe9'"), "math:sqrt", "1", status=2)
    assert result.err.startswith("mproc: map: /init/code: is not UTF-8 text: ")
    assert cli.runs() == []


def test_a_map_is_always_a_new_run(cli):
    for _ in range(2):
        cli.run("map", "--inline", "math:sqrt", 1)
    assert cli.runs() == ["map-0001", "map-0002"]


def test_a_missing_function_is_refused_with_the_remedy(cli):
    result = cli.run("map", "func", 1, status=2)
    assert result.out == ""
    assert result.err == ("mproc: the executors have no function 'func'; define it in [init] code or files, or write"
                          ' "module:function"\n')
    assert cli.runs() == []


def test_a_module_beside_the_current_directory_is_found(cli):
    cli.write("mine.py", "def f(x): return x + 0.5\n")
    assert cli.run("map", "--inline", "mine:f", 1).out == "1.5\n"


def test_an_array_is_printed_as_a_list(cli):
    out = cli.run("map", "--inline", "--init-code", "import numpy\ndef f(x): return numpy.arange(x)", "f", 3).out
    assert out == "[0,1,2]\n"


@pytest.mark.parametrize("words", [["math:sqrt", "--file", "no.txt"], ["not a name", "1"]])
def test_bad_input_is_one_line_and_exit_status_2(cli, words):
    result = cli.run("map", *words, status=2)
    assert result.err.startswith("mproc: ") and result.err.count("\n") == 1
    assert cli.runs() == []
