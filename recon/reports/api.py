"""The statement of reconciliation, and those that were finished."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase

from ledgerflow.access.scopes import POST, READ
from ledgerflow.books.admission import admitted
from ledgerflow.core import clocks
from ledgerflow.web.downloads import FILES, FORMAT, download, format_of
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import a_date, a_text
from ledgerflow.web.schema import a_page
from recon.reports.bodies import FinishRequest, ReconRunResponse, run_response
from recon.reports.documents import recon_document
from recon.reports.finishing import finish_reconciliation, report_of, run_in, runs_of
from recon.reports.shapes import ReconReport
from recon.reports.statement import recon_report
from recon.statements.bank_accounts import bank_account_called

recon = Endpoints("reconciliation")
ACCOUNT = a_text("account", "Code of the account that the bank account is; all of them unless given.")
AT = a_date("date", "At the end of this date; the business date unless given.")


@recon.get(scope=READ, answer=ReconReport, problems=(404, 422), files=FILES, query=[AT, ACCOUNT, FORMAT])
def report_recon(call: Call[None]) -> HttpResponseBase:
    """The way from the balance of the books to that of the bank, item by item, with exceptions by age and rules."""
    wanted, query = format_of(call.request), call.query
    entity = call.entity
    day = query["date"] or entity.business_date
    with admitted(call.entity_id):
        report = recon_report(call.entity_id, day, query["account"])
        name = "-".join(["reconciliation", entity.code, *filter(None, [query["account"]]), str(day)])
        document = lambda: recon_document(report, clocks.now())  # noqa: E731 - made only for a file
        return download(wanted, name, json=lambda: encode(report), document=document)


@recon.post(FinishRequest, scope=POST, answer=ReconRunResponse, statuses=(201,), problems=(404, 409, 422), key=True)
def recon_finish(call: Call[FinishRequest], code: str) -> Reply:
    """Keep the statement at a date as it is, with its hash in the log. Only one that ties can be finished."""
    done = finish_reconciliation(call.entity_id, code, call.body.date, key=call.key, actor=call.actor)
    return once(run_response(done.run), is_replayed=done.is_replayed)


@recon.get(scope=READ, answer=a_page(ReconRunResponse), problems=(404,), query=[ACCOUNT], paged=True)
def recon_run_list(call: Call[None]) -> dict[str, Any]:
    """Reconciliations that were finished, the newest first."""
    account = call.query["account"]
    bank_account = None if account is None else bank_account_called(call.entity_id, account).pk
    return call.page(runs_of(call.entity_id, bank_account), ["-event_sequence"], run_response)


@recon.get(scope=READ, answer=ReconReport, problems=(404,), files=FILES, query=[FORMAT])
def recon_run_show(call: Call[None], recon_run_id: UUID) -> HttpResponseBase:
    """The statement of a finished reconciliation as it was kept: its JSON byte for byte, or a file made of it."""
    wanted, run = format_of(call.request), run_in(call.entity_id, recon_run_id)
    name = f"reconciliation-{run.bank_account.account.code}-{run.day}-{run.number}"
    with admitted(call.entity_id):
        return download(
            wanted, name, json=run.content.encode, document=lambda: recon_document(report_of(run), run.recorded_at)
        )
