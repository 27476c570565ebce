"""Tax codes on their way to other books, each version of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from journals.taxes.codes import set_tax_code
from journals.taxes.kinds import TaxCode
from ledgerflow.books.idempotency import as_key
from ledgerflow.core.money import normalised, parse_signed
from ledgerflow.core.plugins import SETTINGS, Portable

VERSIONS = """
    SELECT r.code, r.version, r.name, r.kind, r.rate, coalesce(a.code, ''), coalesce(d.code, ''), r.starts_on, r.ends_on
    FROM taxes_taxrate r
    LEFT JOIN accounts_account a ON a.id = r.account_id LEFT JOIN accounts_account d ON d.id = r.deduct_account_id
    WHERE r.entity_id = %s ORDER BY r.code, r.version
"""


class TaxCodeEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A version of a tax code; `rate` in percent."""

    code: str
    version: int
    name: str
    kind: str
    rate: str
    account: str
    deduct_account: str
    starts_on: date
    ends_on: date | None = None


def entries(connection: Any, entity_id: UUID) -> Iterator[TaxCodeEntry]:
    """The versions of each code in their order."""
    for row in connection.execute(VERSIONS, (entity_id,)):
        code, version, name, kind, rate, *accounts_and_days = row
        yield TaxCodeEntry(code, version, name, kind, normalised(rate), *accounts_and_days)


def bring(entity_id: UUID, wanted: TaxCodeEntry, actor: str) -> bool:
    """Set a version, once. Raises what `set_tax_code` does."""
    code = TaxCode(
        wanted.code, wanted.name, wanted.kind, parse_signed(wanted.rate, "/rate"), wanted.account,
        wanted.deduct_account, wanted.starts_on, wanted.ends_on,
    )  # fmt: skip
    key = as_key(f"tax_code:{wanted.code}:{wanted.version}")
    return not set_tax_code(entity_id, code, key=key, issuer=SETTINGS, actor=actor).is_replayed


TAX_CODE = Portable("tax_code", TaxCodeEntry, entries, bring)
