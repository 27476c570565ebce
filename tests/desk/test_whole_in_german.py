"""Pages without a text of ours that nobody can translate: the test's language puts what it has in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any
from zoneinfo import available_timezones

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, JSONField, TextField
from django.utils.translation import trans_real
from msgspec import to_builtins

from accounts.iso4217 import ISO_4217, WITHDRAWN
from apps.operations.models import TemplateVersion
from ledgerflow.books.models import Entity
from ledgerflow.desk.models import Preference
from ledgerflow.desk.translations.declared import own_models
from ledgerflow.desk.translations.marked import marked_texts
from tests.browser.pages import books_of_every_page, every_page
from tests.people import a_user, logged_in

# Names, keys of the keyboard, and what Django calls its icons; what is in capitals is a code, such as EUR or CSV.
SAME = {"LedgerFlow", "Ctrl", "Alt", "Esc", "Enter", "test", "True", "False"}
DOCUMENTS = {"help", "help_page"}  # in English, as they say
READ_TO_ALL = {"title", "aria-label", "placeholder", "alt"}
TEXTS = (CharField, TextField, JSONField, ArrayField)
MOST_ROWS = 5_000
# Rows of these books are called so, although some are texts of ours too; the last is what a test of others proposes.
CALLED_SO = {
    "Credit", "Fee", "Move", "Revaluation", "Rounding difference", "debit 5100 1200.00", "manual", "needed",
    "reversal", "transfer", "yours", "Open an account", "read_models", "credit 1100 1200.00",
}  # fmt: skip
# The menu of all books, an icon of Django's lists, and what Django calls its permissions, which it keeps in a table.
OF_OTHERS = (
    r'<details class="lf-menu lf-books">.*?</details>|<(\w+)[^>]* translate="no".*?</\1>|alt="Search"'
    r'|<select name="(?:user_)?permissions".*?</select>'
)
BETWEEN = "\x1f"
UNREAD = {"script", "style", "code", "time", "pre", "textarea", "del", "ins"}
# Types of events, addresses, those of e-mail too, ids, hashes, and the beginnings of hashes.
OF_MACHINES = (
    r"https?://\S+|[\w.+-]+@[\w.-]+|[0-9a-f]{8}(-[0-9a-f]+){4}|[A-Za-z0-9+/]{43}=|\b(?=[a-f]*\d)[0-9a-f]{12,64}\b"
    r"|[a-z]+\.[a-z_.]+|dimension\."
)


class Texts(HTMLParser):
    """All that a page says, by eye or by ear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        names = READ_TO_ALL | ({"value"} if given.get("type") == "submit" else set())
        if tag != "time":
            self.said += [given[name] or "" for name in names & given.keys()]
        self._unread += tag in UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.said.append(" ".join(data.split()))


def in_brackets() -> trans_real.DjangoTranslation:
    """German, with each text in brackets in the place of its translation."""
    pseudo = trans_real.DjangoTranslation("de")
    catalogues: list[dict[str | tuple[str, int], str]] = pseudo._catalog._catalogs  # type: ignore[attr-defined]
    for catalogue in catalogues:
        for key in [one for one in catalogue if one]:
            text = key if isinstance(key, str) else key[0]
            # What `yesno` takes apart at its comma has brackets around each part.
            parts = text.rpartition(chr(4))[2]
            catalogue[key] = ",".join(f"[{one}]" for one in parts.split(",")) if ", " not in parts else f"[{parts}]"
    return pseudo


def data_of(books: Entity) -> list[str]:
    """All texts that these books, or tables of no books, hold: the longest first. What is a text of ours is none.

    Besides, what people, zones and currencies are called.
    """
    found: set[str] = set()
    for model in own_models():
        fields = {one.name for one in model._meta.local_concrete_fields}
        rows = model._default_manager.filter(entity=books) if "entity" in fields else model._default_manager.all()
        texts = [one.attname for one in model._meta.local_concrete_fields if isinstance(one, TEXTS) and not one.choices]
        for values in rows.values_list(*texts)[:MOST_ROWS] if texts else ():
            found |= set(texts_in(values))
    ours = {one.text for one in marked_texts()} - CALLED_SO
    found |= CALLED_SO | {one.replace("_", " ").capitalize() for one in books.dimensions}
    found |= {text for row in TemplateVersion.objects.all() for text in texts_in(to_builtins(row.read()))}
    found |= {*available_timezones(), *User.objects.values_list("username", flat=True)}
    found |= {*Group.objects.values_list("name", flat=True), *(str(one[1]) for one in (*ISO_4217, *WITHDRAWN))}
    return sorted((one for one in found - ours if re.search("[A-Za-z]{2}", one)), key=len, reverse=True)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        yield from texts_in([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def outside_of_brackets(page: str, data: Sequence[str] = ()) -> set[str]:
    """Texts with a word that is in none of the brackets, is no data, and no name of a type of events."""
    found = Texts()
    found.feed(re.sub(OF_OTHERS, "", page, flags=re.DOTALL))
    whole, before = BETWEEN.join(found.said), ""
    while whole != before:  # brackets within brackets, and elements within them
        whole, before = re.sub(r"\[[^\[\]]*\]", "", whole), whole
    left = set()
    for text in whole.split(BETWEEN):
        rest = text
        for one in data if words_of(rest) else ():
            if one in rest:
                rest = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "", rest)
        rest = re.sub(OF_MACHINES, "", rest)
        if words_of(rest):
            left.add(rest)
    return left


def words_of(text: str) -> set[str]:
    return {word for word in re.findall(r"[A-Za-z]{2,}", text) if not word.isupper()} - SAME


def test_no_page_has_a_text_of_ours_outside_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    books, person = books_of_every_page(), a_user(is_superuser=True, username="777")
    Preference.objects.create(user=person, language="de")
    client, data = logged_in(person), data_of(books)
    monkeypatch.setitem(trans_real._translations, "de", in_brackets())  # type: ignore[attr-defined]
    outside = [
        f"{page.name}: {text}"
        for page in every_page(books, person)
        if page.name not in DOCUMENTS
        for text in outside_of_brackets(client.get(page.address).content.decode(), data)
    ]
    assert not outside, "\n".join(sorted(outside))
