"""The endpoints of checkpoints: the signed heads of the log, and that one follows from another."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse

from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.clocks import as_text
from ledgerflow.events.checkpoints import bodies
from ledgerflow.events.checkpoints.keys import origin_of, signing_key, verifier_keys
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.reading import as_base64, checkpoint_of, consistency_of
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from ledgerflow.web.endpoints import Call, Endpoints, Reply
from ledgerflow.web.queries import a_choice, a_whole_number

checkpoints = Endpoints("checkpoints")
TEXT = "text/plain; charset=utf-8"
FORMATS = ("json", "text")
FORMAT = a_choice("format", FORMATS, "json unless given; text is the note by itself.")
FILES: dict[Any, Any] = {(200, "text/plain"): OpenApiResponse({"type": "string"})}
FROM = a_whole_number("from", "The size of the smaller checkpoint.", required=True)


@checkpoints.get(scope=READ, answer=bodies.CheckpointPage, paged=True)
def checkpoint_list(call: Call[None]) -> dict[str, Any]:
    """Checkpoints, newest first."""
    return call.page(Checkpoint.objects.filter(entity=call.entity_id), ["-size"], _response)


@checkpoints.post(bodies.CheckpointRequest, scope=MANAGE, answer=bodies.CheckpointResponse, problems=(409, 503))
def checkpoint_make(call: Call[bodies.CheckpointRequest]) -> Reply:
    """Make a checkpoint of what the log is now; where nothing has come since the last one, that is the answer."""
    made = make_checkpoint(call.entity_id)
    return Reply(_response(made), {"Location": reverse("ledgerflow:checkpoint", args=[made.size])})


@checkpoints.get(scope=READ, answer=bodies.CheckpointResponse, problems=(404,), query=[FORMAT], files=FILES)
def checkpoint_show(call: Call[None], size: int) -> bodies.CheckpointResponse | HttpResponse:
    """The checkpoint of so many events."""
    found = checkpoint_of(call.entity_id, size)
    return HttpResponse(found.note, TEXT) if call.query["format"] == "text" else _response(found)


@checkpoints.get(scope=READ, answer=bodies.ConsistencyResponse, problems=(404, 409), query=[FROM])
def checkpoint_consistency(call: Call[None], size: int) -> bodies.ConsistencyResponse:
    """The proof that the log of the checkpoint `from` is the beginning of the log of this one."""
    found = consistency_of(call.entity_id, call.query["from"], size)
    path = [as_base64(element) for element in found.path]
    first, second = found.first, found.second
    return bodies.ConsistencyResponse(first.size, second.size, as_base64(first.root), as_base64(second.root), path)


@checkpoints.get(scope=READ, answer=bodies.VerifierKeyResponse, problems=(503,))
def checkpoint_key(call: Call[None]) -> bodies.VerifierKeyResponse:
    """The public key that signs the checkpoints of these books, in the form that verifiers of notes take."""
    signing_key()  # made now, where nothing was signed yet
    name = origin_of(call.entity.code)
    key, *retired = map(str, verifier_keys(name))
    return bodies.VerifierKeyResponse(name, key, retired)


def _response(one: Checkpoint) -> bodies.CheckpointResponse:
    return bodies.CheckpointResponse(one.number, one.size, as_base64(one.root), as_text(one.created_at), one.note)
