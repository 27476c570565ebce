"""A run matches what belongs together, once, and leaves the rest to people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.core.errors import TryAgain
from recon.matching import listeners, running
from recon.matching.loading import load_material
from recon.matching.models import Match, MatchItem
from recon.matching.passes.rules import REFERENCE_THEN_CENT
from recon.matching.passes.shapes import MatchRule
from recon.matching.proof import check_matches
from recon.matching.rows import Bank
from recon.statements.errors import BankAccountNotFound
from tests.attacks import connect
from tests.matches.banking import a_bank, a_line, a_posting, by_hand, ran, suggested, tied


@pytest.fixture
def bank() -> Bank:
    return a_bank()


def faults(bank: Bank) -> list[str]:
    with connect() as connection:
        return [str(fault) for fault in check_matches(connection, bank.entity_id)]


def test_what_belongs_together_is_matched_and_explained(bank: Bank) -> None:
    line, version = a_line(bank, "12.30", "INV-7701"), a_posting(bank, "12.30", "INV-7701")
    found = ran(bank)
    assert (found.confirmed, found.version) == (1, 0)
    assert tied(bank) == {(frozenset({str(line)}), frozenset({str(version)}))}
    match = Match.objects.get(bank_account_id=bank.id)
    assert (match.number, match.rule, match.rules_version, match.score) == (1, "reference", None, 99)
    assert match.parts == {"reference": 50, "amount": 30, "date": 10, "counterparty": 9}
    assert "the reference is the same" in match.explanation
    assert faults(bank) == []


def test_a_second_run_changes_nothing(bank: Bank) -> None:
    a_line(bank, "12.30", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    a_line(bank, "5.00", "INV-9", day=2)
    first = ran(bank)
    before = list(Match.objects.filter(bank_account_id=bank.id).values())
    again = ran(bank)
    assert (first.confirmed, again.confirmed) == (1, 0)
    assert list(Match.objects.filter(bank_account_id=bank.id).values()) == before
    assert [finding.kind for finding in again.outcome.exceptions] == ["missing_in_books"]


def test_what_comes_later_is_matched_by_the_next_run(bank: Bank) -> None:
    a_line(bank, "12.30", "INV-7701")
    assert ran(bank).confirmed == 0
    a_posting(bank, "12.30", "INV-7701")
    assert ran(bank).confirmed == 1


@pytest.mark.parametrize(
    "given, text",
    [
        ({"metadata": {"order": "ORD-55012"}}, "your order ORD 55012"),
        ({"description": "Invoice 2026-00017"}, "INVOICE 202600017"),
    ],
)
def test_what_a_bank_may_quote_of_a_journal(bank: Bank, given: dict[str, Any], text: str) -> None:
    a_line(bank, "12.30", "" if "metadata" in given else "2026-00017", text=text)
    a_line(bank, "12.30", text="nothing that anybody knows")
    a_posting(bank, "12.30", **given)
    assert ran(bank).confirmed == 1


def test_the_number_of_a_journal_is_its_reference_where_it_has_no_other(bank: Bank) -> None:
    version = a_posting(bank, "12.30")
    assert load_material(bank, ()).books == []  # no line yet
    a_line(bank, "1.00")
    (item,) = load_material(bank, ()).books
    assert (item.id, item.references, item.amount) == (str(version), ("1",), Decimal("12.30"))


def test_the_counterparty_is_one_of_the_metadata(bank: Bank) -> None:
    a_posting(bank, "12.30", "R-1", metadata={"counterparty": "Ann & Co", "long": "x" * 65, "n": 7, "tag": "T-9"})
    a_line(bank, "1.00", value_date=date(2026, 2, 3), counterparty="ANN")
    material = load_material(bank, ())
    (ours,), (line,) = material.books, material.bank
    assert (ours.counterparty, ours.references) == ("Ann & Co", ("R-1", "T-9"))
    assert (line.counterparty, line.other_days) == ("ANN", (date(2026, 2, 3),))


def test_postings_after_the_last_day_of_the_bank_wait(bank: Bank) -> None:
    a_line(bank, "12.30", "INV-1", day=1)
    a_posting(bank, "4.00", day=25)
    rule = MatchRule("near", 1, "reference", window_days_before=2, window_days_after=3)
    assert [finding.kind for finding in ran(bank, rules=[rule]).outcome.exceptions] == ["missing_in_books"]
    assert len(ran(bank).outcome.exceptions) == 2


def test_a_bank_account_without_any_line_has_nothing_to_match(bank: Bank) -> None:
    a_posting(bank, "12.30", "INV-7701")
    found = ran(bank)
    assert (found.outcome.exceptions, found.confirmed) == ((), 0)


def test_a_dry_run_says_what_would_change_and_writes_nothing(bank: Bank) -> None:
    a_line(bank, "12.31", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    assert ran(bank, dry_run=True).outcome.matches == ()
    would = ran(bank, dry_run=True, rules=REFERENCE_THEN_CENT)
    assert [(match.rule, match.residual) for match in would.outcome.matches] == [
        ("reference_within_a_cent", Decimal("0.01"))
    ]
    assert (would.confirmed, would.version, tied(bank), suggested(bank)) == (0, None, set(), [])


def test_suggestions_are_those_of_the_last_run(bank: Bank) -> None:
    a_line(bank, "12.30", "INV-7701")
    for _ in range(2):
        a_posting(bank, "12.30", "INV-7701")
    for _ in range(2):
        ran(bank)
        assert [one.reason for one in suggested(bank)] == [
            "It is a tie: another candidate of these items is as good."
        ] * 2


def test_a_duplicate_of_a_line_that_was_matched_before_is_found(bank: Bank) -> None:
    a_line(bank, "12.30", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    ran(bank)
    a_line(bank, "12.30", "INV-7701", day=2)
    assert [finding.kind for finding in ran(bank).outcome.exceptions] == ["duplicate"]


def test_what_was_matched_by_hand_meanwhile_is_left_out(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = a_line(bank, "12.30", "INV-7701"), a_line(bank, "7.00", "INV-7702")
    ours, more = a_posting(bank, "12.30", "INV-7701"), a_posting(bank, "7.00", "INV-7702")
    original = load_material

    def meanwhile(*given: object) -> object:
        found = original(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(running, "load_material", original)
        by_hand(bank, [one], [ours])
        return found

    monkeypatch.setattr(running, "load_material", meanwhile)
    assert ran(bank).confirmed == 1
    assert [match.rule for match in Match.objects.filter(bank_account_id=bank.id).order_by("number")] == [
        "manual", "reference",
    ]  # fmt: skip
    assert len(tied(bank)) == 2
    assert MatchItem.objects.filter(line_id=other, account_version=None, is_active=True).exists()
    assert more
    assert faults(bank) == []


def test_two_runs_of_one_bank_account_are_kept_apart(bank: Bank) -> None:
    with one_at_a_time(f"matching:{bank.id}"), pytest.raises(TryAgain):
        ran(bank)
    assert ran(bank).confirmed == 0


def test_a_bank_account_of_other_books_is_not_there(bank: Bank) -> None:
    other = a_bank()
    with pytest.raises(BankAccountNotFound):
        running.run_matching(other.entity_id, bank.id, actor="test")


def test_who_listens_hears_of_each_match_in_its_transaction(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(listeners, "confirmed", [lambda tx, matches: heard.append((tx.sequence, matches))])
    line, version = a_line(bank, "12.30", "INV-7701"), a_posting(bank, "12.30", "INV-7701")
    ran(bank)
    ((sequence, ((match, items),)),) = heard
    assert match.event_sequence == sequence
    assert [item.key for item in items] == [str(line), str(version)]


def test_what_a_listener_raises_takes_the_matches_back(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LookupError

    a_line(bank, "12.30", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    monkeypatch.setattr(listeners, "confirmed", [refuse])
    with pytest.raises(LookupError):
        ran(bank)
    assert tied(bank) == set()
