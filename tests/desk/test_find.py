"""Finding anything in the books, on the page and in the palette."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.desk.finding import probes, recent, results
from ledgerflow.events.read_models.errors import ReadModelAbsent
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.holding import held
from tests.pages import in_books, page_of, text_of
from tests.people import a_member_of_staff, queries
from tests.read_models.projecting import project

FIND = "/admin/find/"
PALETTE = "/admin/palette/"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """A company with three suppliers; its last journal is not in the read model yet."""
    entity = an_entity(name="Hansen & Söhne")
    an_account(entity, "1000", name="Bank")
    an_account(entity, "3300", "liability", name="Payables to Ørsted", owner_id="orsted-17")
    an_account(entity, "6310", "expense", name="Rent")
    bill = {"description": "Strom für die Hauptstraße", "external_reference": "RE-2026-001"}
    posted(entity, a_transfer("6310", "3300", "4800.00", effective_date=date(2026, 1, 5), **bill))
    posted(
        entity, a_journal(("6310", "5712.00"), ("3300", "-5000.00"), ("1000", "-712.00"), description="Hall, red brick")
    )
    posted(
        entity,
        a_transfer("3300", "1000", "25.00", description="Brick, red", external_reference="re-2026-002", key="pay-25"),
    )
    held(entity, "99.90", "1000")
    project(entity)
    posted(entity, a_transfer("6310", "3300", "25000.00", description="Miete für Łódź", external_reference="MI/1"))
    return entity


def journals(client: Client, entity: Entity, text: str, **more: str) -> dict[str, list[str]]:
    """What is found, by group: the numbers of journals, and titles of others."""
    response = client.get(in_books(entity, FIND), {"q": text, **more})
    assert response.status_code == 200
    return {
        group.name: [hit.title.removeprefix("Journal ") for hit in group.hits] for group in response.context["groups"]
    }


@pytest.mark.parametrize(
    "text, group, found",
    [
        ("2", "called", ["2"]), ("pay-25", "called", ["3"]), ("re-2026", "reference", ["3", "1"]), ("mi/1", "reference", ["4"]),
        ("hauptstrasse", "words", ["1"]), ("orst", "words", ["4", "3", "2", "1"]), ("lodz", "words", ["4"]),
        ("712", "amount", ["2"]), ("-5.712,00", "amount", ["2"]), ("25.000", "amount", ["4", "3"]), ("25 000", "amount", ["4"]),
        ("4,800.00 EUR", "amount", ["1"]), ("4,800.00 USD", "amount", None), ("brick 5712", "amount", ["2"]),
        ("amount:>=5000", "journals", ["4", "2"]), ("amount:700..800 acc:1000", "journals", ["2"]), ("acc:1000", "journals", ["3", "2"]),
        ("ref:RE-2026*", "journals", ["3", "1"]), ("ref:mi/1", "journals", ["4"]), ("kind:transfer -brick", "journals", ["4", "1"]),
        ('"red brick"', "journals", ["2"]), ('red -"red brick"', "words", ["3"]), ("by:test brick", "words", ["3", "2"]),
        ("by:nobody", "journals", None), ("2026-01-05 cur:EUR", "journals", ["1"]), ("cur:USD", "journals", None),
        ("3300", "accounts", ["3300 Payables to Ørsted"]), ("33", "accounts", ["3300 Payables to Ørsted"]),
        ("payables ors", "accounts", ["3300 Payables to Ørsted"]), ("orsted-17", "accounts", ["3300 Payables to Ørsted"]),
        ("99,90", "holds", ["Hold on 1000"]), ("1", "events", ["Event 1"]), ("nothing like it", "words", None),
    ],
)  # fmt: skip
def test_everything_is_found(operator: Client, books: Entity, text: str, group: str, found: list[str] | None) -> None:
    assert journals(operator, books, text).get(group) == found


def test_a_number_with_its_sign_leads_straight_to_the_journal(operator: Client, books: Entity) -> None:
    response = operator.get(in_books(books, FIND), {"q": "#2"})
    assert response.url == page_of(books.journals.get(number=2))  # type: ignore[attr-defined]
    assert operator.get(in_books(books, FIND), {"q": "#999"}).status_code == 200


@pytest.mark.parametrize(
    "text, says", [("foo:bar", "There are amount:"), ("amount:x", "no amount"), ('"', "not closed")]
)
def test_what_is_not_understood_is_told(operator: Client, books: Entity, text: str, says: str) -> None:
    assert says in text_of(operator.get(in_books(books, FIND), {"q": text}))
    assert says in operator.get(in_books(books, PALETTE), {"q": text}).json()["note"]


def test_filters_are_chips_that_can_be_taken_away(operator: Client, books: Entity) -> None:
    response = operator.get(in_books(books, FIND), {"q": "brick acc:1000 -wood"})
    assert response.context["chips"] == [("acc:1000", "?q=brick+-wood"), ("-wood", "?q=brick+acc%3A1000")]


@pytest.mark.parametrize(
    "text", ["acc:6310", "amount:>1", "ref:p-*", "2026-01..", "pages", "amount:5", "acc:1000 amount:5"]
)
def test_lists_go_on_by_key_in_both_directions(operator: Client, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Also where the newest are not in the read model, and where a probe gives more than it takes."""
    monkeypatch.setattr(results, "A_GROUP", 3)
    monkeypatch.setattr("ledgerflow.desk.search.A_GROUP", 3)
    monkeypatch.setattr("ledgerflow.desk.search.A_PAGE", 3)
    monkeypatch.setattr(probes, "MOST", 4)
    monkeypatch.setattr(probes, "MOST_OF_AMOUNT", 4)
    monkeypatch.setattr(probes, "WINDOW", 3)
    entity = paged_books()
    last: Any = None
    pages, address = [], "?q=" + text.replace(">", "%3E") + ("&only=words" if text == "pages" else "")
    while address:
        (group,) = [one for one in shown(operator, entity, address) if one.name in {"journals", "words"}]
        pages.append([hit.title.removeprefix("Journal ") for hit in group.hits])
        last, address = group, group.older
    assert [number for page in pages for number in page] == [str(number) for number in range(8, 0, -1)]
    back = []
    while last.newer:
        (last,) = [one for one in shown(operator, entity, last.newer) if one.name in {"journals", "words"}]
        back.append([hit.title.removeprefix("Journal ") for hit in last.hits])
    assert [int(number) for page in back for number in page[::-1]] == list(range(int(pages[-1][0]) + 1, 9))


_paged: list[Entity] = []


def paged_books() -> Entity:
    """Eight journals, of which the read model knows six."""
    if not _paged:
        entity = an_entity()
        an_account(entity, "1000")
        an_account(entity, "6310", "expense", name="Pages")
        for number in range(8):
            posted(entity, a_transfer("6310", "1000", "5.00", external_reference=f"P-{number}"))
            if number == 5:
                project(entity)
        _paged.append(entity)
    return _paged[0]


def shown(client: Client, entity: Entity, address: str) -> list[Any]:
    groups: list[Any] = client.get(in_books(entity, FIND) + address).context["groups"]
    return groups


@pytest.mark.parametrize("error", [ReadModelAbsent(), OperationalError("gone")])
def test_without_a_read_model_the_tables_answer_and_the_page_says_so(
    operator: Client, books: Entity, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(results, "patiently", fail)
    assert journals(operator, books, "712")["amount"] == ["2"]
    assert journals(operator, books, "3300")["accounts"] == ["3300 Payables to Ørsted"]
    monkeypatch.setattr(recent, "MOST", 1)
    assert journals(operator, books, "RE-2026-001")["reference"] == ["1"]
    assert "does not answer" in text_of(operator.get(in_books(books, FIND), {"q": "712"}))


def test_it_says_how_far_it_has_read(operator: Client, books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    head = books.events.count()
    page = text_of(operator.get(in_books(books, FIND), {"q": "lodz"}))
    assert f"Read up to event {head - 1} of {head}; newer journals are found too." in page
    monkeypatch.setattr(recent, "MOST", 1)
    assert "is not found yet" in text_of(operator.get(in_books(books, FIND), {"q": "lodz"}))


def test_an_account_is_found_by_its_code_before_the_index_has_read_of_it(operator: Client) -> None:
    entity = an_entity()
    an_account(entity, "1200", name="Receivables")
    assert journals(operator, entity, "1200") == {"accounts": ["1200 Receivables"]}


def test_a_place_of_another_search_begins_at_the_first_page(operator: Client, books: Entity) -> None:
    for place in ({"older": "3"}, {"newer": "3"}):  # without the day, by which a search for days is ordered
        assert len(journals(operator, books, "2026-01..2026-12", only="journals", **place)["journals"]) == 4


def test_nobody_finds_what_he_may_not_view(books: Entity) -> None:
    none, accounts = a_member_of_staff(), a_member_of_staff("accounts.view_account")
    for text in ("orsted", "712", "#2", "99,90", "acc:3300", "pay-25"):
        assert none.get(in_books(books, FIND), {"q": text}).status_code == 404
        assert journals(accounts, books, text).keys() <= {"accounts"}
    assert journals(accounts, books, "orsted") == {"accounts": ["3300 Payables to Ørsted"]}
    assert none.get(in_books(books, PALETTE), {"q": "orsted"}).status_code == 404
    assert Client().get(in_books(books, PALETTE)).status_code == 302


def test_books_of_others_are_not_looked_in(operator: Client, books: Entity) -> None:
    other = an_entity()
    for text in (
        "orsted",
        "712",
        "#2",
        "pay-25",
        "RE-2026-001",
        "acc:3300",
        str(Journal.objects.filter(entity=books)[0].pk),
    ):
        assert journals(operator, other, text) == {}


def test_the_number_of_queries_does_not_depend_on_what_is_found(operator: Client, books: Entity) -> None:
    few = queries(operator, in_books(books, FIND) + "?q=MI/1+25")
    assert queries(operator, in_books(paged_books(), FIND) + "?q=P-+5") == few
    assert few <= 45


def test_the_palette_gives_hits_and_commands(operator: Client, books: Entity) -> None:
    found = operator.get(in_books(books, PALETTE), {"q": "ent rat"}).json()["groups"]
    assert [(group["name"], [hit["title"] for hit in group["hits"]]) for group in found] == [
        ("commands", ["Enter rate"])
    ]
    assert found[0]["hits"][0]["url"] == in_books(books, "/admin/rates/rate/add/")
    (trial,) = operator.get(in_books(books, PALETTE), {"q": "trial bal"}).json()["groups"]
    assert trial["hits"][0]["title"] == "Trial balance"
    (hits,) = operator.get(in_books(books, PALETTE), {"q": "712"}).json()["groups"]
    (hit,) = hits["hits"]
    assert hit["url"] == page_of(books.journals.get(number=2))
    assert hit["amount"] == "5,712.00 EUR"
    assert "brick" in json.dumps(hit)
    assert operator.get(in_books(books, PALETTE), {"q": "\x00"}).status_code == 200
