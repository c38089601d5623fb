"""The session of the mproc.init documentation."""

import importlib.util
import json

from conftest import JOBS

NOT_THERE = (
    "mproc: the executors have no function 'func'; define it in [init] code or files, or write \"module:function\"\n"
)


def in_place():
    """[func(x) for x in (1, 2, 3)], without mproc."""
    spec = importlib.util.spec_from_file_location("func", JOBS / "linspace" / "func.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [list(module.func(x)) for x in (1, 2, 3)]


def results(place):
    return [json.loads(line)["result"] for line in (place.folder / "linspace.jsonl").read_text().splitlines()]


def test_the_same_answer_as_in_place_then_refused_before_init_then_the_same_over_executors(place):
    alone = place.run("linspace/job.toml", "--inline")
    assert alone.returncode == 0, alone.stderr
    assert results(place) == in_place()
    (place.folder / "linspace.jsonl").unlink()

    refused = place.run("linspace/uninitialised.toml", "-j", "2")
    assert refused.returncode == 2
    assert refused.stderr.endswith(NOT_THERE)
    assert refused.stdout == ""
    assert [run.name for run in (place.folder / "runs").iterdir()] == ["linspace-0001"]

    over_executors = place.run("linspace/job.toml", "-j", "2", "--fresh")
    assert over_executors.returncode == 0, over_executors.stderr
    assert results(place) == in_place()


def test_a_function_that_is_not_there_is_refused_in_any_way(place, way):
    refused = place.run("linspace/uninitialised.toml", *way)
    assert refused.returncode == 2
    assert refused.stderr.endswith(NOT_THERE)
    assert not any((place.folder / "runs").glob("*")), "no run directory is left"


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("linspace", "linspace.jsonl", way)
