"""The endpoints of the views. They ask the read models alone, never the books."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from accounts.specs import TYPES
from journals.errors import DatesTheWrongWay
from journals.views import reading
from journals.views.bodies import AccountView, BalanceView, DashboardView, JournalView, PeriodActivity
from ledgerflow.access.scopes import READ
from ledgerflow.events.read_models.errors import ReadModelAbsent
from ledgerflow.events.read_models.reading import wait_for
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.queries import a_choice, a_date, a_text, a_whole_number
from ledgerflow.web.schema import a_page

views = Endpoints("views")
WORDS = "Words of the description, reference, accounts and metadata: all of them, the last one by its beginning."
MIN_SEQUENCE = a_whole_number(
    "min_sequence", "Answer only when event `min_sequence` is in it; 503 `read_model_behind` where that takes too long."
)


@views.get(
    scope=READ,
    answer=a_page(JournalView),
    problems=(404,),
    query=[
        a_text("q", WORDS),
        a_date("from", "First effective date."),
        a_date("to", "Last effective date."),
        a_text("account", "Code of an account that has a line in the journal."),
        MIN_SEQUENCE,
    ],
    paged=True,
)  # fmt: skip
def view_journal_list(call: Call[None]) -> dict[str, Any]:
    """Journals as the read model has them, newest first by effective date and number."""
    starts_on, ends_on = _days(call)
    _wait(call)
    search = reading.JournalSearch(call.query["q"], call.query["account"], starts_on, ends_on)
    return call.results(*reading.find_journals(call.entity_id, search, *call.paging))


@views.get(scope=READ, answer=JournalView, problems=(404,), query=[MIN_SEQUENCE])
def view_journal(call: Call[None], journal_id: UUID) -> dict[str, Any]:
    """One journal as the read model has it."""
    _wait(call)
    return reading.journal_view(call.entity_id, journal_id)


@views.get(
    scope=READ,
    answer=a_page(AccountView),
    query=[a_choice("type", TYPES), a_text("currency"), a_text("owner_id"), MIN_SEQUENCE],
    paged=True,
)
def view_account_list(call: Call[None]) -> dict[str, Any]:
    """Accounts with what stands on them, by code."""
    _wait(call)
    limit, after = call.paging
    filters = {name: call.query[name] for name in ("type", "currency", "owner_id")}
    return call.results(*reading.find_accounts(call.entity_id, filters, limit, after[0] if after else None))


@views.get(scope=READ, answer=BalanceView, problems=(404,), query=[MIN_SEQUENCE])
def view_balance(call: Call[None], code: str) -> BalanceView:
    """What stands on an account, and after which event."""
    _wait(call)
    return reading.balance_view(call.entity_id, code)


@views.get(
    scope=READ,
    answer=a_page(PeriodActivity),
    problems=(404,),
    query=[
        a_choice("by", ["day", "week", "month"], "How long a period is; a day unless given."),
        a_date("from", "First effective date."),
        a_date("to", "Last effective date."),
        MIN_SEQUENCE,
    ],
    paged=True,
)
def view_activity(call: Call[None], code: str) -> dict[str, Any]:
    """Lines, debits and credits of an account by period, oldest first. Periods without a line are left out."""
    starts_on, ends_on = _days(call)
    _wait(call)
    limit, after = call.paging
    days = (starts_on or date.min, ends_on or date.max)
    start = date.fromisoformat(after[0]) if after else None
    return call.results(*reading.activity(call.entity_id, code, call.query["by"] or "day", days, limit, start))


@views.get(scope=READ, answer=DashboardView, query=[MIN_SEQUENCE])
def view_dashboard(call: Call[None]) -> DashboardView:
    """Counters of the books: journals by kind, the volume of the business date and its month, open holds."""
    _wait(call)
    found = reading.dashboard(call.entity_id)
    if found is None:
        raise ReadModelAbsent
    return found


def _wait(call: Call[None]) -> None:
    if call.query["min_sequence"] is not None:
        wait_for(call.entity_id, call.query["min_sequence"])


def _days(call: Call[None]) -> tuple[date | None, date | None]:
    starts_on, ends_on = call.query["from"], call.query["to"]
    if starts_on is not None and ends_on is not None and starts_on > ends_on:
        raise DatesTheWrongWay(pointer="/from")
    return starts_on, ends_on
