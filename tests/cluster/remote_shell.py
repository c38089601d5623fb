#!/usr/bin/python3
"""What sshd and ssh are to real hosts: `remote_shell.py serve` runs as the first process of a host, and `remote_shell.py
HOST COMMAND...` gives the words to a shell there, in a login's environment. Nothing tells a caller that the host has died
or that its wire is cut, as nothing does in reality."""

import os
import signal
import socket
import subprocess
import sys

PORT = 22
LOST = 255  # ssh's own exit status
STATUS_BYTES = 4  # behind all that the command has printed: its exit status, as b"\0" and three digits


def receive(connection, length):
    data = b""
    while len(data) < length and (piece := connection.recv(length - len(data))):
        data += piece
    return data


def run(connection):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    command = receive(connection, int(receive(connection, 8)))
    home = os.path.expanduser("~root")
    environment = {"HOME": home, "USER": "root", "LOGNAME": "root", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    status = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=connection, stderr=connection,
                            cwd=home, env=environment, start_new_session=True).returncode
    connection.sendall(b"\0%03d" % (status if status >= 0 else 128 - status))


def serve():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the host's orphans are ours
    listener = socket.create_server(("", PORT))
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            run(connection)
            os._exit(0)
        connection.close()


def call(host, command):
    try:
        connection = socket.create_connection((host, PORT), 5)
    except OSError as error:
        print(f"remote_shell: {host}: {error.strerror or error}", file=sys.stderr)
        return LOST
    connection.settimeout(None)
    connection.sendall(b"%8d" % len(command.encode()) + command.encode())
    data = b""
    while piece := connection.recv(65536):
        data += piece
        os.write(1, data[:-STATUS_BYTES])
        data = data[-STATUS_BYTES:]
    return int(data[1:]) if data[:1] == b"\0" else LOST


if __name__ == "__main__":
    sys.exit(serve() if sys.argv[1:] == ["serve"] else call(sys.argv[1], " ".join(sys.argv[2:])))
