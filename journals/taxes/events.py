"""What happened to tax codes, as events tell it. Pure."""

from __future__ import annotations

from datetime import date

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class TaxCodeSetFact(Fact, frozen=True):
    """A version of a tax code is valid from a day on; the subject is the code. Accounts are codes, "" for none."""

    event_type = "tax.code_set"

    code: str
    version: int
    name: str
    kind: str
    rate: str
    account: str
    deduct_account: str
    starts_on: date
    ends_on: date | None
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT
