"""The statement of reconciliation at a date: from the balance of the books to that of the bank, read at one moment.

An item is outstanding when its counterpart is absent or dated later, whatever its match is today. Nothing is added to
make the two balances meet: what no item explains is told, and then the statement cannot be finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from journals.errors import FutureDate
from journals.reading.as_of import OF_ACCOUNT, question_of
from ledgerflow.books.admission import limit_statement
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from recon.cases.ages import AGE_NAMES, age_of
from recon.cases.opening import Opening, opening_of
from recon.reports import rows
from recon.reports.bridge import Bridge, Outstanding, TiedItem, bridge
from recon.reports.errors import NoBankAccounts
from recon.reports.shapes import CasesOfAge, OutstandingItem, ReconReport, ReconStatement, ResidualItem, RuleRate
from recon.statements.continuity import breaks_in
from recon.statements.errors import BankAccountNotFound
from recon.statements.rows import spans_of

TITLE = "Reconciliation"


class ReconciledAccount(NamedTuple):
    """A bank account with its account in the books, and the code of the account that it mirrors, if any."""

    id: UUID
    account_id: UUID
    code: str
    name: str
    currency: str
    minor_units: int
    mirror: str | None


class BankSide(NamedTuple):
    """What the bank says of the day: its balance, None where nothing does, the last statement by then, and doubts."""

    balance: Decimal | None
    last_statement: int | None
    reasons: list[str]


class MatchShown(NamedTuple):
    number: int
    explanation: str


class ReconReader:
    """All queries of one report, in its snapshot."""

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID, day: date) -> None:
        self._connection = connection
        self.entity_id = entity_id
        self.day = day

    def rows(self, sql: str, params: Any) -> list[Any]:
        """All rows. Raises `ReportTimedOut` when the report's time is over."""
        limit_statement(self._connection)
        return self._connection.execute(sql.encode(), params).fetchall()


def recon_report(entity_id: UUID, day: date, account: str | None = None) -> ReconReport:
    """The statements of all bank accounts at the end of `day`, or of the one whose account has this code.

    Raises `NotFound` and `FutureDate`.
    """
    with _reading(entity_id, day) as reader:
        ((code, name, business_date),) = reader.rows(rows.HEAD, (entity_id,)) or [(None, None, None)]
        if code is None:
            raise EntityNotFound
        if day > business_date:
            raise FutureDate(pointer="/date", business_date=str(business_date), day=str(day))
        found = reader.rows(rows.BANK_ACCOUNTS, {"entity": entity_id, "account": account})
        if not found:
            raise NoBankAccounts if account is None else BankAccountNotFound(pointer="/account")
        last = reader.rows(rows.LAST_EVENT, (entity_id,))
        statements = [_statement(reader, ReconciledAccount(*row)) for row in found]
    return ReconReport(
        title=TITLE, entity=code, entity_name=name, day=day, event_sequence=last[0][0], recorded_at=last[0][1],
        statements=statements,
    )  # fmt: skip


@contextmanager
def _reading(entity_id: UUID, day: date) -> Iterator[ReconReader]:
    """The reads of one report, in one REPEATABLE READ READ ONLY transaction."""
    with snapshot() as connection:
        # A plan made on young statistics would read whole tables, as elsewhere in reports.
        connection.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
        yield ReconReader(connection, entity_id, day)


def _statement(reader: ReconReader, account: ReconciledAccount) -> ReconStatement:
    opening = opening_of(reader.rows, account.id, account.account_id)
    bank = _bank_side(reader, account, opening)
    items, matches = _items(reader, account, opening)
    with localcontext(CONTEXT):
        made = bridge(reader.day, _book_balance(reader, account.code), bank.balance or ZERO, items)
        unexplained = None if bank.balance is None else made.difference
        reasons = [*bank.reasons, *_reasons(account, opening, unexplained)]
        return _shown(reader, account, opening, bank, made, matches, reasons)


def _book_balance(reader: ReconReader, code: str) -> Decimal:
    """Debits less credits of an account through the day."""
    row = reader.rows(OF_ACCOUNT, (reader.entity_id, code, *question_of(reader.entity_id, reader.day, None)))[0]
    return Decimal(row[3] - row[4])


def _bank_side(reader: ReconReader, account: ReconciledAccount, opening: Opening) -> BankSide:
    if account.mirror is not None:
        return _mirrored(reader, account, account.mirror)
    given = {"bank": account.id, "day": reader.day}
    reasons = []
    unproven = [str(number) for (number,) in reader.rows(rows.UNPROVEN, given)]
    if unproven:
        reasons.append(f"Statements without proven balances: {', '.join(unproven)}.")
    ((covered,),) = reader.rows(rows.COVERED, given)
    if covered is not None and covered < reader.day:
        reasons.append(f"The last statement ends on {covered}, so the bank's balance at {reader.day} is not known.")
    ((broken,),) = reader.rows(rows.CONTINUITY, given)
    if broken:
        reasons.append(f"Exceptions of broken continuity that are open: {broken}.")
    reasons += _gaps(reader, account)
    anchor = reader.rows(rows.ANCHOR, given)
    with localcontext(CONTEXT):
        if anchor:
            number, closing_day, balance = anchor[0]
            since = reader.rows(rows.SINCE_ANCHOR, given | {"closing_day": closing_day, "number": number})
            return BankSide(balance + since[0][0], number, reasons)
        if opening.bank is not None and opening.since is not None and opening.since <= reader.day:
            ((through,),) = reader.rows(rows.LINES_THROUGH, given)
            return BankSide(opening.bank + through, None, reasons)
    return BankSide(None, None, [*reasons, "No statement says what the bank's balance was."])


def _gaps(reader: ReconReader, account: ReconciledAccount) -> Iterator[str]:
    """Statements between which the day lies, and something is missing, whether a run has found it or not."""
    spans = spans_of(reader.rows, account.id)
    days = {span.number: span.day for span in spans}
    for later, found in breaks_in(spans):
        if found.kind == "gap" and days[found.statement] < reader.day < later.day:
            yield (
                f"Statement {later.number} does not go on from statement {found.statement}, so the bank's balance at"
                f" {reader.day} is not known."
            )


def _mirrored(reader: ReconReader, account: ReconciledAccount, mirror: str) -> BankSide:
    """The balance of the other account, with the sign turned: it is known at each day, and there are no gaps."""
    ((last, waiting),) = reader.rows(rows.MIRRORED, {"bank": account.id, "day": reader.day})
    reasons = [f"Postings of {mirror} that were not brought in: {waiting}. A run brings them in."] if waiting else []
    return BankSide(CONTEXT.minus(_book_balance(reader, mirror)), last, reasons)


def _items(
    reader: ReconReader, account: ReconciledAccount, opening: Opening
) -> tuple[list[TiedItem], dict[str, MatchShown]]:
    """What may be outstanding: items without a match, and those of matches that are not complete by the day."""
    given = {"bank": account.id, "account": account.account_id, "day": reader.day}
    items = [TiedItem(str(id_), "bank", day, amount) for id_, day, amount, _ in reader.rows(rows.FREE_LINES, given)]
    items += [
        TiedItem(str(version), "books", day, amount)
        for version, day, amount in reader.rows(rows.FREE_POSTINGS, given)
        if not (opening.bank is not None and version in opening.versions)
    ]
    matches: dict[str, MatchShown] = {}
    for side, line, version, day, amount, match, number, explanation in reader.rows(rows.TIED, given):
        matches[str(match)] = MatchShown(number, explanation)
        items.append(TiedItem(str(line or version), side, day, amount, str(match)))
    return items, matches


def _reasons(account: ReconciledAccount, opening: Opening, unexplained: Decimal | None) -> Iterator[str]:
    """Why the statement cannot be finished, beyond what is wrong with the bank's side."""
    if not unexplained:
        return
    yield f"{_scaled(unexplained, account)} {account.currency} is explained by no item."
    if opening.bank is not None and not opening.agrees:
        yield (
            f"Before its first statement the bank had {_scaled(opening.bank, account)}, and the postings of the opening"
            f" balance come to {_scaled(opening.books, account)}: resolve the exceptions of those that make it up as"
            " opening."
        )


def _shown(
    reader: ReconReader, account: ReconciledAccount, opening: Opening, bank: BankSide, made: Bridge,
    matches: dict[str, MatchShown], reasons: list[str],
) -> ReconStatement:  # fmt: skip
    shown = _ShownItems(reader, account, [*made.outstanding_books, *made.outstanding_bank], matches)
    unexplained = None if bank.balance is None else _scaled(made.difference, account)
    is_tied = bank.balance is not None and made.difference == 0
    return ReconStatement(
        bank_account=account.id,
        account=account.code,
        name=account.name,
        currency=account.currency,
        day=reader.day,
        book_balance=_scaled(made.book_balance, account),
        outstanding_books=[shown.item(one) for one in made.outstanding_books],
        outstanding_bank=[shown.item(one) for one in made.outstanding_bank],
        residuals=[
            ResidualItem(
                match=matches[one.match_id].number,
                effect=_scaled(one.effect, account),
                explanation=matches[one.match_id].explanation,
            )
            for one in made.residuals
        ],
        explained=_scaled(made.explained, account),
        bank_balance=None if bank.balance is None else _scaled(bank.balance, account),
        unexplained=unexplained,
        is_tied=is_tied,
        can_finish=is_tied and not reasons,
        reasons=reasons,
        last_statement=bank.last_statement,
        opening_bank=None if opening.bank is None else _scaled(opening.bank, account),
        opening_books=_scaled(opening.books, account),
        exceptions=_by_age(reader, account),
        rules=_rates(reader, account),
    )


class _ShownItems:
    """Outstanding items with what people know them by: texts are read for all of them at once."""

    def __init__(
        self, reader: ReconReader, account: ReconciledAccount, found: Sequence[Outstanding], matches: dict[str, Any]
    ) -> None:
        self._account, self._matches = account, matches
        versions = [int(one.item.id) for one in found if one.item.side == "books"]
        lines = [UUID(one.item.id) for one in found if one.item.side == "bank"]
        journals = reader.rows(rows.JOURNALS, {"account": account.account_id, "versions": versions})
        self._journals = {version: (journal, text) for version, journal, text in journals}
        self._lines = dict(reader.rows(rows.LINES, {"lines": lines}))

    def item(self, one: Outstanding) -> OutstandingItem:
        item = one.item
        if item.side == "books":
            version: int | None = int(item.id)
            id_, text = self._journals[int(item.id)]
        else:
            version, id_ = None, UUID(item.id)
            text = self._lines[id_]
        match = None if item.match_id is None else self._matches[item.match_id].number
        return OutstandingItem(
            side=item.side, id=id_, version=version, day=item.day, amount=_scaled(item.amount, self._account),
            effect=_scaled(one.effect, self._account), text=text, match=match,
        )  # fmt: skip


def _by_age(reader: ReconReader, account: ReconciledAccount) -> list[CasesOfAge]:
    """What is open today of what came up by the day, by how old it was then."""
    found: dict[str, Counter[str]] = {name: Counter() for name in AGE_NAMES}
    for day, kind, count in reader.rows(rows.OPEN_CASES, {"bank": account.id, "day": reader.day}):
        found[age_of(day, reader.day)][kind] += count
    return [CasesOfAge(name, kinds.total(), dict(sorted(kinds.items()))) for name, kinds in found.items()]


def _rates(reader: ReconReader, account: ReconciledAccount) -> list[RuleRate]:
    """Which rule has matched how many of the bank's lines."""
    found = reader.rows(rows.RATES, {"bank": account.id, "day": reader.day})
    total = sum(lines for _, _, lines, _ in found)
    return [
        RuleRate(rule, matches, lines, _scaled(amount, account), _per_cent(lines, total))
        for rule, matches, lines, amount in found
    ]


def _per_cent(part: int, whole: int) -> str:
    """With one decimal, downwards: 100.0 is all of them and nothing less."""
    return plain(Decimal(part * 1000 // whole).scaleb(-1)) if whole else "0"


def _scaled(amount: Decimal, account: ReconciledAccount) -> str:
    return plain(at_scale(amount or ZERO, account.minor_units))  # a zero that came of a subtraction may have a minus


def outstanding_of(statement: ReconStatement) -> Iterable[OutstandingItem]:
    """All outstanding items of a statement, ours first."""
    return [*statement.outstanding_books, *statement.outstanding_bank]
