"""The server of the tests of pages: in this process, with the headers that the real one puts on every answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.testcases import LiveServerThread

from ledgerflow.web.hotpath import HotPathHandler
from tests.devtools import Browser

PASSWORD = "open sesame, please"


class _Whole(StaticFilesHandler):
    """What the WSGI entry point makes, and static files as they lie there."""

    def __init__(self, _of_django: WSGIHandler) -> None:
        super().__init__(HotPathHandler())


@contextmanager
def served() -> Iterator[str]:
    """The address of a server that runs until the end of the block."""
    thread = LiveServerThread("127.0.0.1", _Whole)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
        connection.close()


def log_in(browser: Browser, server: str, username: str) -> None:
    """Through the form, as a person does."""
    browser.go(f"{server}/admin/")
    browser.type("#id_username", username)
    browser.type("#id_password", PASSWORD)
    browser.click("input[type=submit]")
