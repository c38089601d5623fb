"""Runs that are disturbed at random instants, and have to end with the output of an undisturbed one."""

import os
import random
import shutil
import signal
import time

JOB = ["run", "job.toml", "-j"]
MOST_COMMANDS = 12  # of one round: more means that it does not get on


def rounds(count):
    """`count`, or the share of it that MPROC_SOAK asks for."""
    return max(1, round(count * float(os.environ.get("MPROC_SOAK", "1"))))


def seeded(name):
    """Random instants and victims; MPROC_SOAK_SEED gives those of an earlier session again."""
    seed = os.environ.get("MPROC_SOAK_SEED") or str(random.randrange(1 << 32))
    print(f"{name}: MPROC_SOAK_SEED={seed}")
    return random.Random(seed)


class Disturbed:
    """One job in one directory, run again and again from nothing."""

    def __init__(self, cli, output, executors, env=None):
        self.cli, self.output, self.words, self.env = cli, cli.path / output, [*JOB, executors], env
        begun = time.monotonic()
        cli.run(*self.words, env=env)
        self.seconds = time.monotonic() - begun
        self.expected = self.output.read_bytes()

    def forget(self):
        shutil.rmtree(self.cli.path / "runs", ignore_errors=True)
        self.output.unlink(missing_ok=True)

    def start(self):
        return self.cli.start(*self.words, env=self.env)

    def finish(self, result):
        """The same command until it succeeds; how many it took. `result`: of the one before, which was disturbed."""
        for commands in range(MOST_COMMANDS):
            if result.status == 0:
                return commands
            self.cli.wait_for_processes()
            result = self.start().wait()
        raise AssertionError(f"not complete after {MOST_COMMANDS} commands: {result!r}")

    def check(self):
        assert self.output.read_bytes() == self.expected, "not the output of the undisturbed run"
        self.cli.check_nothing_is_left()
        left = [path.name for path in self.cli.path.rglob("*") if ".part" in path.name or ".new" in path.name]
        assert left == []


def wait_for_instant(running, seconds):
    """False when the run was over before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not running.running():
            return False
        time.sleep(0.001)
    return running.running()


def kill(pids):
    killed = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        except ProcessLookupError:
            pass
    return killed
