"""SQL of lots: what is loaded of them under the lock, and how their movements are written, one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from journals.drafts import Draft
from journals.limits import AccountState
from journals.lot_keeping.deciding import LotBook
from journals.lot_keeping.states import EarlierMove, LotAction, LotMove, LotState, Pin, Wallet
from ledgerflow.books.copying import NULL, array_of, arrays_of, copy_flag, copy_optional, copy_text
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.money import ZERO

# In the order of `LotState`. Sums over all open lots of a wallet are made here; the lots come as they are needed.
SELECT = """
    SELECT l.id, w.code, l.arrival, l.amount, l.remaining, l.pinned, l.entries, l.priority::int, l.valid_from,
           l.expires_on, l.paid, l.usable_for, l.cost, l.cost_left, l.cost_currency, l.expiry_account,
           l.deferred_account, l.income_account, l.breakage_account, l.line::int
"""
IN_ORDER = "ORDER BY o.priority, o.expires_on, o.paid, o.valid_from, o.arrival"
# The sums are made in the order of spending, which only the index of open lots has: the planner likes that of all lots
# as well, and a wallet of some years has had thousands.
LOAD_WALLETS = f"""
    SELECT w.code, f.total, f.pinned, f.lots, coalesce((
               SELECT last.arrival FROM lots_lot last WHERE last.account_id = w.id ORDER BY last.arrival DESC LIMIT 1
           ), 0)
    FROM unnest(%s::text[], %s::uuid[]) AS w (code, id) CROSS JOIN LATERAL (
        SELECT coalesce(sum(open.remaining), 0) AS total, coalesce(sum(open.pinned), 0) AS pinned, count(*) AS lots
        FROM (
            SELECT o.remaining, o.pinned FROM lots_lot o WHERE o.account_id = w.id AND o.is_open {IN_ORDER} OFFSET 0
        ) open
    ) f
"""  # noqa: S608 - put together from constants
LOAD_FIRST = f"""{SELECT} FROM unnest(%s::text[], %s::uuid[]) AS w (code, id) CROSS JOIN LATERAL (
        SELECT * FROM lots_lot o WHERE o.account_id = w.id AND o.is_open {IN_ORDER} LIMIT %s
    ) l
"""  # noqa: S608 - the same
# By their ids, by the journals that are to be reversed, and by the holds that are to be captured.
LOAD_NAMED = f"""
{SELECT}
    FROM (
        SELECT unnest(%s::uuid[]) AS id
        UNION SELECT lot_id FROM lots_lotentry WHERE journal_id = ANY (%s::uuid[])
        UNION SELECT lot_id FROM lots_pin WHERE hold_id = ANY (%s::uuid[])
    ) named JOIN lots_lot l ON l.id = named.id
    JOIN unnest(%s::text[], %s::uuid[]) AS w (code, id) ON w.id = l.account_id
"""  # noqa: S608 - the same
LOAD_EARLIER = """
    SELECT e.journal_id, e.lot_id, w.code, e.action, e.amount, e.cost
    FROM lots_lotentry e JOIN unnest(%s::text[], %s::uuid[]) AS w (code, id) ON w.id = e.account_id
    WHERE e.journal_id = ANY (%s::uuid[]) ORDER BY e.journal_id, e.place
"""
LOAD_PINS = """
    SELECT p.hold_id, p.lot_id, p.amount
    FROM lots_pin p JOIN lots_lot o ON o.id = p.lot_id
    WHERE p.hold_id = ANY (%s::uuid[]) AND p.amount > 0
    ORDER BY p.hold_id, o.priority, o.expires_on, o.paid, o.valid_from, o.arrival
"""
COPY_LOTS = """
    COPY lots_lot (id, entity_id, account_id, currency, journal_id, line, event_sequence, arrival, amount, remaining,
                   pinned, entries, priority, valid_from, expires_on, paid, usable_for, cost, cost_left, cost_currency,
                   expiry_account, deferred_account, income_account, breakage_account)
    FROM STDIN
"""
COPY_ENTRIES = """
    COPY lots_lotentry (lot_id, number, entity_id, account_id, journal_id, place, action, amount, remaining, cost,
                        effective_date, event_sequence, recorded_at)
    FROM STDIN
"""
COPY_PINS = "COPY lots_pin (hold_id, lot_id, account_id, entity_id, amount) FROM STDIN"
UPDATE_LOTS = """
    WITH changed AS (
        UPDATE lots_lot l
        SET remaining = n.remaining, pinned = n.pinned, cost_left = n.cost_left, entries = n.entries
        FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::bigint[])
            AS n (id, remaining, pinned, cost_left, entries)
        WHERE l.id = n.id RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
FREE_PINS = """
    WITH changed AS (
        UPDATE lots_pin p SET amount = p.amount - n.amount
        FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[]) AS n (hold_id, lot_id, amount)
        WHERE p.hold_id = n.hold_id AND p.lot_id = n.lot_id RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
PIN_LOTS = """
    WITH changed AS (
        UPDATE lots_lot l SET pinned = l.pinned + n.amount
        FROM unnest(%s::uuid[], %s::numeric[]) AS n (id, amount) WHERE l.id = n.id RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
FIRST = 4  # lots of a wallet that are loaded at once: most spends take one

LoadAccounts = Callable[[list[str]], Iterable[AccountState]]


class RecordedLots(NamedTuple):
    """What is gathered of lots while journals are recorded: those that moved, and of new ones their journal."""

    entries: list[str]
    moved: dict[UUID, str]
    granted: dict[UUID, tuple[UUID, int, int]]
    freed: dict[tuple[UUID, UUID], Decimal]

    @classmethod
    def none(cls) -> RecordedLots:
        return cls([], {}, {}, {})


def load_lots(
    tx: Transaction, drafts: Sequence[Draft], accounts: dict[str, AccountState], load_accounts: LoadAccounts
) -> LotBook:
    """The lots that a batch can touch, of those of its accounts that keep lots; accounts they name are added."""
    wanted = _wanted(account for account in accounts.values() if account.keeps_lots)
    expiring = [lot for draft in drafts if draft.lots is not None for lot in draft.lots.expiring]
    reverses = [draft.reverses for draft in drafts if draft.reverses is not None]
    captures = [draft.capture.hold for draft in drafts if draft.capture is not None]
    if expiring and len(drafts) == 1 and not reverses and not captures:
        return _load_expiring(tx, expiring, wanted, accounts, load_accounts)
    with tx.connection.pipeline():
        figures = tx.query(LOAD_WALLETS, wanted)
        first = tx.query(LOAD_FIRST, (*wanted, FIRST))
        is_named = expiring or reverses or captures
        named = tx.query(LOAD_NAMED, (array_of(expiring), reverses, captures, *wanted)) if is_named else None
        earlier = tx.query(LOAD_EARLIER, (*wanted, reverses)) if reverses else None
        pins = tx.query(LOAD_PINS, (captures,)) if captures else None
    lots = [LotState._make(row) for row in first.fetchall()]
    wallets = _wallets(tx, figures.fetchall(), lots, accounts, load_accounts)
    book = LotBook(wallets, accounts, pins_from(pins.fetchall() if pins else ()))
    for journal, *row in earlier.fetchall() if earlier else ():
        book.earlier.setdefault(journal, []).append(EarlierMove(*row))
    more = [LotState._make(row) for row in named.fetchall()] if named else []
    for lot in more:
        wallets[lot.account].know(lot)
    _add_accounts((*lots, *more), accounts, load_accounts)
    return book


def _load_expiring(
    tx: Transaction,
    expiring: Sequence[UUID],
    wanted: tuple[list[str], str],
    accounts: dict[str, AccountState],
    load_accounts: LoadAccounts,
) -> LotBook:
    """The lots that one draft ends, and nothing else of their wallets, which may have thousands: what is owed stays."""
    lots: dict[str, list[LotState]] = {code: [] for code in wanted[0]}
    for row in tx.query(LOAD_NAMED, (array_of(expiring), [], [], *wanted)).fetchall():
        lot = LotState._make(row)
        lots[lot.account].append(lot)
    _add_accounts((lot for some in lots.values() for lot in some), accounts, load_accounts)
    return LotBook({code: Wallet(accounts[code], some) for code, some in lots.items()}, accounts)


def load_wallet(tx: Transaction, account: AccountState) -> Wallet:
    """The lots of one account, for a hold that pins them."""
    wanted = _wanted([account])
    figures, first = tx.query(LOAD_WALLETS, wanted), tx.query(LOAD_FIRST, (*wanted, FIRST))
    lots = [LotState._make(row) for row in first.fetchall()]
    return _wallets(tx, figures.fetchall(), lots, {account.code: account}, lambda _: ())[account.code]


def pins_from(rows: Iterable[Sequence[Any]]) -> dict[UUID, list[Pin]]:
    """Pins by their holds, in the order in which the lots are taken."""
    pins: dict[UUID, list[Pin]] = {}
    for hold, lot, amount in rows:
        pins.setdefault(hold, []).append(Pin(lot, amount))
    return pins


def load_pins(tx: Transaction, holds: Sequence[UUID]) -> dict[UUID, list[Pin]]:
    """What holds pin."""
    return pins_from(tx.query(LOAD_PINS, (list(holds),)).fetchall())


def record_moves(
    tx: Transaction,
    book: LotBook,
    moves: Sequence[LotMove],
    day: date,
    journal: UUID,
    sequence: int,
    rows: RecordedLots,
) -> None:
    """Gather the entries of one journal."""
    for place, move in enumerate(moves):
        lot = move.lot
        rows.moved[lot.id] = lot.account
        if move.action == LotAction.GRANTED:
            rows.granted[lot.id] = (journal, lot.line, sequence)
        rows.entries.append(
            f"{lot.id}\t{lot.entries}\t{tx.entity_hex}\t{book.accounts[lot.account].id}\t{journal}\t{place}\t{move.action}\t"
            f"{move.amount}\t{lot.remaining}\t{move.cost}\t{day}\t{sequence}\t{tx.moment}\n"
        )


def record_freed(rows: RecordedLots, hold: UUID, pins: Sequence[Pin], account: str) -> None:
    """Gather what a step of a hold pins no longer."""
    for pin in pins:
        rows.moved.setdefault(pin.lot, account)
        rows.freed[hold, pin.lot] = rows.freed.get((hold, pin.lot), ZERO) + pin.amount


def write_lots(tx: Transaction, book: LotBook, rows: RecordedLots) -> None:
    """Write lots that are new, the entries, and what the others stand at."""
    states = [book.wallets[account].lots[lot] for lot, account in rows.moved.items()]
    tx.copy(COPY_LOTS, [_lot_line(tx, lot, book, *rows.granted[lot.id]) for lot in states if lot.id in rows.granted])
    tx.copy(COPY_ENTRIES, rows.entries)
    _update_lots(tx, [lot for lot in states if lot.id not in rows.granted])
    _free_pins(tx, rows.freed)


def _update_lots(tx: Transaction, lots: Sequence[LotState]) -> None:
    """Let lots that were there before stand as they do now."""
    if lots:
        columns = zip(*((one.id, one.remaining, one.pinned, one.cost_left, one.entries) for one in lots), strict=True)
        tx.later(UPDATE_LOTS, (*arrays_of(columns), len(lots)))


def free_pins(tx: Transaction, freed: dict[UUID, Sequence[Pin]]) -> None:
    """Let holds go of lots, where no journal moves those."""
    _free_pins(tx, {(hold, pin.lot): pin.amount for hold, pins in freed.items() for pin in pins})
    _pin_lots(tx, [Pin(pin.lot, -pin.amount) for pins in freed.values() for pin in pins])


def _free_pins(tx: Transaction, freed: dict[tuple[UUID, UUID], Decimal]) -> None:
    if freed:
        holds, lots = zip(*freed, strict=True)
        tx.later(FREE_PINS, (list(holds), list(lots), list(freed.values()), len(freed)))


def add_pins(tx: Transaction, hold: UUID, pins: Sequence[Pin], account_id: str) -> None:
    """Write what a hold that is placed pins."""
    tx.copy(COPY_PINS, [f"{hold}\t{pin.lot}\t{account_id}\t{tx.entity_hex}\t{pin.amount}\n" for pin in pins])
    _pin_lots(tx, pins)


def _pin_lots(tx: Transaction, pins: Sequence[Pin]) -> None:
    more: dict[UUID, Decimal] = {}
    for pin in pins:
        more[pin.lot] = more.get(pin.lot, ZERO) + pin.amount
    if more:
        tx.later(PIN_LOTS, (list(more), list(more.values()), len(more)))


def _wanted(accounts: Iterable[AccountState]) -> tuple[list[str], str]:
    found = list(accounts)
    return [account.code for account in found], array_of(account.id for account in found)


def _wallets(
    tx: Transaction,
    figures: Iterable[Sequence[Any]],
    lots: Iterable[LotState],
    accounts: dict[str, AccountState],
    load_accounts: LoadAccounts,
) -> dict[str, Wallet]:
    by_account: dict[str, list[LotState]] = {}
    for lot in lots:
        by_account.setdefault(lot.account, []).append(lot)
    wallets = {}
    for code, total, pinned, count, arrivals in figures:
        first = by_account.get(code, [])
        wallets[code] = Wallet(
            accounts[code],
            first,
            total=total,
            pinned=pinned,
            arrivals=arrivals,
            frontier=first[-1].order() if count > len(first) else None,
            rest=_rest(tx, accounts, code, load_accounts),
        )
    return wallets


def _rest(
    tx: Transaction, accounts: dict[str, AccountState], code: str, load_accounts: LoadAccounts
) -> Callable[[], list[LotState]]:
    def rest() -> list[LotState]:
        rows = tx.query(LOAD_FIRST, (*_wanted([accounts[code]]), None)).fetchall()
        lots = [LotState._make(row) for row in rows]
        _add_accounts(lots, accounts, load_accounts)
        return lots

    return rest


def _add_accounts(lots: Iterable[LotState], accounts: dict[str, AccountState], load_accounts: LoadAccounts) -> None:
    """Accounts on which the cost of lots moves may be no others that the batch touches."""
    named = {
        code
        for lot in lots
        if lot.cost_currency
        for code in (lot.deferred_account, lot.income_account, lot.breakage_account)
    }
    missing = sorted(named - accounts.keys())
    if missing:
        accounts.update({account.code: account for account in load_accounts(missing)})


def _lot_line(tx: Transaction, lot: LotState, book: LotBook, journal: UUID, line: int, sequence: int) -> str:
    account = book.accounts[lot.account]
    usable_for = copy_text(canonical.encode(lot.usable_for).decode()) if lot.usable_for else NULL
    named = (
        lot.cost_currency, lot.expiry_account, lot.deferred_account, lot.income_account, lot.breakage_account
    )  # fmt: skip
    return (
        f"{lot.id}\t{tx.entity_hex}\t{account.id}\t{account.currency}\t{journal}\t{line}\t{sequence}\t{lot.arrival}\t"
        f"{lot.amount}\t{lot.remaining}\t{lot.pinned}\t{lot.entries}\t{lot.priority}\t{lot.valid_from}\t"
        f"{copy_optional(lot.expires_on)}\t{copy_flag(lot.paid)}\t{usable_for}\t{lot.cost}\t{lot.cost_left}\t"
        + "\t".join(copy_text(text) for text in named)
        + "\n"
    )
