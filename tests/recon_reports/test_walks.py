"""The statement at a date after random stories, against what the bank and the books truly hold.

A bank has written lines on ten days. Files of some of these days come in, in any order, overlapping, with gaps, and some
are undone; postings agree with the lines, are a cent or some days off, or are missing; matches are made by runs and by
hand, and taken back. Whatever happened: nothing but the items leads from the books to the bank, and a statement that can
be finished has the balance that the bank truly had.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.core.errors import LedgerError
from recon.matching.models import Match, MatchItem
from recon.matching.passes.rules import REFERENCE_THEN_CENT
from recon.matching.reading import unmatched_lines, unmatched_postings
from recon.matching.rows import Bank
from recon.matching.running import run_matching
from recon.matching.use_cases import join_line, match_by_hand, split_line, unmatch
from recon.reports.finishing import finish_reconciliation, report_of
from recon.reports.shapes import ReconStatement
from recon.reports.statement import outstanding_of, recon_report
from recon.statements.changing import undo_import
from recon.statements.models import BankAccount, Statement, StatementLine
from recon.statements.splitting import Part
from tests.cases.reconciling import BANK, books_with_a_bank, ran, sold
from tests.statements.banking import a_statement_file, imported

FIRST = date(2026, 3, 2)
DAYS = [FIRST + timedelta(days=number) for number in range(10)]
OPENING = Decimal("100.00")
AMOUNTS = ["5.00", "10.00", "10.00", "20.00", "-5.00", "-10.00", "33.33"]


class Walk:
    """One story. `said` are the true lines of the bank, as (amount, reference, day)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bank: BankAccount = books_with_a_bank(business_date=DAYS[-1])
        self.entity = self.bank.entity
        self.finished: list[tuple[Any, ReconStatement]] = []
        self.said = [
            (self.random.choice(AMOUNTS), f"INV-2026-{1000 + number}", self.random.choice(DAYS)) for number in range(14)
        ]
        self.said.sort(key=lambda line: line[2])
        self.journals = [sold(self.bank, str(OPENING), "OPENING-0001", FIRST - timedelta(days=20))]
        for amount, reference, day in self.said:
            if self.random.random() < 0.8:
                self.post(Decimal(amount) + Decimal(self.random.choice(["0", "0", "0", "0.01"])), reference, day)

    def post(self, amount: Decimal, reference: str, day: date) -> None:
        on = min(max(day + timedelta(days=self.random.choice([-2, 0, 0, 0, 1, 3])), FIRST), DAYS[-1])
        if amount > 0:
            self.journals.append(sold(self.bank, str(amount), reference, on))

    def balance(self, day: date) -> Decimal:
        """What the bank had at the end of a day."""
        return OPENING + sum((Decimal(amount) for amount, _, on in self.said if on <= day), Decimal())

    def step(self) -> None:
        """Something happens, or is refused."""
        steps = [
            self.a_file, self.a_file, self.a_file, self.a_run, self.a_run, self.by_hand, self.by_hand, self.taken_back,
            self.split, self.joined, self.reversed, self.undone,
        ]  # fmt: skip
        with suppress(LedgerError, IndexError):  # there may be nothing to do it with
            self.random.choice(steps)()

    def a_file(self) -> None:
        first, last = sorted(self.random.choices(DAYS, k=2))
        lines = [line for line in self.said if first <= line[2] <= last]
        before = first - timedelta(days=1)
        data = a_statement_file(
            *lines, opening=str(self.balance(before)), opening_day=before, closing_day=last, label=uuid4().hex[:5]
        )
        imported(self.entity, self.bank, data, allow_gap=self.random.random() < 0.6)

    def a_run(self) -> None:
        if self.random.random() < 0.5:
            run_matching(self.entity.id, self.bank.pk, actor="test", rules=REFERENCE_THEN_CENT)
        ran(self.bank)

    def by_hand(self) -> None:
        line = self.one_of(unmatched_lines(self.ours))
        postings = [one for one in unmatched_postings(self.ours) if one.amount == line.amount]
        posting = self.random.choice(postings)
        match_by_hand(self.entity.id, self.bank.pk, [line.pk], [posting.account_version], key=uuid4().hex, actor="test")

    def taken_back(self) -> None:
        match = self.one_of(Match.objects.filter(bank_account=self.bank, status="confirmed"))
        unmatch(self.entity.id, match.pk, key=uuid4().hex, actor="test")

    def split(self) -> None:
        line = self.one_of(unmatched_lines(self.ours))
        parts = [Part(Decimal("1.00")), Part(line.amount - 1)]
        split_line(self.entity.id, line.pk, parts, key=uuid4().hex, actor="test")

    def joined(self) -> None:
        line = self.one_of(StatementLine.objects.filter(bank_account=self.bank, is_split=True, is_undone=False))
        join_line(self.entity.id, line.pk, key=uuid4().hex, actor="test")

    def reversed(self) -> None:
        journal = self.random.choice(self.journals[1:])
        reverse_journal(self.entity.id, journal, key=uuid4().hex, actor="test")

    def undone(self) -> None:
        newest = Statement.objects.filter(bank_account=self.bank, status="imported").order_by("-number").first()
        if newest is not None:
            undo_import(self.entity.id, newest.pk, reason="x", key=uuid4().hex, actor="test")

    def one_of(self, rows: Any) -> Any:
        return self.random.choice(list(rows.order_by("pk")))

    @property
    def ours(self) -> Bank:
        return Bank(self.bank.pk, self.entity.id, self.bank.account_id, BANK, "EUR", "Bank")

    def covered(self, day: date) -> bool:
        """Whether files say all of the days through this one, from the first that any of them says."""
        spans = [
            (one.opening_day + timedelta(days=1), one.closing_day)
            for one in Statement.objects.filter(bank_account=self.bank, status="imported")
            if one.opening_day and one.closing_day
        ]
        told = {one for one in DAYS for first, last in spans if first <= one <= last}
        return bool(told) and all(one in told for one in DAYS if min(told) <= one <= day) and day >= min(told)

    def look(self) -> None:
        for day in DAYS[::3]:
            found = recon_report(self.entity.id, day, BANK).statements[0]
            effects = [Decimal(one.effect) for one in outstanding_of(found)]
            effects += [Decimal(one.effect) for one in found.residuals]
            assert Decimal(found.book_balance) + sum(effects, Decimal()) == Decimal(found.explained)
            if found.bank_balance is not None:
                left = Decimal(found.bank_balance) - Decimal(found.explained)
                assert (Decimal(found.unexplained or "x"), found.is_tied) == (left, left == 0)
            assert found.can_finish == (found.is_tied and not found.reasons)
            if self.covered(day):
                assert Decimal(found.bank_balance or "NaN") == self.balance(day), found
            if found.can_finish:
                assert Decimal(found.bank_balance or "NaN") == self.balance(day)
                run = finish_reconciliation(self.entity.id, BANK, day, key=uuid4().hex, actor="test").run
                self.finished.append((run, found))

    def end(self) -> None:
        for run, found in self.finished:
            run.refresh_from_db()
            assert report_of(run).statements[0] == found
        assert verify_books(self.entity.id) == []
        assert not MatchItem.objects.filter(bank_account=self.bank, is_active=True, line__is_undone=True).exists()


@pytest.mark.parametrize("seed", [100, 203])
def test_whatever_happened_only_items_lead_to_the_bank(seed: int) -> None:
    walk = Walk(seed)
    for number in range(30):
        walk.step()
        if number % 6 == 5:
            walk.look()
    walk.end()
