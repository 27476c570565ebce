"""What a file would bring: read and judged before anything is written, alike for a preview and for an import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from uuid import UUID

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.money import plain
from recon.statements.continuity import Span, begins_at, breaks_around, in_order
from recon.statements.errors import (
    ColumnsMissing,
    MirrorTakesNoFiles,
    StatementDiscontinuous,
    StatementEmpty,
    StatementFileKnown,
    StatementIntoGap,
    StatementOfNobody,
    StatementOfOther,
    StatementOfSeveral,
    StatementOfUnknown,
)
from recon.statements.events import ContinuityBreak
from recon.statements.parsers.columns import ColumnMap
from recon.statements.parsers.fingerprints import fingerprints
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedFile, ParsedStatement, total
from recon.statements.rows import (
    KNOWN_FILE,
    LAST_NUMBER,
    SEEN,
    BankAccountRow,
    Fetch,
    NewLine,
    identified_bank_accounts,
    lines_sha256,
    new_line,
    spans_of,
)


@dataclass(frozen=True)
class ReadStatement:
    """A statement with the id that it will have, and its lines as they would be stored if all were new.

    `in_file` is its place among all statements of the file, from 1.
    """

    id: UUID
    in_file: int
    parsed: ParsedStatement
    lines: list[NewLine]
    lines_sha256: bytes


@dataclass(frozen=True)
class FileShare:
    """The statements of a file that are of one bank account, as the bank account was when they were read."""

    bank: BankAccountRow
    statements: list[ReadStatement]


@dataclass(frozen=True)
class ReadFile:
    """A file as the parsers read it, with all that can be made ready before the lock is taken.

    `refusals` are statements that name no bank account, where the file was to tell it.
    """

    format: str
    sha256: str
    shares: list[FileShare]
    refusals: Sequence[LedgerError] = ()


@dataclass(frozen=True)
class PlannedStatement:
    """A statement of a file: which of its lines are new, and which (by their numbers in it) were there already.

    `place` is its place among the statements of the file that are of its bank account.
    """

    bank: BankAccountRow
    number: int
    place: int
    read: ReadStatement
    new: list[NewLine]
    seen: list[int]
    seen_total: Decimal
    breaks: list[ContinuityBreak]

    @property
    def parsed(self) -> ParsedStatement:
        return self.read.parsed

    @property
    def lines_sha256(self) -> bytes:
        """Over the lines that are new."""
        return lines_sha256(self.new) if self.seen else self.read.lines_sha256

    @property
    def days(self) -> tuple[date | None, date | None]:
        """Of its first and last line."""
        days = [line.booking_date for line in self.parsed.lines]
        return (min(days), max(days)) if days else (None, None)


@dataclass(frozen=True)
class Plan:
    """All statements of a file. `refusals` are why it cannot be taken at all."""

    file: ReadFile
    statements: list[PlannedStatement]
    refusals: list[LedgerError]

    def discontinuities(self) -> list[LedgerError]:
        """What refuses the file unless a gap is allowed."""
        return [discontinuous(planned.read.in_file, one) for planned in self.statements for one in planned.breaks]


def read_file(entity_id: UUID, bank: BankAccountRow, data: bytes) -> ReadFile:
    """Parse a file. Raises `StatementRefused`: then nothing of it is taken, and `MirrorTakesNoFiles`."""
    if bank.mirror is not None:
        raise MirrorTakesNoFiles(mirror=bank.mirror)
    columns = None if bank.column_map is None else ColumnMap.from_dict(bank.column_map)
    parsed = _parsed(data, columns)
    share = _share(entity_id, bank, list(enumerate(parsed.statements, 1)))
    return ReadFile(parsed.format, sha256(data).hexdigest(), [share])


def read_for_all(entity_id: UUID, data: bytes) -> ReadFile:
    """The same of a file whose statements go to the bank accounts that they name. Raises `StatementRefused`."""
    try:
        parsed = _parsed(data, None)
    except ColumnsMissing:  # a CSV, which names no account either
        return ReadFile("csv", sha256(data).hexdigest(), [], [StatementOfNobody(place=1)])
    banks = identified_bank_accounts(entity_id)
    found: dict[UUID, list[tuple[int, ParsedStatement]]] = {}
    refusals: list[LedgerError] = []
    for place, statement in enumerate(parsed.statements, 1):
        named = _named(statement.account, banks)
        if len(named) == 1:
            found.setdefault(named[0].id, []).append((place, statement))
        else:
            refusals.append(_unknown(place, statement.account, named))
    shares = [_share(entity_id, bank, found[bank.id]) for bank in banks if bank.id in found and not refusals]
    return ReadFile(parsed.format, sha256(data).hexdigest(), shares, refusals)


def _parsed(data: bytes, columns: ColumnMap | None) -> ParsedFile:
    """The file without lines of zero, which banks write as notes: nothing is posted for them."""
    parsed = read_statements(data, columns)
    if not parsed.statements:
        raise StatementEmpty
    kept = (replace(one, lines=tuple(line for line in one.lines if line.amount)) for one in parsed.statements)
    return replace(parsed, statements=tuple(kept))


def _share(entity_id: UUID, bank: BankAccountRow, placed: list[tuple[int, ParsedStatement]]) -> FileShare:
    lines = [line for _, statement in placed for line in statement.lines]
    identified = zip(uuid7_run(len(lines)) if lines else [], lines, fingerprints(lines), strict=True)
    statements = []
    for id_, (place, statement) in zip(uuid7_run(len(placed)), placed, strict=True):
        head = f"{entity_id.hex}\t{bank.id.hex}\t{id_.hex}"
        made = [new_line(head, *one) for one in islice(identified, len(statement.lines))]
        statements.append(ReadStatement(id_, place, statement, made, lines_sha256(made)))
    return FileShare(bank, statements)


def plan_import(fetch: Fetch, file: ReadFile) -> Plan:
    """What the file would bring, by what is in the books as `fetch` sees them.

    Of a file for several bank accounts, what one of them has already is passed over, unless all of it is known.
    """
    known = [(share, _known(fetch, share.bank, file)) for share in file.shares]
    new = [share for share, refusal in known if refusal is None]
    refusals = [*file.refusals, *(one for share in new for one in _of_other(share))]
    if not new:
        refusals += [refusal for _, refusal in known[:1] if refusal is not None]
    if refusals:
        return Plan(file, [], refusals)
    return Plan(file, [planned for share in new for planned in _planned_share(fetch, share)], [])


def _planned_share(fetch: Fetch, share: FileShare) -> Iterator[PlannedStatement]:
    bank = share.bank
    ((last_number,),) = fetch(LAST_NUMBER, (bank.id,))
    wanted = [line.fingerprint for statement in share.statements for line in statement.lines]
    seen = {row[0] for row in fetch(SEEN, (bank.id, wanted))} if wanted else set()
    spans = spans_of(fetch, bank.id)
    for place, statement in enumerate(share.statements, 1):
        yield _planned(bank, last_number + place, place, statement, seen, spans)


def _known(fetch: Fetch, bank: BankAccountRow, file: ReadFile) -> LedgerError | None:
    rows = fetch(KNOWN_FILE, (bank.id, file.sha256))
    return StatementFileKnown(number=rows[0][0]) if rows else None


def _of_other(share: FileShare) -> list[LedgerError]:
    """The file is refused as a whole where a statement is of another account or in another currency."""
    refusals: list[LedgerError] = []
    bank = share.bank
    for read in share.statements:
        statement, place = read.parsed, read.in_file
        if not names(statement.account, bank):
            refusals.append(
                StatementOfOther(place=place, what="account", found=statement.account, wanted=bank.identifier)
            )
        others = {line.currency for line in statement.lines} | {statement.currency} - {""}
        refusals += [
            StatementOfOther(place=place, what="currency", found=other, wanted=bank.currency)
            for other in sorted(others - {bank.currency})
        ]
    return refusals


def _named(account: str, banks: Sequence[BankAccountRow]) -> list[BankAccountRow]:
    """The bank accounts that a file means; one whose identifier is all of it comes before one and its currency."""
    found = _bare(account)
    exact = [bank for bank in banks if found and found == _bare(bank.identifier)]
    return exact or [bank for bank in banks if found and found == _bare(bank.identifier) + bank.currency]


def _unknown(place: int, account: str, named: Sequence[BankAccountRow]) -> LedgerError:
    if not _bare(account):
        return StatementOfNobody(place=place)
    if not named:
        return StatementOfUnknown(place=place, found=account)
    return StatementOfSeveral(place=place, found=account, accounts=", ".join(bank.code for bank in named))


def names(account: str, bank: BankAccountRow) -> bool:
    """Whether what a file calls its account may be this one: blanks and the currency behind it do not count."""
    found, wanted = _bare(account), _bare(bank.identifier)
    return not found or not wanted or found in {wanted, wanted + bank.currency}


def _bare(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())


def _planned(
    bank: BankAccountRow, number: int, place: int, statement: ReadStatement, seen: set[str], spans: list[Span]
) -> PlannedStatement:
    """`spans` gets the statement, so that the next one of the file is compared with it."""
    old = [one.line for one in statement.lines if one.fingerprint in seen]
    seen_total = total(line.amount for line in old)
    new = [one for one in statement.lines if one.fingerprint not in seen]
    span = _span(number, statement.parsed, seen_total)
    breaks = [] if span is None else breaks_around(spans, span)
    if span is not None:
        spans[:] = in_order([*spans, span])
    return PlannedStatement(bank, number, place, statement, new, [line.number for line in old], seen_total, breaks)


def _span(number: int, parsed: ParsedStatement, seen_total: Decimal) -> Span | None:
    """Where the statement stands in time; nowhere when it has neither lines nor a closing balance."""
    days: Sequence[date] = [line.booking_date for line in parsed.lines]
    day = parsed.closing.day if parsed.closing else max(days, default=None)
    if day is None:
        return None
    first = min(days, default=parsed.opening.day if parsed.opening else day)
    opening = parsed.opening.amount if parsed.opening else None
    closing = parsed.closing.amount if parsed.closing else None
    return Span(day, number, first, begins_at(opening, seen_total), closing)


def discontinuous(place: int, one: ContinuityBreak) -> LedgerError:
    """The refusal of a statement that does not go on from another one."""
    refusal = StatementDiscontinuous if one.side == "before" else StatementIntoGap
    kind = "an overlap" if one.kind == "overlap" else "a gap"
    return refusal(
        place=place, kind=kind, other=one.statement, expected=one.expected, found=one.found,
        difference=one.difference,
    )  # fmt: skip


def totals_of(planned: PlannedStatement) -> tuple[str, str]:
    """The sum of all its lines, and of those seen before."""
    return plain(total(line.amount for line in planned.parsed.lines)), plain(planned.seen_total)
