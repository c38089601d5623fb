"""Sessions of a C++ program: its own kernels over real ranks."""

import os
import signal

import pytest
from harness import wait_until

PROGRAM = os.environ["MPROC_API_PROGRAM"]


@pytest.fixture
def program(cli):
    return lambda *words, **options: cli.run(*words, program=PROGRAM, **options)


def lines(result):
    assert result.err == "", repr(result)
    assert result.out.startswith("2 executors\n")
    return result.out.splitlines()[1:]


def test_results_come_in_the_items_order_as_the_types_that_were_asked_for(program):
    assert lines(program("maps")) == ["0 2 4 6 8 10 12 14 16 18 ", "5 13 ", "a! 4 b! 0", ""]


def test_failures_are_values_or_one_exception(program):
    said = lines(program("failures"))
    assert said[:4] == ["0 0.000000", "1 std::runtime_error: it throws",
                        "2 the executor was killed by SIGABRT (Aborted)", "3 3.000000"]
    assert said[4] == "TaskError of task 1, exception: task 1: std::runtime_error: it throws"
    assert said[5].startswith("TaskError of task 0, lookup: task 0: the library 'program' has no kernel 'none'; it has: twice, ")
    assert said[6] == 'TaskError of task 0, item: task 0: twice(f64) -> f64: value 1: the text "x" where f64 is wanted'
    assert said[7] == "invalid_argument: task 0: the result: the real 2 where str is wanted"
    assert said[8].startswith("invalid_argument: an item cannot travel: ") and "UTF-8" in said[8]
    assert said[9:] == ["8 "], "the session goes on"


def test_streams_take_items_as_they_are_needed_and_end_when_somebody_throws(program):
    assert lines(program("streams")) == ["1000000 999999000000", "runtime_error: the sink has enough",
                                         "runtime_error: the range has an end", "8 "]


def test_shared_arrays_are_found_while_they_are_shared(program):
    said = lines(program("shares"))
    assert said[0] == "1 5 "
    assert said[1].startswith("TaskError of task 0, exception: task 0: std::out_of_range: there is no shared array 'X'")
    assert said[2] == "invalid_argument: the shared array 'X' has 6 elements, and its shape is that of 4"
    assert len(set(said[3].split())) == 5
    assert lines(program("shares"))[3] == said[3], "the same seed gives the same numbers"


def test_a_program_may_have_one_session_after_the_other(program):
    assert lines(program("twice over")) == ["2 4 "]


@pytest.fixture
def waiting(cli):
    """A program whose session is up and gets tasks one after the other, for ever."""
    running = cli.start("waits", program=PROGRAM)
    wait_until(lambda: "2 executors" in running.text(0), "a session")
    return running


def test_when_the_program_is_killed_its_session_ends(cli, waiting):
    os.kill(waiting.pid, signal.SIGKILL)
    cli.wait_for_processes()


@pytest.mark.parametrize("which", ["launcher", "central"])
def test_when_the_session_is_killed_the_program_is_told(program, cli, waiting, which):
    words = ["waits"] if which == "launcher" else ["rank"]
    found = [pid for pid, line in cli.processes().items() if line[0] == PROGRAM and line[1:2] == words]
    os.kill(min(set(found) - {waiting.pid}), signal.SIGKILL)
    result = waiting.wait()
    assert result.status == 0 and "SessionError: the session has ended" in result.out, repr(result)
    cli.wait_for_processes()
    program("maps")  # and removes what a launcher that is killed leaves


def test_without_mpirun_the_error_says_so(cli):
    result = cli.run("maps", program=PROGRAM, status=1, env={"PATH": "/nonexistent"})
    assert result.out == "main: the session did not start; what is wrong is on stderr\n"
    assert "there is no mpirun on PATH; install Open MPI" in result.err


def test_under_mpirun_a_program_does_not_start_a_session_in_every_rank(cli):
    words = ["mpirun", "-n", "2", "--oversubscribe", PROGRAM]
    result = cli.run("maps", program=words, status=1,
                     env={"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
    assert "main: the program was started by mpirun" in result.out
