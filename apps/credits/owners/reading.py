"""What an owner has: his wallets, what of them can be spent by which application, and their lots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from accounts.models import Account
from apps.credits.owners.shapes import ApplicationSpendable, OwnerCredits, WalletCredits
from apps.credits.owners.wallets import Units, units_of, wallets_of
from journals.lots.models import Lot
from journals.lots.reading import MOST, Composition, composition_of, lot_response, state_of
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain

SOON, LATER = 7, 30  # days


def owner_credits(
    entity_id: UUID, owner_id: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> OwnerCredits:
    """An owner now, or by entries dated until `as_of` and recorded by `known_at`; zeros for one nobody knows.

    What can be spent, is over or expires soon is measured on `as_of`, the business date unless given. Raises
    `Malformed`.
    """
    units = units_of(entity_id)
    wallets = wallets_of(entity_id, owner_id, units)
    day = as_of or Entity.objects.get(id=entity_id).business_date
    with localcontext(CONTEXT):
        found = [_wallet(one, units, day, _composition(one, as_of, known_at)) for one in wallets]
        missing = units.minor_units.keys() - {one.currency for one in wallets}
        found += [_nothing(unit, units, is_then=bool(as_of or known_at)) for unit in missing if units.spending(unit)]
    return OwnerCredits(owner_id, day, as_of, known_at, sorted(found, key=lambda one: (one.unit, one.wallet or "")))


def _composition(wallet: Account, as_of: date | None, known_at: datetime | None) -> Composition:
    """A wallet that keeps no lots has a balance only."""
    if wallet.keeps_lots:
        return composition_of(wallet, as_of, known_at)
    if as_of is None and known_at is None:
        row = wallet.balance
        return Composition([], Decimal((row.debits - row.credits) * row.normal_sign), is_then=False)
    then = balance_then(wallet.entity_id, wallet.code, as_of=as_of, known_at=known_at)
    return Composition([], Decimal(then.balance), is_then=True)


def _wallet(wallet: Account, units: Units, day: date, composition: Composition) -> WalletCredits:
    lots, balance, is_then = composition
    scale = units.minor_units[wallet.currency]
    remaining = sum((lot.remaining for lot in lots), ZERO)
    pinned = sum((lot.pinned for lot in lots), ZERO) if wallet.keeps_lots else wallet.balance.held

    def text(amount: Decimal) -> str:
        return plain(at_scale(amount, scale))

    def spendable(*purpose: str) -> str | None:
        left = _spendable(wallet, composition, purpose, day)
        return None if left is None else text(left)

    return WalletCredits(
        unit=wallet.currency,
        wallet=wallet.code,
        total=text(balance),
        pinned=None if is_then else text(pinned),
        owed=text(remaining - balance if wallet.keeps_lots else ZERO),
        over=text(_free(lot for lot in lots if state_of(lot, (), day) == "over")),
        not_valid_yet=text(_free(lot for lot in lots if state_of(lot, (), day) == "not_valid_yet")),
        expiring_in_7_days=text(_expiring(lots, day, SOON)),
        expiring_in_30_days=text(_expiring(lots, day, LATER)),
        spendable=[
            ApplicationSpendable(
                name,
                spendable(f"app:{name}"),
                {one: spendable(f"app:{name}", f"operation:{one}") for one in operations},
            )
            for name, operations in units.spending(wallet.currency).items()
        ],
        lots=[lot_response(lot, wallet.code, is_then=is_then) for lot in lots[:MOST]],
        more=len(lots) > MOST,
    )


def _nothing(unit: str, units: Units, *, is_then: bool) -> WalletCredits:
    zero = plain(at_scale(ZERO, units.minor_units[unit]))
    return WalletCredits(
        unit=unit, wallet=None, total=zero, pinned=None if is_then else zero, owed=zero, over=zero, not_valid_yet=zero,
        expiring_in_7_days=zero, expiring_in_30_days=zero, lots=[], more=False,
        spendable=[
            ApplicationSpendable(name, zero, dict.fromkeys(operations, zero))
            for name, operations in units.spending(unit).items()
        ],
    )  # fmt: skip


def _spendable(wallet: Account, composition: Composition, purpose: Sequence[str], day: date) -> Decimal | None:
    """What a spend could take on a day, as the engine would decide; None for any amount."""
    lots, balance, is_then = composition
    if not is_then and (wallet.outflow_frozen or wallet.closed_at is not None):
        return ZERO
    row = wallet.balance
    least: Decimal | None = row.min_balance
    if least is None:
        return None
    held: Decimal = ZERO if is_then else row.held
    if not wallet.keeps_lots:
        return max(balance - held - least, ZERO)
    remaining = sum((lot.remaining for lot in lots), ZERO)
    held_without_lots = held - (ZERO if is_then else sum((lot.pinned for lot in lots), ZERO))
    free = _free(lot for lot in lots if state_of(lot, purpose, day) == "spendable")
    return max(free - (remaining - balance) - held_without_lots - least, ZERO)


def _free(lots: Iterable[Lot]) -> Decimal:
    return sum((lot.remaining - lot.pinned for lot in lots), ZERO)


def _expiring(lots: Iterable[Lot], day: date, days: int) -> Decimal:
    """What is left, and pinned by nobody, of lots that can still be spent and are over after these days."""
    last = day + timedelta(days=days)
    return _free(lot for lot in lots if lot.expires_on is not None and day <= lot.expires_on <= last)
