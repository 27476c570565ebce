"""Items as a story tells them: the day of September 2025, the amount, the reference. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES
from recon.matching.passes.shapes import MatchFinding, MatchOutcome, MatchRule, ReconItem, Side

FIRST = date(2025, 8, 31)


def an_item(
    side: Side, id_: str, amount: str, reference: str = "", *, day: int = 1, text: str = "", counterparty: str = "",
    currency: str = "EUR", other_days: tuple[int, ...] = (),
) -> ReconItem:  # fmt: skip
    references = (reference,) if reference else ()
    others = tuple(FIRST + timedelta(days=other) for other in other_days)
    on = FIRST + timedelta(days=day)
    return ReconItem(id_, side, on, Decimal(amount), currency, references, counterparty, text, others)


def line(id_: str, amount: str, reference: str = "", **rest: object) -> ReconItem:
    return an_item("bank", id_, amount, reference, **rest)  # type: ignore[arg-type]


def ours(id_: str, amount: str, reference: str = "", **rest: object) -> ReconItem:
    return an_item("books", id_, amount, reference, **rest)  # type: ignore[arg-type]


def outcome_of(
    *items: ReconItem, rules: tuple[MatchRule, ...] = DEFAULT_RULES, taken: tuple[str, ...] = ()
) -> MatchOutcome:
    bank = [item for item in items if item.side == "bank"]
    return run(bank, [item for item in items if item.side == "books"], rules, taken=taken)


def tied(outcome: MatchOutcome) -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return [(match.bank, match.books, match.rule) for match in outcome.matches]


def kinds(outcome: MatchOutcome) -> dict[str, str]:
    return {item: finding.kind for finding in outcome.exceptions for item in finding.items}


def finding_of(outcome: MatchOutcome, item: str) -> MatchFinding:
    return next(finding for finding in outcome.exceptions if item in finding.items)
