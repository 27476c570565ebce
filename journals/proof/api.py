"""The proof of one journal, for somebody who has nothing but the public key."""

from __future__ import annotations

from uuid import UUID

from journals.errors import JournalNotFound
from journals.models import Journal
from journals.proof.bodies import JournalProofResponse, ProvenEventResponse
from ledgerflow.access.scopes import READ
from ledgerflow.books.models import Event
from ledgerflow.events.checkpoints.reading import as_base64, inclusion_of
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.queries import a_whole_number

proof = Endpoints("journals")
SIZE = a_whole_number("size", "Of the checkpoint that it leads to; the newest one unless given.")


@proof.get(scope=READ, answer=JournalProofResponse, problems=(404, 409), query=[SIZE])
def journal_proof(call: Call[None], journal_id: UUID) -> JournalProofResponse:
    """The proof that a journal is in the signed log: its event, and the path from there to a checkpoint."""
    journals = Journal.objects.filter(entity=call.entity_id, pk=journal_id)
    sequence = journals.values_list("event_sequence", flat=True).first()
    if sequence is None:
        raise JournalNotFound
    inclusion = inclusion_of(call.entity_id, sequence, call.query["size"])
    event = Event.objects.get(entity=call.entity_id, sequence=sequence)
    return JournalProofResponse(
        _response(event),
        inclusion.previous_hash.hex(),
        inclusion.hash.hex(),
        inclusion.leaf_index,
        inclusion.checkpoint.size,
        [as_base64(element) for element in inclusion.path],
        inclusion.checkpoint.note,
    )


def _response(event: Event) -> ProvenEventResponse:
    """The columns as they were hashed."""
    moment = event.recorded_at.isoformat(timespec="microseconds")
    return ProvenEventResponse(
        event.entity_id, event.sequence, event.id, event.type, event.subject, event.data, event.actor, moment
    )
