"""Books in memory with accounts that keep lots, for the pure engine."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from journals.drafts import Draft, LotTerms, check
from journals.engine import Books, Outcome, decide
from journals.limits import AccountState
from journals.lot_keeping.deciding import LotBook
from journals.lot_keeping.states import EarlierMove, LotState, Wallet
from ledgerflow.core.errors import LedgerError
from tests.builders import a_transfer
from tests.journals.engine.states import TODAY, a_state, books_of, posted

UNIT: dict[str, Any] = {"currency": "CREDIT", "minor_units": 0, "normal_sign": -1}
COST: dict[str, Any] = {
    "cost_currency": "EUR",
    "deferred_account": "deferred",
    "income_account": "income",
    "breakage_account": "breakage",
}


def day(number: int) -> Any:
    """Today and so many days."""
    return TODAY + timedelta(days=number)


def a_lot(amount: str, remaining: str = "", **given: Any) -> LotState:
    """A lot of the wallet that was there before; amounts are text, days are counted from today."""
    left = Decimal(remaining or amount)
    values: dict[str, Any] = {
        "id": uuid4(), "account": "wallet", "arrival": 1, "amount": Decimal(amount), "remaining": left,
        "pinned": Decimal(0), "entries": 1, "priority": 0, "valid_from": TODAY, "expires_on": None, "paid": False,
        "usable_for": (), "cost": Decimal(0), "cost_left": Decimal(0), "cost_currency": "", "expiry_account": "",
        "deferred_account": "", "income_account": "", "breakage_account": "", "line": 1,
    } | given  # fmt: skip
    if isinstance(values["expires_on"], int):
        values |= {"expires_on": day(values["expires_on"]), "expiry_account": "expired"}
    if isinstance(values["cost"], str):
        values |= COST | {
            "cost": Decimal(values["cost"]),
            "cost_left": Decimal(values.get("cost_left") or values["cost"]),
        }
    return LotState(**values)


def at_cost(cost: str, **terms: Any) -> LotTerms:
    return LotTerms(cost=Decimal(cost), **COST, **terms)


def lots_of(books: Books, code: str = "wallet") -> list[LotState]:
    """The lots of a wallet in the order of arrival."""
    assert books.lots is not None
    return sorted(books.lots.wallets[code].lots.values(), key=lambda lot: lot.arrival)


def lot_books(
    *lots: LotState, balance: str = "", earlier: dict[UUID, list[EarlierMove]] | None = None, **given: Any
) -> Books:
    """A wallet and another one with the accounts they need; the balance is that of the lots unless it is given."""
    total = sum((lot.remaining for lot in lots), Decimal(0))
    wallet = a_state("wallet", balance or str(total), keeps_lots=True, **(UNIT | {"min_balance": "0"} | given))
    states: list[AccountState] = [
        wallet,
        a_state("other", "0", keeps_lots=True, **UNIT, min_balance="0"),
        *(a_state(code, "0", **UNIT) for code in ("issued", "used", "expired")),
        *(a_state(code, normal_sign=-1) for code in ("deferred", "income", "breakage")),
        a_state("bank"),
    ]
    for state in states:
        for name in ("debits", "credits", "held"):
            setattr(state, name, getattr(state, name).quantize(state.quantum))
    books = books_of(*states)
    pinned = sum((lot.pinned for lot in lots), Decimal(0))
    books.lots = LotBook(
        {
            "wallet": Wallet(wallet, lots, total=total, pinned=pinned, arrivals=len(lots)),
            "other": Wallet(books.accounts["other"]),
        },
        books.accounts,
        earlier=earlier,
    )
    return books


def grant(amount: str, account: str = "wallet", **terms: Any) -> Draft:
    return a_transfer("issued", account, amount, lots=LotTerms(**terms) if terms else None)


def spend(amount: str, *purpose: str, account: str = "wallet", **given: Any) -> Draft:
    return a_transfer(account, "used", amount, lots=LotTerms(purpose=purpose) if purpose else None, **given)


def outcome(books: Books, draft: Draft) -> Outcome:
    """What becomes of one draft, and that the lots of each wallet still make up its balance."""
    (found,) = decide(books, [check(draft)])
    balances_hold(books)
    return found


def done(books: Books, draft: Draft) -> str:
    """The moves of a posted draft, or the code and the data of its refusal."""
    found = outcome(books, draft)
    if isinstance(found, LedgerError):
        return f"{found.code} {found.data.get('available') or found.data.get('unspent') or ''}".strip()
    assert books.lots is not None
    moves = posted(found).lot_moves
    return ", ".join(f"{move.action} {move.amount} of {move.lot.arrival}" for move in moves)


def balances_hold(books: Books) -> None:
    assert books.lots is not None
    for wallet in books.lots.wallets.values():
        assert wallet.total == sum(lot.remaining for lot in wallet.lots.values())
        assert wallet.pinned == sum(lot.pinned for lot in wallet.lots.values())
        assert wallet.total - wallet.owed == wallet.account.normal_balance()
        assert all(0 <= lot.pinned <= lot.remaining <= lot.amount for lot in wallet.lots.values())


def left(books: Books, code: str = "wallet") -> str:
    """What is left of each lot in the order of arrival, and what is owed."""
    assert books.lots is not None
    owed = books.lots.wallets[code].owed
    return " ".join(str(lot.remaining) for lot in lots_of(books, code)) + (f" owed {owed}" if owed else "")


def moves_of(found: Outcome) -> list[EarlierMove]:
    """The entries of a posted journal, as its reversal finds them."""
    return [
        EarlierMove(move.lot.id, move.lot.account, move.action.value, move.amount, move.cost)
        for move in posted(found).lot_moves
    ]
