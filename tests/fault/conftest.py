import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from harness import cli, pytest_runtest_makereport  # noqa: E402, F401: a fixture and a hook
