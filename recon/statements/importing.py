"""Bringing a file of statements into the books: all of it or nothing, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.once import once, take
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.money import plain
from ledgerflow.core.texts import check_text
from recon.statements.errors import BankAccountRevised
from recon.statements.events import StatementImportedFact
from recon.statements.models import Statement
from recon.statements.planning import PlannedStatement, ReadFile, plan_import, read_file, read_for_all, totals_of
from recon.statements.reading import ImportAnswer, answer_of, previewed, statements_of_import
from recon.statements.rows import (
    bank_account_of,
    copy_lines,
    fetch_default,
    fetch_within,
    insert_statement,
)

MAX_FILE_NAME = 255
MAX_LABEL = 100


def preview(entity_id: UUID, bank_account_id: UUID | None, data: bytes, file_name: str) -> ImportAnswer:
    """What a file would bring: its statements, lines new and seen before, continuity, and what would refuse it.

    Without a bank account, each statement is for the one that it names. Nothing is written. Raises
    `BankAccountNotFound`, and `StatementRefused` for a file that cannot be read.
    """
    check_text(file_name, MAX_FILE_NAME, "/file_name")
    return previewed(plan_import(fetch_default, _read(entity_id, bank_account_id, data)))


def import_file(
    entity_id: UUID,
    bank_account_id: UUID | None,
    data: bytes,
    file_name: str,
    *,
    actor: str,
    key: str = "",
    allow_gap: bool = False,
    issuer: str = CLIENT,
) -> ImportAnswer:
    """Import all statements of a file, or nothing. One event `statement.imported` for each.

    Without a bank account, each statement goes to the one whose identifier it names; raises `StatementOfUnknown` where
    there is none. Lines that are there already are left out and counted. `key` "" is for callers that are content with
    what the hash of the file does: the same file again is `StatementFileKnown`. Raises `StatementRefused` for what
    cannot be read, `StatementOfOther`, and `StatementDiscontinuous` unless `allow_gap`; then the event tells of it.
    """
    return import_into(
        entity_id, str(bank_account_id or ""), lambda: bank_account_id, data, file_name, actor=actor, key=key,
        allow_gap=allow_gap, issuer=issuer,
    )  # fmt: skip


def import_into(
    entity_id: UUID,
    asked_for: str,
    find: Callable[[], UUID | None],
    data: bytes,
    file_name: str,
    *,
    actor: str,
    key: str = "",
    allow_gap: bool = False,
    issuer: str = CLIENT,
) -> ImportAnswer:
    """The same into the bank account that `find` gives and the request called `asked_for`: a used key comes first.

    `asked_for` is "" where the file tells the bank accounts, and then `find` gives None.
    """
    check_text(file_name, MAX_FILE_NAME, "/file_name")
    claim = None
    if key:
        content = ["statement_import", asked_for, sha256(data).hexdigest(), file_name, allow_gap]
        claim = claim_of(key, content, issuer)

    def work() -> ImportAnswer:
        file = _read(entity_id, find(), data)  # before the lock: nothing slow is done under it
        importing = _Importing(file, file_name, claim, actor, allow_gap=allow_gap)
        # A second try after an unknown outcome is told by the key; without one, by the hash that its own file is known.
        return write(entity_id, lambda tx, _: importing.run(tx), repeatable=claim is not None)

    if claim is None:
        return work()
    return once(entity_id, claim, work, lambda sequence: _replayed(entity_id, sequence))


class _Importing:
    """One import, inside its transaction."""

    def __init__(self, file: ReadFile, file_name: str, claim: Claim | None, actor: str, *, allow_gap: bool) -> None:
        self.file = file
        self.file_name = file_name
        self.claim = claim
        self.actor = actor
        self.allow_gap = allow_gap

    def run(self, tx: Transaction) -> ImportAnswer:
        if self.claim is not None:
            take(tx, self.claim)
        fetch = fetch_within(tx)
        for share in self.file.shares:
            if bank_account_of(tx.entity_id, share.bank.id, fetch) != share.bank:
                raise BankAccountRevised
        plan = plan_import(fetch, self.file)
        refusals = plan.refusals or ([] if self.allow_gap else plan.discontinuities())
        if refusals:
            raise refusals[0]
        sequences = [self._write(tx, planned, is_first=not place) for place, planned in enumerate(plan.statements)]
        if self.claim is not None:
            tx.remember(*self.claim, sequences[0][1])
        return answer_of("imported", plan, sequences)

    def _write(self, tx: Transaction, planned: PlannedStatement, *, is_first: bool) -> tuple[UUID, int]:
        fact = self._fact(planned, self.claim if is_first else None)
        sequence = tx.record(fact, str(fact.id), self.actor)
        insert_statement(tx, fact, sequence, self.actor)
        copy_lines(tx, planned.new)
        return fact.id, sequence

    def _fact(self, planned: PlannedStatement, claim: Claim | None) -> StatementImportedFact:
        parsed, bank = planned.parsed, planned.bank
        opening, closing = parsed.opening, parsed.closing
        first_day, last_day = planned.days
        lines_total, seen_total = totals_of(planned)
        return StatementImportedFact(
            id=planned.read.id,
            bank_account=bank.id,
            number=planned.number,
            format=self.file.format,
            file_name=self.file_name,
            file_sha256=self.file.sha256,
            place=planned.place,
            label=parsed.number[:MAX_LABEL],
            currency=bank.currency,
            first_day=first_day,
            last_day=last_day,
            opening_day=opening.day if opening else None,
            opening_balance=plain(opening.amount) if opening else None,
            closing_day=closing.day if closing else None,
            closing_balance=plain(closing.amount) if closing else None,
            is_proven=parsed.is_proven,
            line_count=len(parsed.lines),
            lines_total=lines_total,
            seen_count=len(planned.seen),
            seen_total=seen_total,
            lines_sha256=planned.lines_sha256.hex(),
            breaks=planned.breaks,
            **({} if claim is None else claim.fact()),
        )


def _read(entity_id: UUID, bank_account_id: UUID | None, data: bytes) -> ReadFile:
    if bank_account_id is None:
        return read_for_all(entity_id, data)
    return read_file(entity_id, bank_account_of(entity_id, bank_account_id), data)


def _replayed(entity_id: UUID, sequence: int) -> ImportAnswer:
    first = Statement.objects.get(entity_id=entity_id, event_sequence=sequence)
    return statements_of_import(first)
