"""Rates that journals have of their own, on their way into the books that the journals were imported into.

A settlement comes there as two journals of no room. What they are worth follows from its deal, so that each of them
gets the rate of the deal as its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, TextIO
from uuid import UUID

from fx.functional.own_rates import carry_at
from fx.rates.conversion import PRECISE
from fx.rates.quotes import DECIMALS
from journals.errors import JournalNotFound
from journals.events import JournalFact
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.books.models import Entity, Event, IdempotencyKey
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.money import normalised, quantum
from ledgerflow.files.items import check_cells
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow, row_writer

COLUMNS = ("journal", "currency", "rate")
OWN = "SELECT journal_id, currency, rate FROM functional_ownrate WHERE entity_id = %s ORDER BY event_sequence"
DEALS = """
    SELECT j.id, l.currency, l.base, l.amount
    FROM deals_settlement s JOIN books_entity e ON e.id = s.entity_id
    CROSS JOIN LATERAL (VALUES
        (s.sell_journal_id, s.sell_currency, s.sell_base, s.sell_amount),
        (s.buy_journal_id, s.buy_currency, s.gross_base, s.gross_amount)
    ) AS l (journal_id, currency, base, amount)
    CROSS JOIN LATERAL (
        SELECT l.journal_id AS id UNION ALL SELECT r.id FROM journals_journal r WHERE r.reverses_id = l.journal_id
    ) j
    WHERE s.entity_id = %s AND l.currency <> e.base_currency ORDER BY s.event_sequence, l.currency
"""


class Brought(NamedTuple):
    """How many rates were given or had been given before, and by line of the file what was refused."""

    given: int
    replayed: int
    refused: list[tuple[int, LedgerError]]


def export_own_rates(entity: Entity, out: TextIO) -> int:
    """One row per journal and currency: its key in an export of journals, and its rate; gives their number."""
    with snapshot() as connection:
        rows = connection.execute(OWN, (entity.id,)).fetchall()
        rows += [(id_, currency, _rate(base, amount)) for id_, currency, base, amount in
                 connection.execute(DEALS, (entity.id,)) if _rate(base, amount)]  # fmt: skip
    write_row = row_writer(out)
    write_row(COLUMNS)
    for id_, currency, rate in rows:
        write_row((f"journal:{id_}", currency, normalised(rate)))
    return len(rows)


def import_own_rates(entity_id: UUID, header: list[str], rows: Iterable[FileRow], *, actor: str) -> Brought:
    """Give each journal its rate, each for itself; a file that was brought in before changes nothing.

    Raises `OptionProblem` for other columns, and what `carry_at` raises when the books cannot be written.
    """
    if tuple(header) != COLUMNS:
        message = f"A file of own rates has the columns {', '.join(COLUMNS)}."
        raise OptionProblem(message)
    given = replayed = 0
    refused: list[tuple[int, LedgerError]] = []
    for row in rows:
        try:
            check_cells(row, COLUMNS)
            key, currency, rate = (cell.strip() for cell in row.cells)
            journal = _imported_as(entity_id, key)
            done = carry_at(
                entity_id, journal, rate, currency=currency, key=f"own-rate:{journal}:{currency}", actor=actor
            )
        except (TryAgain, OutcomeUnknown):
            raise
        except LedgerError as refusal:
            refused.append((row.number, refusal))
            continue
        given, replayed = given + (not done.replayed), replayed + done.replayed
    return Brought(given, replayed, refused)


def _rate(base: Decimal, amount: Decimal) -> Decimal:
    return PRECISE.quantize(PRECISE.divide(base, amount), quantum(DECIMALS))


def _imported_as(entity_id: UUID, key: str) -> UUID:
    """The journal that was posted with the key. Raises `NotFound`."""
    known = IdempotencyKey.objects.filter(entity_id=entity_id, issuer=CLIENT, key=key)
    for sequence in known.values_list("event_sequence", flat=True):
        events = Event.objects.filter(entity_id=entity_id, sequence=sequence, type=JournalFact.event_type)
        for subject in events.values_list("subject", flat=True):
            return UUID(subject)
    raise JournalNotFound(pointer="/journal")
