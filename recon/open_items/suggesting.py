"""Which invoices and payments belong together, by the passes of reconciliation. Pure.

Invoices are what stands on the account's normal side, payments and credit notes what stands on the other. Within a
party the same reference and amount prove it, of one payment or of several. All else is for a person to decide: what
only the amount, or a sum of amounts, speaks for; a payment of another amount than the invoices that it names; and what
belongs to an item without a party.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, ZERO, plain
from recon.matching.passes.candidates import BY_REFERENCE, HOW, counterparty_points, date_points, signed_gap
from recon.matching.passes.engine import run
from recon.matching.passes.evidence import NAMED, NUMBER, STRONG, collected
from recon.matching.passes.references import names, runs
from recon.matching.passes.rules import LONGEST_WINDOW_DAYS
from recon.matching.passes.shapes import FoundMatch, MatchRule, ReconItem, Side, Suggestion

# A payment may come long after its invoice, and a deposit before it.
WINDOW = {"window_days_before": LONGEST_WINDOW_DAYS, "window_days_after": LONGEST_WINDOW_DAYS}
LEAST = 90  # points: days that lie far apart cost five of a hundred
BY_NAME = (
    MatchRule("reference", 10, "reference", threshold=LEAST, **WINDOW),  # type: ignore[arg-type]
    MatchRule("loose_reference", 20, "loose_reference", **WINDOW),  # type: ignore[arg-type]
    MatchRule("group", 30, "group", threshold=LEAST, **WINDOW),  # type: ignore[arg-type]
)
BY_AMOUNT = MatchRule("amount", 40, "amount", is_automatic=False, **WINDOW)  # type: ignore[arg-type]
BY_SUM = MatchRule("subset", 50, "subset", is_automatic=False, **WINDOW)  # type: ignore[arg-type]
ACROSS = MatchRule("reference", 10, "loose_reference", is_automatic=False, **WINDOW)  # type: ignore[arg-type]
IN_PART = MatchRule("part", 60, "loose_reference", is_automatic=False, **WINDOW)  # type: ignore[arg-type]
# Less than any pair of the same amount has: such a one has all thirty.
POINTS_OF_A_PART = BY_REFERENCE.amount // 2
NAMING = frozenset(rule.code for rule in BY_NAME)
NO_PARTY = ""
# More items of one side than a year of instalments: what they all say is no reference.
MOST_SHARING = 12


class Candidate(NamedTuple):
    """An item that is open; `open` is debit positive, `reference` "" where the journal has none."""

    version: int
    day: date
    due_on: date
    open: Decimal
    reference: str
    text: str
    party: str


class Suggested(NamedTuple):
    """Debits and credits, by version, that settle each other in this order up to `amount`, and what for.

    What they are beyond it stays open. `score` is from 0 to 100, as in matching.
    """

    party: str
    debits: tuple[int, ...]
    credits: tuple[int, ...]
    amount: Decimal
    is_proven: bool
    score: int
    explanation: str


class Outcome(NamedTuple):
    """What belongs together, and the versions of items that nothing is proven of."""

    suggested: list[Suggested]
    left_over: list[int]


def suggest(items: Iterable[Candidate], currency: str, normal_side: str) -> Outcome:
    """Go through the open items of an account: party by party, then those without one, then payments in part.

    The suggestions of a party stand together, what is proven first, then the best score.
    """
    found = _Found(items, currency, is_debit=normal_side == "debit")
    for party in sorted(found.parties):
        found.add_of_party(party)
    found.add_without_party()
    for party in sorted(found.parties):
        found.add_parts(party)
    found.suggested.sort(key=lambda one: (one.party, not one.is_proven, -one.score, one.debits, one.credits))
    return Outcome(found.suggested, found.left_over())


class _Found:
    """The items of an account by party, and what was found of them so far."""

    def __init__(self, items: Iterable[Candidate], currency: str, *, is_debit: bool) -> None:
        self._items = {one.version: one for one in items}
        self._currency, self._is_debit = currency, is_debit
        self.parties: dict[str, list[int]] = defaultdict(list)
        for one in self._items.values():
            self.parties[one.party].append(one.version)
        self.suggested: list[Suggested] = []
        self._proven: set[int] = set()
        self._rivals: Counter[int] = Counter()  # in how many suggestions by reference an item is

    def left_over(self) -> list[int]:
        """What nothing is proven of, party by party."""
        return [one for party in sorted(self.parties) for one in self._left(party)]

    def add_of_party(self, party: str) -> None:
        """What the passes say of the items of one party; of those without one, by reference only."""
        found = run(*self._sides(self.parties[party]), BY_NAME if party == NO_PARTY else (*BY_NAME, BY_AMOUNT, BY_SUM))
        for match in found.matches:
            self._add(party, match, match.score, match.explanation)
            self._proven.update(_versions(match))
        for one in found.suggestions:
            self._add(party, one, one.score, f"{one.explanation} {one.reason}")
            if one.rule in NAMING:
                self._rivals.update(_versions(one))

    def add_without_party(self) -> None:
        """Pairs of the same amount of which one has no party: by their reference, or by an amount of no others."""
        if NO_PARTY not in self.parties:
            return
        left = self.left_over()
        payments, invoices = self._sides(left)
        sides = [
            (_some(payments, are_nameless=of_payments), _some(invoices, are_nameless=not of_payments))
            for of_payments in (True, False)
        ]
        pairs = [one for some in sides for one in run(*some, [ACROSS]).suggestions if one.parts.reference >= STRONG]
        for one in pairs:
            self._rivals.update(_versions(one))
        for one in pairs:
            if all(self._rivals[version] == 1 for version in _versions(one)):
                self._add_pair(one)
        for one in run(*self._sides(self._of_lone_amounts(left)), [BY_AMOUNT]).suggestions:
            self._add_pair(one)

    def add_parts(self, party: str) -> None:
        """Payments of another amount than the invoices of this party that they name."""
        payments, invoices = self._sides(self._left(party))
        due_on = {one.id: self._items[int(one.id)].due_on for one in invoices}
        for one in parts_paid((one for one in payments if not self._rivals[int(one.id)]), invoices, due_on):
            self._append(party, [one.payment], one.invoices, one.amount, one.score, one.explanation)

    def _left(self, party: str) -> list[int]:
        return sorted(one for one in self.parties[party] if one not in self._proven)

    def _sides(self, versions: Iterable[int]) -> tuple[list[ReconItem], list[ReconItem]]:
        """Payments and invoices, without the words that many of them have: these tell nothing apart."""
        mine = [(self._items[version], (self._items[version].open > 0) == self._is_debit) for version in versions]
        times = Counter((text, is_invoice) for one, is_invoice in mine for text in {one.reference, one.text})
        common = {text for (text, _), count in times.items() if count > MOST_SHARING}
        sides: tuple[list[ReconItem], list[ReconItem]] = [], []
        for one, is_invoice in mine:
            sides[is_invoice].append(_item(one, "books" if is_invoice else "bank", self._currency, common))
        return sides

    def _of_lone_amounts(self, left: Iterable[int]) -> list[int]:
        """Of payments and invoices with an amount that no other has, those in no suggestion by reference."""
        lone: dict[Decimal, int] = {}
        for version in left:
            amount = self._items[version].open
            lone[amount] = version if amount not in lone else 0
        pairs = ((version, lone.get(CONTEXT.minus(amount), 0)) for amount, version in lone.items())
        return [
            one for one, other in pairs
            if one and other and NO_PARTY in {self._items[one].party, self._items[other].party}
            and not self._rivals[one] and not self._rivals[other]
        ]  # fmt: skip

    def _add_pair(self, one: Suggestion) -> None:
        """A pair of which one has no party: nothing speaks for its party, so it gets no points for that."""
        party = max(self._items[version].party for version in _versions(one))
        words = "An item without a party is for a person to decide."
        self._add(party, one, one.score - one.parts.counterparty, f"{one.explanation} {words}")

    def _add(self, party: str, one: FoundMatch | Suggestion, score: int, words: str) -> None:
        amount = min(self._total(side) for side in (one.bank, one.books))
        proven = isinstance(one, FoundMatch)
        self._append(party, one.bank, one.books, amount, score, _in_words_of_items(words), is_proven=proven)

    def _append(
        self, party: str, payments: Iterable[str], invoices: Iterable[str], amount: Decimal, score: int, words: str,
        *, is_proven: bool = False,
    ) -> None:  # fmt: skip
        sides = tuple(map(int, payments)), tuple(map(int, invoices))
        credits_, debits = sides if self._is_debit else sides[::-1]
        self.suggested.append(Suggested(party, debits, credits_, amount, is_proven, score, words))

    def _total(self, ids: Iterable[str]) -> Decimal:
        return _added(self._items[int(id_)].open.copy_abs() for id_ in ids)


def _item(one: Candidate, side: Side, currency: str, common: Collection[str]) -> ReconItem:
    reference, text = ("" if said in common else said for said in (one.reference, one.text))
    # Words without a number, such as "Sale", name nothing.
    reference = reference or (text if any(map(str.isdigit, text)) else "")
    references = (reference,) if reference else ()
    return ReconItem(str(one.version), side, one.day, one.open.copy_abs(), currency, references, one.party, text)


def _some(items: Iterable[ReconItem], *, are_nameless: bool) -> list[ReconItem]:
    return [one for one in items if (one.counterparty == NO_PARTY) == are_nameless]


class PartPaid(NamedTuple):
    """What a payment pays of invoices, in this order, up to `amount`."""

    payment: str
    invoices: tuple[str, ...]
    amount: Decimal
    score: int
    explanation: str


class Named(NamedTuple):
    """An invoice that a payment names; `level` says how surely, `open` what earlier payments leave of it."""

    invoice: ReconItem
    level: int
    open: Decimal


def parts_paid(
    payments: Iterable[ReconItem], invoices: Sequence[ReconItem], due_on: Mapping[str, date]
) -> Iterator[PartPaid]:
    """What payments pay of the invoices that they name, the first payment and what is due first.

    Together they never pay more of an invoice than is open of it. Only a reference speaks here, so it has to tell
    the invoices apart: where two that a payment names have the same one, nobody knows which is meant.
    """
    ordered = sorted(payments, key=lambda one: (one.day, int(one.id)))
    places = range(len(ordered)), range(len(invoices))
    ties = collected(ordered, invoices, places, LONGEST_WINDOW_DAYS).of_bank
    left = {one.id: one.amount for one in invoices}
    for place, payment in enumerate(ordered):
        tied = {invoices[other]: level for other, level in ties.get(place, {}).items() if level >= NUMBER}
        named = [
            Named(one, level, left[one.id]) for one, level in _told_apart(tied)
            if left[one.id] and signed_gap(IN_PART, payment, one) is not None
        ]  # fmt: skip
        if named:
            yield _paid(payment, sorted(named, key=lambda one: (due_on[one.invoice.id], int(one.invoice.id))), left)


def _told_apart(tied: Mapping[ReconItem, int]) -> Iterator[tuple[ReconItem, int]]:
    """Those invoices that are tied to a payment by something that none of the others says."""
    said = {one: _said(one, level) for one, level in tied.items()}
    times = Counter(name for some in said.values() for name in some)
    return ((one, level) for one, level in tied.items() if all(times[name] == 1 for name in said[one]))


def _said(one: ReconItem, level: int) -> set[str]:
    by = names if level >= NAMED else runs
    return {name for reference in one.references for name in by(reference)}


def _paid(payment: ReconItem, named: Sequence[Named], left: dict[str, Decimal]) -> PartPaid:
    missing, paid = payment.amount, []
    for one in named:
        if missing:
            part = min(missing, one.open)
            missing, left[one.invoice.id] = CONTEXT.subtract(missing, part), CONTEXT.subtract(one.open, part)
            paid.append(one)
    still_open = _added(left[one.invoice.id] for one in paid)
    explanation = (
        f"{_who(payment, paid)}: {HOW[min(one.level for one in paid)]}, {_what(payment, missing, still_open)}."
    )
    ids = tuple(one.invoice.id for one in paid)
    score = min(_score(payment, one) for one in paid)
    return PartPaid(payment.id, ids, CONTEXT.subtract(payment.amount, missing), score, explanation)


def _score(payment: ReconItem, one: Named) -> int:
    """The parts of a pair in matching, with fewer points for the amount."""
    days = date_points(IN_PART, signed_gap(IN_PART, payment, one.invoice) or 0, BY_REFERENCE.date)
    party = counterparty_points(payment, one.invoice, BY_REFERENCE.counterparty)
    return one.level + POINTS_OF_A_PART + days + party


def _who(payment: ReconItem, paid: Sequence[Named]) -> str:
    count = len(paid)
    invoices = f"the invoice of {paid[0].invoice.day}" if count == 1 else f"{count} invoices"
    return f"The payment of {payment.day} and {invoices}"


def _what(payment: ReconItem, missing: Decimal, still_open: Decimal) -> str:
    """What the amounts come to; one side is settled whole, and perhaps both."""
    amount = f"{plain(CONTEXT.subtract(payment.amount, missing))} {payment.currency} of both settle each other"
    if missing:
        return f"{amount}, and {plain(missing)} of the payment stay open"
    return f"{amount}, and {plain(still_open)} of what is invoiced stay open" if still_open else amount


def _added(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = CONTEXT.add(total, amount)
    return total


def _versions(one: FoundMatch | Suggestion) -> list[int]:
    return [int(id_) for id_ in (*one.bank, *one.books)]


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
