"""The five lines of `docs/webhooks.md` take what is really sent, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from ledgerflow.core import clocks
from ledgerflow.events.webhooks.retries import SCHEDULE
from ledgerflow.events.webhooks.sending import client
from ledgerflow.events.webhooks.sending.signing import new_secret, signed_headers
from ledgerflow.events.webhooks.use_cases import rotate_secret
from tests.webhooks.receiving import Receiver, a_webhook, books_with_accounts, deliver, happen

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
(LINES,) = re.findall(r"<!-- five lines -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What the page says of a message."""
    names: dict[str, Any] = {"headers": headers, "body": body, "secret": secret}
    exec(LINES, names)  # noqa: S102 - which is what a reader does
    return bool(names["genuine"])


def test_there_are_five_lines() -> None:
    assert len([line for line in LINES.splitlines() if line]) == 5


def test_they_take_what_is_sent_and_refuse_what_was_changed() -> None:
    books = books_with_accounts()
    with Receiver() as receiver:
        _, secret = a_webhook(books, receiver)
        happen(books)
        assert deliver(books) == 1
        (got,) = receiver.received
    assert genuine(secret, got.headers, got.body)
    assert not genuine(new_secret(), got.headers, got.body)
    assert not genuine(secret, got.headers, got.body.replace(b"1.00", b"9.00"))
    for name, value in (("webhook-id", "other"), ("webhook-timestamp", "1772445600"), ("webhook-signature", "v1,eA==")):
        assert not genuine(secret, got.headers | {name: value}, got.body)


def test_an_old_message_is_refused_although_it_was_signed() -> None:
    secret = new_secret()
    for age, is_taken in ((0, True), (299, True), (302, False), (-302, False)):
        headers = signed_headers([secret], "id", clocks.now() - timedelta(seconds=age), b"{}")
        assert genuine(secret, headers, b"{}") is is_taken


def test_both_secrets_are_taken_while_one_replaces_the_other() -> None:
    books = books_with_accounts()
    with Receiver() as receiver:
        webhook, old = a_webhook(books, receiver)
        _, new = rotate_secret(books.id, webhook.id, actor="test")
        happen(books)
        deliver(books)
        _, newest = rotate_secret(books.id, webhook.id, kept_hours=0, actor="test")
        happen(books)
        deliver(books)
        first, second = receiver.received
    assert [genuine(key, first.headers, first.body) for key in (old, new, newest)] == [True, True, False]
    assert [genuine(key, second.headers, second.body) for key in (old, new, newest)] == [False, False, True]


def test_the_page_says_the_schedule_that_is_kept() -> None:
    (row,) = re.findall(r"^\| after \|(.*)\|$", PAGE, re.MULTILINE)
    units = {"s": 1, "min": 60, "h": 3600}
    said = [
        0 if cell.strip() == "at once" else int(cell.split()[0]) * units[cell.split()[1]] for cell in row.split("|")
    ]
    assert said == [delay.total_seconds() for delay in SCHEDULE]


def test_the_page_names_every_error() -> None:
    errors = {value for name, value in vars(client).items() if name.isupper() and isinstance(value, str)}
    found = {value for value in errors if re.fullmatch(r"[a-z]+_[a-z]+", value)} | {"secret_unreadable", "interrupted"}
    assert len(found) == 9
    assert {value for value in found if f"`{value}`" not in PAGE} == set()
