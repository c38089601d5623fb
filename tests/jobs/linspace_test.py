"""The session of the mproc.init documentation."""

import importlib.util

from conftest import JOBS

JOB, UNINITIALISED = JOBS / "linspace" / "job.toml", JOBS / "linspace" / "uninitialised.toml"
NOT_THERE = (
    "mproc: the executors have no function 'func'; define it in [init] code or files, or write \"module:function\"\n"
)


def in_place():
    """[func(x) for x in (1, 2, 3)], without mproc."""
    spec = importlib.util.spec_from_file_location("func", JOBS / "linspace" / "func.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [list(module.func(x)) for x in (1, 2, 3)]


def results(cli):
    return [row["result"] for row in cli.rows("linspace.jsonl")]


def test_the_same_answer_as_in_place_then_refused_before_init_then_the_same_over_executors(cli):
    cli.run("run", JOB, "--inline")
    assert results(cli) == in_place()
    (cli.path / "linspace.jsonl").unlink()

    refused = cli.run("run", UNINITIALISED, "-j", "2", status=2)
    assert (refused.out, refused.err) == ("", NOT_THERE)
    assert cli.runs() == ["linspace-0001"]

    cli.run("run", JOB, "-j", "2", "--fresh")
    assert results(cli) == in_place()


def test_a_function_that_is_not_there_is_refused_in_any_way(cli, way):
    assert cli.run("run", UNINITIALISED, *way, status=2).err == NOT_THERE
    assert cli.runs() == [], "no run directory is left"


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("linspace", "linspace.jsonl", way)


def test_the_session_as_a_driver_prints_the_expected_lines(prints_expected, executors):
    prints_expected("linspace/session.py", executors)
