"""The endpoints of exceptions, and the run that makes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledgerflow.access.scopes import POST, READ
from ledgerflow.books.models import Entity
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once, revised
from ledgerflow.web.queries import Parameter, a_choice, a_date, a_flag, a_text
from ledgerflow.web.schema import a_page
from recon.cases.ages import AGE_NAMES
from recon.cases.bodies import (
    ExceptionActionRequest,
    ExceptionsActionRequest,
    ExceptionsActionResponse,
    ReconcileRequest,
    ReconcileResponse,
)
from recon.cases.models import CaseKind
from recon.cases.reading import (
    STATUSES,
    ExceptionResponse,
    ExceptionWithHistory,
    business_date_at,
    exception_in,
    exception_left_by,
    exception_response,
    exception_with_history,
    exceptions_of,
)
from recon.cases.running import reconcile
from recon.cases.use_cases import change_exceptions
from recon.statements.bank_accounts import bank_account_called

recon = Endpoints("reconciliation")
CHANGING = (404, 409, 422)
ON = a_date("on", "Ages are counted to the end of this date; the business date unless given.")
FILTERS: list[Parameter] = [
    a_text("account", "Code of the account that the bank account is."),
    a_choice("status", STATUSES, "How it stands; unresolved is open or being checked."),
    a_choice("kind", CaseKind.values, "What is the matter."),
    a_text("owner", "Who works on it."),
    a_choice("age", AGE_NAMES, "Days since it came up."),
    ON,
]


@recon.get(scope=READ, answer=a_page(ExceptionResponse), problems=(404,), query=FILTERS, paged=True)
def recon_exception_list(call: Call[None]) -> dict[str, Any]:
    """Exceptions of reconciliation, the oldest first."""
    query, on = dict(call.query), _on(call)
    account = query.pop("account")
    bank_account = None if account is None else bank_account_called(call.entity_id, account).id
    found = exceptions_of(call.entity_id, bank_account=bank_account, **query | {"on": on})
    return call.page(found, ["day", "id"], lambda row: exception_response(row, on))


@recon.get(scope=READ, answer=ExceptionWithHistory, problems=(404,), query=[ON])
def recon_exception_show(call: Call[None], exception_id: UUID) -> Reply:
    """One exception, and what was done with it."""
    return revised(exception_with_history(exception_in(call.entity_id, exception_id), _on(call)))


@recon.post(ExceptionActionRequest, scope=POST, answer=ExceptionWithHistory, problems=CHANGING, key=True)
def recon_exception_act(call: Call[ExceptionActionRequest], exception_id: UUID) -> Reply:
    """Assign an exception, mark it for checking, comment it, say its reason, resolve it, or open it again."""
    done = change_exceptions(call.entity_id, [exception_id], call.body.wanted(), key=call.key, actor=call.actor)
    row = exception_in(call.entity_id, exception_id)
    if done.sequence is None:
        return once(exception_with_history(row, call.entity.business_date), is_replayed=False)
    on = business_date_at(call.entity_id, done.sequence) if done.is_replayed else call.entity.business_date
    return once(exception_left_by(row, done.sequence, on), is_replayed=done.is_replayed)


@recon.post(ExceptionsActionRequest, scope=POST, answer=ExceptionsActionResponse, problems=CHANGING, key=True)
def recon_exceptions_act(call: Call[ExceptionsActionRequest]) -> Reply:
    """Do the same with several exceptions: with all of them or with none."""
    done = change_exceptions(call.entity_id, call.body.exceptions, call.body.wanted(), key=call.key, actor=call.actor)
    status: Any = "replayed" if done.is_replayed else "changed"
    return once(ExceptionsActionResponse(status, done.changed), is_replayed=done.is_replayed)


@recon.post(
    ReconcileRequest,
    scope=POST,
    answer=ReconcileResponse,
    problems=(404, 409, 422),
    query=[a_flag("dry_run", "Only say what would be done.")],
)
def recon_run(call: Call[ReconcileRequest], code: str) -> ReconcileResponse:
    """Match what has no match, and bring the exceptions in line with the rest. Running it twice is harmless."""
    bank_account = bank_account_called(call.entity_id, code)
    done = reconcile(call.entity_id, bank_account.id, actor=call.actor, dry_run=bool(call.query["dry_run"]))
    return ReconcileResponse(*done)


def _on(call: Call[Any]) -> Any:
    return call.query["on"] or Entity.objects.values_list("business_date", flat=True).get(pk=call.entity_id)
