"""The endpoints of journals.

Those that post are the hot path: `dispatch` leaves DRF's request machinery out, decodes the body from its bytes, and
puts the journal's stored JSON into the answer as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from journals.api import replies, schema
from journals.api.bodies import BatchRequest, JournalRequest, ReverseRequest, TransferRequest
from journals.api.items import read_item, texts_of
from journals.drafts import Draft, check
from journals.errors import BatchRefused
from journals.events import Answer
from journals.posting import post, post_many
from journals.reading.listing import JournalFilter, list_journals, read_journal
from journals.reversal import reverse_journal
from ledgerflow.access.authentication import Caller, caller_in, caller_of
from ledgerflow.access.scopes import MANAGE, POST
from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.plugins import registry
from ledgerflow.web.body import body_of, decode_json, read_body, refuse_duplicate_members
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import next_url, page_of, paging_of
from ledgerflow.web.problems import document_response, response_for
from ledgerflow.web.queries import date_parameter, refuse_unknown, text_parameter

JSON = "application/json"
TRANSFER = msgspec.json.Decoder(TransferRequest)
JOURNAL = msgspec.json.Decoder(JournalRequest)
BATCH = msgspec.json.Decoder(BatchRequest)
DIMENSION = "dimension."
FILTERS = ("from", "to", "account", "external_reference", "kind", "limit", "cursor")


class PostingView(APIView):
    """An API view whose POST skips DRF: no content negotiation, no parsers, no wrapped request."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        try:
            caller = caller_of(request)
            caller.require(POST)
            return self.answer(request, caller, **kwargs)
        except Exception as error:
            response = response_for(error)
            if response is None:
                raise
            return response

    def answer(self, request: HttpRequest, caller: Caller, **kwargs: Any) -> HttpResponse:
        """Answer a POST of an authenticated caller with the scope `post`; refusals are raised."""
        raise NotImplementedError


class TransferView(PostingView):
    @extend_schema(**schema.POST_TRANSFER)
    def post(self) -> None:
        """Post a transfer: one amount from `credit_account` to `debit_account`."""

    def answer(self, request: HttpRequest, caller: Caller, **_: Any) -> HttpResponse:
        key = idempotency_key(request)
        body = read_body(request)
        asked = decode_json(body, TRANSFER)
        if not asked.is_plain(body, texts=0):
            refuse_duplicate_members(body)
        return _post(caller, asked.draft(key, caller.actor), dry_run=asked.dry_run)


class JournalsView(PostingView):
    @extend_schema(**schema.LIST_JOURNALS)
    def get(self, request: Request) -> HttpResponse:
        """Journals, newest first by effective date and number."""
        wanted = _filter(request)
        paging = paging_of(request)
        page, position = list_journals(
            caller_in(request).entity_id, wanted, lambda rows, order: page_of(rows, paging, order)
        )
        return HttpResponse(replies.page_json(page, next_url(request, position)), content_type=JSON)

    @extend_schema(**schema.POST_JOURNAL)
    def post(self) -> None:
        """Post a journal: lines that sum to zero in every currency."""

    def answer(self, request: HttpRequest, caller: Caller, **_: Any) -> HttpResponse:
        key = idempotency_key(request)
        body = read_body(request)
        asked = decode_json(body, JOURNAL)
        refuse_duplicate_members(body)
        return _post(caller, asked.draft(key, caller.actor), dry_run=asked.dry_run)


class JournalView(APIView):
    @extend_schema(**schema.READ_JOURNAL)
    def get(self, request: Request, journal_id: UUID) -> HttpResponse:
        """One journal."""
        refuse_unknown(request, ())
        recorded = read_journal(caller_in(request).entity_id, journal_id)
        return HttpResponse(replies.recorded_json(recorded), content_type=JSON)


class ReverseView(PostingView):
    @extend_schema(**schema.REVERSE_JOURNAL)
    def post(self) -> None:
        """Reverse a journal, once: the same lines with their sides turned."""

    def answer(self, request: HttpRequest, caller: Caller, **kwargs: Any) -> HttpResponse:
        key = idempotency_key(request)
        asked = body_of(request, ReverseRequest)
        if asked.override_limits or asked.override_lock:
            caller.require(MANAGE)
        answer = reverse_journal(
            caller.entity_id,
            kwargs["journal_id"],
            key=key,
            effective_date=asked.effective_date,
            description=asked.description,
            override_limits=asked.override_limits,
            late=asked.late,
            override_lock=asked.override_lock,
            layer=asked.layer,
            actor=caller.actor,
        )
        return _answered(answer, 201)


class BatchView(PostingView):
    @extend_schema(**schema.POST_BATCH)
    def post(self) -> None:
        """Post up to 10,000 transfers and journals, each for itself or all or nothing."""

    def answer(self, request: HttpRequest, caller: Caller, **_: Any) -> HttpResponse:
        body = read_body(request)
        asked = decode_json(body, BATCH)
        texts = texts_of(asked, body)
        if asked.mode == "atomic":
            return _post_atomic(caller, texts, dry_run=asked.dry_run)
        return HttpResponse(replies.batch_json(_post_each(caller, texts, dry_run=asked.dry_run)), content_type=JSON)


def _post(caller: Caller, draft: Draft, *, dry_run: bool) -> HttpResponse:
    if draft.override_limits or draft.override_lock:
        caller.require(MANAGE)
    return _answered(post(caller.entity_id, draft, dry_run=dry_run), 200 if dry_run else 201)


def _answered(answer: Answer, status: int) -> HttpResponse:
    response = HttpResponse(replies.posted_json(answer), content_type=JSON, status=status)
    if answer.status == "replayed":
        response.headers["Idempotent-Replayed"] = "true"
    return response


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
    answers = post_many(caller.entity_id, drafts, atomic=True, dry_run=dry_run)
    refusal = _first_refusal(answers)
    if refusal is None:
        return HttpResponse(replies.batch_json(answers), content_type=JSON)
    return document_response(refusal.status, replies.batch_refused_json(refusal, answers))


def _first_refusal(answers: Sequence[Answer]) -> BatchRefused | None:
    """Why an atomic batch was refused, pointing at the item that did it; the others are refused with it."""
    for number, answer in enumerate(answers):
        if answer.refusal is not None and not isinstance(answer.refusal, BatchRefused):
            message = f"Item {number} was refused, and so was the batch: {answer.refusal.message}"
            return BatchRefused(message, pointer=f"/items/{number}", item=number, item_code=answer.refusal.code)
    return None


def _filter(request: Request) -> JournalFilter:
    refuse_unknown(request, FILTERS, prefix=DIMENSION)
    starts_on, ends_on = date_parameter(request, "from"), date_parameter(request, "to")
    if starts_on is not None and ends_on is not None and starts_on > ends_on:
        message = "The first date is after the last one."
        raise Malformed(message, pointer="/from")
    return JournalFilter(
        starts_on=starts_on,
        ends_on=ends_on,
        account=text_parameter(request, "account"),
        external_reference=text_parameter(request, "external_reference"),
        kind=_kind(request),
        dimensions={
            name.removeprefix(DIMENSION): text_parameter(request, name) or ""
            for name in request.GET
            if name.startswith(DIMENSION)
        },
    )


def _kind(request: Request) -> str | None:
    kind = text_parameter(request, "kind")
    if kind is not None and kind not in registry.journal_kinds:
        message = f"A kind is one of {', '.join(registry.journal_kinds)}."
        raise Malformed(message, pointer="/kind")
    return kind
