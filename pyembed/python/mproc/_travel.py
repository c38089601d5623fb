"""How functions, arguments and results travel between a driver and its session's executors."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Tuple, Union

from ._culprit import culprit
from ._data import _Elements
from ._errors import Failed, TaskError

try:
    import cloudpickle
except ImportError:
    cloudpickle = None


class BuiltIn(NamedTuple):
    """A kernel that comes with mproc."""

    name: str
    args: bytes  # as the client's pack() gives them


Kernel = Union[str, BuiltIn, Callable[..., Any]]
BUFFER_FROM, BUFFER_TO = 1 << 18, 1 << 31  # bytes of buffers that travel beside a pickle
_NATIVE = "native:"
_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Function(NamedTuple):
    """A kernel as the session gets it."""

    name: str  # "native:LIBRARY:KERNEL": native code; "built-in:NAME": a kernel of mproc's own
    pickled: bytes  # empty: it is found by its name; of a built-in kernel its args
    python: str  # the version that alone can load it, or empty


def dump(value: object) -> Union[bytes, List[Any]]:
    """A pickle, alone or in a list with the large buffers that it leaves out. What belongs to __main__, or what pickle
    refuses, goes by value where there is cloudpickle."""
    buffers: List[Any] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        with memoryview(buffer) as view:
            leave = view.contiguous and BUFFER_FROM <= view.nbytes <= BUFFER_TO and "numpy" in sys.modules
        if leave:
            buffers.append(buffer)
        return not leave

    data = b""
    try:
        data = pickle.dumps(value, protocol=5, buffer_callback=stays_inside)
    except Exception:
        if cloudpickle is None:
            raise
    if not data or (cloudpickle is not None and b"__main__" in data):
        buffers.clear()
        data = cloudpickle.dumps(value, protocol=5, buffer_callback=stays_inside)
    if not buffers:
        return data
    from numpy import frombuffer

    return [data, *(frombuffer(buffer.raw(), "u1") for buffer in buffers)]


def load(data: bytes, buffers: Sequence[Any] = ()) -> object:
    """The result of a pickle, or why it cannot be loaded here."""
    try:
        return pickle.loads(data, buffers=buffers)
    except BaseException as problem:
        return Failed(TaskError("encode", type(problem).__name__, f"the result cannot be unpickled here: {problem}"))


def array(dtype: str, shape: tuple, address: int, owner: object) -> object:
    """The NumPy array over memory that `owner` keeps."""
    from numpy import asarray

    return asarray(_Elements({"version": 3, "typestr": dtype, "shape": shape, "data": (address, False)}, owner))


def plain(value: Any) -> Any:
    """Without NumPy's types, as the client's pack() takes it."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") else value


def is_native(kernel: Kernel) -> bool:
    """Whether it takes plain values alone: no pickles."""
    return isinstance(kernel, BuiltIn) or (isinstance(kernel, str) and kernel.startswith(_NATIVE))


def function(kernel: Kernel) -> Function:
    """By name where the executors can import it, else by value. TypeError for what cannot travel."""
    if isinstance(kernel, BuiltIn):
        return Function(f"built-in:{kernel.name}", kernel.args, "")
    if isinstance(kernel, str):
        if is_native(kernel):
            library = kernel[len(_NATIVE) :].split("(")[0].rpartition(":")[0]
            if os.sep in library:  # else the executors look for it in the search path and where the system has it
                path = os.path.abspath(os.path.expanduser(library))
                kernel = _NATIVE + path + kernel[len(_NATIVE) + len(library) :]
        return Function(kernel, b"", "")
    if not callable(kernel):
        raise TypeError(f"{kernel!r} is no function")
    name = getattr(kernel, "__qualname__", type(kernel).__qualname__)
    try:
        data = pickle.dumps(kernel, protocol=5)
        if b"__main__" not in data:
            return Function(name, data, "")
        problem: BaseException = TypeError("it belongs to this program alone")
    except Exception as error:
        problem = error
    if cloudpickle is None:
        raise TypeError(
            f"function {name} cannot travel to the executors: {problem}; put it into a module that they can "
            f"import, define it with mproc.init(code=...), or install cloudpickle (where executors run Python {_VERSION}, too)"
        ) from problem
    try:
        return Function(name, cloudpickle.dumps(kernel, protocol=5), _VERSION)
    except Exception as error:
        raise TypeError(
            f"function {name} cannot travel to the executors: {culprit(kernel, dump) or error}; make it inside of the function, "
            "or pass what it is made of as an argument"
        ) from error


def refusal(error: Exception, values: Iterable[Tuple[str, Any]]) -> Exception:
    """Why the first of these named values that cannot travel cannot; the error itself where all of them can."""
    for name, value in values:
        why = culprit(value, dump)
        if why:
            remedy = "leave it out, or make it inside of the task"
            if cloudpickle is None:
                remedy += " (with cloudpickle installed, lambdas and what is defined in this program travel, too)"
            refused = TypeError(f"{name} cannot travel to the executors: {why}; {remedy}")
            refused.__cause__ = error
            return refused
    return error


def search_path() -> List[str]:
    """Where this program finds modules of its own: the executors look there, too."""
    own = [os.path.realpath(prefix) + os.sep for prefix in {sys.prefix, sys.base_prefix}]
    paths: Dict[str, None] = {}
    for entry in sys.path:
        path = os.path.realpath(entry or os.getcwd())
        if any(path.startswith(prefix) for prefix in own if prefix != "/usr/"):
            continue
        if os.path.isdir(path) and path.isprintable():  # else it has bytes that are no text
            paths[path] = None
    return list(paths)
