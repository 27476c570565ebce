"""Pages without a text of ours that nobody can translate: the test's language puts what it has in brackets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.utils.translation import trans_real

from journals.models import Journal
from ledgerflow.desk.models import Preference
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.pages import ACCOUNTS, JOURNALS, page_of
from tests.people import a_user, logged_in

# Names, and keys of the keyboard; what is in capitals is a code, such as EUR or CSV.
SAME = {"LedgerFlow", "Ctrl", "Alt", "Esc", "Enter", "test"}
READ_TO_ALL = {"title", "aria-label", "placeholder", "alt"}
UNREAD = {"script", "style", "code", "time", "pre"}


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
            catalogue[key] = f"[{text.rpartition(chr(4))[2]}]"
    return pseudo


def outside_of_brackets(page: str) -> set[str]:
    """Texts with a word that is in none of the brackets, and is no name of a type of events."""
    found = Texts()
    menu_of_books = r'<details class="lf-menu lf-books">.*?</details>'
    found.feed(re.sub(menu_of_books, "", page, flags=re.DOTALL))
    left = set()
    for text in found.said:
        rest, before = re.sub(r"[a-z]+\.[a-z_.]+", "", text), ""
        while rest != before:  # brackets within brackets
            rest, before = re.sub(r"\[[^\[\]]*\]", "", rest), rest
        if {word for word in re.findall(r"[A-Za-z]{2,}", rest) if not word.isupper()} - SAME:
            left.add(text)
    return left


def test_pages_have_no_text_outside_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = an_entity(code=str(uuid4().int)[:18], name="Ωμέγα")
    cash = an_account(entity, "1000", name="λ")
    an_account(entity, "4000", "income", name="β")
    posted(entity, a_transfer("1000", "4000", "25.00", actor="777", description="№ 1"))
    monkeypatch.setitem(trans_real._translations, "de", in_brackets())  # type: ignore[attr-defined]
    user = a_user(is_superuser=True, username="777")
    Preference.objects.create(user=user, language="de")
    client = logged_in(user)
    pages = {"/admin/", ACCOUNTS, JOURNALS, page_of(cash), page_of(Journal.objects.get(entity=entity))}
    outside = {
        page: outside_of_brackets(client.get(page, {"entity": entity.code}, follow=True).content.decode())
        for page in pages
    }
    assert outside == dict.fromkeys(pages, frozenset())
