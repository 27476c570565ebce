"""The endpoints of attachments: the body of one that attaches is the file itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from drf_spectacular.utils import OpenApiResponse

from journals.attachments.attaching import attach, attachment_with, attachments_of
from journals.attachments.bodies import AttachmentResponse, attachment_response
from journals.attachments.kinds import KINDS
from journals.attachments.serving import download
from journals.attachments.storing import store
from ledgerflow.access.scopes import POST, READ
from ledgerflow.web.body import chunks_of
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.queries import a_text
from ledgerflow.web.schema import a_page

attachments = Endpoints("attachments")
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
FILES: dict[Any, Any] = {(200, kind.content_type): OpenApiResponse(BINARY) for kind in KINDS.values()}


@attachments.get(scope=READ, answer=a_page(AttachmentResponse), problems=(404,), paged=True)
def attachment_list(call: Call[None], journal_id: UUID) -> dict[str, Any]:
    """The files of a journal, in the order they were attached."""
    return call.page(attachments_of(call.entity_id, journal_id), ["number"], attachment_response)


@attachments.upload(
    scope=POST, answer=AttachmentResponse, statuses=(201,), problems=(404, 409, 413, 422), key=True,
    query=[a_text("name", "The name of the file, with its ending.", schema={"minLength": 1}, required=True)],
)  # fmt: skip
def attachment_add(call: Call[None], journal_id: UUID) -> Reply:
    """Attach a file to a journal: the body is the file. It stays for good; the same file again is refused."""
    file = store(call.query["name"], chunks_of(call.request, settings.LEDGERFLOW_ATTACHMENT_BYTES))
    done = attach(call.entity_id, journal_id, [file], key=call.key, actor=call.actor)
    return once(attachment_response(done.attachments[0]), is_replayed=done.is_replayed)


@attachments.get(
    scope=READ, answer=OpenApiResponse(BINARY), statuses=(), problems=(404, 409), files=FILES,
)  # fmt: skip
def attachment_download(call: Call[None], journal_id: UUID, sha256: str) -> FileResponse:
    """A file of a journal, by its SHA-256; it is read whole and compared before anything is sent."""
    return download(attachment_with(call.entity_id, journal_id, sha256))
