import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from harness import cli  # noqa: E402, F401: the fixture


def pytest_configure(config):
    config.addinivalue_line("markers", "leaves_things: what this test leaves behind is its own to check")
