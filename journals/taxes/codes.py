"""Setting tax codes, and finding the ones that are valid on a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.balances import no_account
from accounts.errors import HeaderAccount
from journals.taxes.errors import TaxCodeRefused, TaxDatesTheWrongWay
from journals.taxes.events import TaxCodeSetFact
from journals.taxes.kinds import (
    CODE_FORM,
    KINDS,
    MAX_CODE,
    MAX_NAME,
    MOST_PERCENT,
    RATE_DECIMALS,
    REVERSE_CHARGE,
    UNTAXED,
    TaxCode,
)
from journals.taxes.models import TaxRate
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import NameLength, NotOneOf
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised
from ledgerflow.core.texts import check_text

ACCOUNTS = "SELECT code, id, is_header FROM accounts_account WHERE entity_id = %s AND code = ANY (%s::text[])"
NEXT_VERSION = "SELECT coalesce(max(version), 0) + 1 FROM taxes_taxrate WHERE entity_id = %s AND code = %s"
INSERT = """
    INSERT INTO taxes_taxrate (id, entity_id, code, version, name, kind, rate, account_id, deduct_account_id, starts_on,
        ends_on, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
VALID = """
    SELECT DISTINCT ON (r.code) r.code, r.kind, r.rate, coalesce(a.code, ''), coalesce(a.currency, ''),
           coalesce(d.code, ''), coalesce(d.currency, '')
    FROM taxes_taxrate r
    LEFT JOIN accounts_account a ON a.id = r.account_id LEFT JOIN accounts_account d ON d.id = r.deduct_account_id
    WHERE r.entity_id = %s AND r.code = ANY (%s::text[]) AND r.starts_on <= %s AND coalesce(r.ends_on, 'infinity') >= %s
    ORDER BY r.code, r.version DESC
"""


class TaxCodeSet(NamedTuple):
    """A version of a tax code, and whether an earlier request with the same key has set it."""

    rate: TaxRate
    is_replayed: bool


class ValidCode(NamedTuple):
    """A code as it is on a day, with its accounts and their currencies ("" where it has none)."""

    code: str
    kind: str
    rate: Decimal
    account: str
    currency: str
    deduct_account: str
    deduct_currency: str


def set_tax_code(entity_id: UUID, wanted: TaxCode, *, key: str, issuer: str = CLIENT, actor: str) -> TaxCodeSet:
    """Have a tax code be like this on its days, whatever earlier versions say of them; event `tax.code_set`.

    What was posted stays as it is; the tax report shows what differs. The same key and content gives the same version
    again. Raises `Malformed`, `NotFound` for an account, `HeaderAccount`, `IdempotencyKeyReused`.
    """
    _check(wanted)
    claim = claim_of(key, ["tax_code", *_content(wanted)], issuer)

    def work(tx: Transaction, _: None) -> int:
        once.take(tx, claim)
        accounts = _accounts(tx, [code for code in (wanted.account, wanted.deduct_account) if code])
        ((version,),) = tx.query(NEXT_VERSION, (entity_id, wanted.code)).fetchall()
        fact = TaxCodeSetFact(
            wanted.code, version, wanted.name, wanted.kind, normalised(wanted.rate), wanted.account,
            wanted.deduct_account, wanted.starts_on, wanted.ends_on, **claim.fact(),
        )  # fmt: skip
        sequence = tx.record(fact, wanted.code, actor)
        tx.remember(*claim, sequence)
        tx.query(
            INSERT,
            (
                uuid7(), entity_id, wanted.code, version, wanted.name, wanted.kind, wanted.rate,
                accounts.get(wanted.account), accounts.get(wanted.deduct_account), wanted.starts_on, wanted.ends_on,
                sequence, tx.recorded_at, actor,
            ),
        )  # fmt: skip
        return sequence

    return once.once(
        entity_id,
        claim,
        lambda: TaxCodeSet(_version(entity_id, write(entity_id, work)), is_replayed=False),
        lambda sequence: TaxCodeSet(_version(entity_id, sequence), is_replayed=True),
    )


def valid_codes(
    entity_id: UUID, codes: Collection[str], day: date, fetch: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
) -> dict[str, ValidCode]:
    """Those of `codes` that are valid on the day."""
    rows = fetch(VALID, (entity_id, sorted(codes), day, day))
    return {row[0]: ValidCode(*row) for row in rows}


def _version(entity_id: UUID, sequence: int) -> TaxRate:
    rows = TaxRate.objects.select_related("account", "deduct_account")
    return rows.get(entity_id=entity_id, event_sequence=sequence)


def _accounts(tx: Transaction, codes: list[str]) -> dict[str, UUID]:
    found = {code: (id_, header) for code, id_, header in tx.query(ACCOUNTS, (tx.entity_id, codes)).fetchall()}
    for code in codes:
        if code not in found:
            raise no_account(code)
        if found[code][1]:
            raise HeaderAccount(account=code)
    return {code: id_ for code, (id_, _) in found.items()}


def _content(wanted: TaxCode) -> list[Any]:
    return [
        wanted.code, wanted.name, wanted.kind, normalised(wanted.rate), wanted.account, wanted.deduct_account,
        wanted.starts_on, wanted.ends_on,
    ]  # fmt: skip


def _check(wanted: TaxCode) -> None:
    if CODE_FORM.fullmatch(wanted.code) is None:
        words = f"1 to {MAX_CODE} letters, digits, points and dashes, a letter or digit first"
        raise TaxCodeRefused(pointer="/code", field="The code", wanted=words)
    if not wanted.name.strip():
        raise NameLength(pointer="/name", most=MAX_NAME)
    check_text(wanted.name, MAX_NAME, "/name")
    if wanted.kind not in KINDS:
        raise NotOneOf(pointer="/kind", what="kind", choices=", ".join(KINDS))
    _check_rate(wanted)
    check_day(wanted.starts_on, "/starts_on")
    check_day(wanted.ends_on, "/ends_on")
    if wanted.ends_on is not None and wanted.ends_on < wanted.starts_on:
        raise TaxDatesTheWrongWay(pointer="/ends_on", starts_on=str(wanted.starts_on), ends_on=str(wanted.ends_on))


def _check_rate(wanted: TaxCode) -> None:
    rate, exponent = wanted.rate, wanted.rate.normalize().as_tuple().exponent
    if not (isinstance(exponent, int) and exponent >= -RATE_DECIMALS and 0 <= rate <= MOST_PERCENT):
        words = f"a percentage from 0 to {MOST_PERCENT} with at most {RATE_DECIMALS} decimals"
        raise TaxCodeRefused(pointer="/rate", field="The rate", wanted=words)
    if wanted.kind in UNTAXED and rate:
        raise TaxCodeRefused(pointer="/rate", field="The rate", wanted=f"0 where its kind is {wanted.kind}")
    needed = {"account": wanted.kind not in UNTAXED, "deduct_account": wanted.kind == REVERSE_CHARGE}
    for field, is_needed in needed.items():
        if bool(getattr(wanted, field)) != is_needed:
            words = f"{'needed' if is_needed else 'left out'} where its kind is {wanted.kind}"
            raise TaxCodeRefused(pointer=f"/{field}", field=field, wanted=words)
