"""A headless Chromium, driven through its DevTools over a pair of pipes: no driver program, no extra package."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any, Self

ANSWER_SECONDS = 60
PAGE_SECONDS = 20  # for a script to draw what a test waits for
# What pages must not do tells itself through a function that pages have from us.
TOLD = "ledgerflowTestTold"
TELL_VIOLATIONS = f"""document.addEventListener("securitypolicyviolation", event => {TOLD}(
    `policy: ${{event.effectiveDirective}} stopped ${{event.blockedURI}} ${{event.sample}}`))"""
# Virtual key codes of keys that write nothing, or something else than their name.
KEYS = {
    "Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), "Backspace": (8, ""), "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
}  # fmt: skip
CONTROL = 2
HIGH_FD = 50  # the pipes move up here first, so that none of them is 3 or 4 by chance
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


class PageError(Exception):
    """The page, or the browser, did not do what it was asked."""


class Browser:
    """One browser with one page. Use it as a context manager."""

    def __init__(self, width: int = 1280, height: int = 900) -> None:
        if CHROMIUM is None:
            message = "there is no Chromium"
            raise PageError(message)
        self._profile = tempfile.TemporaryDirectory(prefix="lf-browser-", ignore_cleanup_errors=True)
        to_browser, self._to = _high_pipe()
        self._from, from_browser = _high_pipe()
        silence = os.open(os.devnull, os.O_RDWR)
        actions = [  # silence first: it may be 3 or 4 itself
            (os.POSIX_SPAWN_DUP2, silence, 1),
            (os.POSIX_SPAWN_DUP2, silence, 2),
            (os.POSIX_SPAWN_DUP2, to_browser, 3),
            (os.POSIX_SPAWN_DUP2, from_browser, 4),
        ]
        arguments = [CHROMIUM, *OPTIONS, f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}"]
        self._pid = os.posix_spawn(CHROMIUM, [*arguments, "about:blank"], os.environ, file_actions=actions, setpgroup=0)
        for fd in (to_browser, from_browser, silence):
            os.close(fd)
        self._buffer = b""
        self._number = 0
        self._events: deque[dict[str, Any]] = deque()
        self._session = ""
        self._loader = ""
        self.complaints: list[str] = []  # errors on the console, faults of scripts, and what the policy stopped

    def __enter__(self) -> Self:
        try:
            target = self._ask("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self._ask("Page.enable")
            self._ask("Page.setLifecycleEventsEnabled", enabled=True)
            for domain in ("Runtime", "Log"):
                self._ask(f"{domain}.enable")
            self._ask("Runtime.addBinding", name=TOLD)
            self._ask("Page.addScriptToEvaluateOnNewDocument", source=TELL_VIOLATIONS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    # What a person does

    def go(self, url: str) -> None:
        answer = self._ask("Page.navigate", url=url)
        if answer.get("errorText"):
            message = f"{url}: {answer['errorText']}"
            raise PageError(message)
        self._wait_for_load(answer["loaderId"])

    def type(self, selector: str, text: str) -> None:
        """Put text into a field as the keyboard would; what was there goes."""
        self._element(selector, "element.focus(); if (element.select) element.select();")
        self._ask("Input.insertText", text=text)

    def choose(self, selector: str, value: str) -> None:
        self._element(selector, f"element.value = {json.dumps(value)}; element.dispatchEvent(new Event('change'));")

    def click(self, selector: str, *, loads: bool = True) -> None:
        """Click, and wait for the page it leads to unless told that it leads nowhere."""
        self._element(selector, "element.scrollIntoView(); element.click();")
        if loads:
            self._wait_for_load()

    def press(self, key: str, *, control: bool = False, loads: bool = False) -> None:
        """One key, such as "a", "." or "Enter"; waits for the page it leads to where it `loads` one.

        The code of a mark is that of another key on every keyboard (that of "." is Delete's), so marks have none.
        """
        code, text = KEYS.get(key) or (ord(key.upper()) if key.isascii() and key.isalnum() else 0, key)
        said = {"key": key, "windowsVirtualKeyCode": code, "modifiers": CONTROL if control else 0}
        self._ask("Input.dispatchKeyEvent", type="keyDown", **said, **({"text": text} if text and not control else {}))
        self._ask("Input.dispatchKeyEvent", type="keyUp", **said)
        if loads:
            self._wait_for_load()

    def press_all(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.press(key)

    def wait_until(self, condition: str) -> None:
        """Wait until this is true on the page, which looks again with each frame that it paints."""
        self.run(
            f"new Promise((done, failed) => {{ const end = performance.now() + {PAGE_SECONDS * 1000};"
            f" const look = () => ({condition}) ? done() : performance.now() > end ? failed(new Error('never'))"
            " : requestAnimationFrame(look); look(); })"
        )

    # What a person sees

    def text(self, selector: str = "body") -> str:
        return str(self._element(selector, "return element.innerText;"))

    def texts(self, selector: str) -> list[str]:
        found = self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(element => element.innerText)")
        return list(found)

    def style(self, selector: str, name: str) -> str:
        """A computed style, such as the background a colour scheme gives."""
        return str(self._element(selector, f"return getComputedStyle(element).getPropertyValue({json.dumps(name)});"))

    def run(self, script: str) -> Any:
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def prefer(self, scheme: str) -> None:
        """Ask pages for `light` or `dark` colours."""
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)

    def screenshot(self, path: Path) -> None:
        """In the format that the file's name says: png, webp or jpeg."""
        kind = path.suffix.removeprefix(".")
        taken = self._ask("Page.captureScreenshot", format=kind, **({} if kind == "png" else {"quality": 60}))
        path.write_bytes(base64.b64decode(taken["data"]))

    def printed(self, **paper: float) -> bytes:
        """The page as the browser prints it, a PDF, on the browser's usual paper unless told (`paperHeight`, inches)."""
        return base64.b64decode(self._ask("Page.printToPDF", **paper)["data"])

    def _element(self, selector: str, script: str) -> Any:
        quoted = json.dumps(selector)
        return self.run(
            f"(() => {{ const element = document.querySelector({quoted});"
            f" if (!element) throw new Error('nothing matches ' + {quoted}); {script} }})()"
        )

    # The pipe: JSON texts with a NUL after each

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session and not method.startswith("Target."):
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") != self._number:
                self._events.append(answer)
            elif "error" in answer:
                raise PageError(json.dumps(answer["error"]))
            else:
                return dict(answer["result"])

    def _wait_for_load(self, loader: str = "") -> None:
        """Until the page of that loader (or any new one) is loaded; late news of the page before does not count."""
        while True:
            message = self._events.popleft() if self._events else self._read()
            event = message.get("params", {})
            if message.get("method") != "Page.lifecycleEvent" or event["name"] != "load":
                continue
            if event["loaderId"] == loader or (not loader and event["loaderId"] != self._loader):
                self._loader = event["loaderId"]
                return

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + ANSWER_SECONDS
        while b"\0" not in self._buffer:
            if not select.select([self._from], [], [], max(until - time.monotonic(), 0))[0]:
                message = f"the browser said nothing for {ANSWER_SECONDS} s"
                raise PageError(message)
            piece = os.read(self._from, 1 << 20)
            if not piece:
                message = "the browser is gone"
                raise PageError(message)
            self._buffer += piece
        message_text, self._buffer = self._buffer.split(b"\0", 1)
        told: dict[str, Any] = json.loads(message_text)
        self._note(told.get("method", ""), told.get("params", {}))
        return told

    def _note(self, method: str, said: dict[str, Any]) -> None:
        """Keep what a page complains about."""
        if method == "Runtime.bindingCalled" and said["name"] == TOLD:
            self.complaints.append(said["payload"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(f"script: {json.dumps(said['exceptionDetails'])[:500]}")
        elif method == "Runtime.consoleAPICalled" and said["type"] in {"error", "assert"}:
            self.complaints.append(f"console: {json.dumps(said['args'])[:500]}")
        elif method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.complaints.append(f"log: {said['entry']['text']} {said['entry'].get('url', '')}")


def _high_pipe() -> tuple[int, int]:
    ends = os.pipe()
    high = tuple(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HIGH_FD) for fd in ends)
    for fd in ends:
        os.close(fd)
    return high[0], high[1]
