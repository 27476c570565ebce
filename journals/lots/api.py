"""The endpoints of lots."""

from __future__ import annotations

from uuid import UUID

from journals.lots.reading import LotsOfAccount, LotWithEntries, lots_of_account, read_lot
from ledgerflow.access.scopes import READ
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.queries import a_date, a_moment, a_text

lots = Endpoints("lots")


@lots.get(
    scope=READ,
    answer=LotsOfAccount,
    problems=(404,),
    query=[
        a_text("purpose", "What would be spent on, words with commas between them, such as app:ai,operation:IMAGE."),
        a_date("on", "The day it would be spent on; the business date unless given."),
        a_date("as_of", "By entries dated until then."),
        a_moment("known_at", "From what was recorded by then."),
    ],
)
def lots_show(call: Call[None], code: str) -> LotsOfAccount:
    """What the balance of an account that keeps lots consists of, and its open lots in the order of spending."""
    words = (call.query["purpose"] or "").split(",")
    return lots_of_account(
        call.entity_id,
        code,
        purpose=[word for word in words if word],
        day=call.query["on"],
        as_of=call.query["as_of"],
        known_at=call.query["known_at"],
    )


@lots.get(scope=READ, answer=LotWithEntries, problems=(404,))
def lot_show(call: Call[None], lot_id: UUID) -> LotWithEntries:
    """One lot, and the newest 500 of its movements."""
    return read_lot(call.entity_id, lot_id)
