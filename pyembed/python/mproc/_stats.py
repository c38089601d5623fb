"""What a session says of itself."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple


class Worker(NamedTuple):
    """A worker rank of a session, which supervises one executor or more.

    >>> sum(worker.executors for worker in mproc.workers())
    2
    """

    rank: int
    host: str
    pid: int  # of the rank; its executors are other processes
    executors: int  # that are up
    tasks: int  # that its executors have ended
    busy: float  # seconds that they took, all executors together


class Stats(NamedTuple):
    """What has become of a session's tasks so far, of all its maps and Executors.

    >>> mproc.stats().under_way
    0
    """

    executors: int  # that are up
    given: int
    succeeded: int
    failed: int
    retried: int  # tries that failed or were lost, and were made again
    under_way: int  # given, without an outcome, and still wanted
    lost_executors: int  # that died, or were ended, in a task
    lost_workers: int
    busy: float  # seconds that executors spent in tasks, all together
    seconds: float  # since the session began


def read(client: Any) -> Tuple[List[Worker], Stats]:
    """Asks central."""
    workers, *counts = client.state()
    found = [Worker(*worker) for worker in workers]
    return found, Stats(sum(worker.executors for worker in found), *counts)
