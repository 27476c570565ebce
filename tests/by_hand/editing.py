"""The form of the editor as a browser sends it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from ledgerflow.books.models import Entity
from tests.pages import JOURNALS, in_books

ADD = f"{JOURNALS}add/"
CHECK = f"{ADD}check/"
NAMES = ("account", "line_description", "debit", "credit")


def fields_of(page: Any) -> dict[str, Any]:
    """What the form of a page would send, its buttons left out."""
    found: dict[str, Any] = {}
    body = page.content.decode()
    for tag in re.findall(r"<input [^>]*>", body[body.index('id="editor"') :]):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" and "name" in attributes:
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    return found


def opened(client: Client, entity: Entity, **asked: str) -> dict[str, Any]:
    page = client.get(ADD, {"entity": entity.code} | asked)
    assert page.status_code == 200
    return fields_of(page)


def sent(client: Client, entity: Entity, address: str, form: dict[str, Any], *, follows: bool = False) -> Any:
    """What became of the form, sent from a page of these books."""
    return client.post(in_books(entity, address), form, follow=follows)


def typed(form: dict[str, Any], *lines: tuple[str, str, str, str], **header: Any) -> dict[str, Any]:
    """The form with these lines of account, description, debit and credit."""
    return form | {name: list(column) for name, column in zip(NAMES, zip(*lines, strict=True), strict=True)} | header
