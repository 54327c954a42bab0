"""Chromium without a window, driven over the DevTools protocol.

The protocol runs through two pipes (`--remote-debugging-pipe`): JSON messages with a NUL byte at their end. So there is
no port, no websocket and no package to install.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECONDS = 30.0
"""How long anything may take before the test fails."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--remote-debugging-pipe",
)
# Chromium reads from descriptor 3 and writes to 4.
_START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Chromium:
    """A browser of its own, with an empty profile in `folder`."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium")
        if program is None:
            raise FileNotFoundError("tests marked `browser` need the command `chromium` (Debian package chromium)")
        self._log = folder / "chromium.log"
        inner_read, self._write = _pipe()
        self._read, inner_write = _pipe()
        arguments = [str(inner_read), str(inner_write), program, *_FLAGS, f"--user-data-dir={folder / 'profile'}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, *arguments, "about:blank"],
                env={**os.environ, "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(inner_read, inner_write),
                start_new_session=True,
            )
        os.close(inner_read)
        os.close(inner_write)
        self._buffer = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._send("Browser.close", {}, None)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """The result of one command; what happens meanwhile is added to `events`."""
        number = self._send(method, params, session)
        end = time.monotonic() + SECONDS
        while True:
            message = self._receive(end, method)
            if message.get("id") != number:
                self.events.append(message)
            elif "error" in message:
                raise AssertionError(f"{method}: {message['error']}")
            else:
                return dict(message["result"])

    @contextlib.contextmanager
    def page(self, url: str) -> Iterator[Page]:
        """A new page with a storage of its own, closed at the end."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        try:
            target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
            session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            page = Page(self, session, context)
            page.open(url)
            yield page
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)

    def _send(self, method: str, params: dict[str, Any], session: str | None) -> int:
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        return self._last

    def _receive(self, end: float, waits_for: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                what = "ended" if ready else f"did not answer within {SECONDS:.0f} s"
                log = self._log.read_text("utf-8", "replace")[-2000:]
                raise AssertionError(f"Chromium {what} ({waits_for}). Its log ends with:\n{log}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))


class Page:
    """One page."""

    def __init__(self, browser: Chromium, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, /, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def open(self, url: str) -> None:
        """Goes to `url` and waits until it is loaded."""
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer["errorText"]
        # Until the new document is there the old one answers.
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise AssertionError(f"{expression}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def until(self, expression: str) -> Any:
        """Waits until the expression is true, and returns its value."""
        end = time.monotonic() + SECONDS
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end, f"not true within {SECONDS:.0f} s: {expression}"
            time.sleep(0.05)
        return value

    def resize(self, width: int) -> None:
        """As wide as a phone, or as a laptop: CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, *keys: str) -> None:
        """Presses and releases keys one after another, as a person does."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, selector: str, text: str) -> None:
        """Puts `text` into a field, in place of what it holds."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Clicks in the middle of the one visible element that `selector` names."""
        where = self.evaluate(
            f"(() => {{ const found = document.querySelectorAll({json.dumps(selector)});"
            "if (found.length !== 1) throw new Error(`${found.length} elements`);"
            "found[0].scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = found[0].getBoundingClientRect();"
            "return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def texts(self, selector: str) -> Sequence[str]:
        return list(self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)"))

    def save_to(self, folder: Path) -> None:
        """Lets links save files, into `folder`."""
        how = {"behavior": "allow", "downloadPath": str(folder), "eventsEnabled": True}
        self._browser.call("Browser.setDownloadBehavior", browserContextId=self._context, **how)

    def wait_for(self, method: str, **params: Any) -> None:
        """Waits until an event with these parameters has come, of this page or of the browser."""
        end = time.monotonic() + SECONDS
        while not any(
            event["method"] == method and params.items() <= event["params"].items() for event in self._browser.events
        ):
            assert time.monotonic() < end, f"no {method} within {SECONDS:.0f} s"
            self.evaluate("new Promise(done => setTimeout(done, 50))")

    def happened(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all events of this page so far."""
        self.evaluate("0")
        return [
            event["params"]
            for event in self._browser.events
            if event.get("sessionId") == self._session and event["method"] == method
        ]


def _pipe() -> tuple[int, int]:
    """The two ends of a pipe, with numbers that leave 3 and 4 free."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
