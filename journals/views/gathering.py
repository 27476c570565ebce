"""What a run of events comes to: gathered event by event, then written by one statement a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from journals.hold_events import HoldPlacedFact
from journals.hold_states import HoldStatus
from journals.views import rows
from journals.views.facts import ViewedBalance, ViewedHold, ViewedJournal, ViewedLine, read_account, read_hold
from journals.views.words import (
    actor_lexeme,
    folded,
    kind_lexeme,
    quoted,
    search_of_account,
    search_text,
    texts_in,
    words_of,
    words_of_account,
)
from ledgerflow.books.copying import NULL, array_of, arrays_of, copy_name, copy_text
from ledgerflow.core import canonical
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.money import ZERO, plain

Connection = psycopg.Connection[Any]
COUNT, DEBITS, CREDITS = range(3)
FACT, OPENED_AT, CLOSED_AT, REVISION, SEARCH = range(5)


class Gathered:
    """`names` are those of the accounts before the run. Sums are made in the context of money."""

    def __init__(self, entity_id: UUID, names: dict[str, str]) -> None:
        self.entity_id = entity_id
        self._entity_text = str(entity_id)
        self._names = names
        self._journals: list[str] = []
        self._amounts: list[str] = []
        self._placed: list[str] = []
        self._reversals: list[tuple[str, str]] = []
        self._balances: dict[str, ViewedBalance] = {}
        # By day first: nearly all of a run are of one day, and a shorter key is hashed faster.
        self._days: dict[str, dict[str, list[Any]]] = {}
        self._volumes: dict[tuple[str, str], list[Any]] = {}
        self._kinds: Counter[str] = Counter()
        self._holds: dict[str, list[Any]] = {}
        self._accounts: dict[str, list[Any]] = {}
        self._opened = 0  # accounts, less those that were closed
        self._entity: RecordedEvent | None = None
        self._business_date: str | None = None
        self._currencies: list[tuple[str, int]] = []
        self._bases: list[tuple[str, str]] = []

    # --- what each kind of event does ---

    def journal(self, event: RecordedEvent, fact: ViewedJournal, lines: Sequence[ViewedLine]) -> None:
        volumes = self._move(fact.effective_date, lines)
        for currency, volume in volumes.items():
            total = self._volumes.setdefault((fact.effective_date, currency), [0, ZERO])
            total[0] += 1
            total[1] += volume
        self._kinds[fact.kind] += 1
        for balance in fact.balances:
            self._balances[balance.account] = balance
        if fact.reverses is not None:
            self._reversals.append((fact.reverses, fact.id))
        self._journals.append(self._journal_row(event, fact, lines, volumes))

    def hold(self, event: RecordedEvent) -> None:
        fact = read_hold(event.data)
        self._balances[fact.balance.account] = fact.balance
        total = self._holds.setdefault(fact.currency, [0, ZERO])
        if event.type == HoldPlacedFact.event_type:
            total[0] += 1
            total[1] += Decimal(fact.moved)
            self._placed.append(self._hold_row(event, fact))
            return
        total[0] -= fact.status != HoldStatus.ACTIVE
        total[1] -= Decimal(fact.moved)

    def open_account(self, event: RecordedEvent) -> None:
        self._opened += 1
        self.change_account(event)

    def close_account(self, event: RecordedEvent) -> None:
        self._opened -= 1
        self.change_account(event)[CLOSED_AT] = event.recorded_at

    def change_account(self, event: RecordedEvent) -> list[Any]:
        fact = read_account(event.data)
        self._names[fact.code] = fact.name
        row = self._accounts.setdefault(fact.code, ["", event.recorded_at, None, 0, ""])
        row[FACT], row[REVISION] = event.data, event.sequence
        row[SEARCH] = search_of_account(fact.code, fact.name, fact.owner_id)
        return row

    def entity(self, event: RecordedEvent) -> None:
        self._entity = event

    def business_date(self, to: str) -> None:
        self._business_date = to

    def currency(self, code: str, minor_units: int) -> None:
        self._currencies.append((code, minor_units))

    def base_currency(self, starts_on: str, code: str) -> None:
        self._bases.append((starts_on, code))

    def _move(self, day: str, lines: Sequence[ViewedLine]) -> dict[str, Decimal]:
        """Add the lines to the days of their accounts; gives the debits by currency."""
        totals = self._days.setdefault(day, {})
        volumes: dict[str, Decimal] = {}
        for line in lines:
            amount = Decimal(line.amount)
            total = totals.get(line.account)
            if total is None:
                zero = amount - amount  # at the currency's scale
                totals[line.account] = total = [0, zero, zero]
            total[COUNT] += 1
            if line.side == "debit":
                total[DEBITS] += amount
                volumes[line.currency] = volumes.get(line.currency, ZERO) + amount
            else:
                total[CREDITS] += amount
        return volumes

    def _journal_row(
        self, event: RecordedEvent, fact: ViewedJournal, lines: Sequence[ViewedLine], volumes: dict[str, Decimal]
    ) -> str:
        names = self._names
        codes = dict.fromkeys([line.account for line in lines])
        texts = [str(fact.number), fact.description, fact.external_reference]
        texts += [line.description for line in lines if line.description]
        metadata, json = NULL, bytes(fact.metadata)
        if json != b"null":
            metadata = copy_text(json.decode())
            texts += texts_in(canonical.decode(json))
        accounts = [_account(code, names.get(code, code)) for code in codes]
        lexemes = [_posted_as(event.actor, fact.kind), *[found.lexemes for found in accounts]]
        search = search_text(lexemes, words_of(" ".join(texts)))
        figures = dict.fromkeys([*[Decimal(line.amount) for line in lines], *volumes.values()])
        self._amounts += [f"{self._entity_text}\t{plain(figure)}\t{fact.number}\n" for figure in figures]
        amounts = ",".join([f'"{currency}":"{plain(volume)}"' for currency, volume in volumes.items()])
        return (
            f"{fact.id}\t{self._entity_text}\t{fact.number}\t{event.sequence}\t{fact.kind}\t{fact.layer}\t"
            f"{fact.effective_date}\t{fact.original_date or NULL}\t{event.recorded_at}\t{copy_name(event.actor)}\t"
            f"{copy_text(fact.description)}\t{copy_text(fact.external_reference)}\t{fact.reverses or NULL}\t"
            f"{{{amounts}}}\t[{','.join([found.member for found in accounts])}]\t{metadata}\t"
            f"{copy_text(bytes(fact.lines).decode())}\t{copy_text(folded(fact.external_reference.strip()))}\t"
            f"{array_of(map(plain, figures))}\t{search}\n"
        )

    def _hold_row(self, event: RecordedEvent, fact: ViewedHold) -> str:
        texts = [fact.description, fact.external_reference, *texts_in(canonical.decode(bytes(fact.metadata)))]
        # Not by the account's name: it is looked up for journals alone, and must not depend on how the log is cut.
        lexemes = [_posted_as(event.actor, "hold"), copy_text(words_of_account(fact.account, ""))]
        return (
            f"{fact.id}\t{self._entity_text}\t{event.sequence}\t{copy_text(fact.account)}\t{fact.currency}\t"
            f"{fact.moved}\t{search_text(lexemes, words_of(' '.join(texts)))}\n"
        )

    # --- writing ---

    def write(self, connection: Connection) -> None:
        """Write all of it, on a connection in a transaction."""
        self._write_books(connection)
        if self._accounts:
            self._write_accounts(connection)
        self._copy(connection, rows.COPY_JOURNALS, self._journals)
        self._copy(connection, rows.COPY_AMOUNTS, self._amounts)
        self._copy(connection, rows.COPY_HOLDS, self._placed)
        if self._reversals:
            reversed_, by = zip(*self._reversals, strict=True)
            connection.execute(rows.MARK_REVERSED, (array_of(reversed_), array_of(by), self.entity_id))
        if self._balances:
            self._write_balances(connection)
        if self._days:
            self._write_days(connection)
        if self._holds:
            columns = [rows.text_array_of(self._holds), *_columns(self._holds.values())]
            connection.execute(rows.ADD_HOLDS, (self.entity_id, *columns))

    def _write_books(self, connection: Connection) -> None:
        if self._entity is not None:
            connection.execute(rows.ADD_ENTITY, (self.entity_id, self._entity.recorded_at, self._entity.data))
        if self._business_date is not None:
            connection.execute(rows.MOVE_BUSINESS_DATE, (self._business_date, self.entity_id))
        for starts_on, code in self._bases:
            connection.execute(rows.ADD_BASE, (starts_on, code, self.entity_id))
        for code, minor_units in self._currencies:
            connection.execute(rows.ADD_CURRENCY, (code, minor_units, self.entity_id))

    def _write_accounts(self, connection: Connection) -> None:
        columns = [list(column) for column in zip(*self._accounts.values(), strict=True)]
        connection.execute(rows.SAVE_ACCOUNTS, (self.entity_id, *columns))
        connection.execute(rows.OPEN_BALANCES, (self.entity_id, rows.text_array_of(self._accounts)))
        if self._opened:
            connection.execute(rows.ADD_ACCOUNTS, (self._opened, self.entity_id))

    def _copy(self, connection: Connection, statement: str, lines: list[str]) -> None:
        if lines:
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write("".join(lines))

    def _write_balances(self, connection: Connection) -> None:
        found = self._balances.values()
        connection.execute(
            rows.SAVE_BALANCES,
            (
                self.entity_id,
                rows.text_array_of(self._balances),
                array_of([one.debits for one in found]),
                array_of([one.credits for one in found]),
                array_of([one.held for one in found]),
                array_of([one.version for one in found]),
            ),
        )

    def _write_days(self, connection: Connection) -> None:
        accounts = [account for totals in self._days.values() for account in totals]
        days = [day for day, totals in self._days.items() for _ in totals]
        sums = [total for totals in self._days.values() for total in totals.values()]
        connection.execute(
            rows.ADD_ACCOUNT_DAYS,
            (self.entity_id, rows.text_array_of(accounts), array_of(days), *_columns(sums)),
        )
        days, currencies = zip(*self._volumes, strict=True)
        connection.execute(
            rows.ADD_DAYS,
            (self.entity_id, array_of(days), rows.text_array_of(currencies), *_columns(self._volumes.values())),
        )
        connection.execute(
            rows.ADD_KINDS,
            (self.entity_id, rows.text_array_of(self._kinds), array_of(self._kinds.values())),
        )


class _Account(NamedTuple):
    """What an account adds to the row of its journal, as it must stand in a line of COPY."""

    lexemes: str
    member: str


@lru_cache(maxsize=50_000)
def _account(code: str, name: str) -> _Account:
    member = canonical.encode({"account": code, "name": name}).decode()
    return _Account(copy_text(words_of_account(code, name)), copy_text(member))


@lru_cache(maxsize=10_000)
def _posted_as(actor: str, kind: str) -> str:
    """The lexemes of who posted and of the kind, as they must stand in a line of COPY."""
    return copy_text(f"{quoted(actor_lexeme(actor))} {quoted(kind_lexeme(kind))}")


def _columns(rows_: Iterable[Sequence[object]]) -> list[str]:
    return [*arrays_of(zip(*rows_, strict=True))]
