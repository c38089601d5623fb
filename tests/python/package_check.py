"""The mproc package in an ordinary Python: importable, typed, and clear about what it cannot do there."""

import os
import sys

folder, version = sys.argv[1:]
sys.path.insert(0, folder)

import mproc  # noqa: E402

assert mproc.__version__ == version, f"package {mproc.__version__}, project {version}"
assert os.path.isfile(os.path.join(folder, "mproc", "py.typed"))

for function in (mproc.rng, mproc.task_index):
    assert ">>>" in function.__doc__, f"{function.__name__} has no example"
    try:
        function()
    except RuntimeError as error:
        expected = (
            f"mproc.{function.__name__}() answers only inside of a task that mproc runs; "
            "call it in the function that is applied to the items"
        )
        assert str(error) == expected, error
    else:
        raise AssertionError(f"mproc.{function.__name__}() answered outside of a task")

for name in sorted(set(mproc.__all__) - {"SessionError", "data"}):
    public = getattr(mproc, name)
    assert public.__doc__, f"{name} has no docstring"
    if callable(public) and not isinstance(public, type):
        assert ">>>" in public.__doc__ or name in ("session", "stop", "imap_unordered"), f"{name} has no example"

assert ">>>" in type(mproc.data).__doc__ and repr(mproc.data) == "<mproc.data>"
try:
    mproc.data["X"]
except RuntimeError as error:
    assert str(error) == "mproc.data answers only in code that mproc runs: tasks and init code", error
else:
    raise AssertionError("mproc.data answered outside of mproc")
