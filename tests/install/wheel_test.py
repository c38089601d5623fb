"""The wheel of this build in a virtual environment, installed without a network."""

import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["MPROC_BUILD_TREE"])
PYTHON = "/usr/bin/python3"
LIMIT = 120  # seconds for one command

DRIVER = """
import sys, mproc
if __name__ == "__main__":
    with mproc.start(2) as session:
        print(mproc.map(pow, [2, 3], [10, 2]), session.executors)
        mproc.init("import sys, mproc\\ndef where(x): return [sys.prefix, mproc.__file__]")
        print(mproc.map("where", [1])[0][0] == sys.prefix)
        try:
            offset = 5
            print(mproc.map(lambda x: x + offset, [1]))
        except TypeError as error:
            print(error)
    print(mproc.__file__, mproc._library.load_client().__file__)
"""


def run(*words, **options):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MPROC", "VIRTUAL_ENV"))}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT,
                          env=environment | {"PATH": f"{BUILD}/bin:/usr/bin:/bin"} | options.pop("env", {}), **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A virtual environment of Debian's Python with nothing but the wheel."""
    folder = tmp_path_factory.mktemp("wheel") / "venv"
    run(PYTHON, "-m", "venv", "--without-pip", folder)
    (wheel,) = BUILD.glob("lib*/mproc/mproc-*.whl")
    run(PYTHON, "-m", "pip", "--python", folder / "bin/python", "install", "-q", "--no-index", "--no-deps", wheel)
    return folder


def test_a_driver_of_the_environment_runs_a_session_of_it(environment, tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER)
    lines = run(environment / "bin/python", "driver.py", cwd=tmp_path).splitlines()
    assert lines[:2] == ["[1024, 9] 2", "True"]
    assert "install cloudpickle" in lines[2]  # which the environment lacks
    package, library = map(pathlib.Path, lines[3].split())
    assert package.is_relative_to(environment) and library.parent == package.parent


def test_where_it_sees_the_systems_packages_functions_travel_by_value(environment, tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER)
    settings = environment / "pyvenv.cfg"
    settings.write_text(settings.read_text().replace("include-system-site-packages = false", "include-system-site-packages = true"))
    assert run(environment / "bin/python", "driver.py", cwd=tmp_path).splitlines()[2] == "[6]"


def test_without_the_program_it_says_where_it_looks(environment, tmp_path):
    code = "import mproc\ntry: mproc.start(1)\nexcept FileNotFoundError as error: print(error)"
    said = run(environment / "bin/python", "-c", code, cwd=tmp_path, env={"PATH": "/nowhere"})
    assert said == "the program mproc is not on PATH; install it there, or name it in MPROC\n"


def test_it_leaves_nothing_when_it_goes(environment):
    run(PYTHON, "-m", "pip", "--python", environment / "bin/python", "uninstall", "-q", "-y", "mproc")
    left = [path for path in environment.rglob("*mproc*") if "__pycache__" not in path.parts]
    assert left == []
