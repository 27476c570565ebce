"""Saying that somebody else keeps statements of an account of ours, what his files call it, and how they are read."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from accounts.errors import AccountNotFound, HeaderAccount
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError, NameLength
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import check_text, is_storable
from recon.statements.errors import (
    BankAccountNotFound,
    BankAccountRevised,
    ColumnMapRefused,
    IdentifierTaken,
    MirrorFixed,
    MirrorRefused,
)
from recon.statements.events import BankAccountSetFact
from recon.statements.models import BankAccount
from recon.statements.parsers.columns import ColumnMap

MAX_NAME = 200
MAX_IDENTIFIER = 100
ACCOUNT = "SELECT id, currency, is_header FROM accounts_account WHERE entity_id = %s AND code = %s"
CURRENT = """
    SELECT b.id, b.event_sequence, b.name, b.identifier, b.column_map, m.code
    FROM statements_bankaccount b LEFT JOIN accounts_account m ON m.id = b.mirror_id
    WHERE b.entity_id = %s AND b.account_id = %s
"""
HAS_STATEMENTS = "SELECT FROM statements_statement WHERE bank_account_id = %s AND status = 'imported' LIMIT 1"
TAKEN = """
    SELECT FROM statements_bankaccount
    WHERE entity_id = %s AND identifier = %s AND identifier <> '' AND account_id <> %s LIMIT 1
"""
SAVE = """
    INSERT INTO statements_bankaccount (id, entity_id, account_id, currency, name, identifier, column_map,
        mirror_id, event_sequence, updated_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (account_id) DO UPDATE SET name = EXCLUDED.name, identifier = EXCLUDED.identifier,
        column_map = EXCLUDED.column_map, mirror_id = EXCLUDED.mirror_id, event_sequence = EXCLUDED.event_sequence,
        updated_at = EXCLUDED.updated_at, actor = EXCLUDED.actor
"""


class BankAccountSpec(NamedTuple):
    """What is said of a bank account; `identifier` "" takes files whatever they call it.

    `mirror` is the code of another account of these books, in the same currency, whose postings are its lines.
    """

    name: str
    identifier: str = ""
    column_map: dict[str, Any] | None = None
    mirror: str | None = None


def set_bank_account(
    entity_id: UUID, account: str, spec: BankAccountSpec, *, actor: str, expected_revision: int | None = None
) -> BankAccount:
    """Make an account of ours a bank account, or change what is known of one. Event `bank_account.set`.

    The same again changes nothing. `expected_revision` is the revision that the caller has seen, 0 where there was
    none. What it mirrors changes only while no statement of it stands. Raises `AccountNotFound`, `HeaderAccount`,
    `IdentifierTaken`, `ColumnMapRefused`, `MirrorRefused`, `MirrorFixed`, `BankAccountRevised`.
    """
    spec = checked(spec)

    def work(tx: Transaction, _: None) -> UUID:
        id_, currency = _account(tx, account, "/account")
        current = tx.query(CURRENT, (entity_id, id_)).fetchone()
        revision = current[1] if current else 0
        if expected_revision is not None and revision != expected_revision:
            raise BankAccountRevised(revision=revision)
        if current is not None and tuple(current[2:]) == spec:
            return UUID(str(current[0]))
        if tx.query(TAKEN, (entity_id, spec.identifier, id_)).fetchone() is not None:
            raise IdentifierTaken(pointer="/identifier", identifier=spec.identifier)
        own = UUID(str(current[0])) if current else uuid7()
        is_other = current is not None and current[5] != spec.mirror
        if is_other and tx.query(HAS_STATEMENTS, (own,)).fetchone() is not None:
            raise MirrorFixed(pointer="/mirror")
        mirror = None if spec.mirror is None else _mirror(tx, spec.mirror, account, currency)
        fact = BankAccountSetFact(own, account, spec.name, spec.identifier, currency, spec.column_map, spec.mirror)
        sequence = tx.record(fact, str(own), actor)
        columns = None if spec.column_map is None else Jsonb(spec.column_map)
        said = (currency, spec.name, spec.identifier, columns, mirror)
        tx.query(SAVE, (own, entity_id, id_, *said, sequence, tx.recorded_at, actor))
        return own

    if not is_storable(account):
        raise AccountNotFound(account=account)
    return bank_accounts(entity_id).get(pk=write(entity_id, work))


def checked(spec: BankAccountSpec) -> BankAccountSpec:
    """The same with its texts stripped and its column map in the one form it is kept in. Raises what is wrong in it."""
    name, identifier = spec.name.strip(), spec.identifier.strip()
    if not name:
        raise NameLength(pointer="/name", most=MAX_NAME)
    check_text(name, MAX_NAME, "/name")
    check_text(identifier, MAX_IDENTIFIER, "/identifier")
    if spec.mirror is not None and spec.column_map is not None:
        raise MirrorRefused(pointer="/column_map", mirror=spec.mirror, reason="its lines do not come in CSV files.")
    return BankAccountSpec(name, identifier, _column_map(spec.column_map), spec.mirror)


def bank_accounts(entity_id: UUID) -> QuerySet[BankAccount]:
    """The bank accounts of an entity, with their accounts and those that they mirror."""
    return BankAccount.objects.filter(entity_id=entity_id).select_related("account", "mirror")


def bank_account_called(entity_id: UUID, account: str) -> BankAccount:
    """The bank account of the account with this code. Raises `BankAccountNotFound`."""
    found = bank_accounts(entity_id).filter(account__code=account).first() if is_storable(account) else None
    if found is None:
        raise BankAccountNotFound(pointer="/account")
    return found


def _account(tx: Transaction, code: str, pointer: str) -> tuple[UUID, str]:
    row = tx.query(ACCOUNT, (tx.entity_id, code)).fetchone() if is_storable(code) else None
    if row is None:
        raise AccountNotFound(pointer=pointer, account=code)
    id_, currency, is_header = row
    if is_header:
        raise HeaderAccount(pointer=pointer, account=code)
    return id_, currency


def _mirror(tx: Transaction, code: str, account: str, currency: str) -> UUID:
    """The account that is mirrored. It may be closed: what was posted on it stays."""
    id_, its_currency = _account(tx, code, "/mirror")
    if code == account:
        raise MirrorRefused(pointer="/mirror", mirror=code, reason="it is the account itself.")
    if its_currency != currency:
        reason = f"it is in {its_currency}, and the bank account in {currency}."
        raise MirrorRefused(pointer="/mirror", mirror=code, reason=reason)
    return id_


def _column_map(saved: dict[str, Any] | None) -> dict[str, Any] | None:
    if saved is None:
        return None
    try:
        return ColumnMap.from_dict(saved).to_dict()
    except ColumnMapRefused as refusal:
        raise placed(refusal, f"/column_map{refusal.pointer}") from refusal


def placed(refusal: LedgerError, pointer: str) -> LedgerError:
    """The same refusal, of another place in the request."""
    return type(refusal)(refusal.message, pointer=pointer, **refusal.data)
