"""Templates in the admin: versions with their differences, what may be done with them, and running an operation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.operations.definitions import convert
from apps.operations.files import write_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import draft_version
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff
from tests.templates.templating import TEXTBOOK, activated, books_with_roles, top_up

LIST = "/admin/operations/templateversion/"
VIEW = "operations.view_templateversion"


@pytest.fixture
def books() -> Entity:
    entity = books_with_roles(["bank"], name="Corner shop")
    kinds = [
        {"name": "paid_on", "kind": "date", "required": False}, {"name": "pieces", "kind": "integer", "default": 1},
        {"name": "channel", "kind": "choice", "choices": ["web", "shop"], "required": False},
        {"name": "post", "kind": "choice", "choices": ["yes"], "default": "yes"},
    ]  # fmt: skip
    activated(entity, "top-up", top_up(parameters=[*top_up()["parameters"], *kinds]))
    return entity


def version(entity: Entity, number: int = 1, code: str = "top-up") -> TemplateVersion:
    return TemplateVersion.objects.get(entity=entity, code=code, number=number)


def address(row: TemplateVersion, action: str) -> str:
    return page_of(row).replace("change/", f"{action}/")


def filled(**given: Any) -> dict[str, Any]:
    return {"amount": "5.00", "customer": "anna", "pieces": "1", "post": "yes", "_key": "admin:k"} | given


def test_versions_are_listed_and_shown_with_their_differences(operator: Client, books: Entity) -> None:
    draft_version(books.id, "top-up", convert(top_up(name="Paid in")), actor="system:test")
    assert column(operator, LIST, "status", entity=books.code) == ["draft", "active"]
    assert column(operator, LIST, "title", entity=books.code, status="draft") == ["Paid in"]
    page = read(operator, page_of(version(books, 2)))
    assert "Differences to version 1" in page
    assert "/name Top-up Paid in" in page
    assert "/parameters/channel/kind choice" in page
    assert "[[templates.lines]]" in page
    # With a choice, any two are compared; the active one with none before it has only what is chosen.
    assert "Differences" not in read(operator, page_of(version(books)))
    assert "/name Paid in Top-up" in read(operator, page_of(version(books)), **{"with": "2"})
    for nonsense in ("9", "x", "\x00", "1"):
        assert "Differences" not in read(operator, page_of(version(books)), **{"with": nonsense})
    looks = a_member_of_staff(VIEW)
    page = read(looks, page_of(version(books, 2)))
    assert "Propose to activate" not in page
    assert "Draft a new version" not in page
    assert looks.get(f"{LIST}add/").status_code == 403
    for action in ("activate", "retire", "run"):
        assert looks.get(address(version(books), action)).status_code == 403


def drafting(books: Entity) -> str:
    return f"{LIST}add/?entity={books.code}"


def test_versions_are_drafted_from_a_text_or_a_file_after_a_look(operator: Client, books: Entity) -> None:
    page = operator.get(f"{drafting(books)}&from={version(books).pk}").content.decode()
    assert "code = &quot;top-up&quot;" in page
    text = TEXTBOOK.read_text()
    page = send(operator, drafting(books), text=text)
    assert "Nothing is written yet." in page
    assert re.search(r"card-sale new 1 The example does not come out: example 1: No open accounts have the role", page)
    top_ups = "\n".join(write_templates([("top-up", convert(top_up(name="Paid in"))), ("gift", convert(top_up()))]))
    upload = SimpleUploadedFile("templates.toml", top_ups.replace("\n", "\r\n").encode())
    page = send(operator, drafting(books), text="not looked at", file=upload)
    assert "top-up changed 2 come out gift new 1 come out" in page
    assert "/name Top-up Paid in" in page
    assert TemplateVersion.objects.filter(entity=books).count() == 1
    for _ in range(2):
        page = send(operator, drafting(books), text=top_ups, _draft="Draft")
    assert "Top-up, version 2 is there already." in page
    assert column(operator, LIST, "code", entity=books.code) == ["gift", "top-up", "top-up"]
    page = send(operator, drafting(books), text=top_ups.replace("Paid in", "Paid"), _draft="Draft")
    assert "Top-up, version 3 is drafted: changed." in page
    assert verify_books(books.id) == []


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"text": ""}, "This field is required"),
        ({"text": "x ="}, "This is no file of templates"),
        ({"text": f"x = {'9' * 5000}"}, "This is no file of templates"),
        ({"text": "\x00"}, "Null characters are not allowed"),
        ({"text": TEXTBOOK.read_text().replace("percent(", "procent(")}, "card-sale/lines/1/amount: At column 12"),
        ({"text": TEXTBOOK.read_text().replace('kind = "amount"', "kind = 5", 1)}, "card-sale/parameters/0/kind: Exp"),
        ({"text": TEXTBOOK.read_text().replace('"card-sale"', '"Card"')}, "Card/code: The code of a template"),
        ({"text": "x", "file": b"\xff"}, "it is not in UTF-8"),
        ({"text": "x", "file": b"# " + b"x" * 2**20}, "it has more than 1048576 bytes"),
    ],
    ids=["nothing", "syntax", "digits", "nul", "expression", "type", "code", "bytes", "size"],
)
def test_what_is_wrong_with_a_text_stands_beside_it(
    operator: Client, books: Entity, fields: dict[str, Any], words: str
) -> None:
    if "file" in fields:
        fields = fields | {"file": SimpleUploadedFile("x.toml", fields["file"])}
    page = send(operator, drafting(books), **fields, _draft="Draft")
    assert words in page
    assert "Nothing was written." in page
    assert TemplateVersion.objects.filter(entity=books).count() == 1


def test_an_activation_is_proposed_and_a_version_retired(operator: Client, books: Entity) -> None:
    draft_version(books.id, "top-up", convert(top_up(name="Paid in")), actor="system:test")
    assert "This field is required" in send(operator, address(version(books, 2), "activate"), reason="")
    page = send(operator, address(version(books, 2), "activate"), reason="New name")
    assert "version 2 is proposed: another person approves it." in page
    assert "What changes At Version 1 Version 2 /name Top-up Paid in" in page
    assert "is active already" in send(operator, address(version(books), "activate"), reason="x")
    assert "version 1 is retired." in send(operator, address(version(books), "retire"))
    assert "is not the active one" in send(operator, address(version(books), "retire"))
    assert "Try out" in read(operator, page_of(version(books)))


def test_an_operation_is_looked_at_before_it_is_posted(operator: Client, books: Entity) -> None:
    url = address(version(books), "run")
    assert "Whole" not in read(operator, url)
    assert "An amount greater than zero, 1000 at most." in read(operator, url)
    page = send(operator, url, **filled(amount="1e3"))
    assert "is not an amount: write it as 25,000.00" in page
    assert "Nothing was written" in page
    page = send(operator, url, **filled(paid_on="2026-03-02", channel="web"))
    assert "What it comes to" in page
    assert "wallet:anna 5.00 EUR" in page
    assert not Journal.objects.filter(entity=books).exists()
    for _ in range(2):
        assert "Journal 1 is posted." in send(operator, url, **filled(_post="Post"))
    journal = Journal.objects.get(entity=books)
    # Back, and another amount: told, and done with the next press, under a key of its own.
    told = operator.post(url, filled(_post="Post", amount="7.00")).content.decode()
    assert "What this page was sent with before is done." in told
    assert 'name="_key" value="admin:k"' not in told
    page = read(operator, page_of(journal))
    assert "top-up, version 1" in page
    assert "customer: anna" in page
    draft_version(books.id, "top-up", convert(top_up(name="Paid in")), actor="system:test")
    assert "What it comes to" in send(operator, address(version(books, 2), "run"), **filled(_key="admin:try"))
    assert "has no active version, or the one asked for is a draft" in send(
        operator, address(version(books, 2), "run"), **filled(_post="Post", _key="admin:other")
    )


def test_what_takes_two_people_is_proposed(operator: Client, books: Entity) -> None:
    activated(books, "payroll", top_up(four_eyes=True, scope="manage"))
    url = address(version(books, code="payroll"), "run")
    assert "wallet:anna 5.00 EUR" in send(operator, url, **filled(_reason="March"))
    page = send(operator, url, **filled(_reason="March", _post="Propose"))
    assert "The operation is proposed: another person approves it." in page
    assert not Journal.objects.filter(entity=books).exists()
    poster = a_member_of_staff(VIEW, "journals.add_journal")
    assert "lacks the scope" in send(poster, url, **filled(_reason="March"))
