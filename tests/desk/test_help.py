"""Each page has its help, and the documentation that it leads to is there."""

from __future__ import annotations

import re
from posixpath import join, normpath

import pytest

from ledgerflow.core.plugins import registry
from ledgerflow.desk.helping.documents import document_named, documents
from ledgerflow.desk.helping.pages import help_named
from tests.browser.pages import every_name
from tests.builders import an_entity
from tests.pages import in_books, text_of
from tests.people import a_user, logged_in


def test_every_page_has_three_sentences_and_a_heading_to_read_on() -> None:
    without = [name for name in every_name() if help_named(name) is None]
    assert without == []
    names = every_name()
    for one in registry.helps.values():
        document, _, heading = one.document.partition("#")
        assert heading in dict(document_named(document.removesuffix(".md")).headings), one
        assert [text for text in one.sentences if not re.fullmatch(r"[A-Z].{10,200}\.", text)] == [], one
        assert any(f"{name}_".startswith(f"{one.name}_") for name in names), f"{one.name} is no page any more"


def test_links_of_the_documentation_lead_to_what_is_there() -> None:
    for name in documents():
        for address in re.findall(r'href="([^"]+)"', document_named(name).html):
            path, _, heading = address.partition("#")
            if not re.match(r"https?:", address):
                found = document_named(normpath(join(name, path)) if path else name)
                assert not heading or heading in dict(found.headings), (name, address)


def test_a_page_leads_to_its_documentation_within_the_books_and_only_for_who_signed_in() -> None:
    entity, client = an_entity(), logged_in(a_user("holds.view_hold", "books.view_entity"))
    page = client.get(in_books(entity, "/admin/holds/hold/")).content.decode()
    assert "A hold sets money of an account aside" in page
    address = in_books(entity, "/admin/help/desk/")
    assert f'href="{address}#holds"' in page
    body = client.get(address).content.decode()
    assert '<h2 id="holds">Holds</h2>' in body
    assert 'href="../decisions/0052-books-in-the-address/"' in body or 'href="../reports/"' in body
    assert client.get(in_books(entity, "/admin/help/nothing/")).status_code == 404
    assert client.get(in_books(entity, "/admin/help/../README/")).status_code == 404
    assert "Lots" in text_of(client.get(in_books(entity, "/admin/help/")))
    client.logout()
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("name", ["desk", "closing"])
def test_nothing_in_a_document_breaks_the_policy(name: str) -> None:
    assert not re.search(r"<[^>]*\sstyle=|<script", document_named(name).html)
    assert "<th></th>" not in document_named(name).html
