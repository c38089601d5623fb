"""mproc python: a driver from the command line."""

import pexpect
import pytest
from harness import MPROC



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


def test_without_a_script_there_is_a_prompt(cli):
    child = pexpect.spawn(MPROC, ["python", "-j", "1"], cwd=cli.path, env=cli.env, timeout=60, encoding="utf-8")
    child.expect("a session of 1 executors")
    child.expect(">>> ")
    child.sendline("mproc.map(lambda x: x + 1, [1, 2])")
    child.expect(r"\[2, 3\]")
    child.expect(">>> ")  # only now is the end of input heard
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    cli.check_nothing_is_left()
