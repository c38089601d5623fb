"""The package's types, by mypy: they hold within it, and say of users' code what is right and what is not."""

import os
import pathlib
import subprocess

import pytest

import mproc

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """check(path…): mypy's lines about these files or packages."""
    cache = tmp_path_factory.mktemp("mypy")

    def run(*words):
        done = subprocess.run(["/usr/bin/python3", "-m", "mypy", "--config-file", HERE / "mypy.ini", "--cache-dir", cache,
                               "--no-error-summary", *words], env=os.environ | {"MYPYPATH": os.environ["MPROC_PACKAGE"]},
                              capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout.splitlines()

    return run


def test_a_program_that_uses_all_of_it_is_clean(check):
    assert check(HERE / "typed_user.py") == []


def test_every_module_of_the_package_is_clean(check):
    assert check("-p", "mproc") == []


def test_every_name_of_the_package_is_known(check, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import mproc\n" + "".join(f"mproc.{name}\n" for name in mproc.__all__))
    assert check(program) == []


WRONG = {
    'mproc.start("4")': 'Argument 1 to "start" has incompatible type "str"; expected "int"',
    'mproc.start(4, memori="2GiB")': 'Unexpected keyword argument "memori" for "start"',
    "mproc.map(5, [1])": 'Argument 1 to "map" has incompatible type "int"',
    "mproc.map(abs, 5)": 'Argument 2 to "map" has incompatible type "int"; expected "Iterable[Any]"',
    "mproc.open(5)": 'Argument 1 to "open" has incompatible type "int"',
    "mproc.maps(abs, [1])": 'Module has no attribute "maps"',
    'mproc.open("a")[0].results': '"Row" has no attribute "results"',
    "mproc.fresh.extract_features({}, column_di='id')": 'Unexpected keyword argument "column_di" for "extract_features"',
    "mproc.fresh.select_features({}, [], fdr_level='5%')": 'Argument "fdr_level" to "select_features" has incompatible type',
    "mproc.workers()[0].name": '"Worker" has no attribute "name"',
    "mproc.crossval(5, [], k='5')": 'Argument "k" to "crossval" has incompatible type "str"; expected "int"',
    "mproc.search(5, [], [], {}, trails=5)": 'Unexpected keyword argument "trails" for "search"',
    "x: str = mproc.task_index()": 'Incompatible types in assignment (expression has type "int", variable has type "str")',
}


def test_what_a_user_gets_wrong_is_said(check, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import mproc\n" + "\n".join(WRONG))
    found = [line.split(": error: ")[1] for line in check(program) if ": error: " in line]
    assert len(found) == len(WRONG), found
    assert [line for line, expected in zip(found, WRONG.values()) if not line.startswith(expected)] == []
