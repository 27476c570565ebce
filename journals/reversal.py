"""Correcting a journal by its mirror image: nothing posted is ever changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from journals.drafts import Draft, Line, reversed_lines
from journals.errors import ClosingNotReversible, JournalNotFound, LayerNotReversible, NotReversible, PartOfMore
from journals.events import Answer, JournalFact, read_fact
from journals.models import Journal, Kind, Layer
from journals.posting import post
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.models import Event
from ledgerflow.core.errors import LedgerError
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
        journal = Journal.objects.filter(entity_id=entity_id, id=journal_id).first()
        if journal is None:
            raise JournalNotFound
        own_layer = layer_of_reversal(journal, layer)
        draft = msgspec.structs.replace(
            _draft(journal, own_layer, lines_back(journal), claim, actor),
            effective_date=_own_date(journal, own_layer) if effective_date is None else effective_date,
            description=description,
            override_limits=override_limits,
            late=late,
            override_lock=override_lock,
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


def drafts_that_reverse(
    journals: Sequence[Journal], key_of: Callable[[Journal], str], *, description: str, issuer: str, actor: str
) -> list[Draft | LedgerError]:
    """What takes each of these journals of one set of books back, as `reverse_journal` does with one and no more said.

    A refusal stands where there can be none. It takes as many queries for many journals as for one.
    """
    if not journals:
        return []
    facts = _facts_of(journals[0].entity_id, [journal.event_sequence for journal in journals])

    def drafted(journal: Journal) -> Draft | LedgerError:
        try:
            layer = layer_of_reversal(journal, None)
        except LedgerError as refusal:
            return refusal
        content = reversal_content(
            journal.pk,
            effective_date=None,
            description=description,
            override_limits="",
            late="refuse",
            override_lock="",
            layer=None,
        )
        lines = reversed_lines(_lines(facts[journal.event_sequence]))
        draft = _draft(journal, layer, lines, claim_of(key_of(journal), content, issuer), actor)
        return msgspec.structs.replace(draft, effective_date=_own_date(journal, layer), description=description)

    return [drafted(journal) for journal in journals]


def layer_of_reversal(journal: Journal, layer: str | None) -> str:
    """The layer that a journal is reversed in. Raises `NotReversible`."""
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
    return layer


def _draft(journal: Journal, layer: str, lines: tuple[Line, ...], claim: Claim, actor: str) -> Draft:
    return Draft(
        key=claim.key,
        lines=lines,
        kind=Kind.REVERSAL,
        reverses=journal.id,
        not_before=journal.effective_date,
        actor=actor,
        layer=layer,
        issuer=claim.issuer,
        request=claim.fingerprint,
    )


def _own_date(journal: Journal, layer: str) -> date | None:
    """That of the journal for an adjustment, which is dated to the end of its period; else the business date."""
    return None if layer == Layer.ORDINARY else journal.effective_date


def _replayed(entity_id: UUID, sequence: int) -> Answer:
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Answer("replayed", event.data.encode(), sequence, event.recorded_at)


def lines_back(journal: Journal) -> tuple[Line, ...]:
    """The lines that take a journal back, from its event."""
    facts = _facts_of(journal.entity_id, [journal.event_sequence])
    return reversed_lines(_lines(facts[journal.event_sequence]))


def _facts_of(entity_id: UUID, sequences: Sequence[int]) -> dict[int, JournalFact]:
    """What the events say, by their sequence."""
    events = Event.objects.filter(entity_id=entity_id, sequence__in=sequences).values_list("sequence", "data")
    return {sequence: read_fact(data) for sequence, data in events}


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
