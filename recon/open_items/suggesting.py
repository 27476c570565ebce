"""Which invoices and payments belong together, by the passes of reconciliation. Pure.

Invoices are what stands on the account's normal side, payments and credit notes what stands on the other. Within a
party the same reference and amount prove it, of one payment or of several. What only the amount, or a sum of amounts,
speaks for is for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, ZERO
from recon.matching.passes.engine import run
from recon.matching.passes.rules import LONGEST_WINDOW_DAYS
from recon.matching.passes.shapes import FoundMatch, MatchRule, ReconItem, Side, Suggestion

# A payment may come long after its invoice, and a deposit before it.
WINDOW = {"window_days_before": LONGEST_WINDOW_DAYS, "window_days_after": LONGEST_WINDOW_DAYS}
LEAST = 90  # points: days that lie far apart cost five of a hundred
RULES = (
    MatchRule("reference", 10, "reference", threshold=LEAST, **WINDOW),  # type: ignore[arg-type]
    MatchRule("loose_reference", 20, "loose_reference", **WINDOW),  # type: ignore[arg-type]
    MatchRule("group", 30, "group", threshold=LEAST, **WINDOW),  # type: ignore[arg-type]
    MatchRule("amount", 40, "amount", is_automatic=False, **WINDOW),  # type: ignore[arg-type]
    MatchRule("subset", 50, "subset", is_automatic=False, **WINDOW),  # type: ignore[arg-type]
)


class Candidate(NamedTuple):
    """An item that is open; `open` is debit positive, `reference` "" where the journal has none."""

    version: int
    day: date
    open: Decimal
    reference: str
    text: str
    party: str


class Suggested(NamedTuple):
    """Debits and credits, by version, that settle each other, and what for."""

    party: str
    debits: tuple[int, ...]
    credits: tuple[int, ...]
    amount: Decimal
    is_proven: bool
    explanation: str


class Outcome(NamedTuple):
    """What belongs together, and the versions of items that nothing is proven of."""

    suggested: list[Suggested]
    left_over: list[int]


def suggest(items: Iterable[Candidate], currency: str, normal_side: str) -> Outcome:
    """Go through the open items of an account, party by party."""
    parties: dict[str, list[Candidate]] = defaultdict(list)
    for item in items:
        parties[item.party].append(item)
    outcome = Outcome([], [])
    for party in sorted(parties):
        _of_party(party, parties[party], currency, normal_side, outcome)
    return outcome


def _of_party(party: str, items: Sequence[Candidate], currency: str, normal_side: str, outcome: Outcome) -> None:
    is_debit = normal_side == "debit"
    invoices = [_item(one, "books", currency) for one in items if (one.open > 0) == is_debit]
    payments = [_item(one, "bank", currency) for one in items if (one.open > 0) != is_debit]
    open_of = {one.version: abs(one.open) for one in items}
    found = run(payments, invoices, RULES)
    proven: set[int] = set()
    for match in found.matches:
        outcome.suggested.append(_suggested(party, match, open_of, is_debit=is_debit, words=match.explanation))
        proven.update(map(int, (*match.bank, *match.books)))
    for one in found.suggestions:
        words = f"{one.explanation} {one.reason}"
        outcome.suggested.append(_suggested(party, one, open_of, is_debit=is_debit, words=words))
    outcome.left_over.extend(sorted(open_of.keys() - proven))


def _item(one: Candidate, side: Side, currency: str) -> ReconItem:
    # Words without a number, such as "Sale", name nothing.
    reference = one.reference or (one.text if any(map(str.isdigit, one.text)) else "")
    references = (reference,) if reference else ()
    return ReconItem(str(one.version), side, one.day, one.open.copy_abs(), currency, references, one.party, one.text)


def _suggested(
    party: str, match: FoundMatch | Suggestion, open_of: dict[int, Decimal], *, is_debit: bool, words: str
) -> Suggested:
    payments, invoices = tuple(map(int, match.bank)), tuple(map(int, match.books))
    debits, credits_ = (invoices, payments) if is_debit else (payments, invoices)
    amount = min(_total(debits, open_of), _total(credits_, open_of))
    return Suggested(party, debits, credits_, amount, isinstance(match, FoundMatch), _in_words_of_items(words))


def _total(versions: Iterable[int], open_of: dict[int, Decimal]) -> Decimal:
    found = ZERO
    for version in versions:
        found = CONTEXT.add(found, open_of[version])
    return found


def _in_words_of_items(text: str) -> str:
    """The passes speak of a bank and of us; here the two sides are payments and invoices."""
    for theirs, ours in WORDS:
        text = text.replace(theirs, ours)
    return text


WORDS = (
    ("The bank's line", "The payment"),
    ("lines of the bank", "payments"),
    ("our posting", "the invoice"),
    ("postings of ours", "invoices"),
    ("the bank is", "the payment is"),
)
