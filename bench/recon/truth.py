"""AMLSim's accounts and a bank that mangles: what matching confirms and names, against the truth, and that it ties."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from bench.recon.mangling import CENT, Truth, bank_lines
from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES, REFERENCE_THEN_CENT
from recon.matching.passes.shapes import MatchOutcome, ReconItem
from recon.reports.bridge import TiedItem, bridge

DATA = Path(__file__).parents[3] / "shared" / "data" / "amlsim"
ACCOUNTS = 20
FIRST_DAY = date(2025, 1, 1)


class OfAccount(NamedTuple):
    """One account: our postings, the bank's lines, the truth, and the outcome under both sets of rules."""

    ours: list[ReconItem]
    lines: list[ReconItem]
    truth: Truth
    default: MatchOutcome
    within_a_cent: MatchOutcome


@dataclass
class Found:
    """Sums over all accounts of one seed. `wrong` and the lists hold examples of what is not as it should be."""

    postings: int = 0
    confirmed: int = 0
    clean: int = 0
    clean_found: int = 0
    wrong: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    named: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> Decimal:
        return Decimal(self.clean_found * 10_000 // max(self.clean, 1)).scaleb(-4)


def busiest(data: Path = DATA, count: int = ACCOUNTS) -> dict[str, list[ReconItem]]:
    """The postings of the accounts that have most of them, signed as money that came in."""
    postings: dict[str, list[ReconItem]] = defaultdict(list)
    with (data / "transactions.csv").open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if row["sourceNodeId"] == row["targetNodeId"]:
                continue
            day, amount = FIRST_DAY + timedelta(days=int(row["time"])), Decimal(row["value"])
            for account, signed in ((row["targetNodeId"], amount), (row["sourceNodeId"], -amount)):
                reference = f"INV-{2025 + number // 100_000}-{number % 100_000:05}"
                item = ReconItem(f"{number}", "books", day, signed, "EUR", (reference,))
                postings[account].append(item)
    most = sorted(postings, key=lambda account: (-len(postings[account]), account))[:count]
    return {account: postings[account] for account in most}


def measure(accounts: dict[str, list[ReconItem]], seed: int) -> Found:
    """Match each account against its bank."""
    found = Found()
    for number, (account, ours) in enumerate(accounts.items()):
        lines, truth = bank_lines(ours, seed * 1000 + number)
        one = OfAccount(ours, lines, truth, run(lines, ours, DEFAULT_RULES), run(lines, ours, REFERENCE_THEN_CENT))
        _compare(account, one, found)
    return found


def _compare(account: str, one: OfAccount, found: Found) -> None:
    confirmed = {match.bank: match.books for match in one.default.matches}
    truth, kinds = one.truth, {item: each.kind for each in one.default.exceptions for item in each.items}
    right: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for line, posting in truth.clean.items():
        right[line,].add((posting,))
    for line, both in truth.merged.items():
        right[line,].add(tuple(sorted(both)))
    for posting, both in truth.doubled.items():
        for line in both:
            right[line,].add((posting,))
    found.postings += len(one.ours)
    found.confirmed += len(confirmed)
    found.clean += len(truth.clean)
    found.clean_found += sum(confirmed.get((line,)) == (posting,) for line, posting in truth.clean.items())
    found.wrong += [
        f"{account}: {line} {ours}" for line, ours in confirmed.items() if tuple(sorted(ours)) not in right[line]
    ]
    named = [("amount", line) for line in truth.off_by_a_cent] + [("missing_in_bank", one_) for one_ in truth.missing]
    for kind, item in named:
        _count(found, account, kind, kinds.get(item, "nothing"))
    for both in truth.doubled.values():
        _count(found, account, "duplicate", "duplicate" if "duplicate" in map(kinds.get, both) else "nothing")
    for line, ours in truth.merged.items():
        is_group = sorted(confirmed.get((line,), ())) == sorted(ours)
        _count(found, account, "group", "group" if is_group else kinds.get(line, "nothing"))
    residuals = {match.bank[0]: match.residual for match in one.within_a_cent.matches if match.residual}
    for line in truth.off_by_a_cent:
        _count(found, account, "residual", "residual" if residuals.get(line) == CENT else "nothing")
    found.untied += _untied(account, one)


def _count(found: Found, account: str, wanted: str, named: str) -> None:
    found.named[wanted] += 1
    if named != wanted:
        found.misnamed.append(f"{account}: {wanted} was found as {named}")


def _untied(account: str, one: OfAccount) -> list[str]:
    """The statements that do not tie: at the middle and at the end, under both sets of rules."""
    days = sorted({item.day for item in one.lines})
    untied = []
    for outcome in (one.default, one.within_a_cent):
        match_of = {
            item: str(place) for place, match in enumerate(outcome.matches) for item in (*match.bank, *match.books)
        }
        items = [
            TiedItem(item.id, item.side, item.day, item.amount, match_of.get(item.id))
            for item in [*one.lines, *one.ours]
        ]
        for day in (days[len(days) // 2], days[-1]):
            made = bridge(day, _balance(one.ours, day), _balance(one.lines, day), items)
            if made.difference:
                untied.append(f"{account} at {day}: {made.difference} is explained by nothing")
    return untied


def _balance(items: Sequence[ReconItem], day: date) -> Decimal:
    return sum((item.amount for item in items if item.day <= day), Decimal(0))
