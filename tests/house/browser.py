"""A headless Chromium, spoken to over two pipes: what a page says on its console, asks for, and looks like.

The DevTools protocol as Chromium documents it for `--remote-debugging-pipe`: JSON messages ended by a zero byte, read
from descriptor 3 and written to descriptor 4. No port is opened.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CHROMIUM = next((found for n in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(n))), None)
"""The browser that is installed here, or None."""

_PATIENCE = 60.0
"""Seconds that one answer may take on a busy machine."""

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    *("--force-device-scale-factor=1", "--remote-debugging-pipe"),
)

Message = dict[str, object]


@dataclass
class Browser:
    """One browser with one page.

    Attributes:
        out, into: descriptors of the pipes: what we write to, what we read from.
        session: of the page; empty before there is one.
        said: console messages, log entries and errors of the page, as text.
        asked: addresses that the page asked for.

    """

    out: int
    into: int
    session: str = ""
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _rest: bytes = b""
    _number: int = 0
    _seen: set[str] = field(default_factory=set)

    def attach(self) -> None:
        """Open an empty page and listen to it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, page: Path, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Show a file from disk in a window of this size and wait until it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        self._seen.clear()
        self.said.clear()
        self.asked.clear()
        self.call("Page.navigate", url=page.as_uri())
        while "Page.loadEventFired" not in self._seen:
            self._take(self._next())

    def value(self, expression: str) -> object:
        """What an expression of the page comes to."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        result = answer["result"]
        assert isinstance(result, dict)
        return result.get("value")

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of the window, or of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        return base64.b64decode(str(data))

    def call(self, method: str, **parameters: object) -> Message:
        """Ask the browser for something and wait for the answer; events meanwhile are noted."""
        self._number += 1
        message: Message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            got = self._next()
            if got.get("id") == self._number:
                assert "error" not in got, got
                result = got["result"]
                assert isinstance(result, dict)
                return result
            self._take(got)

    def _next(self) -> Message:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.into], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self.into, 1 << 20) if ready else b""
            assert data, "the browser does not answer"
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\0")
        value = json.loads(first)
        assert isinstance(value, dict)
        return value

    def _take(self, event: Message) -> None:
        """Note an event."""
        method, told = str(event.get("method")), event.get("params")
        self._seen.add(method)
        if method == "Network.requestWillBeSent" and isinstance(told, dict):
            self.asked.append(str(told["request"]["url"]))
        elif method in {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}:
            self.said.append(json.dumps(told))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in a folder of its own; it is ended in any case."""
    assert CHROMIUM is not None, "no Chromium: apt-get install -y chromium"
    (read_here, write_there), (read_there, write_here) = os.pipe(), os.pipe()
    words = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}"]
    pipes = f"exec {shlex.join(words)} 3<&{read_there} 4>&{write_there}"
    with (profile.parent / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", pipes],  # noqa: S607 - bash from the PATH; it moves descriptors to where they are looked for
            pass_fds=(read_there, write_there),
            stdout=log,
            stderr=log,
        )
    os.close(read_there)
    os.close(write_there)
    try:
        page = Browser(write_here, read_here)
        page.attach()
        yield page
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)
        os.close(write_here)
        os.close(read_here)
