"""What drf-spectacular is told about the endpoints of journals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from journals.api.bodies import BatchRequest, JournalItem, JournalRequest, ReverseRequest, TransferItem, TransferRequest
from journals.api.replies import BatchResponse, JournalResponse, PostedResponse
from ledgerflow.core.plugins import registry
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, JSON, LIMIT, answers, body, page_of, schema_of

schema_of(TransferItem)  # a batch's items refer to them
schema_of(JournalItem)

DATE = {"type": "string", "format": "date"}
POSTING_PROBLEMS = (404, 409, 413, 422)


def _query(name: str, schema: dict[str, Any], description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


POST_TRANSFER: dict[str, Any] = {
    "operation_id": "transfer_post",
    "tags": ["journals"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": body(TransferRequest),
    "responses": answers(PostedResponse, 200, 201, problems=POSTING_PROBLEMS),
}
POST_JOURNAL = POST_TRANSFER | {"operation_id": "journal_post", "request": body(JournalRequest)}
REVERSE_JOURNAL = POST_TRANSFER | {
    "operation_id": "journal_reverse",
    "request": body(ReverseRequest),
    "responses": answers(PostedResponse, 201, problems=POSTING_PROBLEMS),
}
POST_BATCH: dict[str, Any] = {
    "operation_id": "batch_post",
    "tags": ["journals"],
    "request": body(BatchRequest),
    "responses": answers(BatchResponse, 200, problems=POSTING_PROBLEMS),
}
READ_JOURNAL: dict[str, Any] = {
    "operation_id": "journal_show",
    "tags": ["journals"],
    "responses": answers(JournalResponse, 200, problems=(404,)),
}
LIST_JOURNALS: dict[str, Any] = {
    "operation_id": "journal_list",
    "tags": ["journals"],
    "parameters": [
        _query("from", DATE, "First effective date."),
        _query("to", DATE, "Last effective date."),
        _query("account", {"type": "string"}, "Code of an account that has a line in the journal."),
        _query("external_reference", {"type": "string"}, "The whole reference."),
        _query("kind", {"type": "string", "enum": list(registry.journal_kinds)}, "What made the journal."),
        _query("dimension.{name}", {"type": "string"}, "A line has this value of the dimension."),
        LIMIT,
        CURSOR,
    ],
    "responses": answers(JournalResponse, problems=(404, 422)) | {(200, JSON): page_of(schema_of(JournalResponse))},
}
