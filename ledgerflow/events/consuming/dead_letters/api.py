"""The endpoints of dead letters: what consumers could not take of the caller's books, and deciding about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.clocks import as_text
from ledgerflow.events.consuming.dead_letters import bodies
from ledgerflow.events.consuming.dead_letters.reading import letter_in, letters
from ledgerflow.events.consuming.dead_letters.use_cases import LetterRange, ReplayOutcome, discard, replay, replay_many
from ledgerflow.events.consuming.models import DeadLetter, Status
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.queries import a_choice, a_text

dead_letters = Endpoints("dead letters")
PROBLEMS = (404, 409)
FILTERS = [a_choice("status", Status.values), a_text("consumer")]


@dead_letters.get(scope=READ, answer=bodies.DeadLetterPage, query=FILTERS, paged=True)
def dead_letter_list(call: Call[None]) -> dict[str, Any]:
    """Dead letters, newest first."""
    wanted = {name: call.query[name] for name in ("status", "consumer") if call.query[name] is not None}
    pages = [call.rows_of(rows.filter(**wanted), ["-id"]) for rows in letters(call.entity_id)]
    # Each database gives a page of its own, and the newest of all of them are the page.
    found = sorted((row for page, _ in pages for row in page), key=lambda row: row.pk, reverse=True)
    shown = found[: call.paging.limit]
    has_more = len(found) > len(shown) or any(position is not None for _, position in pages)
    return call.results(map(_response, shown), [shown[-1].pk] if shown and has_more else None)


@dead_letters.get(scope=READ, answer=bodies.DeadLetterDetail, problems=(404,))
def dead_letter_show(call: Call[None], letter_id: UUID) -> bodies.DeadLetterDetail:
    """One dead letter, with its event."""
    letter = letter_in(call.entity_id, letter_id)
    return bodies.DeadLetterDetail(**_fields(letter), payload=msgspec.json.decode(letter.payload))


@dead_letters.post(bodies.ReplayRequest, scope=MANAGE, answer=bodies.ReplayResponse, problems=PROBLEMS)
def dead_letter_replay(call: Call[bodies.ReplayRequest], letter_id: UUID) -> bodies.ReplayResponse:
    """Give the consumer the event again. If it takes it, it goes on with those that wait behind it."""
    body = call.body
    came = replay(call.entity_id, letter_id, actor=call.actor, reason=body.reason, dry_run=body.dry_run)
    return _came(came, dry_run=body.dry_run)


@dead_letters.post(bodies.ReplayManyRequest, scope=MANAGE, answer=bodies.ReplayManyResponse)
def dead_letter_replay_many(call: Call[bodies.ReplayManyRequest]) -> bodies.ReplayManyResponse:
    """Replay all open dead letters, or some; the oldest first, at most 1,000, each by itself."""
    body = call.body
    wanted = LetterRange(
        consumer=body.consumer,
        from_id=body.from_id,
        to_id=body.to_id,
        from_sequence=body.from_sequence,
        to_sequence=body.to_sequence,
    )
    came = replay_many(call.entity_id, wanted, actor=call.actor, reason=body.reason, dry_run=body.dry_run)
    return bodies.ReplayManyResponse([_came(one, dry_run=body.dry_run) for one in came])


@dead_letters.post(bodies.DeadLetterDiscardRequest, scope=MANAGE, answer=bodies.DeadLetterResponse, problems=PROBLEMS)
def dead_letter_discard(call: Call[bodies.DeadLetterDiscardRequest], letter_id: UUID) -> bodies.DeadLetterResponse:
    """Let the consumer go on without this one event, for a reason."""
    return _response(discard(call.entity_id, letter_id, actor=call.actor, reason=call.body.reason))


def _came(came: ReplayOutcome, *, dry_run: bool) -> bodies.ReplayResponse:
    return bodies.ReplayResponse(came.applied, dry_run, came.error, _response(came.letter))


def _response(letter: DeadLetter) -> bodies.DeadLetterResponse:
    return bodies.DeadLetterResponse(**_fields(letter))


def _fields(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.pk),
        "consumer": letter.consumer,
        "sequence": letter.sequence,
        "event_id": str(letter.event_id) if letter.event_id else None,
        "type": letter.type,
        "cause": letter.cause,
        "error": letter.error,
        "attempts": letter.attempts,
        "first_failed_at": as_text(letter.first_failed_at),
        "last_failed_at": as_text(letter.last_failed_at),
        "status": letter.status,
        "reason": letter.reason,
        "decided_by": letter.decided_by,
        "decided_at": as_text(letter.decided_at) if letter.decided_at else None,
    }
