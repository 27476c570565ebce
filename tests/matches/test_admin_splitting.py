"""The admin's pages to split a line into parts, with the rest shown until it is zero, and to join it again."""

from __future__ import annotations

import pytest
from django.test import Client

from recon.statements.models import StatementLine
from tests.matches.banking import a_line, a_posting, by_hand
from tests.matches.desk import Desk
from tests.people import a_member_of_staff


@pytest.fixture
def desk(operator: Client) -> Desk:
    return Desk(operator)


def rows(*amounts: str, **given: str) -> dict[str, str]:
    """The rows of the form, filled in."""
    typed = {f"form-{place}-amount": amount for place, amount in enumerate(amounts)}
    return {"form-TOTAL_FORMS": str(max(len(amounts), 2)), "form-INITIAL_FORMS": "0", **typed, **given}


def parts_of(line: StatementLine) -> list[tuple[str, str, str]]:
    found = StatementLine.objects.filter(parent=line, is_undone=False).order_by("part")
    return [(str(part.amount), part.customer_reference, part.text) for part in found]


def test_a_line_is_split_and_joined(desk: Desk) -> None:
    line = StatementLine.objects.get(pk=a_line(desk.bank, "1097.00", "PAYOUT-1", text="a payout"))
    at = f"match/line/{line.pk}/split/"
    assert '<dd id="rest" class="lf-off">1,097.00' in desk.page(at)
    page = desk.sent(at, **rows("1,100.00", "-2.00"), compare="x")
    assert '<dd id="rest" class="lf-off">\u22121.00' in page
    assert 'value="1,100.00"' in page
    assert "The parts are 1,098.00 in sum" in desk.send(at, **rows("1,100.00", "-2.00"), split="x")
    assert parts_of(line) == []
    typed = rows("1,100.00", "", "-3.00", key="k", **{"form-2-text": "fee", "form-2-customer_reference": "FEE"})
    assert "is split into 2 parts" in desk.sent(at, **typed, split="x")
    assert "is split into 2 parts" in desk.sent(at, **typed, split="x"), "sent twice"
    assert parts_of(line) == [("1100.00", "PAYOUT-1", "a payout"), ("-3.00", "FEE", "fee")]
    assert "is one again" in desk.send(f"match/line/{line.pk}/join/")
    assert parts_of(line) == []
    assert "is not split" in desk.send(f"match/line/{line.pk}/join/", key="other")


def test_rows_are_added_and_nonsense_is_told(desk: Desk) -> None:
    at = f"match/line/{a_line(desk.bank, '10.00')}/split/"
    page = desk.sent(at, **rows("4.00", "5.00"), more="x")
    assert 'name="form-4-amount"' in page
    assert 'value="4.00"' in page
    assert '<dd id="rest" class="lf-off">1.00' in page
    for typed in (
        rows("x", "y"),
        rows("1,5", "8,5"),
        rows("5", "", **{"form-1-text": "no amount"}),
        rows("5.001", "4.999"),
    ):
        assert "Nothing was written" in desk.sent(at, **typed, key="k", split="x"), typed
    for count in ("x", "1000000"):
        assert "Nothing was written" in desk.sent(
            at, **rows("4", "6") | {"form-TOTAL_FORMS": count}, key="k", split="x"
        ), count


def test_a_line_in_a_match_stays_whole(desk: Desk) -> None:
    line = a_line(desk.bank, "10.00")
    by_hand(desk.bank, [line], [a_posting(desk.bank, "10.00")])
    assert "is neither undone nor split" in desk.send(f"match/line/{line}/split/", **rows("4", "6"), split="x")


def test_the_page_of_a_line_offers_what_may_be_done(desk: Desk) -> None:
    line = a_line(desk.bank, "10.00")
    page = f"/admin/statements/statementline/{line}/change/"
    body = desk.client.get(page).content.decode()
    assert f"/line/{line}/split/" in body
    assert f"&amp;lines={line}" in body
    chosen = desk.page(f"match/by-hand/?account=BANK&lines={line}")
    assert 'id="sum-lines">10.00' in chosen
    viewer = a_member_of_staff("statements.view_statementline")
    assert f"/line/{line}/split/" not in viewer.get(page).content.decode()
    for name in ("split", "join"):
        assert viewer.post(desk.at(f"match/line/{line}/{name}/"), rows("4", "6")).status_code == 403
    gone = desk.client.get(desk.at(f"match/line/{desk.bank.id}/split/"), follow=True)
    assert "There is no such line." in gone.content.decode()
