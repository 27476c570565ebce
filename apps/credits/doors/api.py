"""The literal endpoints at the root, for clients that speak them; behind each stands the use case of all operations."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from apps.credits.asking import whole_amount
from apps.credits.definitions import MAX_OWNER
from apps.credits.doors.bodies import LedgerRequest, LedgerResponse, OwnerBalance
from apps.credits.doors.entering import Wanted, application_of, balance_of, enter
from ledgerflow.access.scopes import POST, READ
from ledgerflow.web.endpoints import Call, Endpoints

ledger = Endpoints("ledger")
PROBLEMS = (404, 409, 422)
OWNER_ID = OpenApiParameter(
    "owner_id",
    {"type": "string", "minLength": 1, "maxLength": MAX_OWNER},
    OpenApiParameter.PATH,
    required=True,
    description="Whose balance it is; a slash in it may be written as it is, or as %2F.",
)


@ledger.post(LedgerRequest, scope=POST, answer=LedgerResponse, problems=PROBLEMS, short=True, for_bound_keys=True)
def ledger_post(call: Call[LedgerRequest]) -> LedgerResponse:
    """Run an operation on the credits of an owner, once for each nonce."""
    return _entered(call)


@ledger.post(LedgerRequest, scope=POST, answer=LedgerResponse, problems=PROBLEMS, short=True, for_bound_keys=True)
def ledger_entry_post(call: Call[LedgerRequest]) -> LedgerResponse:
    """The same as `POST /ledger`."""
    return _entered(call)


@ledger.get(scope=READ, answer=OwnerBalance, problems=(422,), path=[OWNER_ID])
def ledger_balance(call: Call[None], owner_id: str) -> OwnerBalance:
    """What an owner has, 0 where nothing was ever given to him."""
    return balance_of(call.entity_id, application_of(call.entity_id, call.caller.application), owner_id)


def _entered(call: Call[LedgerRequest]) -> LedgerResponse:
    asked, caller = call.body, call.caller
    wanted = Wanted(asked.operation, asked.owner_id, asked.nonce, whole_amount(asked.amount))
    application = application_of(caller.entity_id, caller.application)
    return enter(caller.entity_id, application, wanted, caller.actor, caller.scopes)
