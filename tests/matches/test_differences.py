"""Posting what two sides differ by, together with the match."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.changing import close_account
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.core.errors import LedgerError, NotOneOf
from recon.matching import listeners
from recon.matching.differences import Difference, post_difference, post_residual
from recon.matching.errors import (
    AlreadyUnmatched,
    DifferenceAccountAmbiguous,
    DifferenceAccountMissing,
    NothingToPost,
)
from recon.matching.models import Match
from recon.matching.reading import match_of, unmatched_postings
from recon.matching.rows import Bank
from recon.matching.rule_sets import set_profile
from recon.matching.use_cases import unmatch
from tests.builders import an_account
from tests.matches.banking import a_bank, a_line, a_posting, faults, once, ran, tied


@pytest.fixture
def bank() -> Bank:
    return a_bank()


def journal_of(match: Match) -> Journal:
    assert match.journal_id is not None
    return Journal.objects.get(id=match.journal_id)


# The difference


@pytest.mark.parametrize(
    "template, role, words",
    [
        ("fee", "bank_fees", "Fee of the bank"),
        ("interest", "interest", "Interest"),
        ("rounding", "rounding", "Rounding difference"),
        ("write_off", "write_off", "Written off"),
    ],
)
def test_a_difference_is_posted_with_the_match(bank: Bank, template: str, role: str, words: str) -> None:
    an_account_with(bank, role)
    line, ours = a_line(bank, "95.00", day=3), a_posting(bank, "100.00")
    made = post_difference(bank.entity_id, bank.id, [line], [ours], Difference(template), **once())
    match = made.match.match
    journal = journal_of(match)
    assert (match.rule, match.residual, journal.kind) == ("posted", 0, "recon_difference")
    assert (journal.effective_date, journal.description) == (date(2026, 2, 3), words)
    assert {one.account.code: one.amount for one in journal.postings.select_related("account")} == {
        "BANK": Decimal("-5.00"), role.upper(): Decimal("5.00"),
    }  # fmt: skip
    assert unmatched_postings(bank).count() == 0
    assert len(made.match.items) == 3
    assert faults(bank) == []


def an_account_with(bank: Bank, role: str, code: str = "") -> None:
    from ledgerflow.books.models import Entity

    an_account(Entity.objects.get(id=bank.entity_id), code or role.upper(), "expense", role=role)


def test_a_line_alone_is_posted_to_the_account_that_is_named(bank: Bank) -> None:
    line = a_line(bank, "-3.50", text="ACCOUNT FEE")
    given = Difference("fee", "SALES", "Fee of February", date(2026, 2, 20), confirm_unusual_date=True)
    match = post_difference(bank.entity_id, bank.id, [line], [], given, **once()).match.match
    journal = journal_of(match)
    assert (journal.description, journal.effective_date) == ("Fee of February", date(2026, 2, 20))
    assert match.explanation == "Fee of February: the difference of -3.50 EUR is posted with the match."


def test_a_posting_alone_is_written_off_on_the_business_date(bank: Bank) -> None:
    given = Difference("write_off", "SALES")
    match = post_difference(bank.entity_id, bank.id, [], [a_posting(bank, "3.50")], given, **once()).match.match
    assert journal_of(match).effective_date == date(2026, 3, 2)
    assert verify_books(bank.entity_id) == []


def test_nothing_is_posted_where_nothing_differs(bank: Bank) -> None:
    line, ours = a_line(bank, "10.00"), a_posting(bank, "10.00")
    with pytest.raises(NothingToPost):
        post_difference(bank.entity_id, bank.id, [line], [ours], Difference("fee", "SALES"), **once())


def test_the_account_of_a_template_is_one_that_is_open(bank: Bank) -> None:
    line = a_line(bank, "-3.50")
    with pytest.raises(DifferenceAccountMissing):
        post_difference(bank.entity_id, bank.id, [line], [], Difference("fee"), **once())
    an_account_with(bank, "bank_fees", "FEES")
    close_account(bank.entity_id, "FEES", actor="test")
    with pytest.raises(DifferenceAccountMissing):
        post_difference(bank.entity_id, bank.id, [line], [], Difference("fee"), **once())
    for code in ("FEES-1", "FEES-2"):
        an_account_with(bank, "bank_fees", code)
    with pytest.raises(DifferenceAccountAmbiguous):
        post_difference(bank.entity_id, bank.id, [line], [], Difference("fee"), **once())


@pytest.mark.parametrize(
    "given, code",
    [
        (Difference("gift", "SALES"), NotOneOf.code),
        (Difference("fee", "NOWHERE"), "unknown_account"),
        (Difference("fee", "SALES", effective_date=date(2026, 3, 3)), "future_date"),
    ],
)
def test_what_posting_refuses_leaves_no_match(bank: Bank, given: Difference, code: str) -> None:
    line = a_line(bank, "-3.50")
    with pytest.raises(LedgerError) as refused:
        post_difference(bank.entity_id, bank.id, [line], [], given, **once())
    assert refused.value.code == code
    assert (tied(bank), Journal.objects.filter(entity_id=bank.entity_id).count()) == (set(), 0)


def test_what_a_listener_refuses_posts_nothing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(listeners, "confirmed", [refuse])
    with pytest.raises(LookupError):
        post_difference(bank.entity_id, bank.id, [a_line(bank, "-3.50")], [], Difference("fee", "SALES"), **once())
    assert Journal.objects.filter(entity_id=bank.entity_id).count() == 0


def test_the_residual_of_a_match_is_posted_with_it(bank: Bank) -> None:
    set_profile(bank.entity_id, bank.id, "reference_then_cent", actor="test")
    a_line(bank, "12.31", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    found = ran(bank)
    assert (found.confirmed, found.version) == (1, 1)
    old = Match.objects.get(bank_account_id=bank.id)
    assert (old.residual, old.rules_version) == (Decimal("0.01"), 1)
    made = post_residual(bank.entity_id, old.id, Difference("rounding", "SALES"), **once()).match
    assert (made.match.rule, made.match.residual, len(made.items)) == ("posted", 0, 3)
    assert match_of(bank.entity_id, old.id).match.status == "unmatched"
    with pytest.raises(AlreadyUnmatched):
        post_residual(bank.entity_id, old.id, Difference("rounding", "SALES"), **once())
    with pytest.raises(NothingToPost):
        post_residual(bank.entity_id, made.match.id, Difference("rounding", "SALES"), **once())
    assert faults(bank) == []


def test_what_was_posted_stays_when_its_match_is_taken_back(bank: Bank) -> None:
    line = a_line(bank, "-3.50")
    match = post_difference(bank.entity_id, bank.id, [line], [], Difference("fee", "SALES"), **once()).match.match
    unmatch(bank.entity_id, match.id, **once())
    assert [one.amount for one in unmatched_postings(bank)] == [Decimal("-3.50")]
    assert faults(bank) == []
