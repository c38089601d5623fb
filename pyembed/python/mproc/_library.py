"""Where the program mproc and the client's library are, seen from this package."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent
_LIBRARY = "libmproc_client.so"


def _home() -> Path:
    """The folder with the library: the package's own in a wheel, else lib/mproc of the build or installation."""
    places = [_HERE, _HERE.parent.parent]
    for place in places:
        if (place / _LIBRARY).exists():
            return place
    raise ImportError(f"{_LIBRARY} is not beside the package ({places[-1]}); build or install mproc first")


def load_client() -> ModuleType:
    """The module mproc._client."""
    name = "mproc._client"
    if name not in sys.modules:
        loader = importlib.machinery.ExtensionFileLoader(name, str(_home() / _LIBRARY))
        spec = importlib.util.spec_from_loader(name, loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]


def find_program() -> str:
    """The program `mproc`: $MPROC, else that of this build or installation, else the first on PATH."""
    named = os.environ.get("MPROC")
    if named:
        return named
    for folder in _home().parents:
        if os.access(folder / "bin" / "mproc", os.X_OK):
            return str(folder / "bin" / "mproc")
    found = shutil.which("mproc")
    if found is None:
        raise FileNotFoundError("the program mproc is not on PATH; install it there, or name it in MPROC")
    return found
