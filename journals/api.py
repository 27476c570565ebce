"""The posting endpoints.

They are the hot path: `dispatch` leaves DRF's request machinery out, decodes the body from its bytes, and puts the
journal's stored JSON into the answer as it is.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from journals.drafts import Draft
from journals.facts import Answer
from journals.posting import post
from journals.requests import JournalRequest, TransferRequest
from ledgerflow.core.clocks import as_text
from ledgerflow.web import keys
from ledgerflow.web.authentication import Caller, caller_of
from ledgerflow.web.body import decode_json, read_body, refuse_twins
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.problems import response_for

JSON = "application/json"
TRANSFER = msgspec.json.Decoder(TransferRequest)
JOURNAL = msgspec.json.Decoder(JournalRequest)


class HotView(APIView):
    """An API view whose POST skips DRF: no content negotiation, no parsers, no wrapped request."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        try:
            caller = caller_of(request)
            caller.require(keys.POST)
            return self.hot_post(request, caller)
        except Exception as error:
            response = response_for(error)
            if response is None:
                raise
            return response

    def hot_post(self, request: HttpRequest, caller: Caller) -> HttpResponse:
        raise NotImplementedError

    def post(self) -> None:
        """Tells DRF and the schema that POST is allowed; `dispatch` never comes here."""
        raise NotImplementedError


class TransferView(HotView):
    def hot_post(self, request: HttpRequest, caller: Caller) -> HttpResponse:
        key = idempotency_key(request)
        body = read_body(request)
        asked = decode_json(body, TRANSFER)
        if not asked.is_plain(body, texts=0):
            refuse_twins(body)
        return posted(caller, asked.draft(key, caller.actor), dry_run=asked.dry_run)


def posted(caller: Caller, draft: Draft, *, dry_run: bool) -> HttpResponse:
    """Post one draft and answer with its journal."""
    if draft.override_limits:
        caller.require(keys.MANAGE)
    answer = post(caller.entity_id, draft, dry_run=dry_run)
    response = HttpResponse(answer_json(answer), content_type=JSON, status=200 if dry_run else 201)
    if answer.status == "replayed":
        response.headers["Idempotent-Replayed"] = "true"
    return response


def answer_json(answer: Answer) -> bytes:
    """What the API says of a journal that was posted, was posted before, or would be."""
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
