"""What mproc says of itself, and of a command line that it cannot take."""

import re

import pytest


def test_version_is_one_line_on_stdout(cli):
    result = cli.run("--version")
    assert re.fullmatch(r"mproc \d+\.\d+\.\d+\n", result.out)
    assert result.err == ""


def test_help_names_every_command_the_examples_and_the_exit_statuses(cli):
    out = cli.run("--help").out
    for command in ("run", "map", "check", "try", "plan", "results", "report", "status", "new"):
        assert re.search(rf"^  {command} +\w", out, re.M), command
    assert "examples:\n  mproc new sweep " in out
    assert "mproc map --init-code 'import math' math:sqrt 1 4 9" in out
    assert "exit status: 0 all tasks succeeded, 1 some failed, 2 bad usage or input, 3 incomplete" in out
    assert not re.search(r"^  rank\b", out, re.M)  # not for users


@pytest.mark.parametrize("command", ["run", "map", "check", "try", "plan", "results", "report", "status", "new"])
def test_every_command_has_help(cli, command):
    out = cli.run(command, "--help").out
    assert f"mproc {command} " in out


@pytest.mark.parametrize("command", ["run", "map", "plan", "results", "report"])
def test_help_of_the_main_commands_has_examples(cli, command):
    assert f"examples:\n" in cli.run(command, "--help").out


@pytest.mark.parametrize(("words", "message"), [
    (["rnu", "job.toml"], "mproc: there is no command 'rnu'; did you mean 'run'?"),
    (["resluts"], "mproc: there is no command 'resluts'; did you mean 'results'?"),
    (["zzzzzzzz"], "mproc: there is no command 'zzzzzzzz'"),
    (["run"], "mproc: JOB is required; see: mproc run --help"),
    (["run", "nofile.toml"], "mproc: nofile.toml: there is no such job file"),
    (["run", "."], "mproc: .: is a directory, not a job file"),
    (["check", "nofile.toml"], "mproc: nofile.toml: there is no such job file"),
    (["try", "nofile.toml"], "mproc: nofile.toml: there is no such job file"),
    (["plan", "nofile.toml"], "mproc: nofile.toml: there is no such job file"),
    (["map"], "mproc: map: no kernel; write for instance: mproc map math:sqrt 1 4 9"),
    (["map", "math:sqrt"], "mproc: map: no items; give them after the kernel, in a --file, or on standard input"),
    (["results"], "mproc: no runs in runs; mproc run JOB makes one, --runs DIR looks elsewhere"),
    (["status"], "mproc: no runs in runs; mproc run JOB makes one, --runs DIR looks elsewhere"),
    (["rank", "a", "b"], "mproc: 'mproc rank' is what mproc itself starts under mpirun; use 'mproc run'"),
])
def test_bad_usage_is_one_line_and_exit_status_2(cli, words, message):
    result = cli.run(*words, status=2)
    assert result.err == message + "\n"
    assert result.out == ""
    assert cli.runs() == []


@pytest.mark.parametrize("words", [[], ["--no-such-option"], ["run", "job.toml", "--frsh"], ["run", "job.toml", "-j", "0"],
                                   ["run", "job.toml", "-j", "many"], ["run", "a.toml", "b.toml"]])
def test_what_the_parser_refuses_is_one_line_that_names_the_help(cli, words):
    cli.job(code="def f(x): return x")
    result = cli.run(*words, status=2)
    assert re.fullmatch(r"mproc: [^\n]+; see: mproc (run )?[^\n]*--help\n", result.err), result.err
    assert cli.runs() == []


def test_an_option_of_another_spelling_is_named(cli):
    cli.job(code="def f(x): return x")
    assert "--frsh" in cli.run("run", "job.toml", "--frsh", status=2).err
