"""The endpoints of bank accounts, their statements, and the lines of these."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest

from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.core.errors.form import ParameterRefused
from ledgerflow.web.endpoints import IF_GIVEN, Call, Endpoints, Reply, once, revised
from ledgerflow.web.queries import Parameter, a_choice, a_date, a_flag, a_text
from ledgerflow.web.schema import a_page
from recon.statements.bank_accounts import bank_account_called, bank_accounts, set_bank_account
from recon.statements.bodies import BalancesRequest, BankAccountRequest, StatementRequest, UndoRequest
from recon.statements.changing import state_balances, undo_import
from recon.statements.importing import import_into, preview
from recon.statements.models import Status
from recon.statements.reading import (
    BankAccountResponse,
    ImportAnswer,
    LineResponse,
    StatementResponse,
    bank_account_response,
    line_in,
    line_response,
    lines_of,
    statement_in,
    statement_response,
    statements_of,
)

statements = Endpoints("bank statements")
CHANGING = (404, 409, 422)
AN_ACCOUNT = a_text("account", "The code of our account.")


def a_statement(name: str, description: str) -> Parameter:
    """The id of a statement."""

    def read(request: HttpRequest, name: str) -> UUID | None:
        given = text.read(request, name)
        try:
            return None if given is None else UUID(given)
        except ValueError:
            raise ParameterRefused(pointer=f"/{name}", name=name, words="the id of a statement") from None

    text = a_text(name, description, schema={"format": "uuid"})
    return text._replace(read=read)


class UndoneResponse(msgspec.Struct):
    """The statements that the import had brought, as they are now."""

    statements: list[StatementResponse]


@statements.get(scope=READ, answer=a_page(BankAccountResponse), paged=True)
def bank_account_list(call: Call[None]) -> dict[str, Any]:
    """Bank accounts, in the order they were made."""
    return call.page(bank_accounts(call.entity_id), ["id"], bank_account_response)


@statements.get(scope=READ, answer=BankAccountResponse, problems=(404,))
def bank_account_show(call: Call[None], code: str) -> Reply:
    """The bank account that stands for an account of ours."""
    return revised(bank_account_response(bank_account_called(call.entity_id, code)))


@statements.put(BankAccountRequest, scope=MANAGE, answer=BankAccountResponse, problems=CHANGING, if_match=True)
def bank_account_set(call: Call[BankAccountRequest], code: str) -> Reply:
    """Make an account a bank account, or change one. `If-Match` of one that is not there yet is `"0"`, or `*`."""
    bank = set_bank_account(
        call.entity_id, code, call.body.spec(), actor=call.actor, expected_revision=call.expected_revision
    )
    return revised(bank_account_response(bank))


@statements.get(
    scope=READ,
    answer=a_page(StatementResponse),
    problems=(404,),
    query=[AN_ACCOUNT, a_choice("status", Status.values), a_flag("proven", "Whether its balances are proven.")],
    paged=True,
)
def statement_list(call: Call[None]) -> dict[str, Any]:
    """Statements, the newest import first."""
    wanted = call.query
    rows = statements_of(call.entity_id, wanted["account"], wanted["status"], is_proven=wanted["proven"])
    return call.page(rows, ["-event_sequence"], statement_response)


@statements.post(
    StatementRequest,
    scope=POST,
    answer=ImportAnswer,
    statuses=(201, 200),
    problems=(*CHANGING, 413),
    key=IF_GIVEN,
    query=[a_flag("dry_run", "Say what would come, write nothing.")],
)
def statement_import(call: Call[StatementRequest]) -> Reply:
    """Import a file of statements, all of it or nothing; a dry run tells what would come and what refuses it.

    Without `account`, each statement goes to the bank account whose identifier it names.
    """
    wanted = call.body

    def found() -> UUID | None:
        return None if wanted.account is None else bank_account_called(call.entity_id, wanted.account).pk

    if call.query["dry_run"]:
        return Reply(preview(call.entity_id, found(), wanted.content, wanted.file_name), status=HTTPStatus.OK)
    answer = import_into(
        call.entity_id, wanted.account or "", found, wanted.content, wanted.file_name, actor=call.actor, key=call.key,
        allow_gap=wanted.allow_gap,
    )  # fmt: skip
    return once(answer, is_replayed=answer.status == "replayed")


@statements.get(scope=READ, answer=StatementResponse, problems=(404,))
def statement_show(call: Call[None], statement_id: UUID) -> StatementResponse:
    """One statement."""
    return statement_response(statement_in(call.entity_id, statement_id))


@statements.post(UndoRequest, scope=POST, answer=UndoneResponse, problems=CHANGING, key=True)
def statement_undo(call: Call[UndoRequest], statement_id: UUID) -> Reply:
    """Take back the import that brought this statement: the newest of its bank account, while no line is matched."""
    undone = undo_import(call.entity_id, statement_id, reason=call.body.reason, key=call.key, actor=call.actor)
    return once(UndoneResponse([statement_response(one) for one in undone.statements]), is_replayed=undone.is_replayed)


@statements.put(BalancesRequest, scope=POST, answer=StatementResponse, problems=CHANGING)
def statement_balances(call: Call[BalancesRequest], statement_id: UUID) -> StatementResponse:
    """State the balances that the file did not have; the lines must lead from one to the other."""
    stated = state_balances(
        call.entity_id, statement_id, call.body.balances(), actor=call.actor, allow_gap=call.body.allow_gap
    )
    return statement_response(stated)


@statements.get(
    scope=READ,
    answer=a_page(LineResponse),
    problems=(404,),
    query=[
        AN_ACCOUNT,
        a_statement("statement", "The id of their statement."),
        a_date("from", "Booked on this day or later."),
        a_date("to", "Booked on this day or before."),
        a_choice("status", ["open", "split", "undone"], "A line that is split has parts, which are open."),
    ],
    paged=True,
)
def statement_line_list(call: Call[None]) -> dict[str, Any]:
    """Lines of statements and their parts, in the order they came."""
    wanted = call.query
    rows = lines_of(
        call.entity_id, wanted["account"], wanted["statement"], first=wanted["from"], last=wanted["to"],
        status=wanted["status"],
    )  # fmt: skip
    return call.page(rows, ["id"], line_response)


@statements.get(scope=READ, answer=LineResponse, problems=(404,))
def statement_line_show(call: Call[None], line_id: UUID) -> LineResponse:
    """One line of a statement, or a part of one."""
    return line_response(line_in(call.entity_id, line_id))
