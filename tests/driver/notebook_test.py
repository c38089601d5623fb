"""A driver in a real Jupyter kernel, and in IPython's prompt."""

import os
import signal

import pexpect
import pytest
from harness import PATIENCE, wait_until

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")


class Kernel:
    """A kernel as a notebook uses it."""

    def __init__(self, cli):
        environment = cli.env | {"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"],
                                 "HOME": str(cli.path), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        self.manager = jupyter_client.KernelManager(kernel_name="python3", connection_file=str(cli.path / "kernel.json"))
        self.manager.start_kernel(env=environment, cwd=str(cli.path))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(PATIENCE)

    def start(self, code):
        # After an error the kernel would refuse what comes within a tenth of a second.
        return self.client.execute(code, stop_on_error=False)

    def finish(self, cell):
        """What the cell shows: its stdout and stderr, its value, and the name of its exception."""
        shown = {"stdout": "", "stderr": "", "value": None, "error": None}
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != cell:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown[content["name"]] += content["text"]
            elif kind == "execute_result":
                shown["value"] = content["data"]["text/plain"]
            elif kind == "error":
                shown["error"] = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return shown

    def run(self, code):
        return self.finish(self.start(code))


@pytest.fixture
def kernel(cli):
    running = Kernel(cli)
    running.cli = cli
    try:
        yield running
    finally:
        running.client.stop_channels()
        running.manager.shutdown_kernel(now=True)


def test_a_cell_starts_a_session_that_later_cells_use(kernel):
    assert kernel.run("import mproc\nsession = mproc.start(2)\nsession")["value"] == "<mproc.Session of 2 executors>"
    assert kernel.run("k = 3\ndef f(x):\n    return x * k")["error"] is None
    assert kernel.run("mproc.map(f, range(4))")["value"] == "[0, 3, 6, 9]"
    assert kernel.run("k = 4\nmproc.map(f, range(4))")["value"] == "[0, 4, 8, 12]"
    assert kernel.run("mproc.stop()\nmproc.session")["error"] is None


def test_a_cell_without_a_session_starts_one_and_says_so_in_the_cell(kernel):
    shown = kernel.run("import mproc\nmproc.map(abs, [-1])")
    assert shown["value"] == "[1]" and shown["stderr"].startswith("mproc: started a session of ")


def test_what_tasks_print_appears_in_their_cell(kernel):
    kernel.run("import mproc\nmproc.start(1)")
    shown = kernel.run("mproc.map(lambda x: print('task', x), range(3))")
    assert shown["stdout"] == "task 0\ntask 1\ntask 2\n" and shown["value"] == "[None, None, None]"
    shown = kernel.run("list(mproc.imap(lambda x: print('later', x), range(2)))")
    assert shown["stdout"] == "later 0\nlater 1\n"


def test_a_failure_is_shown_as_the_exception_itself(kernel):
    kernel.run("import mproc\nmproc.start(1)")
    assert kernel.run("mproc.map(lambda x: 1 / x, [1, 0])")["error"] == "ZeroDivisionError"
    assert kernel.run("mproc.map(abs, [-1])")["value"] == "[1]"


WAITS = """
def waits(path):
    import time
    open(path, "w").close()
    time.sleep(1000)
"""


@pytest.mark.parametrize("call", ["mproc.map(waits, ['running'])", "list(mproc.imap(waits, ['running']))",
                                  "mproc.starmap(waits, [['running']] * 2)"])
def test_an_interrupt_ends_the_cell_and_not_the_session(kernel, call):
    kernel.run("import mproc\nsession = mproc.start(1)" + WAITS)
    cell = kernel.start(call.replace("'running'", repr(str(kernel.cli.path / "running"))))
    wait_until((kernel.cli.path / "running").exists, "that the task runs")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(cell)["error"] == "KeyboardInterrupt"
    assert kernel.run("session.map(abs, [-1, -2])")["value"] == "[1, 2]"  # its only executor is free again


def test_a_restarted_kernel_leaves_no_process_of_its_session(kernel):
    kernel.run("import mproc, os\nmproc.start(2)")
    before = set(kernel.cli.processes())
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(PATIENCE)
    wait_until(lambda: not before & set(kernel.cli.processes()), "that the old session is gone")
    assert kernel.run("import mproc\nmproc.start(1)\nmproc.map(abs, [-1])")["value"] == "[1]"


def test_a_kernel_that_is_killed_amid_a_map_leaves_no_process(kernel):
    pid = int(kernel.run("import mproc, os\nmproc.start(2)" + WAITS + "os.getpid()")["value"])
    kernel.start(f"mproc.map(waits, [{str(kernel.cli.path / 'running')!r}])")
    wait_until((kernel.cli.path / "running").exists, "that the task runs")
    os.kill(pid, signal.SIGKILL)
    kernel.cli.wait_for_processes()


def test_a_prompt_of_ipython_is_a_driver(cli):
    pytest.importorskip("IPython")
    child = pexpect.spawn("/usr/bin/python3", ["-m", "IPython", "--simple-prompt", "--no-banner"], cwd=cli.path, timeout=PATIENCE,
                          env=cli.env | {"PYTHONPATH": os.environ["MPROC_PACKAGE"], "MPROC": os.environ["MPROC"],
                                         "HOME": str(cli.path), "TERM": "dumb"}, encoding="utf-8")
    child.expect(r"In \[1\]: ")
    child.sendline("import mproc; session = mproc.start(1); session")
    child.expect("<mproc.Session of 1 executors>")
    child.expect(r"In \[2\]: ")
    child.sendline("mproc.map(lambda x: (open('running', 'w').close(), __import__('time').sleep(1000)), [1])")
    wait_until((cli.path / "running").exists, "that the task runs")
    child.sendintr()
    child.expect("KeyboardInterrupt")
    child.expect(r"In \[3\]: ")
    child.sendline("session.map(lambda x: print('hello from a task') or x, [7])")
    child.expect("hello from a task")
    child.expect(r"Out\[3\]: \[7\]")
    child.expect(r"In \[4\]: ")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    cli.check_nothing_is_left()
