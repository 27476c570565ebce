"""The endpoints that read what owners have."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter

from apps.credits.definitions import MAX_OWNER
from apps.credits.owners.entries import EntryPlace, Wanted, entries_of
from apps.credits.owners.reading import owner_credits
from apps.credits.owners.shapes import OwnerCredits, OwnerEntry, OwnerStatement
from apps.credits.owners.statement import owner_statement
from apps.credits.owners.wallets import units_of, wallets_of
from ledgerflow.access.scopes import READ
from ledgerflow.books.admission import admitted
from ledgerflow.web.downloads import FILES, FORMAT, download, format_of
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import a_date, a_moment, a_text
from ledgerflow.web.schema import a_page

owners = Endpoints("credits")
OWNER = OpenApiParameter(
    "owner_id", {"type": "string", "minLength": 1, "maxLength": MAX_OWNER}, OpenApiParameter.PATH, required=True,
    description="Whose credits they are, percent-encoded.",
)  # fmt: skip
FROM, TO = a_date("from", "First effective date."), a_date("to", "Last effective date.")
UNIT = a_text("unit", "Of this unit of credits only.")
KNOWN_AT = a_moment("known_at", "From what was recorded by then.")


@owners.get(
    scope=READ,
    answer=OwnerCredits,
    problems=(404,),
    path=[OWNER],
    query=[a_date("as_of", "By entries dated until then."), KNOWN_AT],
)
def credit_owner(call: Call[None], owner_id: str) -> OwnerCredits:
    """What an owner has in each unit, what of it each application could spend, and its lots; zeros if nobody knows him.

    With `as_of` and `known_at` as it was.
    """
    return owner_credits(call.entity_id, owner_id, as_of=call.query["as_of"], known_at=call.query["known_at"])


@owners.get(
    scope=READ,
    answer=a_page(OwnerEntry),
    problems=(404,),
    path=[OWNER],
    query=[
        UNIT,
        a_text("operation", "Of this operation only."),
        a_text("application", "Of this application only."),
        FROM,
        TO,
        KNOWN_AT,
    ],
    paged=True,
)
def credit_owner_entries(call: Call[None], owner_id: str) -> dict[str, Any]:
    """What moved each wallet, newest first: operations, expiries, reversals, captures of holds and plain journals."""
    limit, place = call.paging  # the wallet of the last entry seen, and its version of it
    query = call.query
    wanted = Wanted(query["operation"], query["application"], query["from"], query["to"], query["known_at"])
    wallets = wallets_of(call.entity_id, owner_id, units_of(call.entity_id))
    if query["unit"] is not None:
        wallets = [one for one in wallets if one.currency == query["unit"]]
    found = entries_of(wallets, wanted, after=EntryPlace(*place) if place else None, limit=limit + 1)
    shown = found[:limit]
    return call.results((one for _, one in shown), list(shown[-1][0]) if len(found) > limit else None)


@owners.get(
    scope=READ,
    answer=OwnerStatement,
    problems=(404, 422),
    files=FILES,
    path=[OWNER],
    query=[FROM, TO, KNOWN_AT, FORMAT],
)
def credit_owner_statement(call: Call[None], owner_id: str) -> HttpResponseBase:
    """Opening balance, entries by date, closing balance and what is over soon, as JSON or as a file (`format`)."""
    wanted, query = format_of(call.request), call.query
    asked = {"from_date": query["from"], "to_date": query["to"], "known_at": query["known_at"]}
    with admitted(call.entity_id), owner_statement(call.entity_id, owner_id, **asked) as made:
        name = f"credits-{owner_id}" + (f"-{query['to']}" if query["to"] else "")
        return download(wanted, name, json=lambda: encode(made.report()), document=made.document)
