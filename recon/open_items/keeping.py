"""Saying which accounts keep open items and with which terms, and when a journal is due."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from accounts.errors import AccountNotFound, HeaderAccount
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import check_day
from ledgerflow.core.texts import is_storable
from recon.open_items.errors import (
    DueDateOfNothing,
    FirstItemAbsent,
    ItemAccountRefused,
    NoItemAccount,
    PartyMissing,
    TermsOutOfRange,
)
from recon.open_items.events import LONGEST_TERMS, DueDateSetFact, ItemAccountSetFact
from recon.open_items.models import DueDate, ItemAccount
from recon.open_items.rows import ACCOUNT, HAS_ITEM, INSERT_ACCOUNT, INSERT_DUE, LAST_DUE, SETTINGS

PARTY = "party"
TYPES = ("asset", "liability")


class KeptAccount(NamedTuple):
    """An account that keeps open items; `version` counts its postings."""

    id: UUID
    code: str
    currency: str
    minor_units: int
    version: int
    first_version: int


def keep_open_items(
    entity_id: UUID,
    account: str,
    terms_days: int,
    *,
    from_first: bool = True,
    first_version: int | None = None,
    actor: str,
) -> ItemAccount:
    """Have an asset or a liability keep open items, due `terms_days` after their date. Event `open_items.account_set`.

    Its postings are items from the first one on, or without `from_first` from the next one, or from one that
    is named by its version, as in the books that the postings come from. Called again, other terms
    are for what is posted after that, and the same terms change nothing. Raises `AccountNotFound`, `HeaderAccount`,
    `ItemAccountRefused`, `Malformed`.
    """
    if not 0 <= terms_days <= LONGEST_TERMS:
        raise TermsOutOfRange(pointer="/terms_days", most=LONGEST_TERMS)

    def work(tx: Transaction, _: None) -> tuple[UUID, int]:
        id_, type_, is_header, version = _account(tx, account)
        if is_header:
            raise HeaderAccount(pointer="/account", account=account)
        if type_ not in TYPES:
            raise ItemAccountRefused(pointer="/account", account=account)
        if PARTY not in tx.entity.dimensions:
            raise PartyMissing
        settings = tx.query(SETTINGS, (id_,)).fetchall()
        if settings and settings[-1][2] == terms_days:
            return id_, settings[-1][0]
        number = len(settings) + 1
        first = 1 if from_first and not settings else version + 1
        if first_version is not None and not settings:
            first = first_version
            if not 1 <= first <= version + 1:
                raise FirstItemAbsent(pointer="/first_version", account=account, postings=version)
        fact = ItemAccountSetFact(account, number, first, terms_days)
        sequence = tx.record(fact, str(id_), actor)
        row = (id_, number, entity_id, first, terms_days, sequence, tx.recorded_at, actor)
        tx.query(INSERT_ACCOUNT, row)
        return id_, number

    id_, number = write(entity_id, work)
    return ItemAccount.objects.select_related("account").get(account_id=id_, number=number)


def set_due_date(entity_id: UUID, journal_id: UUID, due_on: date, *, actor: str) -> DueDate:
    """Say when the items of a journal are due, whatever the terms of their account. Event `open_items.due_date_set`.

    Said again it is corrected, and what was said before is kept; the same date changes nothing. Raises `NotFound`,
    `DateOutOfRange`.
    """
    check_day(due_on, "/due_on")

    def work(tx: Transaction, _: None) -> int:
        if tx.query(HAS_ITEM, (journal_id, entity_id)).fetchone() is None:
            raise DueDateOfNothing
        last = tx.query(LAST_DUE, (journal_id,)).fetchone()
        number = 1 if last is None else last[0] + 1
        if last is not None and last[1] == due_on:
            return int(last[0])
        sequence = tx.record(DueDateSetFact(journal_id, number, due_on), str(journal_id), actor)
        tx.query(INSERT_DUE, (journal_id, number, entity_id, due_on, sequence, tx.recorded_at, actor))
        return int(number)

    return DueDate.objects.get(journal_id=journal_id, number=write(entity_id, work))


def kept_account(tx: Transaction, code: str) -> KeptAccount:
    """The account with this code, as it keeps open items. Raises `AccountNotFound`, `NoItemAccount`."""
    row = tx.query(ACCOUNT, (tx.entity_id, code)).fetchone() if is_storable(code) else None
    if row is None:
        raise AccountNotFound(pointer="/account", account=code)
    id_, _, _, currency, _, version, minor_units = row
    settings = tx.query(SETTINGS, (id_,)).fetchall()
    if not settings:
        raise NoItemAccount(pointer="/account", account=code)
    return KeptAccount(id_, code, currency, minor_units, version, settings[0][1])


def _account(tx: Transaction, code: str) -> tuple[UUID, str, bool, int]:
    row = tx.query(ACCOUNT, (tx.entity_id, code)).fetchone() if is_storable(code) else None
    if row is None:
        raise AccountNotFound(pointer="/account", account=code)
    return row[0], row[2], row[4], row[5]
