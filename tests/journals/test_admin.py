"""The page of a journal: its lines, where it came from, and that nothing can be done to it."""

import re
from decimal import Decimal

import msgspec
import pytest
from django.test import Client

from journals.drafts import Line, reversed_lines
from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.builders import a_journal, an_account, an_entity, posted
from tests.pages import JOURNALS, page_of, read


def journal(entity: Entity, number: int) -> Journal:
    return Journal.objects.get(entity=entity, number=number)


def test_a_journal_shows_its_lines_and_its_origin(operator: Client, quiet_shop: Entity) -> None:
    page = read(operator, page_of(journal(quiet_shop, 2)))
    assert "Journal 2 of Corner shop" in page
    assert "1 1001-CASH · Cash in the till 20.00 EUR 1,254.50 2 2001-ALICE · Wallet 20.00 EUR 20.00" in page
    assert "Total 20.00 20.00 EUR" in page
    assert "Event 6 Idempotency key alice-1" in page
    assert "By test" in page


def test_currencies_are_totalled_apart(operator: Client, shop: Entity) -> None:
    for code in ("1900-USD", "1901-USD"):
        an_account(shop, code, currency="USD")
    posted(shop, a_journal(("1001-CASH", "5"), ("4001-SALES", "-5"), ("1900-USD", "7"), ("1901-USD", "-7")))
    page = read(operator, page_of(journal(shop, 3)))
    assert "Total 5.00 5.00 EUR Total 7.00 7.00 USD" in page


def test_dimensions_metadata_and_reasons_are_shown(operator: Client) -> None:
    books = an_entity(dimensions=["project"])
    an_account(books, "CASH")
    an_account(books, "WALLET", "liability", min_balance="0")
    lines = (
        Line("WALLET", Decimal(5), description="too much", dimensions={"project": "roof"}),
        Line("CASH", Decimal(-5)),
    )
    posted(books, a_journal(*lines, metadata={"clerk": "Zoë"}, override_limits="Deposit was spent"))
    page = read(operator, page_of(journal(books, 1)))
    assert "too much project: roof" in page
    assert '{ "clerk": "Zoë" }' in page
    assert "Limits overridden because Deposit was spent" in page


def test_a_journal_and_its_reversal_are_linked_both_ways(operator: Client, shop: Entity) -> None:
    original = journal(shop, 1)
    lines = (Line("1001-CASH", Decimal("1234.50")), Line("4001-SALES", Decimal("-1234.50")))
    draft = a_journal(*reversed_lines(lines), kind="reversal", reverses=original.pk, not_before=original.effective_date)
    posted(shop, draft)
    reversal = journal(shop, 3)
    assert "Reversed by journal 3" in read(operator, page_of(original))
    assert "Reverses journal 1" in read(operator, page_of(reversal))
    assert page_of(reversal) in operator.get(page_of(original)).content.decode()
    listed = operator.get("/admin/journals/journal/", {"entity": shop.code}).content.decode()
    assert '<td class="field-reversal_of">1</td>' in listed


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{ 7|add:7 }}", "\u202eevil", "'\"><img src=x>"])
def test_what_clients_sent_is_shown_and_never_run(operator: Client, shop: Entity, text: str) -> None:
    posted(
        shop,
        a_journal(
            Line("1001-CASH", Decimal(1), description=text),
            Line("4001-SALES", Decimal(-1)),
            description=text,
            external_reference=text,
            metadata={text: text},
            key=re.sub("[^!-~]", "", text) + shop.code,
        ),
    )
    pages = [page_of(journal(shop, 3)), page_of(shop.accounts.get(code="1001-CASH")), JOURNALS, "/admin/"]
    for page in pages:
        body = operator.get(page, {"entity": shop.code}).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x>" not in body
    assert "1" in read(operator, JOURNALS, entity=shop.code, q=text)


def test_a_journal_is_not_deleted_here(operator: Client, quiet_shop: Entity) -> None:
    url = f"{JOURNALS}{journal(quiet_shop, 1).pk}/delete/"
    assert operator.get(url).status_code == 403
    assert operator.post(url, {"post": "yes"}).status_code == 403


def test_sending_fields_to_a_journal_changes_nothing(operator: Client, quiet_shop: Entity) -> None:
    before = msgspec.to_builtins(Journal.objects.filter(pk=journal(quiet_shop, 1).pk).values().get())
    operator.post(page_of(journal(quiet_shop, 1)), {"description": "other", "_save": "1"})
    assert msgspec.to_builtins(Journal.objects.filter(pk=journal(quiet_shop, 1).pk).values().get()) == before


def test_the_list_offers_no_way_to_delete(operator: Client, quiet_shop: Entity) -> None:
    ids = [str(journal(quiet_shop, 1).pk)]
    operator.post(
        f"{JOURNALS}?entity={quiet_shop.code}", {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    )
    assert Journal.objects.filter(entity=quiet_shop).count() == 2
