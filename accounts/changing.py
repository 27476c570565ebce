"""Changing an account: name, metadata, owner, role, limits, parent; freezing and closing it.

Every change is one event that carries the account's whole state, so any past state can be asked for.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from accounts.errors import (
    AccountClosed,
    AccountNotEmpty,
    AccountNotFound,
    AccountRevised,
    FixedAtOpening,
    HeaderNotEmpty,
    LimitBelowBalance,
    LimitsCrossed,
    LotsFixed,
    LotsOfHeader,
    ParentBelow,
    ParentOfOtherType,
)
from accounts.events import AccountChangedFact, AccountClosedFact, AccountFact, AccountFrozenFact, AccountUnfrozenFact
from accounts.specs import check_changes
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.money import at_scale, plain
from ledgerflow.core.texts import check_text, is_storable

CHANGEABLE = frozenset(
    {"name", "metadata", "owner_id", "role", "cash_flow", "term", "monetary", "parent", "min_balance", "max_balance",
     "outflow_frozen", "inflow_frozen", "keeps_lots"}
)  # fmt: skip
MAX_REASON = 500
AFTER_CLOSING = frozenset({"name", "metadata"})

LOAD = """
    SELECT a.id, a.code, a.name, a.type, a.currency, a.normal_side, a.parent_id, p.code AS parent, a.is_header,
           a.monetary, a.owner_id, a.role, a.cash_flow, a.term, a.keeps_lots, a.metadata, a.outflow_frozen,
           a.inflow_frozen, a.closed_at, a.revision,
           c.minor_units, b.version, b.debits, b.credits, b.held, b.normal_sign::int AS normal_sign, b.min_balance,
           b.max_balance, b.overridden
    FROM accounts_account a
    JOIN accounts_balance b ON b.account_id = a.id
    JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    LEFT JOIN accounts_account p ON p.id = a.parent_id
    WHERE a.entity_id = %s AND a.code = %s
"""
LOAD_PARENT = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id, type, closed_at FROM accounts_account WHERE entity_id = %s AND code = %s
        UNION SELECT a.id, a.parent_id, a.type, a.closed_at FROM accounts_account a JOIN above ON a.id = above.parent_id
    )
    SELECT id, type, closed_at FROM above
"""
OPEN_CHILD = "SELECT code FROM accounts_account WHERE parent_id = %s AND closed_at IS NULL LIMIT 1"
UPDATE_ACCOUNT = """
    UPDATE accounts_account
    SET name = %s, metadata = %s, owner_id = %s, role = %s, cash_flow = %s, term = %s, keeps_lots = %s, monetary = %s,
        parent_id = %s, outflow_frozen = %s, inflow_frozen = %s, closed_at = %s, revision = %s
    WHERE id = %s
"""
UPDATE_LIMITS = "UPDATE accounts_balance SET min_balance = %s, max_balance = %s, overridden = %s WHERE account_id = %s"


def change_account(
    entity_id: UUID,
    code: str,
    changes: dict[str, Any],
    *,
    actor: str,
    reason: str = "",
    expected_revision: int | None = None,
    change: type[AccountFact] = AccountChangedFact,
) -> tuple[AccountFact, int]:
    """Set the given fields and give the account's new state with its revision.

    The fields are those of `CHANGEABLE`; `parent` is a code, or "" for none.
    Raises `NotFound`, `Malformed`, `PreconditionFailed` (another revision), `AccountClosed`, `ParentRefused` (unknown,
    other type, closed, or a cycle), `LimitBelowBalance` (a limit the balance breaks), `PrecisionExceeded`.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise FixedAtOpening(pointer=f"/{min(unknown)}")
    check_changes(changes)
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[AccountFact, int]:
        account = _locked(tx, code, expected_revision)
        if account["closed_at"] is not None and not changes.keys() <= AFTER_CLOSING:
            raise AccountClosed(account=code)
        if "parent" in changes:
            account["parent_id"] = _new_parent(tx, account, changes["parent"])
        if changes.keys() & {"min_balance", "max_balance"}:
            _set_limits(account, changes)
        if changes.get("keeps_lots", account["keeps_lots"]) != account["keeps_lots"]:
            _check_lots(account)
        account |= {name: value for name, value in changes.items() if name not in ("min_balance", "max_balance")}
        return _save(tx, account, change, actor, reason)

    return write(entity_id, work)


def close_account(
    entity_id: UUID, code: str, *, actor: str, reason: str = "", expected_revision: int | None = None
) -> tuple[AccountFact, int]:
    """Close an account for good: at zero, with nothing held, and no open account below it.

    Raises `NotFound`, `Malformed` (the reason), `AccountClosed`, `AccountNotEmpty`, `PreconditionFailed`.
    """
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[AccountFact, int]:
        account = _locked(tx, code, expected_revision)
        if account["closed_at"] is not None:
            raise AccountClosed(account=code)
        balance = account["debits"] - account["credits"]
        if balance or account["held"]:
            raise AccountNotEmpty(balance=plain(balance), held=plain(account["held"]), account=code)
        child = tx.query(OPEN_CHILD, (account["id"],)).fetchone()
        if child is not None:
            raise HeaderNotEmpty(child=child[0])
        account["closed_at"] = tx.recorded_at
        return _save(tx, account, AccountClosedFact, actor, reason)

    return write(entity_id, work)


def freeze_account(
    entity_id: UUID,
    code: str,
    *,
    outflow: bool,
    inflow: bool,
    actor: str,
    reason: str = "",
    expected_revision: int | None = None,
) -> tuple[AccountFact, int]:
    """Set which directions are frozen; both False unfreezes. Revaluation and closing entries pass a freeze."""
    return change_account(
        entity_id,
        code,
        {"outflow_frozen": outflow, "inflow_frozen": inflow},
        actor=actor,
        reason=reason,
        expected_revision=expected_revision,
        change=AccountFrozenFact if outflow or inflow else AccountUnfrozenFact,
    )


def account_as_of(entity_id: UUID, account_id: UUID, moment: datetime) -> tuple[AccountFact, int] | None:
    """The account's attributes as they stood at `moment`, with their revision; None before it was opened."""
    event = (
        Event.objects.filter(
            entity_id=entity_id, subject=str(account_id), type__startswith="account.", recorded_at__lte=moment
        )
        .order_by("-sequence")
        .first()
    )
    return None if event is None else (AccountFact.read(event.data), event.sequence)


def _locked(tx: Transaction, code: str, expected_revision: int | None) -> dict[str, Any]:
    with tx.connection.cursor(row_factory=dict_row, binary=True) as cursor:
        account = cursor.execute(LOAD, (tx.entity_id, code)).fetchone() if is_storable(code) else None
    if account is None:
        raise AccountNotFound(account=code)
    if expected_revision is not None and account["revision"] != expected_revision:
        raise AccountRevised(revision=account["revision"])
    return account


def _new_parent(tx: Transaction, account: dict[str, Any], parent: str | None) -> UUID | None:
    if not parent:
        return None
    above = tx.query(LOAD_PARENT, (tx.entity_id, parent)).fetchall() if is_storable(parent) else []
    if not above or above[0][1] != account["type"] or above[0][2] is not None:
        raise ParentOfOtherType(pointer="/parent", parent=parent, type=account["type"])
    if account["id"] in {row[0] for row in above}:
        raise ParentBelow(pointer="/parent", parent=parent, account=account["code"])
    return UUID(str(above[0][0]))


def _check_lots(account: dict[str, Any]) -> None:
    """Lots are kept from the first posting on or never: what is there already is of no lot."""
    if account["is_header"]:
        raise LotsOfHeader(pointer="/keeps_lots")
    if account["version"] or account["held"]:
        raise LotsFixed(pointer="/keeps_lots", account=account["code"])


def _set_limits(account: dict[str, Any], changes: dict[str, Any]) -> None:
    """Put new limits on; a balance out of range stays marked only while no limit is drawn tighter than it was."""
    old_low, old_high = account["min_balance"], account["max_balance"]
    for name in changes.keys() & {"min_balance", "max_balance"}:
        limit: Decimal | None = changes[name]
        account[name] = None if limit is None else at_scale(limit, account["minor_units"])
    low, high = account["min_balance"], account["max_balance"]
    if low is not None and high is not None and low > high:
        raise LimitsCrossed(pointer="/min_balance")
    balance = (account["debits"] - account["credits"]) * account["normal_sign"]
    too_low = low is not None and balance - account["held"] < low
    too_high = high is not None and balance > high
    tighter = (too_low and (old_low is None or low > old_low)) or (too_high and (old_high is None or high < old_high))
    if (too_low or too_high) and (tighter or not account["overridden"]):
        pointer = "/min_balance" if too_low else "/max_balance"
        raise LimitBelowBalance(pointer=pointer, balance=plain(balance), held=plain(account["held"]))
    account["overridden"] = too_low or too_high


def _save(
    tx: Transaction, account: dict[str, Any], change: type[AccountFact], actor: str, reason: str
) -> tuple[AccountFact, int]:
    limits = {name: None if account[name] is None else plain(account[name]) for name in ("min_balance", "max_balance")}
    fact = msgspec.convert(
        {**account, **limits, "parent": account["parent"] or None, "closed": account["closed_at"] is not None,
         "reason": reason},
        change,
    )  # fmt: skip
    revision = tx.record(fact, str(account["id"]), actor)
    tx.query(
        UPDATE_ACCOUNT,
        (account["name"], Jsonb(account["metadata"] or {}), account["owner_id"], account["role"], account["cash_flow"],
         account["term"], account["keeps_lots"], account["monetary"],
         account["parent_id"], account["outflow_frozen"], account["inflow_frozen"], account["closed_at"], revision,
         account["id"]),
    )  # fmt: skip
    tx.query(UPDATE_LIMITS, (account["min_balance"], account["max_balance"], account["overridden"], account["id"]))
    return fact, revision
