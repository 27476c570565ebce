"""Answers of the journal endpoints as bytes: a journal's stored JSON is put in as it is, never encoded again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from journals.events import Answer, JournalFact
from journals.reading.listing import ListedJournal
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import LedgerError
from ledgerflow.web.problems import encode, problem

STATUSES = ("posted", "replayed", "refused", "would_post")


class PostedResponse(msgspec.Struct):
    """The answer to a posting request; `event_sequence` and `recorded_at` are null for what would be posted."""

    status: Literal["posted", "replayed", "would_post"]
    event_sequence: int | None
    recorded_at: datetime | None
    journal: JournalFact


class BatchResult(msgspec.Struct):
    """What became of one item: `journal` and what goes with it, or `error`, a problem document."""

    status: Literal["posted", "replayed", "refused", "would_post"]
    event_sequence: int | msgspec.UnsetType | None = msgspec.UNSET
    recorded_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    journal: JournalFact | msgspec.UnsetType = msgspec.UNSET
    error: Annotated[
        dict[str, Any] | msgspec.UnsetType,
        msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"}),
    ] = msgspec.UNSET


class BatchResponse(msgspec.Struct):
    """One result per item, in order, and how many came out each way."""

    results: list[BatchResult]
    posted: int
    replayed: int
    refused: int
    would_post: int


class JournalResponse(msgspec.Struct):
    """A journal in the books, who posted it, the journal that reversed it, and its number in a series, if any yet."""

    event_sequence: int
    recorded_at: datetime
    actor: str
    reversed_by: UUID | None
    series_number: str | None
    journal: JournalFact


def posted_json(answer: Answer) -> bytes:
    """`PostedResponse`: a journal that was posted, was posted before, or would be."""
    if answer.event_sequence is None or answer.recorded_at is None:
        return b'{"status":"%b","event_sequence":null,"recorded_at":null,"journal":%b}' % (
            answer.status.encode(),
            answer.journal,
        )
    return b'{"status":"%b","event_sequence":%d,"recorded_at":"%b","journal":%b}' % (
        answer.status.encode(),
        answer.event_sequence,
        as_text(answer.recorded_at).encode(),
        answer.journal,
    )


def results_json(answers: Sequence[Answer]) -> bytes:
    """The list of `BatchResult`."""
    results = [
        posted_json(answer) if answer.refusal is None else _refused(answer.refusal, number)
        for number, answer in enumerate(answers)
    ]
    return b"[" + b",".join(results) + b"]"


def batch_json(answers: Sequence[Answer]) -> bytes:
    """`BatchResponse`."""
    counted = Counter(answer.status for answer in answers)
    counts = b"".join(b',"%b":%d' % (status.encode(), counted[status]) for status in STATUSES)
    return b'{"results":%b%b}' % (results_json(answers), counts)


def batch_refused_json(refusal: LedgerError, answers: Sequence[Answer]) -> bytes:
    """The problem document of an atomic batch, with `results` beside its other members."""
    return encode(problem(refusal) | {"results": msgspec.Raw(results_json(answers))})


def recorded_json(recorded: ListedJournal) -> bytes:
    """`JournalResponse`."""
    return b'{"event_sequence":%d,"recorded_at":"%b","actor":%b,"reversed_by":%b,"series_number":%b,"journal":%b}' % (
        recorded.event_sequence,
        as_text(recorded.recorded_at).encode(),
        encode(recorded.actor),
        encode(recorded.reversed_by),
        encode(recorded.series_number),
        recorded.fact,
    )


def page_json(page: Sequence[ListedJournal], next_url: str | None) -> bytes:
    """A page of `JournalResponse`."""
    return b'{"results":[%b],"next":%b}' % (b",".join(map(recorded_json, page)), encode(next_url))


def _refused(refusal: LedgerError, number: int) -> bytes:
    document = problem(refusal, pointer_prefix=f"/items/{number}")
    return b'{"status":"refused","error":%b}' % encode(document)
