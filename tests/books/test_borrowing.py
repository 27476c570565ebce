"""What the web server reads has a limited time; long work that a request starts has not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from ledgerflow.books.borrowing import borrowed_connection, close_borrowed
from ledgerflow.books.snapshots import own_connection
from ledgerflow.books.writing import write
from ledgerflow.web.problems import response_for, server_error
from tests.builders import an_entity
from tests.client import Reply

pytestmark = pytest.mark.every_server

Result = TypeVar("Result")


def borrowing(work: Callable[[], Result]) -> Result:
    """In a thread that has no connection yet, as the server's have none."""

    def lent() -> Result:
        with borrowed_connection():
            return work()

    close_borrowed()
    try:
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(lent).result()
    finally:
        close_borrowed()


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_what_is_lent_has_a_limit(settings: Settings) -> None:
    settings.LEDGERFLOW_READ_SECONDS = 7
    assert borrowing(limit) == "7s"
    assert limit() == "0"  # a thread with a connection of its own: a command, a job


def test_long_work_of_a_request_has_none(settings: Settings) -> None:
    settings.LEDGERFLOW_READ_SECONDS = 7

    def work() -> str:
        with own_connection() as own:
            return str(own.execute("SHOW statement_timeout").fetchone())

    assert borrowing(work) == "('0',)"


def test_the_writer_keeps_its_own_limit(settings: Settings) -> None:
    settings.LEDGERFLOW_READ_SECONDS = 7
    entity = an_entity()
    found = borrowing(lambda: write(entity.id, lambda tx, _: tx.query("SHOW statement_timeout").fetchone()))
    assert found == ("1min",)


@pytest.mark.parametrize("path, words", [("/api/accounts", '"read_timed_out"'), ("/admin/", "took more than")])
def test_a_read_that_takes_too_long_is_a_503(settings: Settings, path: str, words: str) -> None:
    settings.LEDGERFLOW_READ_SECONDS = 0.02

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(600)")

    found: list[HttpResponse | None] = []
    try:
        borrowing(work)
    except OperationalError as error:  # Django's handler asks which error is being handled
        found = [response_for(error), server_error(RequestFactory().get(path))]
    of_the_view, of_django = found
    assert of_the_view
    assert of_django
    for response in (of_the_view, of_django):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert Reply(of_the_view).code == "read_timed_out"
    assert words in of_django.content.decode()
