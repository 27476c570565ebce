"""Bringing the postings of one account into its mirror: each once, in order, proven, and what is refused beside it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.changing import close_account
from accounts.errors import AccountNotFound, HeaderAccount
from journals.models import Posting
from journals.proof.ledger import verify_books
from ledgerflow.core.errors import LedgerError
from recon.cases.models import ReconException
from recon.matching.errors import LineMatched
from recon.matching.running import run_matching
from recon.statements.bank_accounts import BankAccountSpec, set_bank_account
from recon.statements.changing import Balances, state_balances, undo_import
from recon.statements.errors import (
    MirrorFixed,
    MirrorRefused,
    MirrorTakesNoFiles,
    StatementNotNewest,
    StatementProven,
)
from recon.statements.importing import preview
from recon.statements.mirrors import bringing
from recon.statements.models import BankAccount, Statement
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.cases.reconciling import events_of, ran
from tests.mirrors.mirroring import CLEARING, SETTLEMENT, brought, settled, settled_many, taken, two_accounts
from tests.statements.banking import CSV_COLUMNS, a_bank_account, a_statement_file, imported, lines_stored, split_in_two

FRIDAY = date(2026, 3, 6)


@pytest.fixture
def mirror() -> BankAccount:
    return two_accounts()


def statements(mirror: BankAccount) -> list[Statement]:
    return list(Statement.objects.filter(bank_account=mirror).order_by("number"))


def undone(mirror: BankAccount, statement: Statement) -> None:
    undo_import(mirror.entity_id, statement.pk, reason="again", key=f"undo-{statement.number}", actor="test")


# --- what comes in --------------------------------------------------------------------------------


def test_a_posting_reads_as_a_bank_would_write_it(mirror: BankAccount) -> None:
    tags = {"counterparty": "Jane Doe", "order": "ORD-7", "payout": "PO-2026-17", "long": "x" * 65, "count": 3}
    journal = settled(mirror, "12.50", "INV-2026-0001", description="Shoes", metadata=tags)
    assert brought(mirror) == (1, 1)
    (line,) = lines_stored(mirror)
    posting = Posting.objects.get(journal=journal, account__code=SETTLEMENT)
    assert (line.amount, posting.amount) == (Decimal("12.50"), Decimal("-12.50"))
    assert (line.booking_date, line.value_date) == (TODAY, None)
    assert (line.bank_reference, line.end_to_end, line.customer_reference) == ("", "INV-2026-0001", "ORD-7")
    number = posting.journal.number
    assert (line.counterparty, line.text, line.raw) == ("Jane Doe", "Shoes PO-2026-17", f"journal {number}")
    settled(mirror, "1.00")
    brought(mirror)
    assert [line.bank_reference for line in lines_stored(mirror)] == ["", str(number + 1)]


def test_a_statement_is_proven_by_the_versions_of_the_other_account(mirror: BankAccount) -> None:
    settled(mirror, "100.00")
    brought(mirror)
    settled(mirror, "7.00")
    posted(mirror.entity, a_transfer(SETTLEMENT, "RECEIVABLE", "30.00"))
    brought(mirror)
    found = [(one.number, one.label, str(one.opening_balance), str(one.closing_balance)) for one in statements(mirror)]
    assert [one[:2] for one in found] == [(1, "1-1"), (2, "2-3")]
    assert [[int(Decimal(text)) for text in one[2:]] for one in found] == [[0, 100], [100, 77]]
    assert all((one.is_proven, one.format, one.file_name) == (True, "mirror", SETTLEMENT) for one in statements(mirror))
    assert [str(line.amount) for line in lines_stored(mirror)] == ["100.00", "7.00", "-30.00"]
    assert events_of(mirror.entity, "statement.") == ["statement.imported"] * 2
    assert verify_books(mirror.entity_id) == []


def test_twice_brings_nothing_more_and_nothing_is_nothing(mirror: BankAccount) -> None:
    assert brought(mirror) == (0, 0)
    settled(mirror, "1.00")
    assert (brought(mirror), brought(mirror)) == ((1, 1), (0, 0))
    bank = a_bank_account(mirror.entity, "BANK")
    assert brought(bank) == (0, 0)


def test_many_postings_come_in_several_statements(mirror: BankAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MOST_LINES", 100)
    settled_many(mirror, 250)
    assert brought(mirror) == (3, 250)
    assert [one.label for one in statements(mirror)] == ["1-100", "101-200", "201-250"]
    assert [int(line.amount) for line in lines_stored(mirror)] == list(range(1, 251))
    assert verify_books(mirror.entity_id) == []


def test_versions_of_an_account_count_from_one_without_gaps(mirror: BankAccount) -> None:
    """What bringing in relies on: journals with several lines on an account, refusals in between, and dates back."""
    settled_many(mirror, 3)
    settled(mirror, "1.00", day=TODAY - timedelta(days=20))
    with pytest.raises(LedgerError):
        settled(mirror, "1.00", day=TODAY + timedelta(days=20))
    settled(mirror, "1.00")
    versions = Posting.objects.filter(account__code=SETTLEMENT, account__entity=mirror.entity)
    assert list(versions.order_by("account_version").values_list("account_version", flat=True)) == [1, 2, 3, 4, 5]


def test_a_closed_account_is_mirrored(mirror: BankAccount) -> None:
    an_account(mirror.entity, "OLD", "liability")
    posted(mirror.entity, a_transfer("RECEIVABLE", "OLD", "5.00"))
    posted(mirror.entity, a_transfer("OLD", "RECEIVABLE", "5.00"))
    close_account(mirror.entity_id, "OLD", actor="test")
    assert brought(a_bank_account(mirror.entity, "NEW", mirror="OLD")) == (1, 2)


def test_a_run_of_matching_alone_brings_in_as_well(mirror: BankAccount) -> None:
    taken(mirror, "9.00", "ORD-2026-0009")
    settled(mirror, "9.00", "ORD-2026-0009")
    assert run_matching(mirror.entity_id, mirror.pk, actor="test", dry_run=True).outcome.matches == ()
    assert run_matching(mirror.entity_id, mirror.pk, actor="test").confirmed == 1


# --- undoing and splitting ------------------------------------------------------------------------


def test_what_was_undone_comes_in_again(mirror: BankAccount) -> None:
    settled(mirror, "1.00")
    brought(mirror)
    settled(mirror, "2.00")
    brought(mirror)
    first, second = statements(mirror)
    with pytest.raises(StatementNotNewest):
        undone(mirror, first)
    undone(mirror, second)
    settled(mirror, "3.00")
    assert brought(mirror) == (1, 2)
    assert [str(line.amount) for line in lines_stored(mirror)] == ["1.00", "2.00", "3.00"]
    assert [(one.label, one.status) for one in statements(mirror)] == [
        ("1-1", "imported"), ("2-2", "undone"), ("2-3", "imported"),
    ]  # fmt: skip
    assert verify_books(mirror.entity_id) == []


def test_the_very_same_comes_in_after_it_was_undone(mirror: BankAccount) -> None:
    settled(mirror, "1.00")
    brought(mirror)
    undone(mirror, statements(mirror)[0])
    assert brought(mirror) == (1, 1)
    undone(mirror, statements(mirror)[1])
    assert [one.status for one in statements(mirror)] == ["undone", "undone"]


def test_a_matched_line_keeps_its_statement(mirror: BankAccount) -> None:
    taken(mirror, "9.00", "ORD-2026-0009")
    settled(mirror, "9.00", "ORD-2026-0009")
    assert ran(mirror).confirmed == 1
    with pytest.raises(LineMatched):
        undone(mirror, statements(mirror)[0])


def test_a_line_that_is_split_counts_once(mirror: BankAccount) -> None:
    settled(mirror, "9.00")
    brought(mirror)
    split_in_two(mirror.entity, lines_stored(mirror)[0])
    settled(mirror, "2.00")
    assert brought(mirror) == (1, 1)
    assert verify_books(mirror.entity_id) == []


# --- what is refused ------------------------------------------------------------------------------


def test_no_file_comes_into_a_mirror(mirror: BankAccount) -> None:
    with pytest.raises(MirrorTakesNoFiles) as refused:
        imported(mirror.entity, mirror, a_statement_file(("1.00", "A")))
    assert SETTLEMENT in refused.value.message
    with pytest.raises(MirrorTakesNoFiles):
        preview(mirror.entity_id, mirror.pk, b"nonsense", "x.sta")


def test_its_balances_are_not_for_people_to_state(mirror: BankAccount) -> None:
    settled(mirror, "1.00")
    brought(mirror)
    (one,) = statements(mirror)
    with pytest.raises(StatementProven):
        state_balances(mirror.entity_id, one.pk, Balances(TODAY, Decimal(0), TODAY, Decimal("1.00")), actor="test")


@pytest.mark.parametrize(
    "given, refusal, pointer",
    [
        ({"mirror": CLEARING}, MirrorRefused, "/mirror"),
        ({"mirror": "DOLLARS"}, MirrorRefused, "/mirror"),
        ({"mirror": SETTLEMENT, "column_map": CSV_COLUMNS}, MirrorRefused, "/column_map"),
        ({"mirror": "HEAD"}, HeaderAccount, "/mirror"),
        ({"mirror": "NONE"}, AccountNotFound, "/mirror"),
        ({"mirror": "OTHER-BOOKS"}, AccountNotFound, "/mirror"),
        ({"mirror": "\0"}, AccountNotFound, "/mirror"),
        ({"mirror": ""}, AccountNotFound, "/mirror"),
    ],
)
def test_what_cannot_be_mirrored(
    mirror: BankAccount, given: dict[str, Any], refusal: type[LedgerError], pointer: str
) -> None:
    an_account(mirror.entity, "DOLLARS", "liability", currency="USD")
    an_account(mirror.entity, "HEAD", "liability", is_header=True)
    an_account(an_entity(), "OTHER-BOOKS")
    with pytest.raises(refusal) as refused:
        set_bank_account(mirror.entity_id, CLEARING, BankAccountSpec("x", **given), actor="test")
    assert refused.value.pointer == pointer


def test_what_is_mirrored_stays_while_a_statement_stands(mirror: BankAccount) -> None:
    an_account(mirror.entity, "DUE-TO", "liability")
    bank = a_bank_account(mirror.entity, "BANK")
    imported(mirror.entity, bank, a_statement_file(("1.00", "A")))
    with pytest.raises(MirrorFixed):
        a_bank_account(mirror.entity, "BANK", mirror=SETTLEMENT)
    settled(mirror, "1.00")
    brought(mirror)
    for other in ("DUE-TO", None):
        with pytest.raises(MirrorFixed):
            a_bank_account(mirror.entity, CLEARING, mirror=other)
    assert a_bank_account(mirror.entity, CLEARING, mirror=SETTLEMENT, name="Renamed").name == "Renamed"
    undone(mirror, statements(mirror)[0])
    changed = a_bank_account(mirror.entity, CLEARING, mirror="DUE-TO")
    assert changed.mirror is not None
    assert (changed.mirror.code, brought(mirror)) == ("DUE-TO", (0, 0))
    a_bank_account(mirror.entity, CLEARING)
    assert imported(mirror.entity, mirror, a_statement_file(("1.00", "A"))).status == "imported"
    assert verify_books(mirror.entity_id) == []


def test_a_mirror_breaks_no_continuity(mirror: BankAccount) -> None:
    settled(mirror, "1.00", day=TODAY)
    brought(mirror)
    settled(mirror, "2.00", day=TODAY - timedelta(days=9))
    ran(mirror)
    assert not ReconException.objects.filter(bank_account=mirror, kind="continuity").exists()
