"""workers() and stats(): what a session says of itself."""

import os
import socket
import time

from harness import command_line, wait_until

import mproc


def change(before, after):
    """Of the counts."""
    return {name: b - a for name, a, b in zip(mproc.Stats._fields, before, after)
            if name not in ("executors", "busy", "seconds") and a != b}


def test_workers_are_the_ranks_that_are_there(session):
    workers = session.workers()
    assert [(w.rank, w.host, w.executors) for w in workers] == [(1, socket.gethostname(), 1), (2, socket.gethostname(), 1)]
    ended = sum(w.tasks for w in workers)
    session.map(lambda x: time.sleep(0.001), range(100), chunk=1)
    after = session.workers()
    assert sum(w.tasks for w in after) - ended == 100 and all(w.busy > 0 for w in after)
    assert all(command_line(w.pid)[1] == "rank" for w in after)


def test_every_outcome_is_counted_once(session):
    def f(x):
        if x == 3:
            raise ValueError(x)
        if x == 5:
            os._exit(1)
        if x == 7:
            time.sleep(60)

    before = session.stats()
    session.map(f, range(10), errors="return", retries=2, timeout=0.3)
    after = session.stats()
    # Two more tries of 3 and of 7, which ends an executor each time, and of 5, which is lost.
    assert change(before, after) == {"given": 10, "succeeded": 7, "failed": 3, "retried": 6, "lost_executors": 6}
    assert after.busy > before.busy and after.seconds > before.seconds
    wait_until(lambda: session.stats().executors == 2, "that both executors are up again")


def test_what_is_under_way_and_what_was_cancelled(session, tmp_path):
    def f(x):
        while x > 0 and not os.path.exists(tmp_path / "go"):
            time.sleep(0.001)

    before = session.stats()
    results = session.imap(f, iter(range(10)))
    next(results)
    wait_until(lambda: session.stats().succeeded > before.succeeded, "that the first is counted")
    now = session.stats()
    assert now.under_way == now.given - before.given - 1 >= 1
    results.close()
    wait_until(lambda: session.stats().under_way == 0, "that nobody wants them")
    assert session.stats().failed == before.failed
    (tmp_path / "go").touch()
    assert session.map(abs, [-1]) == [1]


def test_a_lost_rank_is_counted_and_no_worker_any_more(script):
    result = script("""
import mproc, os, signal, time
with mproc.start(2) as session:
    print(mproc.map(abs, [-1]))
    first, second = mproc.workers()
    os.kill(first.pid, signal.SIGKILL)
    while len(mproc.workers()) == 2: time.sleep(0.01)
    print(mproc.workers()[0].rank == second.rank, mproc.stats().lost_workers, mproc.map(abs, [-2]))
try:
    session.stats()
except mproc.SessionError as error:
    print(error)
""")
    assert result.out == "[1]\nTrue 1 [2]\nthe session has been stopped\n"
