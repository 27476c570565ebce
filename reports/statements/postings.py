"""Postings by effective date: the general ledger of many accounts, and the statement of one.

Lines of a date stand in recorded order, and the balance runs in the order shown. Holds are no postings: they are in no
opening, running or closing balance.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import groupby, islice, starmap
from typing import Any, NamedTuple
from uuid import UUID

from accounts.balances import no_account
from ledgerflow.core.documents import Column, Document, DocumentRow
from ledgerflow.core.money import CONTEXT, at_scale, plain
from reports.errors import StatementOfHeader, TooManyJsonLines, TooManyPeriods
from reports.heads import checkpoint_of_log, checkpoint_parameters, document_head, head_of
from reports.reading.figures import LOAD_PERIODS, VIEWS, GrossTotals, Reader, ReportAccount
from reports.reading.lines import posting_rows
from reports.reading.tree import must_be_zero
from reports.reading.values import reading_of
from reports.reading.years import Year, years_between
from reports.shapes import LinesReport, Movement, Section
from reports.statements.income import Range, range_of

MOST_JSON_LINES = 50_000
MOST_PERIODS = 1_200  # a hundred years of months; each of them is a query
PERIODS_A_YEAR = {"month": 12, "year": 1}
# Asked for many journals at once, and for each once: of a journal of a thousand lines every line asks.
COUNTERS = """
    SELECT journal_id, currency, (array_agg(DISTINCT account_id) FILTER (WHERE amount > 0))[1:5],
           (array_agg(DISTINCT account_id) FILTER (WHERE amount < 0))[1:5]
    FROM journals_posting WHERE journal_id = ANY (%s) GROUP BY journal_id, currency
"""
KNOWN_CODES = "SELECT code FROM accounts_account WHERE entity_id = %s AND code = ANY (%s)"
# These and those below them; it ends where parents go round in a circle, which a superuser can make.
BELOW_CODES = """
    WITH RECURSIVE subtree AS (
        SELECT id FROM accounts_account WHERE entity_id = %s AND code = ANY (%s)
        UNION
        SELECT child.id FROM subtree CROSS JOIN LATERAL (
            SELECT id FROM accounts_account WHERE parent_id = subtree.id OFFSET 0
        ) child
    )
    SELECT a.id FROM subtree JOIN accounts_account a ON a.id = subtree.id WHERE NOT a.is_header ORDER BY a.code
"""
LINES_AT_ONCE = 5_000
MOST_COUNTERS = 4  # named of one line; files name one less and say that there are more
MOST_REMEMBERED = 50_000
FIRST_POSTING = """
    SELECT effective_date FROM journals_posting WHERE account_id = %s AND effective_date <= %s AND event_sequence <= %s
    ORDER BY effective_date LIMIT 1
"""
COLUMNS = (
    Column("Account", width=14),
    Column("Date", "date"),
    Column("Journal", "integer", 8),
    Column("Counter account", width=16),
    Column("Description", width=30),
    Column("Reference", width=14),
    Column("Debit", "amount", 15),
    Column("Credit", "amount", 15),
    Column("Balance", "amount", 16),
)


class PostingLine(NamedTuple):
    account_id: UUID
    effective_date: date
    number: int
    kind: str
    layer: str
    description: str
    reference: str
    recorded_at: datetime
    version: int
    amount: Decimal
    journal: UUID
    reverses: int | None
    counters: Sequence[str] = ()


class Part(NamedTuple):
    """An account over some dates: its figures before the first, all its lines, and its figures at the end."""

    account: ReportAccount
    dates: Range
    opening: GrossTotals
    closing: GrossTotals
    lines: Iterable[PostingLine]


class Listing:
    """A report of lines while its snapshot lasts: a body, or a document whose rows are read as they are written."""

    def __init__(
        self,
        reader: Reader,
        head: dict[str, Any],
        frames: Sequence[Part],
        place_of: Callable[[PostingLine], int],
        *,
        zeros: bool,
    ) -> None:
        self._reader = reader
        self._head = head
        self._frames = frames
        self._place_of = place_of
        self._zeros = zeros
        self._layers = VIEWS[head["parameters"]["view"]]

    def report(self) -> LinesReport:
        """The whole report. Raises `ReportTooLarge` for more lines than one JSON answer holds."""
        left = MOST_JSON_LINES
        sections = []
        for part in self.parts():
            section = self._section(part)
            left -= len(section.lines)
            if left < 0:
                raise TooManyJsonLines(most=MOST_JSON_LINES, format="csv")
            sections.append(section)
        return LinesReport(**self._head, sections=sections)

    def document(self) -> Document:
        """The report as a table: per account or period a heading, its opening balance, its lines and its closing."""
        rows = (row for part in self.parts() for row in self._rows(part))
        report = LinesReport(**self._head, sections=[])
        head = document_head(report)
        head["parameters"] += checkpoint_parameters(report.checkpoint)
        return Document(**head, columns=COLUMNS, rows=rows)

    def parts(self) -> Iterator[Part]:
        """The parts that have lines or a balance, in order; the lines of one end when the next is asked for."""
        groups = groupby(self._lines(), key=self._place_of)
        place, lines = next(groups, (None, iter(())))
        for number, frame in enumerate(self._frames):
            if place == number:
                yield frame._replace(lines=lines)
                place, lines = next(groups, (None, iter(())))
            elif self._zeros or frame.opening.net:
                yield frame

    def _lines(self) -> Iterator[PostingLine]:
        if not self._frames:
            return iter(())
        accounts = list(dict.fromkeys(frame.account.id for frame in self._frames))
        start, end = self._frames[0].dates.start, self._frames[-1].dates.end
        rows = posting_rows(self._reader, accounts, start, end, self._layers)
        return with_counters(self._reader, starmap(PostingLine, rows))

    def _section(self, part: Part) -> Section:
        show = _AmountText(part.account, self._reader.scales)
        lines = [_movement(line, balance, show) for line, balance in _running(part)]
        return Section(
            account=part.account.code,
            name=part.account.name,
            currency=part.account.currency,
            normal_side=part.account.normal_side,
            from_date=part.dates.start,
            to_date=part.dates.end,
            opening=show.balance(part.opening.net),
            debits=show.amount(CONTEXT.subtract(part.closing.debits, part.opening.debits)),
            credits=show.amount(CONTEXT.subtract(part.closing.credits, part.opening.credits)),
            closing=show.balance(part.closing.net),
            lines=lines,
        )

    def _rows(self, part: Part) -> Iterator[DocumentRow]:
        code, show = part.account.code, _AmountText(part.account, self._reader.scales)
        name = f"{part.account.name}, {part.account.currency}"
        yield DocumentRow((code, None, None, None, name, None, None, None, None), "heading")
        opening = show.balance(part.opening.net)
        yield DocumentRow((code, part.dates.start, None, None, "Opening balance", None, None, None, opening))
        for line, balance in _running(part):
            sides = (show.amount(line.amount), None) if line.amount > 0 else (None, show.amount(line.amount))
            texts = (_counter_text(line.counters), _description(line), line.reference)
            yield DocumentRow((code, line.effective_date, line.number, *texts, *sides, show.balance(balance)))
        moved = (
            show.amount(CONTEXT.subtract(part.closing.debits, part.opening.debits)),
            show.amount(CONTEXT.subtract(part.closing.credits, part.opening.credits)),
        )
        closing = show.balance(part.closing.net)
        yield DocumentRow((code, part.dates.end, None, None, "Closing balance", None, *moved, closing), "total")


def general_ledger(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    accounts: Collection[str] = (),
    known_at: datetime | None = None,
    view: str = "after",
    dimension: str | None = None,
    zeros: bool = False,
) -> AbstractContextManager[Listing]:
    """Every account (or those of `accounts`; headers stand for all below them) with its lines between two dates.

    Without `from_date`: from the first day of the fiscal year; without `to_date`: to the business date. Balances are
    on the account's normal side. `dimension` ("cost_centre:NORTH,SOUTH"): of lines with one of these values or one
    below. Raises `NotFound`, `Malformed`, `FutureDate`, `UnknownDimension`.
    """
    return _listing(
        entity_id, "General ledger", _by_account, from_date, to_date,
        codes=accounts, known_at=known_at, view=view, dimension=dimension, zeros=zeros,
    )  # fmt: skip


def statement(
    entity_id: UUID,
    account: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    per: str = "all",
    known_at: datetime | None = None,
    view: str = "after",
) -> AbstractContextManager[Listing]:
    """One account between two dates, with an opening and a closing balance for all of it, or `per` "month" or "year".

    Months and years are those of the fiscal calendar, or calendar ones; those before the account's first posting are
    left out. Raises `NotFound`, `HeaderAccount`, `Malformed`, `FutureDate`, `ReportTooLarge`.
    """
    return _listing(
        entity_id, "Account statement", partial(_by_period, code=account, per=per), from_date, to_date,
        codes=(account,), known_at=known_at, view=view, zeros=True, per=per,
    )  # fmt: skip


class _AmountText:
    """Amounts of an account as text: sides without a sign, balances on its normal side."""

    def __init__(self, account: ReportAccount, scales: Any) -> None:
        self._scale: int = scales[account.currency]
        self._sign = 1 if account.normal_side == "debit" else -1

    def amount(self, amount: Decimal) -> str:
        return plain(at_scale(amount.copy_abs(), self._scale))

    def balance(self, net: Decimal) -> str:
        return plain(at_scale(CONTEXT.plus(CONTEXT.multiply(net, self._sign)), self._scale))


def _movement(line: PostingLine, balance: Decimal, show: _AmountText) -> Movement:
    amount = show.amount(line.amount)
    return Movement(
        effective_date=line.effective_date,
        journal_number=line.number,
        kind=line.kind,
        layer=line.layer,
        description=line.description,
        external_reference=line.reference,
        recorded_at=line.recorded_at,
        version=line.version,
        debit=amount if line.amount > 0 else None,
        credit=None if line.amount > 0 else amount,
        balance=show.balance(balance),
        counter_accounts=list(line.counters),
        reverses=line.reverses,
    )


def _description(line: PostingLine) -> str:
    text = line.description or line.kind
    return text if line.reverses is None else f"{text} (reverses journal {line.reverses})"


def _counter_text(codes: Sequence[str]) -> str:
    return ", ".join(codes) if len(codes) < MOST_COUNTERS else f"{', '.join(codes[: MOST_COUNTERS - 1])} …"


def with_counters(reader: Reader, lines: Iterator[PostingLine]) -> Iterator[PostingLine]:
    """Each line with the codes of `MOST_COUNTERS` accounts on the other side of its journal, in its currency."""
    known: dict[tuple[UUID, str], tuple[Sequence[UUID], Sequence[UUID]]] = {}
    while batch := list(islice(lines, LINES_AT_ONCE)):
        if len(known) > MOST_REMEMBERED:
            known.clear()
        seen = {journal for journal, _ in known}
        wanted = {line.journal for line in batch} - seen
        for journal, currency, debits, credits_ in reader.rows(COUNTERS, (list(wanted),)) if wanted else ():
            known[journal, currency] = debits or (), credits_ or ()
        sides = [sides for (journal, _), both in known.items() if journal in wanted for sides in both]
        accounts = reader.named({line.account_id for line in batch}.union(*sides))
        for line in batch:
            others = known[line.journal, accounts[line.account_id].currency][line.amount > 0]
            codes = sorted(accounts[one].code for one in others if one != line.account_id)
            yield line._replace(counters=codes[:MOST_COUNTERS])


def _running(part: Part) -> Iterator[tuple[PostingLine, Decimal]]:
    """Each line with the balance after it. Raises `ReportsDisagreeError` when they do not lead to the closing one."""
    balance = part.opening.net
    for line in part.lines:
        balance = CONTEXT.add(balance, line.amount)
        yield line, balance
    gap = CONTEXT.subtract(balance, part.closing.net)
    must_be_zero([gap], f"The lines of {part.account.code} do not lead to its closing balance.")


@contextmanager
def _listing(
    entity_id: UUID,
    title: str,
    framed: Callable[
        [Reader, Sequence[ReportAccount], Range, Collection[str]], tuple[list[Part], Callable[[PostingLine], int]]
    ],
    from_date: date | None,
    to_date: date | None,
    *,
    codes: Collection[str],
    known_at: datetime | None,
    view: str,
    zeros: bool,
    dimension: str | None = None,
    per: str | None = None,
) -> Iterator[Listing]:
    with reading_of(entity_id, known_at, dimension) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        frames, place_of = framed(reader, accounts_of(reader, codes), dates, VIEWS[view])
        shown: dict[str, Any] = {
            "account" if per else "accounts": ", ".join(codes),
            "view": view,
            "dimension": dimension,
        }
        shown |= {"per": per} if per != "all" else {}
        head = head_of(reader, title, from_=dates.start, to=dates.end, **shown)
        head["checkpoint"] = checkpoint_of_log(reader)
        yield Listing(reader, head, frames, place_of, zeros=zeros)


def accounts_of(reader: Reader, codes: Collection[str]) -> list[ReportAccount]:
    """The accounts with these codes in code order, those below a header in its place; all where none is named.

    Raises `NotFound`.
    """
    if not codes:
        return [account for account in reader.accounts.values() if not account.is_header]
    joined = ",".join(codes)  # a code may hold commas itself
    known = {code for (code,) in reader.rows(KNOWN_CODES, (reader.entity_id, [*codes, joined]))}
    wanted = [joined] if joined in known else list(codes)
    for code in wanted:
        if code not in known:
            raise no_account(code)
    ids = [id_ for (id_,) in reader.rows(BELOW_CODES, (reader.entity_id, wanted))]
    accounts = reader.named(ids)
    return [accounts[one] for one in ids if one in accounts]


def _by_account(
    reader: Reader, accounts: Sequence[ReportAccount], dates: Range, layers: Collection[str]
) -> tuple[list[Part], Callable[[PostingLine], int]]:
    ids = [account.id for account in accounts]
    opening = reader.before(dates.start, layers, accounts=ids)
    closing = reader.figures(dates.end, layers, accounts=ids)
    places = {account.id: place for place, account in enumerate(accounts)}
    frames = [Part(account, dates, opening[account.id], closing[account.id], ()) for account in accounts]
    return frames, lambda line: places[line.account_id]


def _by_period(
    reader: Reader, accounts: Sequence[ReportAccount], dates: Range, layers: Collection[str], *, code: str, per: str
) -> tuple[list[Part], Callable[[PostingLine], int]]:
    if [account.code for account in accounts] != [code]:
        raise StatementOfHeader(pointer="/account", account=code)
    (account,) = accounts
    spans = _spans(reader, dates, per, account)
    frames = []
    opening = reader.before(dates.start, layers, accounts=[account.id])[account.id]
    for span in spans:
        closing = reader.figures(span.end, layers, accounts=[account.id])[account.id]
        frames.append(Part(account, span, opening, closing, ()))
        opening = closing
    ends = [span.end for span in spans]
    return frames, lambda line: bisect_left(ends, line.effective_date)


def _spans(reader: Reader, dates: Range, per: str, account: ReportAccount) -> list[Range]:
    """The periods from the one of the account's first posting on: of those before there is nothing to say."""
    first = reader.rows(FIRST_POSTING, (account.id, dates.end, reader.known))
    if per == "all" or not first:
        return [dates]
    start = max(dates.start, first[0][0])
    if (dates.end.year - start.year) * PERIODS_A_YEAR[per] >= MOST_PERIODS:
        raise TooManyPeriods(pointer="/per", most=MOST_PERIODS)
    periods = [Year(*row) for row in reader.rows(LOAD_PERIODS, (reader.entity_id, per))]
    found = years_between(periods, start, dates.end, months=per == "month")
    return [Range(max(one.start, dates.start), one.end) for one in found]
