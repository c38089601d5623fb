"""A real Chromium without a window, spoken to through its own pipe (the DevTools protocol)."""

import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

PATIENCE = 120
NAMES = ("chromium", "chromium-browser", "google-chrome")


def program():
    return next((found for found in map(shutil.which, NAMES) if found), None)


class Browser:
    """One page at a time. What the page says on its console is in `console`."""

    def __init__(self, width=1200, height=900):
        self.folder = tempfile.mkdtemp(prefix="mproc-browser-")
        to_child, self.write_end = os.pipe()
        self.read_end, from_child = os.pipe()
        # Away from 3 and 4, where Chromium looks for them.
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_child, from_child)]

        def place():
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        words = [program(), "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", f"--user-data-dir={self.folder}", f"--window-size={width},{height}",
                 *(["--no-sandbox"] if os.getuid() == 0 else []), "about:blank"]
        self.process = subprocess.Popen(words, preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True, env=os.environ | {"HOME": self.folder})
        for fd in (to_child, from_child, *theirs):
            os.close(fd)
        self.number, self.rest, self.session, self.console, self.loaded = 0, b"", None, [], 0
        try:
            target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
            self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def message(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"Chromium said nothing for {PATIENCE} s")
            piece = os.read(self.read_end, 1 << 20)
            if not piece:
                raise EOFError(f"Chromium ended with {self.process.wait()}")
            self.rest += piece
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def note(self, message):
        kind, what = message.get("method"), message.get("params", {})
        if kind == "Runtime.exceptionThrown":
            self.console.append(what["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif kind == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(argument.get("value")) for argument in what["args"]))
        elif kind == "Log.entryAdded":
            self.console.append(what["entry"]["text"])
        elif kind == "Page.loadEventFired":
            self.loaded += 1

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_end, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") != self.number:
                self.note(message)
                continue
            if "error" in message:
                raise RuntimeError(f"{method}: {message['error']}")
            return message["result"]

    def open(self, path):
        """Loads a file and waits until it is there."""
        loaded = self.loaded
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        while self.loaded == loaded:
            self.note(self.message())

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press(self, key):
        """A key of the keyboard, as if the user had hit it."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def media(self, scheme="light"):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path, whole=True):
        image = self.call("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(image["data"]))

    def pdf(self, path):
        paper = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=False)
        pathlib.Path(path).write_bytes(base64.b64decode(paper["data"]))

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser():
    if not program():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    try:
        started = Browser()
    except (EOFError, TimeoutError, OSError, RuntimeError) as error:
        pytest.skip(f"Chromium does not start here: {error}")
    yield started
    started.close()
