"""mproc python: a driver from the command line."""

import signal

import pexpect
import pytest
from harness import MPROC, PATIENCE, wait_until


def test_a_script_has_a_session_and_its_own_arguments(cli):
    cli.write("driver.py", """
import sys, mproc
print(sys.argv, mproc.map(abs, [-1, 2]), mproc.session().executors)
""")
    result = cli.run("python", "-j", "1", "driver.py", "-j", "7", "--help")
    assert result.out == "['driver.py', '-j', '7', '--help'] [1, 2] 1\n" and result.err == ""


@pytest.mark.parametrize("words", [["-c", "import sys, mproc; print(sys.argv[1:], mproc.map(abs, [-1]))"], ["-m", "tool"]])
def test_code_and_modules_run_as_in_python(cli, words):
    cli.write("tool.py", "import sys, mproc\nif __name__ == '__main__': print(sys.argv[1:], mproc.map(abs, [-1]))")
    assert cli.run("python", "-j", "1", *words, "a", "-b").out == "['a', '-b'] [1]\n"


@pytest.mark.parametrize("end, status", [("sys.exit(7)", 7), ("raise ValueError('mine')", 1), ("os.kill(os.getpid(), 9)", -9)])
def test_the_status_is_the_scripts(cli, end, status):
    cli.write("driver.py", f"import os, sys, mproc\nmproc.map(abs, [-1])\n{end}")
    result = cli.run("python", "-j", "1", "driver.py", status=status)
    assert "ValueError: mine" in result.err if status == 1 else result.err == ""
    cli.check_nothing_is_left()


def test_a_script_may_come_from_standard_input(cli):
    text = "import sys, mproc\nprint(sys.argv, mproc.map(abs, [-1]))\n"
    assert cli.run("python", "-j", "1", "-", "a", "-b", stdin=text).out == "['-', 'a', '-b'] [1]\n"


def test_what_a_script_reads_and_is_given_is_its_own(cli):
    cli.write("driver.py", "import sys, mproc\nmproc.map(abs, [-1])\nprint(repr(sys.stdin.read()), sys.argv[1:])")
    words = ["--executors=7", "-m", "-", "", "two words", "$HOME", "*", "--", "-j"]
    assert cli.run("python", "-j", "1", "driver.py", *words, stdin="in\n").out == f"'in\\n' {words}\n"


def test_pythons_own_options_come_behind_those_of_mproc(cli):
    cli.write("tool.py", "import sys\nprint(sys.argv[1:])")
    assert cli.run("python", "-j", "1", "-O", "-X", "utf8", "-c", "import sys; print(__debug__, sys.argv)", "-j", "2").out == \
        "False ['-c', '-j', '2']\n"
    assert cli.run("python", "-m", "tool", "-j", "2", "--help").out == "['-j', '2', '--help']\n"
    assert cli.run("python", "-c", "").out == ""
    assert cli.run("python", "-c", "-1").out == ""


@pytest.mark.parametrize("words", [["-j", "0", "x.py"], ["-j", "x.py"]])
def test_a_number_of_executors_that_is_none_is_one_line(cli, words):
    result = cli.run("python", *words, status=2)
    assert result.out == "" and result.err.startswith("mproc: --executors: Value ") and result.err.count("\n") == 1


def test_a_mistake_in_pythons_options_is_pythons_own_error(cli):
    assert "unknown option --nonsense" in cli.run("python", "--nonsense", "x.py", status=2).err


def test_a_script_that_is_not_there_is_pythons_own_error(cli):
    result = cli.run("python", "nowhere.py", status=2)
    assert "can't open file" in result.err and "nowhere.py" in result.err


class Prompt:
    """mproc python on a terminal."""

    def __init__(self, cli, *words):
        self.child = pexpect.spawn(MPROC, ["python", "-j", "1", *words], cwd=cli.path, timeout=PATIENCE, encoding="utf-8",
                                   env=cli.env | {"HOME": str(cli.path), "TERM": "vt100"})

    def says(self, pattern):
        self.child.expect(pattern)

    def line(self, text):
        self.child.sendline(text)

    def interrupt(self):
        """Ctrl-C, again until it is heard: one that comes as Python reads a key waits for the next key."""
        for _ in range(PATIENCE):
            self.child.sendintr()
            if self.child.expect(["KeyboardInterrupt", pexpect.TIMEOUT], timeout=1) == 0:
                return
        raise AssertionError("Ctrl-C was not heard")

    def end(self, status=0):
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == status


@pytest.fixture
def prompt(cli):
    running = Prompt(cli)
    running.says("a session of 1 executors")
    running.says(">>> ")
    yield running
    running.child.close(force=True)


def test_without_a_script_there_is_a_prompt(cli, prompt):
    prompt.line("mproc.map(lambda x: x + 1, [1, 2])")
    prompt.says(r"\[2, 3\]")
    prompt.says(">>> ")  # only now is the end of input heard
    prompt.child.sendeof()
    prompt.end()
    cli.check_nothing_is_left()


def test_at_the_prompt_functions_of_several_lines_travel(prompt):
    prompt.line("def f(x):")
    prompt.says(r"\.\.\. ")
    prompt.line("    y = x + 1")
    prompt.says(r"\.\.\. ")
    prompt.line("    return y * factor")
    prompt.says(r"\.\.\. ")
    prompt.line("")
    prompt.says(">>> ")
    prompt.line("factor = 10")
    prompt.says(">>> ")
    prompt.line("mproc.map(f, [1, 2])")
    prompt.says(r"\[20, 30\]")


def test_ctrl_c_at_the_prompt_and_amid_a_map_leaves_the_session(cli, prompt):
    prompt.line("session = mproc.session()")
    prompt.says(">>> ")
    prompt.child.send("unfinished(")
    prompt.says(r"unfinished\(")
    prompt.interrupt()
    prompt.says(">>> ")
    prompt.line("mproc.map(lambda x: (open('running', 'w').close(), __import__('time').sleep(1000)), [1])")
    wait_until((cli.path / "running").exists, "that the task runs")
    prompt.child.sendintr()
    prompt.says("KeyboardInterrupt")
    prompt.says(">>> ")
    prompt.line("session.map(abs, [-31])")
    prompt.says(r"\[31\]")


def test_the_prompt_completes_and_remembers(cli, prompt):
    prompt.child.send("mproc.starm\t")
    prompt.says(r"mproc\.starmap\(")
    prompt.line("pow, [(2, 5)])")
    prompt.says(r"\[32\]")
    prompt.says(">>> ")
    prompt.child.send("\x1b[A")  # arrow up
    prompt.says(r"mproc\.starmap\(pow, \[\(2, 5\)\]\)")
    prompt.line("")
    prompt.says(r"\[32\]")
    prompt.says(">>> ")
    prompt.line("exit(4)")
    prompt.end(4)
    assert "mproc.starmap(pow, [(2, 5)])" in cli.read(".python_history")
    cli.check_nothing_is_left()


def test_ctrl_c_ends_a_script_as_it_ends_python(cli):
    cli.write("driver.py", """
import mproc
def f(x):
    open("running", "w").close()
    __import__("time").sleep(1000)
mproc.map(f, [1])
""")
    running = Prompt(cli, "driver.py").child
    wait_until((cli.path / "running").exists, "that the task runs")
    running.sendintr()
    running.expect("KeyboardInterrupt")
    running.expect(pexpect.EOF)
    running.close()
    assert running.signalstatus == signal.SIGINT
    cli.check_nothing_is_left()
