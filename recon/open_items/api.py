"""The endpoints of open items: which accounts keep them, when they are due, and allocating them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.queries import a_text
from ledgerflow.web.schema import a_page
from recon.open_items.bodies import (
    AllocatedResponse,
    AllocationRequest,
    AllocationResponse,
    DueDateRequest,
    DueDateResponse,
    ItemAccountRequest,
    ItemAccountResponse,
    RunRequest,
    SuggestionsResponse,
    UndoAllocationRequest,
    allocation_response,
    due_date_response,
    item_account_response,
    suggestion_response,
)
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.models import Allocation
from recon.open_items.reading import allocations, due_dates, item_accounts
from recon.open_items.realised import realised_now
from recon.open_items.running import run_allocations, suggestions
from recon.open_items.use_cases import allocate, undo_allocation

open_items = Endpoints("open items")
CHANGING = (404, 409, 422)


@open_items.get(scope=READ, answer=a_page(ItemAccountResponse), paged=True)
def item_account_list(call: Call[None]) -> dict[str, Any]:
    """How accounts keep open items: each setting of each, by account."""
    return call.page(item_accounts(call.entity_id), ["account_id", "number"], item_account_response)


@open_items.put(ItemAccountRequest, scope=MANAGE, answer=ItemAccountResponse, problems=CHANGING)
def item_account_set(call: Call[ItemAccountRequest], code: str) -> ItemAccountResponse:
    """Keep open items on an asset or a liability, or set other payment terms for what is posted from now on."""
    from_first = call.body.items == "from_first"
    kept = keep_open_items(call.entity_id, code, call.body.terms_days, from_first=from_first, actor=call.actor)
    return item_account_response(kept)


@open_items.get(scope=READ, answer=a_page(DueDateResponse), paged=True)
def due_date_list(call: Call[None]) -> dict[str, Any]:
    """Due dates that were declared, in the order they were; of a journal the last one counts."""
    return call.page(due_dates(call.entity_id), ["event_sequence"], due_date_response)


@open_items.put(DueDateRequest, scope=POST, answer=DueDateResponse, problems=CHANGING)
def due_date_set(call: Call[DueDateRequest], journal_id: UUID) -> DueDateResponse:
    """Say when the items of a journal are due, or correct it."""
    return due_date_response(set_due_date(call.entity_id, journal_id, call.body.due_on, actor=call.actor))


@open_items.get(
    scope=READ, answer=a_page(AllocationResponse), query=[a_text("account", "The code of an account.")], paged=True
)
def allocation_list(call: Call[None]) -> dict[str, Any]:
    """Allocations, the newest first, with the exchange differences that they realise."""
    order = ["-event_sequence", "-place"]
    rows, position = call.rows_of(allocations(call.entity_id, call.query["account"]), order)
    return call.results(_in_full(call.entity_id, rows), position)


@open_items.post(AllocationRequest, scope=POST, answer=AllocatedResponse, statuses=(201,), problems=CHANGING, key=True)
def allocation_make(call: Call[AllocationRequest]) -> Reply:
    """Allocate debits and credits of an account to each other, in part or whole: all that is named, or nothing."""
    wanted = [one.wanted() for one in call.body.allocations]
    done = allocate(call.entity_id, call.body.account, wanted, day=call.body.date, key=call.key, actor=call.actor)
    return once(AllocatedResponse(_in_full(call.entity_id, done.allocations)), is_replayed=done.replayed)


@open_items.post(UndoAllocationRequest, scope=POST, answer=AllocationResponse, problems=CHANGING, key=True)
def allocation_undo(call: Call[UndoAllocationRequest], allocation_id: UUID) -> Reply:
    """End an allocation: both items are open again. It stays in the list."""
    done = undo_allocation(call.entity_id, allocation_id, day=call.body.date, key=call.key, actor=call.actor)
    return once(allocation_response(done.undo.allocation, None), is_replayed=done.replayed)


@open_items.get(
    scope=READ,
    answer=SuggestionsResponse,
    problems=(404,),
    query=[a_text("account", "The code of the account.", required=True)],
)
def item_suggestions(call: Call[None]) -> SuggestionsResponse:
    """What a run would allocate on an account, what a person has to decide, and what is left over."""
    outcome = suggestions(call.entity_id, call.query["account"])
    return SuggestionsResponse([suggestion_response(one) for one in outcome.suggested], outcome.left_over)


@open_items.post(RunRequest, scope=POST, answer=AllocatedResponse, statuses=(201,), problems=CHANGING, key=True)
def item_run(call: Call[RunRequest]) -> Reply:
    """Allocate what is proven on an account: the same reference, party and amount, of one item or of several."""
    done = run_allocations(call.entity_id, call.body.account, key=call.key, actor=call.actor)
    return once(AllocatedResponse(_in_full(call.entity_id, done.allocations)), is_replayed=done.replayed)


def _in_full(entity_id: UUID, rows: Sequence[Allocation]) -> list[AllocationResponse]:
    differences = realised_now(entity_id, rows)
    return [allocation_response(row, differences.get(row.pk)) for row in rows]
