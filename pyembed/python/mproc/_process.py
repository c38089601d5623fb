"""Where the processes of a session come from: a launcher, or the user's own mpirun."""

from __future__ import annotations

import atexit
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
from contextlib import contextmanager, suppress
from typing import IO, Any, Callable, Iterable, Iterator, List, Mapping, Optional, Tuple, Union

from ._library import find_program

START_SECONDS, STOP_SECONDS = 90.0, 10.0


Pieces = List[Tuple[int, str, str]]


@contextmanager
def _listener() -> Iterator[Tuple[str, socket.socket]]:
    """Where central connects to: in a directory for this user alone."""
    directory = tempfile.mkdtemp(prefix="mproc-driver-")
    try:
        if len(os.fsencode(directory)) > 90:  # a socket's path has 108 bytes at most
            raise _refused(f"TMPDIR is too long for a socket in it ({directory}); set a shorter one")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            path = os.path.join(directory, "socket")
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(0.05)
            yield path, listener
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _accept(listener: socket.socket, look: Callable[[], None]) -> int:
    """Central's connection. `look` is called now and then, and raises where it will not come."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            return listener.accept()[0].detach()
        except socket.timeout:
            look()
    raise _refused(f"central did not answer within {START_SECONDS:.0f} s")


def _refused(why: str) -> Exception:
    from . import SessionError

    return SessionError(f"the session did not start: {why}")


class Launcher:
    """Starts `mproc session` and takes the connection that central makes. Owns the launcher process."""

    def __init__(self, executors: int, settings: List[str]) -> None:
        self.pieces: Pieces = []  # of init(), in order
        self._said: List[str] = []
        with _listener() as (path, listener):
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
            try:
                self._socket = _accept(listener, self._look)
            except BaseException:
                self._end()
                raise

    def _look(self) -> None:
        if self._process.poll() is not None:
            self._reader.join(5)
            raise _refused("\n".join(self._said) or f"mproc ended with status {self._process.returncode}") from None

    def client(self, connect: Callable[[int], Any]) -> Any:
        return connect(self._socket)

    def stop(self, client: Any, shared: Iterable[str]) -> None:
        client.stop()
        self.wait()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._said.append(line.rstrip("\n"))
            del self._said[:-20]
            sys.stderr.write(line)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> Optional[int]:
        """The exit status, once the session has ended; it is made to after a while."""
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return self._end()

    def _end(self) -> int:
        """Ends all of its processes at once, which a second interrupt does."""
        for patience in (0.5, STOP_SECONDS):
            self._process.send_signal(signal.SIGINT)
            try:
                return self._process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        self._process.kill()
        return self._process.wait()


class Ranks:
    """The ranks of the user's own mpirun or srun, whose central has started this script: there for one session of one
    kind, which may be taken up again until the script ends."""

    def __init__(self, control: int) -> None:
        self.pieces: Pieces = []
        self.pid = os.getppid()
        self._control = socket.socket(fileno=control)
        os.set_inheritable(control, False)
        self._client: Any = None
        self._wanted: Tuple[int, List[str]] = (0, [])

    def want(self, executors: int, settings: List[str]) -> Ranks:
        if self._client is None:
            self._wanted = (executors, settings)
        elif settings and settings != self._wanted[1]:
            raise _refused("the ranks of mpirun keep the limits of the first session: " + (" ".join(self._wanted[1]) or "none"))
        elif executors > self._client.executors(0, 0.0):
            raise _refused(
                f"the ranks of mpirun have {self._client.executors(0, 0.0)} executors, as the first session; "
                f"start that one with {executors}, or mproc python -j {executors}"
            )
        return self

    def client(self, connect: Callable[[int], Any]) -> Any:
        if self._client is None:
            self._client = connect(self._ask(*self._wanted))
            atexit.register(self._client.stop)
        return self._client

    def _ask(self, executors: int, settings: List[str]) -> int:
        with _listener() as (path, listener):
            record = {"socket": path, "executors": executors, "settings": settings}
            try:
                self._control.sendall(json.dumps(record).encode() + b"\n")
            except OSError as error:
                raise _refused(f"central has gone ({error})") from None
            return _accept(listener, self._look)

    def _look(self) -> None:
        try:
            answer = self._control.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        raise _refused(json.loads(answer)["error"] if answer else "central has gone") from None

    def stop(self, client: Any, shared: Iterable[str]) -> None:
        """The ranks stay for the next session, which has nothing of the arrays."""
        from . import SessionError

        with suppress(SessionError):  # the ranks have gone
            for name in shared:
                client.unshare(name)


_ranks: Optional[Ranks] = None


def host(executors: int, settings: List[str]) -> Union[Launcher, Ranks]:
    """Where the executors of a session are to come from."""
    global _ranks
    pid, _, control = os.environ.get("MPROC_DRIVER", "").partition(":")
    if pid != str(os.getpid()):
        return Launcher(executors, settings)
    if _ranks is None:
        _ranks = Ranks(int(control))
    return _ranks.want(executors, settings)


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
    """This process's, with the environment that this Python belongs to: a virtual one, or, as conda's are found, any
    Python that is not the system's."""
    environment = dict(os.environ)
    if sys.prefix != sys.base_prefix:
        environment["VIRTUAL_ENV"] = sys.prefix
    elif sys.prefix != "/usr":
        environment.pop("VIRTUAL_ENV", None)
        environment["CONDA_PREFIX"] = sys.prefix
    return environment


