"""Correcting a journal by its mirror image: nothing posted is ever changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from journals.drafts import Draft, Line, reversed_lines
from journals.errors import ClosingNotReversible, JournalNotFound, LayerNotReversible, NotReversible, PartOfMore
from journals.events import Answer, JournalFact, read_fact
from journals.models import Journal, Kind, Layer
from journals.posting import post
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.core.plugins import registry


def reverse_journal(
    entity_id: UUID,
    journal_id: UUID,
    *,
    key: str,
    effective_date: date | None = None,
    description: str = "",
    override_limits: str = "",
    late: str = "refuse",
    override_lock: str = "",
    layer: str | None = None,
    issuer: str = CLIENT,
    actor: str,
    dry_run: bool = False,
) -> Answer:
    """Post the reversal of a journal: the same lines with sides turned, linked to it. A journal is reversed once.

    `effective_date` None means the business date, for an adjustment its own date; it may not be before the original's.
    `layer` None is that of the journal; an adjustment may also be taken back in the ordinary layer. `late`,
    `override_limits` and `override_lock` are those of a draft. The same key and content replays, also after the
    journal was reversed. `dry_run` says what would happen, and writes nothing.
    Raises `IdempotencyKeyReused`, `NotFound`, `NotReversible` (a reversal, a closing entry, which is taken back by
    reopening its year, one whose kind is reversed only as a part of something, or an ordinary journal in another
    layer), `AlreadyReversed`, `BeforeOriginal`, and as `posting.post`.
    """
    content = reversal_content(
        journal_id,
        effective_date=effective_date,
        description=description,
        override_limits=override_limits,
        late=late,
        override_lock=override_lock,
        layer=layer,
    )
    claim = claim_of(key, content, issuer)

    def work() -> Answer:
        journal, own_layer = _reversible(entity_id, journal_id, layer)
        on_its_date = effective_date is None and own_layer != Layer.ORDINARY
        draft = Draft(
            key=key,
            lines=lines_back(journal),
            kind=Kind.REVERSAL,
            effective_date=journal.effective_date if on_its_date else effective_date,
            description=description,
            reverses=journal.id,
            not_before=journal.effective_date,
            override_limits=override_limits,
            actor=actor,
            layer=own_layer,
            late=late,
            override_lock=override_lock,
            issuer=issuer,
            request=claim.fingerprint,
        )
        return post(entity_id, draft, dry_run=dry_run)

    return once.once(entity_id, claim, work, lambda sequence: _replayed(entity_id, sequence))


def reversal_content(
    journal_id: UUID,
    *,
    effective_date: date | None,
    description: str,
    override_limits: str,
    late: str,
    override_lock: str,
    layer: str | None,
) -> list[Any]:
    """What the request for a reversal asks for: its fingerprint is of this."""
    return ["reverse", journal_id, effective_date, description, override_limits, late, override_lock, layer]


def _reversible(entity_id: UUID, journal_id: UUID, layer: str | None) -> tuple[Journal, str]:
    """The journal to reverse, and the layer it is reversed in. Raises `NotFound`, `NotReversible`."""
    journal = Journal.objects.filter(entity_id=entity_id, id=journal_id).first()
    if journal is None:
        raise JournalNotFound
    if journal.reverses_id is not None:
        raise NotReversible(reverses=str(journal.reverses_id))
    kind = registry.journal_kinds.get(journal.kind)
    if kind is not None and kind.reversed_only_by:  # taken back alone it would leave the rest untrue
        raise PartOfMore(how=kind.reversed_only_by, kind=journal.kind)
    layer = layer or journal.layer
    if journal.layer == Layer.CLOSING:
        raise ClosingNotReversible(layer=journal.layer)
    if layer not in (journal.layer, Layer.ORDINARY):
        raise LayerNotReversible(layer=journal.layer, wanted=layer)
    return journal, layer


def _replayed(entity_id: UUID, sequence: int) -> Answer:
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Answer("replayed", event.data.encode(), sequence, event.recorded_at)


def lines_back(journal: Journal) -> tuple[Line, ...]:
    """The lines that take a journal back, from its event."""
    events = Event.objects.values_list("data", flat=True)
    fact = read_fact(events.get(entity_id=journal.entity_id, sequence=journal.event_sequence))
    return reversed_lines(_lines(fact))


def _lines(fact: JournalFact) -> list[Line]:
    return [
        Line(
            line.account,
            Decimal(line.amount) if line.side == "debit" else Decimal(line.amount).copy_negate(),
            description=line.description,
            dimensions=line.dimensions,
        )
        for line in fact.lines
    ]
