"""Rates that journals have of their own, on their way into the books that the journals were imported into.

A settlement comes there as two journals of no room. What they are worth follows from its deal, so that each of them
gets the rate of the deal as its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, TextIO
from uuid import UUID

from fx.functional.own_rates import carry_at
from fx.rates.conversion import PRECISE
from fx.rates.quotes import DECIMALS
from journals.reading.keys import journal_of_key
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.money import normalised, quantum
from ledgerflow.files.items import check_cells
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow, row_writer

COLUMNS = ("journal", "currency", "rate")
OWN = "SELECT journal_id, currency, rate FROM functional_ownrate WHERE entity_id = %s ORDER BY event_sequence"
# A reversal is carried at the rate of what it reverses, without being told.
DEALS = """
    SELECT l.journal_id, l.currency, l.amounts, l.worth, b.minor_units::int
    FROM deals_settlement s
    CROSS JOIN LATERAL (VALUES
        (s.sell_journal_id, s.sell_currency, ARRAY[s.sell_amount], ARRAY[s.sell_base]),
        (s.buy_journal_id, s.buy_currency, ARRAY[s.gross_amount, s.buy_amount, s.spread_amount],
         ARRAY[s.gross_base, s.buy_base, s.spread_base])
    ) AS l (journal_id, currency, amounts, worth)
    JOIN accounts_currency b ON b.entity_id = s.entity_id AND b.code = bases_currency_on(s.entity_id, s.effective_date)
    WHERE s.entity_id = %s AND l.currency <> b.code
    ORDER BY s.event_sequence, l.currency
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
        for journal, currency, amounts, worth, units in connection.execute(DEALS, (entity.id,)):
            rate = rate_of(amounts, worth, PRECISE.divide(quantum(units), Decimal(2)))
            if rate:
                rows.append((journal, currency, rate))
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
            journal = journal_of_key(entity_id, key)
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


def rate_of(amounts: Sequence[Decimal], worth: Sequence[Decimal], half: Decimal) -> Decimal:
    """The rate at which each amount comes to what it is worth, `half` of the smallest base amount up or down.

    Amounts come in the order in which they matter. Of a deal the last is its spread, worth what the others leave over:
    where no rate gives all, it may be off by the smallest amount. Zero where a rate would have too many decimals.
    """
    low, high = Decimal(0), Decimal("Infinity")
    for amount, base in zip(amounts, worth, strict=True):
        if not amount:
            continue
        least, most = (
            PRECISE.divide(PRECISE.subtract(base, half), amount),
            PRECISE.divide(PRECISE.add(base, half), amount),
        )
        if max(low, least) <= min(high, most):
            low, high = max(low, least), min(high, most)
    return PRECISE.quantize(PRECISE.divide(PRECISE.add(low, high), Decimal(2)), quantum(DECIMALS))
