"""The endpoints of tax codes, and of journals whose lines bear them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from journals.api import replies
from journals.api.replies import PostedResponse
from journals.api.views import check_overrides
from journals.taxes.bodies import (
    TaxCodePage,
    TaxCodeRequest,
    TaxCodeResponse,
    TaxedJournalRequest,
    tax_code_response,
)
from journals.taxes.codes import set_tax_code
from journals.taxes.models import TaxRate
from journals.taxes.posting import post_taxed
from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once, posted
from ledgerflow.web.queries import a_text

taxes = Endpoints("taxes")
CHANGING = (404, 409, 422)


@taxes.get(scope=READ, answer=TaxCodePage, query=[a_text("code", "Only the versions of this code.")], paged=True)
def tax_code_list(call: Call[None]) -> dict[str, Any]:
    """The versions of tax codes, by code and version."""
    rows = TaxRate.objects.filter(entity_id=call.entity_id).select_related("account", "deduct_account")
    if call.query["code"] is not None:
        rows = rows.filter(code=call.query["code"])
    return call.page(rows, ["code", "version"], tax_code_response)


@taxes.post(TaxCodeRequest, scope=MANAGE, answer=TaxCodeResponse, statuses=(201,), problems=CHANGING, key=True)
def tax_code_set(call: Call[TaxCodeRequest]) -> Reply:
    """Set a tax code for some days: its first version, or a new one. What was posted stays as it is."""
    done = set_tax_code(call.entity_id, call.body.tax_code(), key=call.key, actor=call.actor)
    return once(tax_code_response(done.rate), is_replayed=done.is_replayed)


@taxes.post(TaxedJournalRequest, scope=POST, answer=PostedResponse, statuses=(200, 201), problems=CHANGING, key=True)
def tax_journal_post(call: Call[TaxedJournalRequest]) -> HttpResponse:
    """Post a journal from net or gross lines with tax codes; the lines of the tax are added."""
    wanted = call.body
    check_overrides(call.caller, wanted)
    answer = post_taxed(call.entity_id, wanted.draft(call.key, call.actor), wanted.taxes(), dry_run=wanted.dry_run)
    status = HTTPStatus.OK if wanted.dry_run else HTTPStatus.CREATED
    return posted(replies.posted_json(answer), status, is_replayed=answer.status == "replayed")
