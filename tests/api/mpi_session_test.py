"""Sessions over communicators of a C++ program that uses MPI itself, in place and with executors."""

import os
import signal

import pytest
from harness import parent_of, wait_until

PROGRAM = os.environ["MPROC_API_MPI_PROGRAM"]
MPIRUN = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
BOTH = pytest.mark.parametrize("where", ["place", "executors"])


def mpirun(ranks):
    return {"program": ["mpirun", "-n", str(ranks), "--oversubscribe", PROGRAM], "env": MPIRUN}


@pytest.fixture
def program(cli):
    """What rank 0 prints; afterwards all ranks have met in MPI once more."""
    def run(where, what, ranks=3):
        result = cli.run(where, what, **mpirun(ranks))
        assert result.err == "", repr(result)
        lines = result.out.splitlines()
        assert lines.pop() == "MPI goes on"
        return lines
    return run


@pytest.mark.parametrize("where, loaded", [("place", "17 "), ("executors", "0 ")])
def test_rank_0_gets_the_results_of_the_others(program, where, loaded):
    """In place tasks see what the rank has loaded since MPI_Init, in executors they do not."""
    assert program(where, "maps") == ["2 executors at rank 0", loaded, "5 13 ", "100000 streamed", "7 5 "]


FAILURES = ["0 0.000000", "1 std::runtime_error: it throws", "2 2.000000",
            "TaskError of task 1, exception: task 1: std::runtime_error: it throws"]


def test_failures_are_values_or_exceptions(program):
    said = program("place", "failures")
    assert said[:4] == FAILURES
    assert said[4].startswith("TaskError of task 0, lookup: task 0: the library 'program' has no kernel 'none'")
    assert said[5:] == ["invalid_argument: a timeout needs executors, and this session runs kernels in place; "
                        "make mproc::Executors before MPI_Init, and give it to with_session"]


def test_a_crash_or_a_hang_in_an_executor_costs_that_task_alone(program):
    said = program("executors", "failures")
    assert said[:4] == FAILURES
    assert said[5:] == ["0 crash", "1 ok", "2 timeout"]


@BOTH
def test_what_the_driver_throws_ends_the_session_and_not_the_program(program, where):
    assert program(where, "thrown") == ["thrown at 1 rank, here: 1"]


@BOTH
def test_large_values_travel_and_may_be_left_under_way(program, where):
    assert program(where, "large") == ["60 1.18e+07", "10 ended early"]


@BOTH
def test_sessions_do_not_get_into_the_way_of_each_other_or_of_the_programs_own_messages(program, where):
    assert program(where, "traffic", ranks=4) == ["20 sessions: 380", "4 messages came where they should"]


@BOTH
def test_parts_of_the_program_may_have_sessions_at_the_same_time(program, where):
    """Ranks 3 and 4 are rank 0 of theirs."""
    assert program(where, "parts", ranks=5) == ["0 0 0 45150 80200 "]


NO_GROUP = "invalid_argument: with_session needs a communicator within one group of ranks; ranks outside of it do not call it"
ALONE = ("invalid_argument: one rank alone has no other that could run its tasks; give with_session a communicator of 2 or "
         "more, or let mproc::Session start ranks")
LATE = "logic_error: mproc::Executors comes too late; make it before MPI_Init, first thing in main"


def test_options_of_executors_are_refused_in_place(program):
    in_place = "is for executors, and this session runs kernels in place; make mproc::Executors before MPI_Init, and give it to with_session"
    assert program("place", "wrong") == [f"invalid_argument: task.memry=1GiB {in_place}",
                                         f"invalid_argument: task.cpus=9999 {in_place}",
                                         f"invalid_argument: executors_each = 2 {in_place}", NO_GROUP, ALONE, LATE]


def test_wrong_options_are_refused_in_one_line(program):
    said = program("executors", "wrong")
    assert said[0].startswith("invalid_argument: ") and "unknown key 'task.memry'" in said[0]
    assert said[1].startswith("SessionError: the session has ended: task.cpus = 9999 is more than the ")
    assert said[2:] == ["nothing was refused", NO_GROUP, ALONE,
                        "invalid_argument: some ranks give executors to with_session, others do not; let all give "
                        "theirs, or none", LATE]


def test_one_rank_alone_is_told_so(program):
    assert program("place", "early", ranks=1) == [
        "invalid_argument: with_session needs MPI; call it between MPI_Init and MPI_Finalize"]


def test_a_crash_in_place_ends_the_program(cli):
    running = cli.start("place", "dies", **mpirun(3))
    assert running.wait().status != 0


@pytest.mark.parametrize("which", [0, 1])
def test_when_a_rank_is_killed_nothing_is_left(cli, which):
    running = cli.start("executors", "waits", **mpirun(3))
    wait_until(lambda: "begun" in running.text(0), "a session")
    ranks = sorted(pid for pid in cli.processes() if parent_of(pid) in cli.mpiruns())
    os.kill(ranks[which], signal.SIGKILL)
    assert running.wait().status != 0
    cli.wait_for_processes()
