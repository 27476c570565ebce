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
from recon.statements.errors import BankAccountNotFound, BankAccountRevised, ColumnMapRefused, IdentifierTaken
from recon.statements.events import BankAccountSetFact
from recon.statements.models import BankAccount
from recon.statements.parsers.columns import ColumnMap

MAX_NAME = 200
MAX_IDENTIFIER = 100
ACCOUNT = "SELECT id, currency, is_header FROM accounts_account WHERE entity_id = %s AND code = %s"
CURRENT = """
    SELECT id, name, identifier, column_map, event_sequence FROM statements_bankaccount
    WHERE entity_id = %s AND account_id = %s
"""
TAKEN = """
    SELECT FROM statements_bankaccount
    WHERE entity_id = %s AND identifier = %s AND identifier <> '' AND account_id <> %s LIMIT 1
"""
SAVE = """
    INSERT INTO statements_bankaccount (id, entity_id, account_id, currency, name, identifier, column_map,
        event_sequence, updated_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (account_id) DO UPDATE SET name = EXCLUDED.name, identifier = EXCLUDED.identifier,
        column_map = EXCLUDED.column_map, event_sequence = EXCLUDED.event_sequence, updated_at = EXCLUDED.updated_at,
        actor = EXCLUDED.actor
"""


class BankAccountSpec(NamedTuple):
    """What is said of a bank account; `identifier` "" takes files whatever they call it."""

    name: str
    identifier: str = ""
    column_map: dict[str, Any] | None = None


def set_bank_account(
    entity_id: UUID, account: str, spec: BankAccountSpec, *, actor: str, expected_revision: int | None = None
) -> BankAccount:
    """Make an account of ours a bank account, or change what is known of one. Event `bank_account.set`.

    The same again changes nothing. `expected_revision` is the revision that the caller has seen, 0 where there was
    none. Raises `AccountNotFound`, `HeaderAccount`, `IdentifierTaken`, `ColumnMapRefused`, `BankAccountRevised`.
    """
    spec = checked(spec)

    def work(tx: Transaction, _: None) -> UUID:
        id_, currency = _account(tx, account)
        current = tx.query(CURRENT, (entity_id, id_)).fetchone()
        revision = current[4] if current else 0
        if expected_revision is not None and revision != expected_revision:
            raise BankAccountRevised(revision=revision)
        if current is not None and tuple(current[1:4]) == spec:
            return UUID(str(current[0]))
        if tx.query(TAKEN, (entity_id, spec.identifier, id_)).fetchone() is not None:
            raise IdentifierTaken(pointer="/identifier", identifier=spec.identifier)
        own = UUID(str(current[0])) if current else uuid7()
        fact = BankAccountSetFact(own, account, spec.name, spec.identifier, currency, spec.column_map)
        sequence = tx.record(fact, str(own), actor)
        columns = None if spec.column_map is None else Jsonb(spec.column_map)
        values = (own, entity_id, id_, currency, spec.name, spec.identifier, columns, sequence, tx.recorded_at, actor)
        tx.query(SAVE, values)
        return own

    if not is_storable(account):
        raise AccountNotFound(account=account)
    return BankAccount.objects.select_related("account").get(pk=write(entity_id, work))


def checked(spec: BankAccountSpec) -> BankAccountSpec:
    """The same with its texts stripped and its column map in the one form it is kept in. Raises what is wrong in it."""
    name, identifier = spec.name.strip(), spec.identifier.strip()
    if not name:
        raise NameLength(pointer="/name", most=MAX_NAME)
    check_text(name, MAX_NAME, "/name")
    check_text(identifier, MAX_IDENTIFIER, "/identifier")
    return BankAccountSpec(name, identifier, _column_map(spec.column_map))


def bank_accounts(entity_id: UUID) -> QuerySet[BankAccount]:
    """The bank accounts of an entity, with their accounts."""
    return BankAccount.objects.filter(entity_id=entity_id).select_related("account")


def bank_account_called(entity_id: UUID, account: str) -> BankAccount:
    """The bank account of the account with this code. Raises `BankAccountNotFound`."""
    found = bank_accounts(entity_id).filter(account__code=account).first() if is_storable(account) else None
    if found is None:
        raise BankAccountNotFound(pointer="/account")
    return found


def _account(tx: Transaction, code: str) -> tuple[UUID, str]:
    row = tx.query(ACCOUNT, (tx.entity_id, code)).fetchone()
    if row is None:
        raise AccountNotFound(account=code)
    id_, currency, is_header = row
    if is_header:
        raise HeaderAccount(pointer="/account", account=code)
    return id_, currency


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
