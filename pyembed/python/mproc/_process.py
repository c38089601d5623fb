"""The processes of a session: the launcher, which starts mpirun, central and the workers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, List, Mapping, Optional, Union

from ._library import find_program

START_SECONDS, STOP_SECONDS = 90.0, 10.0


class Launcher:
    """Starts `mproc session` and takes the connection that central makes. Owns the launcher process."""

    def __init__(self, executors: int, settings: List[str]) -> None:
        self._directory = tempfile.mkdtemp(prefix="mproc-driver-")  # readable by this user alone
        try:
            path = os.path.join(self._directory, "socket")
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with listener:
                listener.bind(path)
                listener.listen(1)
                self._said: List[str] = []
                self._process = subprocess.Popen(
                    [find_program(), "session", path]
                    + (["-j", str(executors)] if executors else [])
                    + [word for setting in settings for word in ("--set", setting)],
                    stdin=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    env=_environment(),
                    start_new_session=True,  # Ctrl-C interrupts the driver's call, not the session
                    text=True,
                    errors="replace",
                )
                self._reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
                self._reader.start()
                self.socket = self._accept(listener)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _accept(self, listener: socket.socket) -> int:
        listener.settimeout(0.05)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                return listener.accept()[0].detach()
            except socket.timeout:
                if self._process.poll() is not None:
                    raise self._refused() from None
        self._process.kill()
        raise self._refused(f"central did not answer within {START_SECONDS:.0f} s")

    def _refused(self, why: str = "") -> Exception:
        from . import SessionError

        self._reader.join(5)
        said = "\n".join(self._said) or f"mproc ended with status {self._process.returncode}"
        return SessionError(f"the session did not start: {why or said}")

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._said.append(line.rstrip("\n"))
            del self._said[:-20]
            sys.stderr.write(line)

    def last_words(self) -> str:
        """What the session said at its end."""
        self._reader.join(5)
        return self._said[-1] if self._said else ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> Optional[int]:
        """The exit status, once the session has ended; it is made to after a while."""
        for patience in (STOP_SECONDS, 0.5, STOP_SECONDS):
            try:
                return self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGINT)  # a second one ends all processes at once, and clears up
        self._process.kill()
        return self._process.wait()


def settings(
    memory: Union[str, int] = "",
    recycle: int = 0,
    cpus: int = 1,
    gpus: int = 0,
    pin: bool = False,
    env: Optional[Mapping[str, str]] = None,
) -> List[str]:
    """The limits of start() as settings of a job file, KEY=VALUE."""
    found = []
    if memory:
        found.append(f"task.memory={memory}")
    if recycle:
        found.append(f"run.recycle={recycle}")
    if cpus != 1:
        found.append(f"task.cpus={cpus}")
    if gpus:
        found.append(f"task.gpus={gpus}")
    if pin:
        found.append("task.pin=true")
    return found + [f"run.env.{name}={json.dumps(value)}" for name, value in (env or {}).items()]


def _environment() -> dict:
    """This process's, with the environment that this Python belongs to."""
    environment = dict(os.environ)
    if sys.prefix != sys.base_prefix:
        environment["VIRTUAL_ENV"] = sys.prefix
    elif os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        environment["CONDA_PREFIX"] = sys.prefix
    return environment


