"""The endpoints of content. Their numbers are whole JSON numbers, as at the doors of credits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from apps.content.bodies import AccessRequest, AccessResponse, ContentRequest, ContentResponse
from apps.content.operations import ContentOperations
from apps.content.use_cases import Wanted, open_piece, write_piece
from apps.credits.entries import entry_of
from apps.credits.registry import application_meant
from apps.operations.running import Runner
from ledgerflow.access.scopes import POST
from ledgerflow.core.ids import uuid7
from ledgerflow.web.endpoints import IF_GIVEN, REPLAYED, Call, Endpoints, Reply

content = Endpoints("content")


@content.post(
    ContentRequest,
    scope=POST,
    answer=ContentResponse,
    statuses=(201, 200),
    problems=(409, 422),
    key=IF_GIVEN,
    for_bound_keys=True,
)
def content_write(call: Call[ContentRequest]) -> Reply:
    """Write a piece of content, which costs 5 credits, or 10 for a premium one."""
    _check_key(call)
    wanted = Wanted(call.body.owner_id, call.body.title, call.body.premium)
    runner = Runner(call.actor, call.caller.scopes)
    piece, answer = write_piece(call.entity_id, wanted, call.key or uuid7().hex, runner)
    cost = -int(entry_of(answer).amount)
    told = ContentResponse(piece.id, piece.owner_id, piece.title, piece.premium, cost, piece.created_at)
    return Reply(told, REPLAYED if answer.status == "replayed" else {}, HTTPStatus.CREATED)


@content.post(AccessRequest, scope=POST, answer=AccessResponse, problems=(404, 409, 422), for_bound_keys=True)
def content_access(call: Call[AccessRequest], piece_id: UUID) -> AccessResponse:
    """Open a piece of content, which costs 1 credit the first time, and nothing from then on."""
    _check_key(call)
    reader, scopes = call.body.owner_id, call.caller.scopes
    piece, is_first = open_piece(call.entity_id, piece_id, reader, call.actor, scopes)
    return AccessResponse(piece.id, reader, piece.title, int(is_first))


def _check_key(call: Call[Any]) -> None:
    """A key of another application runs no operation of this one."""
    application_meant(call.entity_id, ContentOperations.NAME, call.caller.application)
