"""The running task, as the executor tells it through its built-in module `_mproc`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, Optional, Tuple

if TYPE_CHECKING:
    from numpy.random import Generator


class _Task(NamedTuple):
    serial: int  # counts tasks of this process: a retry is another one
    stage: int
    index: int  # type: ignore[assignment]  # tuples have a method of that name
    seed: int


_generator: Optional[Tuple[int, Generator]] = None


def _running(function: str) -> _Task:
    executor = sys.modules.get("_mproc")
    task = executor.task() if executor is not None else None
    if task is None:
        raise RuntimeError(
            f"mproc.{function}() answers only inside of a task that mproc runs; "
            "call it in the function that is applied to the items"
        )
    return _Task(*task)


def task_index() -> int:
    """The running task's index in the input, from 0.

    >>> def label(item):
    ...     return f"{mproc.task_index()}: {item}"
    >>> mproc.map(label, ["a", "b"])
    ['0: a', '1: b']
    """
    return _running("task_index").index


def rng() -> Generator:
    """The running task's own random generator (numpy.random.Generator over PCG64).

    It derives from the job's seed, the stage and the task's index: the same numbers for any number of ranks and
    after any retry, independent of all other tasks. Called again in the same task, it goes on where it was.

    >>> def noisy(x):
    ...     return round(x + mproc.rng().normal(), 3)
    >>> mproc.map(noisy, [1, 2], seed=1)
    [0.946, 1.152]
    """
    global _generator
    task = _running("rng")
    if _generator is None or _generator[0] != task.serial:
        from numpy.random import PCG64, Generator, SeedSequence

        sequence = SeedSequence(entropy=task.seed, spawn_key=(task.stage, task.index))
        _generator = (task.serial, Generator(PCG64(sequence)))
    return _generator[1]
