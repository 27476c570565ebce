"""The endpoints of journals.

Those that post are the hot path: they are served without middleware, and put the journal's stored JSON into the answer
as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse

from journals.api import replies
from journals.api.bodies import (
    BatchRequest,
    JournalItem,
    JournalRequest,
    Overriding,
    ReverseRequest,
    TransferItem,
    TransferRequest,
    overrides,
)
from journals.api.items import read_item, texts_of
from journals.api.replies import BatchResponse, JournalResponse, PostedResponse
from journals.drafts import Draft, check
from journals.errors import BatchRefused, DatesTheWrongWay
from journals.events import Answer
from journals.models import Layer
from journals.posting import post, post_many
from journals.reading.listing import JournalFilter, list_journals, read_journal
from journals.reversal import reverse_journal
from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import registry
from ledgerflow.web.callers import Caller
from ledgerflow.web.endpoints import Call, Endpoints, posted
from ledgerflow.web.problems import document_response
from ledgerflow.web.queries import a_choice, a_date, a_family, a_text
from ledgerflow.web.schema import JSON, a_page, schema_of

Item = TypeVar("Item")
journals = Endpoints("journals")
POSTING = (404, 409, 422)
FILTERS = [
    a_date("from", "First effective date."),
    a_date("to", "Last effective date."),
    a_text("account", "Code of an account that has a line in the journal."),
    a_text("external_reference", "The whole reference."),
    a_choice("kind", list(registry.journal_kinds), "What made the journal."),
    a_choice("layer", [layer.value for layer in Layer], "Ordinary, an adjustment or a closing entry."),
    a_text("series_number", "The whole number of a series, such as INV-2026-001, once it is given."),
    a_text("template", "Code of the template that made the journal."),
    a_family("dimension.", "A line has this value of the dimension."),
]
schema_of(TransferItem)  # a batch's items refer to them
schema_of(JournalItem)


@journals.post(
    TransferRequest, scope=POST, answer=PostedResponse, statuses=(200, 201), problems=POSTING, key=True,
    is_plain=TransferRequest.is_plain, short=True,
)  # fmt: skip
def transfer_post(call: Call[TransferRequest]) -> HttpResponse:
    """Post a transfer: one amount from `credit_account` to `debit_account`."""
    return _post(call)


@journals.get(scope=READ, answer=a_page(JournalResponse), problems=(404, 422), query=FILTERS, paged=True)
def journal_list(call: Call[None]) -> HttpResponse:
    """Journals, newest first by effective date and number."""
    page, position = list_journals(call.entity_id, _filter(**call.query), call.rows_of)
    return HttpResponse(replies.page_json(page, call.next_url(position)), JSON)


@journals.post(
    JournalRequest, scope=POST, answer=PostedResponse, statuses=(200, 201), problems=POSTING, key=True, short=True
)
def journal_post(call: Call[JournalRequest]) -> HttpResponse:
    """Post a journal: lines that sum to zero in every currency."""
    return _post(call)


@journals.get(scope=READ, answer=JournalResponse, problems=(404,))
def journal_show(call: Call[None], journal_id: UUID) -> HttpResponse:
    """One journal."""
    return HttpResponse(replies.recorded_json(read_journal(call.entity_id, journal_id)), JSON)


@journals.post(ReverseRequest, scope=POST, answer=PostedResponse, statuses=(201,), problems=POSTING, key=True)
def journal_reverse(call: Call[ReverseRequest], journal_id: UUID) -> HttpResponse:
    """Reverse a journal, once: the same lines with their sides turned."""
    wanted = call.body
    check_overrides(call.caller, wanted)
    answer = reverse_journal(
        call.entity_id,
        journal_id,
        key=call.key,
        effective_date=wanted.effective_date,
        description=wanted.description,
        override_limits=wanted.override_limits,
        late=wanted.late,
        override_lock=wanted.override_lock,
        layer=wanted.layer,
        actor=call.actor,
    )
    return _answered(answer, HTTPStatus.CREATED)


def is_looked_at_later(_batch: BatchRequest, _text: bytes) -> bool:
    """`texts_of` looks at the batch and `read_item` at each item, which is refused alone."""
    return True


@journals.post(
    BatchRequest, scope=POST, answer=BatchResponse, problems=POSTING, is_plain=is_looked_at_later, short=True
)
def batch_post(call: Call[BatchRequest]) -> HttpResponse:
    """Post up to 10,000 transfers and journals, each for itself or all or nothing."""
    texts, dry_run = texts_of(call.body, call.text), call.body.dry_run
    if call.body.mode == "atomic":
        return _post_atomic(call.caller, texts, dry_run=dry_run)
    return HttpResponse(replies.batch_json(_post_each(call.caller, texts, dry_run=dry_run)), JSON)


def check_overrides(caller: Caller, wanted: Overriding) -> None:
    """Raise `PermissionMissing` when a request overrides limits or a lock and its caller may not."""
    if overrides(wanted):
        caller.require(MANAGE)


def _post(call: Call[TransferRequest] | Call[JournalRequest]) -> HttpResponse:
    wanted, caller = call.body, call.caller
    draft = wanted.draft(call.key, caller.actor)
    check_overrides(caller, wanted)
    answer = post(caller.entity_id, draft, dry_run=wanted.dry_run)
    return _answered(answer, HTTPStatus.OK if wanted.dry_run else HTTPStatus.CREATED)


def _answered(answer: Answer, status: int) -> HttpResponse:
    return posted(replies.posted_json(answer), status, is_replayed=answer.status == "replayed")


def _post_each(caller: Caller, texts: list[bytes], *, dry_run: bool) -> list[Answer]:
    """Every item for itself: one that is malformed is refused alone."""
    may_override = MANAGE in caller.scopes
    drafts: list[Draft] = []
    refused: dict[int, Answer] = {}
    for number, text in enumerate(texts):
        try:
            drafts.append(read_item(text, caller.actor, may_override=may_override))
        except LedgerError as refusal:
            refused[number] = Answer("refused", refusal=refusal)
    answers = post_many(caller.entity_id, drafts, dry_run=dry_run)
    if not refused:
        return answers
    rest = iter(answers)
    return [refused[number] if number in refused else next(rest) for number in range(len(texts))]


def _post_atomic(caller: Caller, texts: list[bytes], *, dry_run: bool) -> HttpResponse:
    may_override = MANAGE in caller.scopes
    drafts = []
    for number, text in enumerate(texts):
        try:
            drafts.append(check(read_item(text, caller.actor, may_override=may_override)))
        except LedgerError as fault:
            fault.pointer = f"/items/{number}{fault.pointer}"
            raise
    answers = post_many(caller.entity_id, drafts, atomic=True, dry_run=dry_run, checked=True)
    return answered_together(answers)


def answers_of(
    read: Sequence[Item | LedgerError], do: Callable[[list[Item]], Sequence[Answer]], *, atomic: bool
) -> list[Answer]:
    """Do the items of a batch that could be read; an answer each, in order. Raises the first fault of an atomic one."""
    for number, one in enumerate(read):
        if atomic and isinstance(one, LedgerError):
            one.pointer = f"/items/{number}{one.pointer}"
            raise one
    done = iter(do([one for one in read if not isinstance(one, LedgerError)]))
    return [Answer("refused", refusal=one) if isinstance(one, LedgerError) else next(done) for one in read]


def answered_together(answers: Sequence[Answer]) -> HttpResponse:
    """The answer to an atomic batch."""
    refusal = _first_refusal(answers)
    if refusal is None:
        return HttpResponse(replies.batch_json(answers), content_type=JSON)
    return document_response(refusal.status, replies.batch_refused_json(refusal, answers))


def _first_refusal(answers: Sequence[Answer]) -> BatchRefused | None:
    """Why an atomic batch was refused, pointing at the item that did it; the others are refused with it."""
    for number, answer in enumerate(answers):
        if answer.refusal is not None and not isinstance(answer.refusal, BatchRefused):
            return BatchRefused(
                pointer=f"/items/{number}", item=number, item_code=answer.refusal.code, reason=answer.refusal.message
            )
    return None


def _filter(**given: Any) -> JournalFilter:
    starts_on, ends_on = given["from"], given["to"]
    if starts_on is not None and ends_on is not None and starts_on > ends_on:
        raise DatesTheWrongWay(pointer="/from")
    return JournalFilter(
        starts_on=starts_on,
        ends_on=ends_on,
        account=given["account"],
        external_reference=given["external_reference"],
        kind=given["kind"],
        layer=given["layer"],
        series_number=given["series_number"],
        template=given["template"],
        dimensions=given["dimension.{name}"],
    )
