"""Lots against the events they follow from: every movement, and what is left and pinned of each lot.

No account has more on it than its lots. The state of every lot is held in memory, in the order of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from journals.events import JournalFact, read_fact
from journals.hold_events import HoldFact, HoldPlacedFact, read_hold_fact
from journals.lot_keeping.facts import LotMoveFact
from journals.lot_keeping.states import LotAction
from ledgerflow.books.faults import ABSENT, PRESENT, Fault, Faults
from ledgerflow.core.money import CONTEXT, ZERO

EVENT, LOT, ENTRY, PIN, BALANCE = "books_event", "lots_lot", "lots_lotentry", "lots_pin", "accounts_balance"
MAX_FAULTS = 1000
# What moves or pins lots; the words may stand in a description as well, which does no harm.
STEPS = """
    SELECT coalesce(e.sequence, n.at) AS at, e.type, e.data, e.recorded_at, n.entries
    FROM (
        SELECT * FROM books_event
        WHERE entity_id = %(entity)s
          AND (type = 'journal.posted' AND data LIKE '%%"lots":[%%' OR type LIKE 'hold.%%' AND data LIKE '%%"pins":[%%')
    ) e
    FULL JOIN (
        SELECT e.event_sequence AS at, jsonb_agg(jsonb_build_object(
            'lot', e.lot_id, 'number', e.number, 'account', coalesce(a.code, e.account_id::text), 'place', e.place,
            'journal', e.journal_id, 'action', e.action, 'amount', e.amount::text, 'remaining', e.remaining::text,
            'cost', e.cost::text, 'effective_date', e.effective_date,
            'recorded_at', to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
        ) ORDER BY e.place) AS entries
        FROM lots_lotentry e LEFT JOIN accounts_account a ON a.id = e.account_id AND a.entity_id = e.entity_id
        WHERE e.entity_id = %(entity)s GROUP BY e.event_sequence
    ) n ON n.at = e.sequence
    ORDER BY 1
"""
LOTS = """
    SELECT l.*, coalesce(a.code, l.account_id::text) AS account
    FROM lots_lot l LEFT JOIN accounts_account a ON a.id = l.account_id AND a.entity_id = l.entity_id
    WHERE l.entity_id = %(entity)s ORDER BY l.event_sequence, l.line
"""
PINS = """
    SELECT p.hold_id, p.lot_id, p.amount, p.account_id, l.account_id
    FROM lots_pin p LEFT JOIN lots_lot l ON l.id = p.lot_id WHERE p.entity_id = %(entity)s
"""
SUMS = """
    SELECT a.code, (b.debits - b.credits) * b.normal_sign AS balance, coalesce(sum(l.remaining), 0) AS remaining,
           b.held, coalesce(sum(l.pinned), 0) AS pinned,
           (b.debits - b.credits) * b.normal_sign > coalesce(sum(l.remaining), 0) AS is_beyond,
           b.held < coalesce(sum(l.pinned), 0) AS is_short
    FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
    LEFT JOIN lots_lot l ON l.account_id = a.id AND l.is_open
    WHERE a.entity_id = %(entity)s AND a.keeps_lots
    GROUP BY a.code, b.debits, b.credits, b.normal_sign, b.held
    HAVING (b.debits - b.credits) * b.normal_sign > coalesce(sum(l.remaining), 0)
        OR b.held < coalesce(sum(l.pinned), 0)
    ORDER BY a.code LIMIT 1000
"""
IN = frozenset({LotAction.GRANTED.value, LotAction.RETURNED.value})
GRANTED = (
    "arrival", "line", "valid_from", "priority", "expires_on", "paid", "cost_currency", "expiry_account",
    "deferred_account", "income_account", "breakage_account",
)  # fmt: skip


class ReplayedLot(NamedTuple):
    """A lot as the events so far make it; `expected` is what never changes of its row."""

    number: int
    remaining: Decimal
    cost_left: Decimal
    expected: dict[str, Any]


class LotReplay:
    """The lots and the pins of the events so far."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.lots: dict[UUID, ReplayedLot] = {}
        self.pins: dict[tuple[UUID, UUID], Decimal] = {}

    def journal(self, fact: JournalFact, row: dict[str, Any]) -> None:
        """Follow the movements of a journal, and compare them with their entries."""
        entries = {entry["place"]: entry for entry in row["entries"] or ()}
        for place, move in enumerate(fact.lots or ()):
            self._follow(move, fact, row["at"])
            entry = entries.pop(place, None)
            if entry is None:
                self.faults.add(ENTRY, f"{move.lot}/{move.number}", f"entry of event {row['at']}", PRESENT, ABSENT)
                continue
            expected = {
                "lot": str(move.lot),
                "number": move.number,
                "account": move.account,
                "journal": str(fact.id),
                "action": move.action,
                "amount": Decimal(move.amount),
                "remaining": Decimal(move.remaining),
                "cost": Decimal(move.cost or 0),
                "effective_date": fact.effective_date.isoformat(),
                "recorded_at": row["recorded_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
            }
            found = entry | {name: Decimal(entry[name]) for name in ("amount", "remaining", "cost")}
            self.faults.compare(ENTRY, f"{move.lot}/{move.number}", expected, found)
        self.untold(entries.values(), row["at"])

    def untold(self, entries: Any, sequence: int) -> None:
        """Entries that no event tells of."""
        for entry in entries:
            self.faults.add(ENTRY, f"{entry['lot']}/{entry['number']}", f"entry of event {sequence}", ABSENT, PRESENT)

    def hold(self, fact: HoldFact, event_type: str, sequence: int) -> None:
        """Follow what a step of a hold pins or lets go of."""
        for pin in fact.pins or ():
            amount = Decimal(pin.amount)
            now = self.pins.get((fact.id, pin.lot), ZERO)
            after = now + amount if event_type == HoldPlacedFact.event_type else now - amount
            if after < 0 or pin.lot not in self.lots:
                self.faults.add(EVENT, sequence, "pins", f"at most {now} of a lot", amount)
            self.pins[fact.id, pin.lot] = after

    def _follow(self, move: LotMoveFact, fact: JournalFact, sequence: int) -> None:
        amount, cost = Decimal(move.amount), Decimal(move.cost or 0)
        if move.action == LotAction.GRANTED and move.grant is not None:
            before = ReplayedLot(0, ZERO, ZERO, _granted(move, fact, sequence))
        elif move.lot in self.lots:
            before = self.lots[move.lot]
        else:
            self.faults.add(EVENT, sequence, "lots", "a lot that was granted", move.lot)
            return
        sign = 1 if move.action in IN else -1
        after = ReplayedLot(
            before.number + 1, before.remaining + sign * amount, before.cost_left + sign * cost, before.expected
        )
        told = {"number": move.number, "remaining": Decimal(move.remaining), "cost_left": Decimal(move.cost_left or 0)}
        self.faults.compare(EVENT, sequence, {name: getattr(after, name) for name in told}, told)
        if amount <= 0 or after.remaining < 0 or after.cost_left < 0:
            self.faults.add(EVENT, sequence, "lots", f"at most {before.remaining} of {move.lot}", amount)
        self.lots[move.lot] = after


def check_lots(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the lots of an entity, in the order of their events, then of their rows."""
    faults = Faults(MAX_FAULTS)
    entity = {"entity": entity_id}
    with localcontext(CONTEXT):
        replay = LotReplay(faults)
        _replay_events(connection, entity, replay)
        _check_rows(connection, entity, replay)
        # Compared by the database, because a forged amount may be no number at all.
        for code, balance, remaining, held, pinned, is_beyond, is_short in connection.execute(SUMS, entity):
            if is_beyond:
                faults.add(BALANCE, code, "lots", f"at least {balance} left of them", remaining)
            if is_short:
                faults.add(BALANCE, code, "held", f"at least {pinned} that is pinned", held)
    yield from faults.found


def _replay_events(connection: psycopg.Connection[Any], entity: dict[str, UUID], replay: LotReplay) -> None:
    with connection.cursor("lot_steps", row_factory=dict_row) as cursor:
        for row in cursor.execute(STEPS, entity):
            if row["data"] is None:
                replay.untold(row["entries"], row["at"])
                continue
            try:
                if row["type"] == JournalFact.event_type:
                    replay.journal(read_fact(row["data"]), row)
                else:
                    replay.hold(read_hold_fact(row["data"]), row["type"], row["at"])
            except (msgspec.MsgspecError, ArithmeticError) as error:
                replay.faults.add(EVENT, row["at"], "data", f"a fact of {row['type']}", repr(error))


def _check_rows(connection: psycopg.Connection[Any], entity: dict[str, UUID], replay: LotReplay) -> None:
    faults, pinned = replay.faults, dict[UUID, Decimal]()
    pins: dict[tuple[UUID, UUID], Decimal] = {}
    for hold, lot, amount, account, account_of_lot in connection.execute(PINS, entity):
        pins[hold, lot] = amount
        if account != account_of_lot:
            faults.add(PIN, f"{hold}/{lot}", "account_id", account_of_lot, account)
    for key in sorted(replay.pins.keys() | pins.keys()):
        expected = replay.pins.get(key)
        pinned[key[1]] = pinned.get(key[1], ZERO) + (expected or ZERO)
        if expected != pins.get(key):
            faults.add(PIN, f"{key[0]}/{key[1]}", "amount", expected, pins.get(key))
    missing = dict(replay.lots)
    with connection.cursor("lots", row_factory=dict_row) as cursor:
        for row in cursor.execute(LOTS, entity):
            replayed = missing.pop(row["id"], None)
            if replayed is None:
                faults.add(LOT, row["id"], "lot", ABSENT, PRESENT)
                continue
            expected_row = replayed.expected | {
                "entries": replayed.number,
                "remaining": replayed.remaining,
                "cost_left": replayed.cost_left,
                "pinned": pinned.get(row["id"], ZERO),
            }
            faults.compare(LOT, row["id"], expected_row, row)
    for lot in missing:
        faults.add(LOT, lot, "lot", PRESENT, ABSENT)


def _granted(move: LotMoveFact, fact: JournalFact, sequence: int) -> dict[str, Any]:
    """What never changes of a lot's row, from its grant."""
    grant = move.grant
    assert grant is not None  # noqa: S101 - the caller has looked
    line = fact.lines[grant.line - 1] if 0 < grant.line <= len(fact.lines) else None
    return {
        **{name: getattr(grant, name) for name in GRANTED},
        "account": move.account,
        "currency": line.currency if line else None,
        "journal_id": fact.id,
        "event_sequence": sequence,
        "amount": Decimal(move.amount),
        "cost": Decimal(move.cost or 0),
        "usable_for": grant.usable_for,
    }
