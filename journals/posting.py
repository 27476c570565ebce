"""The posting use case: the only door through which journals, postings, balances and day totals are written.

`post` takes one request (one draft or many, each for itself or all or nothing) through the entity's group commit:
load under the lock, decide in the pure engine, write one set-based statement per table, commit, answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.conf import settings

from journals import rows as writing
from journals.drafts import Draft, check
from journals.engine import Books, Outcome, Posted, Replayed, decide, decide_atomic, rehearse
from journals.events import Answer
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import EntityQueues, Transaction, look, write
from ledgerflow.core.errors import LedgerError


class PostingRequest(NamedTuple):
    """Drafts that belong together. `atomic`: all or nothing."""

    drafts: Sequence[Draft]
    atomic: bool = False


Hook = Callable[[Transaction, Sequence[Answer]], None]


def post(entity_id: UUID, draft: Draft, *, dry_run: bool = False) -> Answer:
    """Post one draft; raises its refusal."""
    (answer,) = post_many(entity_id, [draft], dry_run=dry_run)
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def post_many(
    entity_id: UUID, drafts: Sequence[Draft], *, atomic: bool = False, dry_run: bool = False, checked: bool = False
) -> list[Answer]:
    """Post many drafts in order, each for itself or (`atomic`) all or nothing; one answer each, in the same order.

    Raises `TryAgain` kinds when the writer could not be had (nothing was written), `OutcomeUnknown` (the same keys
    tell), `Malformed` when an atomic batch holds a malformed draft. Refusals are answers, not exceptions.
    A request is committed in batches of at most `WRITER_BATCH_LIMIT` drafts, an atomic one always in one. `checked`:
    all went through `drafts.check` already, because the caller had to know which of them is malformed.
    A dry run is decided by the same rules on a snapshot, without the lock, so that no poster waits for it.
    """
    valid, malformed = (drafts, {}) if checked else _checked(drafts, atomic=atomic)
    step = len(valid) if atomic else settings.LEDGERFLOW_WRITER_BATCH_LIMIT
    answers: list[Answer] = _rehearsed(entity_id, valid, atomic=atomic) if dry_run and valid else []
    for start in () if dry_run else range(0, len(valid), max(step, 1)):
        request = PostingRequest(valid[start : start + step], atomic)
        answers += _queues[entity_id].submit(request, len(request.drafts))
    if not malformed:
        return answers
    rest = iter(answers)
    return [malformed[number] if number in malformed else next(rest) for number in range(len(drafts))]


def _checked(drafts: Sequence[Draft], *, atomic: bool) -> tuple[Sequence[Draft], dict[int, Answer]]:
    """The well-formed drafts, and the refusals of the others by their place."""
    malformed: dict[int, Answer] = {}
    for number, draft in enumerate(drafts):
        try:
            check(draft)
        except LedgerError as refusal:
            if atomic:
                raise
            malformed[number] = Answer("refused", refusal=refusal)
    if not malformed:
        return drafts, malformed
    return [draft for number, draft in enumerate(drafts) if number not in malformed], malformed


def post_with_hook(
    entity_id: UUID, drafts: Sequence[Draft], hook: Hook, *, atomic: bool = False, checked: bool = False
) -> list[Answer]:
    """Post each draft for itself, or (`atomic`) all or nothing; run `hook` in the same transaction, after the rows.

    For callers that must remember something together with the postings, such as an importer's position. They have a
    transaction of their own, outside the queue. `hook` gets the answers in order, normally once; when the database
    refuses something the batch is halved, and the hook is then called once per committed part with that part's
    answers; of an atomic one there are no parts. Raises `Malformed` when a draft is not well-formed; `checked` as in
    `post_many`.
    """
    valid = drafts if checked else _checked(drafts, atomic=True)[0]
    return _post_requests(entity_id, [PostingRequest(valid, atomic)], hook)[0]


def _post_requests(entity_id: UUID, requests: Sequence[PostingRequest], hook: Hook | None = None) -> list[list[Answer]]:
    """Post requests in one transaction; if the database refuses it, halve until the culprit stands alone."""
    try:
        return write(
            entity_id,
            partial(_post_loaded, requests=requests, hook=hook),
            load=lambda tx: writing.load(tx, [draft for request in requests for draft in request.drafts]),
            repeatable=True,
            # A batch of the queue that is not full still grows until the lock is held.
            load_once_locked=not getattr(requests, "full", True),
        )
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.InternalError) as error:
        halves = _halved(requests)
        if halves is None:
            return [[Answer("refused", refusal=refusal_for(error)) for _ in requests[0].drafts]]
    first, second = (_post_requests(entity_id, half, hook) for half in halves)
    if len(requests) == 1:
        return [first[0] + second[0]]
    return first + second


_queues = EntityQueues(_post_requests)


def _halved(requests: Sequence[PostingRequest]) -> tuple[Sequence[PostingRequest], Sequence[PostingRequest]] | None:
    if len(requests) > 1:
        middle = len(requests) // 2
        return requests[:middle], requests[middle:]
    (request,) = requests
    if request.atomic or len(request.drafts) <= 1:
        return None
    middle = len(request.drafts) // 2
    return (
        [request._replace(drafts=request.drafts[:middle])],
        [request._replace(drafts=request.drafts[middle:])],
    )


def _post_loaded(
    tx: Transaction, loaded: writing.Loaded, *, requests: Sequence[PostingRequest], hook: Hook | None
) -> list[list[Answer]]:
    books = writing.books_from(tx, loaded)
    decided = [_decide(books, request) for request in requests]
    posted = [outcome for outcomes in decided for outcome in outcomes if isinstance(outcome, Posted)]
    facts = writing.write_posted(tx, books, loaded, posted)
    earlier = _earlier(tx, [outcome for outcomes in decided for outcome in outcomes])
    answers = [[_answer(tx, outcome, facts, earlier) for outcome in outcomes] for outcomes in decided]
    if hook is not None:
        hook(tx, answers[0])
    return answers


def _decide(books: Books, request: PostingRequest) -> list[Outcome]:
    return (decide_atomic if request.atomic else decide)(books, request.drafts)


def _rehearsed(entity_id: UUID, drafts: Sequence[Draft], *, atomic: bool) -> list[Answer]:
    """What would become of the drafts, one after the other."""

    def work(tx: Transaction, loaded: writing.Loaded) -> list[Answer]:
        outcomes = rehearse(writing.books_from(tx, loaded), drafts, atomic=atomic)
        earlier = _earlier(tx, outcomes)
        return [_answer(tx, outcome, {}, earlier) for outcome in outcomes]

    return look(entity_id, lambda tx: writing.load(tx, drafts), work)


def _earlier(tx: Transaction, outcomes: Sequence[Outcome]) -> dict[int, Answer]:
    """The answers given before, by the sequence of their events."""
    replayed = [outcome.answer for outcome in outcomes if isinstance(outcome, Replayed)]
    return writing.load_answers(tx, [answer for answer in replayed if isinstance(answer, int)])


def _answer(
    tx: Transaction, outcome: Outcome, facts: dict[int, tuple[int, bytes]], earlier: dict[int, Answer]
) -> Answer:
    if isinstance(outcome, LedgerError):
        return Answer("refused", refusal=outcome)
    if isinstance(outcome, Replayed):
        if isinstance(outcome.answer, int):
            return earlier[outcome.answer]
        outcome, status = outcome.answer, "replayed"
    else:
        status = "posted"
    if id(outcome) not in facts:
        return Answer("would_post", writing.rehearsed_fact(outcome))
    sequence, fact = facts[id(outcome)]
    return Answer(status, fact, sequence, tx.recorded_at)
