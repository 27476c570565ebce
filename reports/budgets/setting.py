"""Setting lines of a budget: all of a request or none of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounts.errors import HeaderAccount, UnknownAccount
from journals.errors import UnknownDimension
from ledgerflow.books import once
from ledgerflow.books.copying import copy_text
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.money import at_scale, plain
from reports.budgets.errors import (
    BudgetByAnother,
    BudgetLineCount,
    BudgetOverlaps,
    BudgetTwice,
)
from reports.budgets.events import BudgetedLine, BudgetSetFact
from reports.budgets.specs import BudgetSpan, BudgetSpec, check_line, check_name, span_of

MOST_LINES = 5_000
ACCOUNTS = """
    SELECT a.code, a.id, a.is_header, a.currency, c.minor_units
    FROM accounts_account a JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    WHERE a.entity_id = %s AND a.code = ANY (%s::text[])
"""
PERIODS = "SELECT name, starts_on, ends_on FROM periods_period WHERE entity_id = %s AND name = ANY (%s::text[])"
IN_FORCE = """
    SELECT * FROM (
        SELECT DISTINCT ON (account_id, starts_on, ends_on, dimension, value)
               account_id, starts_on, ends_on, dimension, value, amount
        FROM budgets_budgetline WHERE entity_id = %s AND version = %s AND account_id = ANY (%s::uuid[])
        ORDER BY account_id, starts_on, ends_on, dimension, value, event_sequence DESC
    ) newest WHERE amount <> 0
"""
COPY = """
    COPY budgets_budgetline (entity_id, event_sequence, line, version, account_id, currency, starts_on, ends_on,
                             dimension, value, amount)
    FROM STDIN
"""


class BudgetSet(NamedTuple):
    """What was set: the budget, its number of lines in the request, and the event; whether it was there already."""

    version: str
    lines: int
    event_sequence: int
    replayed: bool


class _BudgetAccount(NamedTuple):
    id: UUID
    is_header: bool
    currency: str
    minor_units: int


class _Part(NamedTuple):
    """What one amount is for."""

    account: UUID
    span: BudgetSpan
    dimension: str
    value: str


def set_budget(
    entity_id: UUID, version: str, specs: Sequence[BudgetSpec], *, key: str, issuer: str = CLIENT, actor: str
) -> BudgetSet:
    """Set lines of a budget, each in the place of the one before it for its account, period and value.

    All or nothing; the same key and lines replay. An amount of zero takes a line back. Days of an account are budgeted
    once: by periods that do not overlap, and by one dimension. Raises `Malformed`, `UnknownAccount`, `HeaderAccount`,
    `UnknownDimension`, `BudgetRefused` with the reason, `PrecisionExceeded`, `IdempotencyKeyReused`.
    """
    check_name(version)
    if not 1 <= len(specs) <= MOST_LINES:
        raise BudgetLineCount(pointer="/lines", most=MOST_LINES)
    for number, spec in enumerate(specs):
        check_line(spec, f"/lines/{number}")
    claim = claim_of(
        key, ["set_budget", version, *([*spec[:2], plain(spec.amount), *spec[3:]] for spec in specs)], issuer
    )

    def work(tx: Transaction, _: None) -> int:
        once.take(tx, claim)
        setting = _Setting(tx, version, specs)
        lines = [setting.line(number, spec) for number, spec in enumerate(specs)]
        sequence = tx.record(BudgetSetFact(version, lines, **claim.fact()), version, actor)
        tx.remember(*claim, sequence)
        setting.write(lines, sequence)
        return sequence

    def do() -> BudgetSet:
        return BudgetSet(version, len(specs), write(entity_id, work), replayed=False)

    return once.once(entity_id, claim, do, lambda sequence: _earlier(entity_id, sequence))


def _earlier(entity_id: UUID, sequence: int) -> BudgetSet:
    fact = BudgetSetFact.read(Event.objects.get(entity_id=entity_id, sequence=sequence).data)
    return BudgetSet(fact.version, len(fact.lines), sequence, replayed=True)


class _Setting:
    """What the lines of a request are compared with: the chart, the calendar, and what is in force."""

    def __init__(self, tx: Transaction, version: str, specs: Sequence[BudgetSpec]) -> None:
        self._tx, self._version = tx, version
        rows = tx.query(ACCOUNTS, (tx.entity_id, list({spec.account for spec in specs}))).fetchall()
        self._accounts = {row[0]: _BudgetAccount(*row[1:]) for row in rows}
        rows = tx.query(PERIODS, (tx.entity_id, list({spec.period for spec in specs}))).fetchall()
        self._periods = {row[0]: BudgetSpan(*row[1:]) for row in rows}
        ids = [one.id for one in self._accounts.values()]
        rows = tx.query(IN_FORCE, (tx.entity_id, version, ids)).fetchall()
        self._parts: dict[UUID, set[_Part]] = {}
        for account, start, end, dimension, value, _ in rows:
            self._parts.setdefault(account, set()).add(_Part(account, BudgetSpan(start, end), dimension, value))
        self._asked: set[_Part] = set()

    def line(self, number: int, spec: BudgetSpec) -> BudgetedLine:
        """The line that a spec asks for; those after it see it."""
        pointer = f"/lines/{number}"
        account = self._account(spec, pointer)
        if spec.dimension and spec.dimension not in self._tx.entity.dimensions:
            raise UnknownDimension(pointer=f"{pointer}/dimension", dimension=spec.dimension[:40])
        span = span_of(spec.period, self._periods, pointer)
        part = _Part(account.id, span, spec.dimension, spec.value)
        amount = at_scale(spec.amount, account.minor_units)
        self._check(spec, part, amount, pointer)
        return BudgetedLine(
            spec.account, account.currency, span.start, span.end, spec.dimension, spec.value, plain(amount)
        )

    def _account(self, spec: BudgetSpec, pointer: str) -> _BudgetAccount:
        account = self._accounts.get(spec.account)
        if account is None:
            raise UnknownAccount(pointer=f"{pointer}/account", account=spec.account)
        if account.is_header:
            raise HeaderAccount(pointer=f"{pointer}/account", account=spec.account)
        return account

    def _check(self, spec: BudgetSpec, part: _Part, amount: Decimal, pointer: str) -> None:
        named = {"pointer": pointer, "account": spec.account}
        if part in self._asked:
            raise BudgetTwice(**named, start=str(part.span.start), end=str(part.span.end))
        self._asked.add(part)
        parts = self._parts.setdefault(part.account, set())
        parts.discard(part)
        if not amount:
            return
        for other in parts:
            if not other.span.overlaps(part.span):
                continue
            if other.dimension and part.dimension and other.dimension != part.dimension:
                raise BudgetByAnother(**named, other=other.dimension, dimension=part.dimension)
            if other.span != part.span and (other.dimension, other.value) == (part.dimension, part.value):
                raise BudgetOverlaps(**named, start=str(other.span.start), end=str(other.span.end))
        parts.add(part)

    def write(self, lines: Sequence[BudgetedLine], sequence: int) -> None:
        """Add the rows."""
        head = f"{self._tx.entity_hex}\t{sequence}"
        rows = [
            f"{head}\t{number}\t{copy_text(self._version)}\t{self._accounts[line.account].id.hex}\t{line.currency}\t"
            f"{line.starts_on}\t{line.ends_on}\t{line.dimension}\t{copy_text(line.value)}\t{line.amount}\n"
            for number, line in enumerate(lines, 1)
        ]
        self._tx.write_log()
        self._tx.copy(COPY, rows)
