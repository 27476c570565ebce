"""The admin's page to match by hand: what is chosen stays while one looks on, and the difference is always told."""

from __future__ import annotations

import pytest
from django.test import Client

from recon.matching.models import Match
from tests.matches.banking import a_line, a_posting, tied
from tests.matches.desk import Desk

PAGE = "match/by-hand/?account=BANK"


@pytest.fixture
def desk(operator: Client) -> Desk:
    return Desk(operator)


def values_in(page: str, name: str, *, ticked: bool) -> set[str]:
    """The boxes of one side that are ticked, or not."""
    rows = [row for row in page.split("<input ")[1:] if row.startswith(f'type="checkbox" name="{name}"')]
    return {row.split('value="')[1].split('"')[0] for row in rows if (" checked>" in row.split("</td>")[0]) == ticked}


def test_the_difference_is_shown_until_it_is_zero(desk: Desk) -> None:
    lines = [a_line(desk.bank, "1010.00"), a_line(desk.bank, "5.00")]
    version = a_posting(desk.bank, "1015.00")
    page = desk.send(PAGE, lines=[str(lines[0])], postings=[version], compare="x")
    assert 'class="lf-off">\u22125.00' in page
    assert 'id="sum-lines">1,010.00' in page
    assert "Match and post it" in page
    assert tied(desk.bank) == set()
    refused = desk.send(PAGE, lines=[str(lines[0])], postings=[version], match="x")
    assert "the difference is \u22125" in refused
    page = desk.send(PAGE, lines=[str(one) for one in lines], postings=[version], match="x", explanation="instalments")
    assert "is made" in page
    assert Match.objects.get(bank_account_id=desk.bank.id).explanation == "instalments"


def test_both_sides_are_looked_through_and_what_was_chosen_stays(desk: Desk) -> None:
    kept = a_line(desk.bank, "10.00", "INV-1", day=1)
    found = a_line(desk.bank, "20.00", "INV-2", day=5, text="rent of March")
    other = a_line(desk.bank, "30.00", "INV-3", day=19)
    versions = [a_posting(desk.bank, f"{number}0.00", f"OUR-{number}", day=number) for number in range(1, 4)]
    chosen = {"lines": [str(kept)], "postings": [versions[0]], "search": "x"}
    for typed in (
        {"bank-text": "RENT"}, {"bank-least": "15", "bank-most": "25.00"},
        {"bank-first": "2026-02-03", "bank-last": "2026-02-09"},
    ):  # fmt: skip
        page = desk.sent(PAGE, **chosen, **typed)
        assert values_in(page, "lines", ticked=True) == {str(kept)}, typed
        assert values_in(page, "lines", ticked=False) == {str(found)}, typed
        assert values_in(page, "postings", ticked=False) == {str(one) for one in versions[1:]}
    page = desk.sent(PAGE, **chosen, **{"books-text": "our-3", "bank-text": "inv-3"})
    assert values_in(page, "lines", ticked=False) == {str(other)}
    assert values_in(page, "postings", ticked=False) == {str(versions[2])}
    assert "Nothing without a match fits this search." in desk.sent(PAGE, **{"books-text": "nowhere", "search": "x"})


def test_nonsense_in_a_search_is_told(desk: Desk) -> None:
    for typed, said in (
        ({"bank-least": "1,50"}, "1,50 would be 1.50 with a decimal comma"),
        ({"books-most": "1e9"}, "is not an amount"),
        ({"bank-first": "30 February"}, "is not a date: write "),
        ({"bank-go": "9" * 40, "books-page": "-4"}, "Lines of the bank"),
        ({"lines": ["x" * 50], "postings": ["-1", "9" * 30]}, "Lines of the bank"),
    ):
        assert said in desk.sent(PAGE, search="x", **typed)


def test_what_is_no_item_is_not_matched(desk: Desk) -> None:
    for typed in ({"lines": ["x"]}, {"postings": ["9" * 30]}, {"postings": ["1"]}, {}):
        assert "Nothing was written" in desk.sent(PAGE, match="x", key="k", **typed)


def test_there_are_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.matching.admin.by_hand.ROWS", 2)
    lines = [str(a_line(desk.bank, f"{number}.00", day=number)) for number in range(1, 4)]
    page = desk.page(PAGE)
    assert values_in(page, "lines", ticked=False) == set(lines[:2])
    page = desk.sent(PAGE, lines=lines[:1], **{"bank-go": "2"})
    assert values_in(page, "lines", ticked=False) == set()
    page = desk.sent(PAGE, **{"bank-go": "2"})
    assert values_in(page, "lines", ticked=False) == set(lines[2:])


def test_what_is_left_is_posted_with_the_match_and_only_as_it_was_seen(desk: Desk) -> None:
    line, version = a_line(desk.bank, "95.00"), a_posting(desk.bank, "100.00")
    typed = {"lines": [str(line)], "postings": [version], "post": "x", "counter_account": "SALES", "key": "k"}
    assert "Choose what the difference is." in desk.sent(PAGE, **typed, seen="-5")
    typed["template"] = "fee"
    assert "The difference is \u22125.00 now." in desk.sent(PAGE, **typed, seen="-4")
    assert "is made" in desk.sent(PAGE, **typed, seen="-5")
    assert "is made" in desk.sent(PAGE, **typed, seen="-5"), "sent twice"
    match = Match.objects.get(bank_account_id=desk.bank.id)
    assert (match.rule, match.residual) == ("posted", 0)
    assert "posted with it" in desk.page(f"match/{match.pk}/change/")


def test_what_somebody_else_has_matched_is_told(desk: Desk) -> None:
    line, version = a_line(desk.bank, "10.00"), a_posting(desk.bank, "10.00")
    typed = {"lines": [str(line)], "postings": [version], "match": "x"}
    assert "is made" in desk.send(PAGE, **typed)
    page = desk.send(PAGE, **typed)
    assert "are matched already" in page
    assert "2 of the chosen items are matched meanwhile" in page
