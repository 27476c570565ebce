"""What tests read from admin pages."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from ledgerflow.books.models import Entity

ACCOUNTS = "/admin/accounts/account/"
JOURNALS = "/admin/journals/journal/"
KEYS = "/admin/access/apikey/"
ENTITIES = "/admin/books/entity/"
CURRENCIES = "/admin/accounts/currency/"
PROPOSALS = "/admin/approvals/proposal/"


def page_of(row: Any) -> str:
    """The address of the page of one row, in its books where it is in any."""
    opts = row._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    books = row if isinstance(row, Entity) else getattr(row, "entity", None)
    return in_books(books, address) if books else address


def in_books(entity: Entity, address: str) -> str:
    """The same page with these books in its address."""
    return address.replace("/admin/", f"/admin/e/{entity.code}/", 1)


def text_of(response: Any) -> str:
    """What a person reads: no tags, one space between words."""
    body = re.sub(
        r"<(script|style|datalist|select|nav|header).*?</\1>", " ", response.content.decode(), flags=re.DOTALL
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def read(client: Client, url: str, **params: str) -> str:
    """The text of a page that must be there."""
    response = client.get(url, params)
    assert response.status_code == 200, (url, params, response.status_code)
    return text_of(response)


def column(client: Client, url: str, name: str, **params: str) -> list[str]:
    """The cells of one column of a list."""
    body = client.get(url, params).content.decode()
    cells = re.findall(rf'<t[dh] class="field-{name}[^"]*">(.*?)</t[dh]>', body, flags=re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]


def send(client: Client, url: str, **fields: Any) -> str:
    """Send a form, follow where it leads, and read what is there."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200
    return text_of(response)


def confirm(client: Client, url: str, box: str, **fields: Any) -> str:
    """Send a form that is asked back about, tick the box that it then shows, and send the same again."""
    asked = re.search(rf'name="{box}" value="([^"]+)"', client.post(url, fields).content.decode())
    assert asked is not None
    return send(client, url, **fields, **{box: html.unescape(asked[1])})


class _Fields(HTMLParser):
    """The fields of a page that people fill in, and what labels they have."""

    def __init__(self) -> None:
        super().__init__()
        self.in_label = False
        self.labelled: set[str] = set()
        self.bare: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "label":
            self.in_label = True
            self.labelled.add(found.get("for") or "")
        is_field = tag in {"select", "textarea"} or (
            tag == "input" and found.get("type") not in {"hidden", "submit", "button"}
        )
        if is_field and not self.in_label and not found.get("aria-label"):
            self.bare.append(found)

    def handle_endtag(self, tag: str) -> None:
        self.in_label = self.in_label and tag != "label"


def without_label(page: str) -> list[str]:
    """The names of fields that a screen reader could not name."""
    fields = _Fields()
    fields.feed(page)
    return [str(one.get("name")) for one in fields.bare if not one.get("id") or one["id"] not in fields.labelled]
