"""Commands as lines, with GNU parallel's replacement strings and input sources; many names are nasty on purpose."""

import os
import shutil
import subprocess

import pytest

NASTY = ["a b", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "a;touch pwned", "back\\slash", "new\nline", "-n", "--help",
         "*", "~", "", " ", "{}", "{.}", "&", "|", "caf\xe9", "%s", "#", "!", os.fsdecode(b"caf\xe9")]
#: Prints its arguments, each in brackets, and nothing else.
SHOW = "printf '[%s]'"


def shown(text):
    """Standard output as pytest's harness decodes it."""
    return os.fsencode(text).decode(errors="replace")


def lines(*commands):
    return "".join(f"{command}\n" for command in commands)


@pytest.mark.parametrize("words", [["-j", "1"], ["--inline"]])
@pytest.mark.parametrize("command, around", [
    (f"{SHOW} {{}}", "[%s]"), (f"{SHOW} x{{}}y", "[x%sy]"), (f"{SHOW} '{{}}'", "[%s]"), (f'{SHOW} "{{}}"', "[%s]"),
    (f"{SHOW} {{}} | cat", "[%s]"), (f"{SHOW} '<{{}}>' | cat", "[<%s>]"), (f'{SHOW} "<{{}}>" | cat', "[<%s>]"),
    (f"echo -n \"$({SHOW} {{}}; printf .)\"", "[%s]."), (f"f() {{ {SHOW} {{}}; }}; f other", "[%s]"),
    (f"{SHOW} $'a\\tb{{}}' | cat", "[a\tb%s]"), (f"x={{}}; {SHOW} \"$x\"", "[%s]"), (f"for x in {{}}; do {SHOW} \"$x\"; done", "[%s]")])
def test_an_item_is_one_word_whatever_it_is(cli, command, around, words):
    result = cli.run("map", *words, "--command", command, ":::", *NASTY)
    assert result.out == "".join(shown(around % item) for item in NASTY)
    assert not (cli.path / "pwned").exists()


def test_replacement_strings(cli):
    line = f"{SHOW} {{}} {{.}} {{/}} {{//}} {{/.}} {{#}} {{1}} {{1/.}} {{-1}}"
    expected = "[in/a.tar.gz][in/a.tar][a.tar.gz][in][a.tar][1][in/a.tar.gz][a.tar][in/a.tar.gz]"
    for command in (line, line + " | cat"):
        assert cli.run("map", "--inline", "--command", command, ":::", "in/a.tar.gz").out == expected
    words = ["printf", "[%s]", "{}", "{/.}", "{#}", "{{.}}"]
    cli.write("job.toml", f"[task]\ncommand = {words}\n[items]\nlist = ['p/q.r']\n".replace("'", '"'))
    cli.run("run", "job.toml", "--inline")
    assert cli.results()[0]["stdout"] == "[p/q.r][q][1][{.}]"


def test_executors_have_numbers_of_their_own(cli):
    out = cli.run("map", "-j", "2", "--command", "sh -c 'echo {%}; sleep 0.2'", ":::", *range(6)).out
    assert set(out.split()) == {"1", "2"}


@pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not installed")
@pytest.mark.parametrize("sources", [
    [":::", "a", "b", ":::", "1", "2", "3"], [":::", "a", "b", ":::+", "1", "2", "3"], [":::", "a", "b", "c", ":::+", "1", "2"],
    [":::", "a", "b", ":::+", "1", "2", ":::", "x", "y"], [":::", "x", "y", ":::", "a", "b", ":::+", "1", "2"],
    ["::::", "f1", "f2"], ["::::", "f1", "::::+", "f2"], [":::", "a", "::::", "f1", ":::", "b"], [":::", "a b", "c  d.e"]])
@pytest.mark.parametrize("command", ["echo {}", "echo", "echo {1} {.} x{}y", "echo {} | cat", "echo {-1/} {#}", "echo {//}-{/.}; echo {}"])
def test_sources_are_combined_as_gnu_parallel_does(cli, sources, command):
    cli.write("f1", "one\ntwo words\n")
    cli.write("f2", "p/q.r\n\ns\n")
    peer = subprocess.run(["parallel", "-k", command, *sources], cwd=cli.path, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env=cli.env)
    assert cli.run("map", "--inline", "--command", command, *sources).out == peer.stdout


def test_items_come_from_files_and_standard_input(cli):
    cli.write("f", "a b\nc\n")
    cli.write("z", "new\nline\0b\0")
    show = f"{SHOW} {{}}"
    assert cli.run("map", "--inline", "--command", show, "::::", "f").out == "[a b][c]"
    assert cli.run("map", "--inline", "--command", show, "--file", "f").out == "[a b][c]"
    assert cli.run("map", "--inline", "--command", show, stdin="x y\nz\n").out == "[x y][z]"
    assert cli.run("map", "--inline", "--command", show, "::::", "-", stdin="x\n").out == "[x]"
    assert cli.run("map", "--inline", "-0", "--command", show, "::::", "z").out == "[new\nline][b]"
    assert cli.run("map", "--inline", "-0", "--command", show, stdin=b"caf\xe9\0new\nline\0").out == shown(f"[{os.fsdecode(bytes([99, 97, 102, 233]))}][new\nline]")


def test_file_names_that_are_not_utf8_are_found(cli):
    name = os.fsdecode(b"caf\xe9.txt")
    (cli.path / name).write_text("inside\n")
    assert cli.run("map", "-j", "1", "--command", "cat {}", ":::", name).out == "inside\n"
    assert cli.run("map", "-j", "1", "--command", "cat {} | tr a-z A-Z > {.}.up", ":::", name).out == ""
    assert (cli.path / os.fsdecode(b"caf\xe9.up")).read_text() == "INSIDE\n"
    assert cli.results()[0]["item"] == "caf\ufffd.txt"
    assert cli.run("debug", "0").err.endswith("mproc: the command ended with exit status 0\n")


def test_what_follows_the_sign_is_items_and_no_option(cli):
    assert cli.run("map", "--inline", "--command", f"{SHOW} {{}}", ":::", "-j", "--help", "-x", "--").out == "[-j][--help][-x][--]"


def test_a_plain_line_needs_no_shell(cli):
    parent = "print(open('/proc/%d/comm' % __import__('os').getppid()).read(), end='')"
    assert cli.run("map", "--inline", "--command", f'python3 -c "{parent}" {{}}', ":::", "1").out == "mproc\n"
    assert cli.run("map", "--inline", "--command", f'python3 -c "{parent}" {{}}; true', ":::", "1").out == "bash\n"


def test_a_line_may_be_all_that_bash_takes(cli):
    cli.write("a.txt", "3\n1\n2\n")
    out = cli.run("map", "--inline", "--command", "sort <(cat {}) | head -n $(( 1 + {#} )) | tr '\\n' ,", ":::", "a.txt").out
    assert out == "1,2,"
    assert cli.run("map", "--inline", "--command", "[[ {} == b* ]] && echo yes || echo no", ":::", "a", "bc").out == "no\nyes\n"
    function = {"BASH_FUNC_double%%": "() { echo $1$1; }"}
    assert cli.run("map", "--inline", "--command", "double {}", ":::", "a", "b", env=function).out == "aa\nbb\n"


def test_a_job_file_has_lines_too(cli):
    cli.write("job.toml", '[task]\ncommand = "echo {n} | tr 1 x; echo $MPROC_TASK_ID {{n}} ${N} {#} {2.} >&2"\n'
              '[items.zip]\nn = [11, 21]\nf = ["a.b", "c d.e"]\n[run]\nenv = { N = "n" }\n[output]\npath = "out.jsonl"\n')
    assert cli.run("check", "job.toml").out.startswith("job.toml: 2 tasks of command echo {n} | tr 1 x;")
    cli.run("run", "job.toml", "-j", "1")
    assert [(row["stdout"], row["stderr"]) for row in cli.rows("out.jsonl")] == [("xx\n", "0 {n} n 1 a\n"), ("2x\n", "1 {n} n 2 c d\n")]
    assert "nothing to do" in cli.run("run", "job.toml").err
    assert "differs from run job-0001 in its kernel" in cli.run("run", "job.toml", "--inline", "--set", "task.command=echo {n}").err


def test_every_command_finds_its_task(cli):
    assert cli.run("map", "--inline", "--command", "sh -c 'echo $MPROC_TASK_ID' {}", "a", "b").out == "0\n1\n"


def test_a_task_has_a_directory_of_its_own(cli):
    line = "echo {} > result; pwd"
    out = cli.run("map", "-j", "1", "--set", "task.directory=out/{/.}", "--command", line, ":::", "in/a.x", "b c").out
    assert out == f"{cli.path}/out/a\n{cli.path}/out/b c\n"
    assert cli.read("out/b c/result") == "b c\n" and not (cli.path / "result").exists()
    assert cli.run("debug", "1").out == f"{cli.path}/out/b c\n"
    cli.write("out/run.sh", "#!/bin/sh\necho here\n")
    (cli.path / "out/run.sh").chmod(0o755)
    assert cli.run("map", "--inline", "--set", "task.directory=out", "--command", "./run.sh {}", "1").out == "here\n"
    cli.write("file", "")
    result = cli.run("map", "--inline", "--set", "task.directory=file/x", "--command", "true", "1", status=1)
    assert result.err.startswith("mproc: task 0 failed: ") and "file/x" in result.err
    result = cli.run("map", "--inline", "--set", "task.directory=x", "math:sqrt", "1", status=2)
    assert result.err == "mproc: --set: 'task.directory' is for commands; a function has os.chdir()\n"


def test_timeouts_and_retries_are_as_for_all_tasks(cli):
    result = cli.run("map", "-j", "1", "--set", "task.timeout=0.5", "--command", "sleep {} | cat", ":::", "0", "1000", status=1)
    assert "task 1 failed" in result.err and "0.5 s" in result.err, result.err
    line = "echo x >> {}; test $(wc -l < {}) = 3"
    assert cli.run("map", "-j", "1", "--set", "task.retries=2", "--command", line, ":::", "tries").err == ""
    assert cli.read("tries") == "x\nx\nx\n"


def test_a_line_of_a_file_is_a_command(cli):
    cli.write("commands", lines("echo plain 'two words'", "echo $LAUNCHER_JID $MPROC_TASK_ID | tr 2 x", "# nothing", "", "echo {} {1..3} >&1",
                                "for i in a b; do echo $i; done", "cd / && pwd"))
    out = "plain two words\nx 1\n{} 1 2 3\na\nb\n/\n"
    assert cli.run("map", "--inline", "--commands", "commands").out == out
    assert cli.run("map", "-j", "1", "--commands", "-", stdin=cli.read("commands")).out == out
    cli.write("commands", lines("true", "exit 3", "no-such-program x"))
    result = cli.run("map", "--inline", "--commands", "commands", status=1)
    assert result.err.startswith("mproc: task 1 failed: exit status 3\nmproc: task 2 failed: exit status 127: "), result


@pytest.mark.parametrize("words, message", [
    (["--command", "echo {..}", ":::", "a"], "map: --command has an unknown replacement {..}; there are {}, {.}, {/}, {//}, {/.}, {#}, {%}, {2}, {2.}"
                                              " and {field}: echo {..}"),
    (["--command", "echo {3}", ":::", "a", ":::", "b"], "{3} names nothing, as the item has 2 values"),
    (["--command", "echo {3} | cat", ":::", "a", ":::", "b"], "{3} names nothing, as the item has 2 values"),
    (["--command", "echo {name}", ":::", "a"], "the item has no fields, so {name} names nothing; write {} for the item, or {{name}} for the text {name}"),
    (["--command", "echo", ":::"], "map: no items after :::; give some, or leave it out"),
    (["--command", "echo", ":::", "a", ":::"], "map: no items after :::; give some, or leave it out"),
    (["--command", "echo", "::::"], "map: no items after ::::; give some, or leave it out"),
    (["--command", "echo", "::::", "none.txt"], "map: :::: none.txt: there is no such file"),
    (["--command", "echo", "::::", "."], "map: :::: .: cannot be read"),
    (["--command", "echo", "::::", "empty"], "map: :::: empty: has no items"),
    (["--command", "echo", ":::+", "a"], "map: :::+ links to a source before it, and there is none; write :::"),
    (["--command", "echo", "a", ":::", "b"], "map: 'a' stands before :::; put all items behind it"),
    (["--command", "echo", "--file", "empty", ":::", "b"], "map: --file and ::: exclude each other; write :::: empty"),
    (["--command", "echo"], "map: no items; give them after the kernel, in a --file, or on standard input"),
    (["--command", "no-such-program {}", ":::", "a"], "the executors have no command 'no-such-program'; give its path, or install it on every node"),
    (["--commands", "none.txt"], "map: --commands none.txt: there is no such file"),
    (["--commands", "empty"], "map: --commands empty: has no lines"),
    (["--commands", "empty", ":::", "a"], "map: each line of --commands empty is a whole command; leave out all else"),
    (["math:sqrt", ":::", "1", ":::", "2"], "map: several input sources are for --command; a function's items are one list"),
])
def test_a_slip_is_one_line(cli, words, message):
    cli.write("empty", "")
    assert cli.run("map", "--inline", *words, status=2).err == f"mproc: {message}\n"
    assert cli.runs() == []


def test_a_function_takes_items_behind_the_sign_too(cli):
    assert cli.run("map", "--inline", "math:sqrt", ":::", "1", "4").out == "1.0\n2.0\n"
