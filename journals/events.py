"""The `journal.posted` event: the whole fact, enough to rebuild the books from and to answer a retry with. Pure.

Its canonical JSON is at once what is hashed, what is stored, and what the API returns as the journal.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from journals.drafts import AttachedFile
from journals.engine import Posted, PostedLine
from journals.limits import BalanceAfter
from journals.lot_keeping.facts import LotMoveFact, lot_facts
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.events import Fact
from ledgerflow.core.money import plain


class LineFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    account: str
    amount: str  # always positive, at the currency's scale
    currency: str
    side: str
    description: str = ""
    dimensions: dict[str, str] | None = None


class BalanceFact(msgspec.Struct, frozen=True, gc=False):
    """An account after the journal; `balance` and `available` are on its normal side."""

    account: str
    available: str
    balance: str
    credits: str
    currency: str
    debits: str
    held: str
    version: int


class JournalFact(Fact, frozen=True, omit_defaults=True):
    """A journal was posted, with its lines and the balances it left: the answer to its request."""

    event_type = "journal.posted"

    id: UUID
    number: int
    kind: str
    layer: str
    effective_date: date
    idempotency_key: str
    fingerprint: str
    lines: list[LineFact]
    balances: list[BalanceFact]
    description: str = ""
    external_reference: str = ""
    metadata: dict[str, Any] | None = None
    reverses: UUID | None = None
    override_limits: str = ""
    original_date: date | None = None
    override_lock: str = ""
    hold: UUID | None = None  # of a capture: whose money it is, on the account of the first line
    key_issuer: str = CLIENT  # whose key it is: a room's name for what the system posted itself
    template: str = ""  # the code of the template that made it
    template_version: int = 0
    parameters: dict[str, str] | None = None  # what the template was given, as texts
    lots: list[LotMoveFact] | None = None  # what it did to the lots of the accounts that keep them
    attachments: list[AttachedFile] | None = None  # posted with it; `journal.attached` tells of later ones


class Answer(NamedTuple):
    """What became of one draft.

    `status` is "posted", "replayed" (the same key and content was posted before), "would_post" (a dry run) or
    "refused". `journal` is the journal's canonical JSON (`JournalFact`) unless refused; `event_sequence` and
    `recorded_at` are None in a dry run.
    """

    status: str
    journal: bytes = b""
    event_sequence: int | None = None
    recorded_at: datetime | None = None
    refusal: LedgerError | None = None


def journal_fact(posted: Posted, journal_id: UUID, number: int) -> bytes:
    """The canonical JSON of a posted journal."""
    draft = posted.draft
    template = draft.template
    return canonical.encode(
        JournalFact(
            id=journal_id,
            number=number,
            kind=draft.kind,
            layer=draft.layer,
            effective_date=posted.effective_date,
            idempotency_key=draft.key,
            fingerprint=posted.fingerprint.hex(),
            lines=[_line(line) for line in posted.lines],
            balances=[balance_fact(balance) for balance in posted.balances],
            description=draft.description,
            external_reference=draft.external_reference,
            metadata=draft.metadata or None,
            reverses=draft.reverses,
            override_limits=draft.override_limits,
            original_date=posted.original_date,
            override_lock=draft.override_lock,
            hold=draft.capture.hold if draft.capture else None,
            key_issuer=draft.issuer,
            template=template.code if template else "",
            template_version=template.version if template else 0,
            parameters=template.parameters if template else None,
            lots=lot_facts(posted.lot_moves) if posted.lot_moves else None,
            attachments=list(draft.attachments) if draft.attachments else None,
        )
    )


def read_fact(data: str | bytes) -> JournalFact:
    """A stored fact back as values."""
    return _DECODER.decode(data)


_DECODER = msgspec.json.Decoder(JournalFact)


def _line(posted: PostedLine) -> LineFact:
    amount = posted.amount
    return LineFact(
        posted.account.code,
        plain(amount.copy_abs()),
        posted.account.currency,
        "debit" if amount > 0 else "credit",
        posted.line.description,
        posted.line.dimensions or None,
    )


def balance_fact(after: BalanceAfter) -> BalanceFact:
    """An account after a change, as its event and the answer tell it."""
    account = after.account
    balance = account.on_normal_side(after.debits, after.credits)
    return BalanceFact(
        account.code,
        plain(balance - after.held),
        plain(balance),
        plain(after.credits),
        account.currency,
        plain(after.debits),
        plain(after.held),
        after.version,
    )
