"""A bank account with something in each table of matching: for tests that go through all routes and all rows."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ledgerflow.books.models import Entity
from recon.matching.differences import Difference, post_residual
from recon.matching.models import Match
from recon.matching.rule_sets import set_profile
from recon.matching.use_cases import reject_suggestion, unmatch
from tests.builders import TODAY
from tests.matches.banking import FIRST, a_bank, a_posting, by_hand, ran, some_lines, suggested

DAY = (TODAY - FIRST).days


def some_matches(entity: Entity) -> dict[str, Any]:
    """Three matches by rule, one of them taken back and two made anew, suggestions, a rejection, items in no match."""
    bank = a_bank(entity, "CASH")
    set_profile(entity.id, bank.id, "reference_then_cent", actor="test")
    references = [("10.00", "INV-7701"), ("20.00", "INV-7702"), ("30.01", "INV-7703")]
    free = [("1.00", "LOOSE-1"), ("2.00", "LOOSE-2"), ("3.00", "LOOSE-3")]
    lines = [*references, ("44.00", "INV-7704"), ("55.00", ""), *free]
    rows = [{"booking_date": TODAY, "amount": amount, "customer_reference": reference} for amount, reference in lines]
    ids = some_lines(bank, rows)
    for amount, reference in [("10.00", "INV-7701"), ("20.00", "INV-7702"), ("30.00", "INV-7703")]:
        a_posting(bank, amount, reference, day=DAY)
    for _ in range(4):
        a_posting(bank, "44.00", "INV-7704", day=DAY)
    for amount in ("101.00", "102.00", "103.00"):
        a_posting(bank, amount, day=DAY)
    ours = a_posting(bank, "55.00", "SOMETHING-ELSE", day=DAY)
    by_hand(bank, [ids[4]], [ours], actor="user:1", explanation="told on the phone")
    ran(bank)
    first, _, cent = Match.objects.filter(bank_account_id=bank.id, score__isnull=False).order_by("number")
    post_residual(entity.id, cent.id, Difference("rounding", "SALES"), key=uuid4().hex, actor="test")
    unmatch(entity.id, first.id, reason="another customer", key=uuid4().hex, actor="test")
    ran(bank)
    reject_suggestion(entity.id, suggested(bank)[0].id, reason="another customer", key=uuid4().hex, actor="test")
    return {
        "match_id": Match.objects.filter(bank_account_id=bank.id).latest("number").id,
        "suggestion_id": suggested(bank)[-1].id,
        "line_id": ids[-1],
    }
