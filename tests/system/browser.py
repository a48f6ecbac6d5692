"""A headless Chromium, driven over its own pipe (Chrome DevTools Protocol): no driver, no port, no package."""

import base64
import contextlib
import fcntl
import json
import os
import select
import signal
import time

PATIENCE_SECONDS = 60


class Browser:
    """One page at a time. Collects what the page logs as an error, what it throws, and what it asks for outside."""

    def __init__(self, chromium, profile, size=(1300, 900)):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-extensions", "--disable-background-networking", "--remote-debugging-pipe",
                   f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "about:blank"]
        self._process = self._spawn(command, to_browser, from_browser)
        self._buffer, self._next, self._session = b"", 0, None
        self.errors, self.requests, self._events = [], [], []
        target = next(t for t in self._call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    @staticmethod
    def _spawn(command, to_browser, from_browser):
        """Chromium reads commands from descriptor 3 and answers on 4."""
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_browser, from_browser)]
        quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
        moves = [(os.POSIX_SPAWN_DUP2, end, descriptor) for end, descriptor in zip(ends, (3, 4))]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=[*quiet, *moves], setsid=True)
        for end in (*ends, to_browser, from_browser):
            os.close(end)
        return process

    def close(self):
        """A second time does nothing."""
        if self._process is None:
            return
        with contextlib.suppress(Exception):
            self._call("Browser.close", session=False)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._process = None
        os.close(self._write)
        os.close(self._read)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise EOFError("the browser has ended")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        method, values = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
            self.errors.append(f"{values['entry']['text']} {values['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in values["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])

    def _call(self, method, session=True, **values):
        self._next += 1
        message = {"id": self._next, "method": method, "params": values}
        if session and self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._next:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer.get("result", {})
            self._note(answer)

    def open(self, url, ready="document.readyState === 'complete'"):
        """Until the page says that it is ready; returns the seconds that took."""
        begin = time.monotonic()
        self._call("Page.navigate", url=str(url))
        self.wait_for(ready)
        return time.monotonic() - begin

    def evaluate(self, expression):
        """The value of JavaScript in the page, awaited where it is a promise."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait_for(self, expression, seconds=PATIENCE_SECONDS):
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(RuntimeError):  # the page is being replaced
                value = self.evaluate(expression)
                if value:
                    return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s in vain for {expression}; errors: {self.errors}")
            time.sleep(0.02)

    def click(self, x, y):
        """As the mouse does, in pixels of the window."""
        for kind, buttons in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left" if kind != "mouseMoved" else "none",
                       buttons=buttons, clickCount=1)

    def media(self, scheme="light", medium=""):
        self._call("Emulation.setEmulatedMedia", media=medium,
                   features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, file, whole=False):
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(file, "wb") as out:
            out.write(base64.b64decode(answer["data"]))

    def print_to(self, file):
        with open(file, "wb") as out:
            out.write(base64.b64decode(self._call("Page.printToPDF", printBackground=True)["data"]))
