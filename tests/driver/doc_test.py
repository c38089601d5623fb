"""The examples of the package's documentation, run as they stand there."""

import concurrent.futures
import doctest
import inspect
import itertools
import os
import time

import numpy
import pandas
import pytest

import mproc
import mproc.fresh

OWN = {"numpy": numpy, "pandas": pandas, "itertools": itertools, "os": os, "time": time, "concurrent": concurrent, "mproc": mproc, "__name__": "__main__"}
ENDS = ("stop", "start", "Session", "__init__")  # those that end the session come last
DECAY = """
def f(x):
    if x == 4: raise ValueError("too old")
    return 0.5 ** x
"""


def examples():
    """Every docstring of what is public, once: its name and its text."""
    found = {"__init__": mproc.__doc__, "fresh": mproc.fresh.__doc__}
    found.update((f"fresh.{name}", getattr(mproc.fresh, name).__doc__) for name in mproc.fresh.__all__)
    for name in mproc.__all__:
        public = getattr(mproc, name)
        found[name] = (type(public) if name == "data" else public).__doc__
        for part, member in vars(public).items() if inspect.isclass(public) else ():
            if not part.startswith("_") and inspect.isfunction(member) and ">>>" in (member.__doc__ or ""):
                found[f"{name}.{part}"] = member.__doc__
    once = {text: name for name, text in found.items()}  # the functions' docstrings are those of the methods
    return sorted(((name, text) for text, name in once.items()), key=lambda pair: pair[0] in ENDS)


@pytest.fixture(scope="module")
def running():
    mproc.start(2)
    yield
    mproc.stop()


@pytest.fixture
def runs(cli, monkeypatch):
    """Where there are the runs that examples look at."""
    monkeypatch.chdir(cli.path)
    cli.run("run", cli.job(code=DECAY, items="range = 5", top='name = "decay"'), "--inline", status=1)
    cli.run("run", cli.job(code="import fractions\ndef f(x): return fractions.Fraction(1, x)", items="list = [3]", top='name = "thirds"'), "--inline")


@pytest.mark.parametrize("name, text", examples(), ids=lambda value: value if "\n" not in value else "")
def test_examples_show_what_happens(running, request, name, text):
    if "mproc.open(" in text:
        request.getfixturevalue("runs")
    test = doctest.DocTestParser().get_doctest(text, dict(OWN), name, None, None)
    said = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert said == [], "".join(said)
    assert test.examples or name == "SessionError", f"mproc.{name} has no example"
