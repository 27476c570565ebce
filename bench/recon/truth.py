"""AMLSim's busiest accounts in real books, with a bank that mangles: what a run makes of it, against the truth."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from bench.books import ACTOR
from bench.recon.books import CURRENCY, OTHERS, ReconBooks, Transfer, new_books, post
from bench.recon.files import FORMATS
from bench.recon.mangling import CENT, LATEST_DAYS, Truth, bank_lines
from journals.proof.ledger import verify_books
from recon.cases.running import reconcile
from recon.matching.passes.shapes import ReconItem
from recon.matching.rule_sets import set_profile
from recon.reports.statement import recon_report
from recon.statements.importing import import_file

ACCOUNTS = 20
FIRST_DAY = date(2025, 1, 1)
DEFAULT, WITHIN_A_CENT = "default", "reference_then_cent"
# Lines in the order of the files, so that each is known by its place; postings by the reference of their journal.
LINES = """
    SELECT l.id FROM statements_statementline l JOIN statements_statement s ON s.id = l.statement_id
    WHERE l.bank_account_id = %s ORDER BY s.number, l.number
"""
POSTINGS = """
    SELECT p.account_version, j.external_reference
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    JOIN statements_bankaccount b ON b.account_id = p.account_id WHERE b.id = %s
"""
MATCHES = """
    SELECT m.id, m.residual, i.line_id, i.account_version FROM matching_match m
    JOIN matching_matchitem i ON i.match_id = m.id
    WHERE m.bank_account_id = %s AND m.status = 'confirmed' AND i.is_active
"""
CASES = """
    SELECT kind, line_id, account_version FROM cases_reconexception WHERE bank_account_id = %s AND status <> 'resolved'
"""


class Busy(NamedTuple):
    """The accounts that have most postings: each one's own, signed as money that came in, and all that move them."""

    accounts: dict[str, list[ReconItem]]
    transfers: list[Transfer]

    @property
    def last_day(self) -> date:
        return self.transfers[-1].day + timedelta(days=LATEST_DAYS)


@dataclass
class Found:
    """Sums over all accounts of one run. The lists hold what is not as it should be."""

    postings: int = 0
    lines: int = 0
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


@dataclass
class Reconciled:
    """What a run has left in the database of one account: matches and exceptions by the names that the truth has."""

    matches: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    residuals: dict[str, Decimal] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


def busiest(data: Path, count: int = ACCOUNTS) -> Busy:
    """The accounts with most postings of AMLSim, and all transfers from and to them, in the order of days."""
    with (data / "transactions.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sourceNodeId"] != row["targetNodeId"]]
    counted = Counter(row[side] for row in rows for side in ("sourceNodeId", "targetNodeId"))
    most = sorted(counted, key=lambda account: (-counted[account], account))[:count]
    postings: dict[str, list[ReconItem]] = {account: [] for account in most}
    transfers = []
    for number, row in enumerate(sorted(rows, key=lambda row: int(row["time"]))):
        source, target = row["sourceNodeId"], row["targetNodeId"]
        if source not in postings and target not in postings:
            continue
        reference = f"INV-{2025 + number // 100_000}-{number % 100_000:05}"
        day, amount = FIRST_DAY + timedelta(days=int(row["time"])), Decimal(row["value"])
        for account, signed in ((target, amount), (source, -amount)):
            if account in postings:
                postings[account].append(ReconItem(reference, "books", day, signed, CURRENCY, (reference,)))
        other = {account: account if account in postings else OTHERS for account in (source, target)}
        transfers.append(Transfer(day, other[target], other[source], amount, reference))
    return Busy(postings, transfers)


def measure(busy: Busy, seed: int, profile: str, say: Callable[[str], None]) -> Found:
    """Books of their own: post, import each account's file, reconcile by the rules of the profile, and compare."""
    books = new_books(f"{profile}-{seed}", list(busy.accounts), FIRST_DAY)
    post(books.entity, busy.transfers, busy.last_day)
    set_profile(books.entity, None, profile, actor=ACTOR)
    found = Found()
    for number, (account, ours) in enumerate(busy.accounts.items()):
        lines, truth = bank_lines(ours, seed * 1000 + number)
        file = FORMATS[number % len(FORMATS)](account, CURRENCY, lines)
        bank = books.bank_accounts[account]
        import_file(books.entity, bank, file, f"{account}.{number}", actor=ACTOR)
        reconcile(books.entity, bank, actor=ACTOR)
        _compare(account, truth, _reconciled(bank, lines), found, profile)
        found.untied += _untied(books, account, ours, lines)
        found.postings += len(ours)
        found.lines += len(lines)
    found.untied += [f"verify_ledger: {fault}" for fault in verify_books(books.entity)]
    say(f"seed {seed}, {profile}: {found.postings:,} postings, {found.lines:,} lines, {found.confirmed:,} matches; "
        + ", ".join(f"{kind} {count}" for kind, count in sorted(found.named.items())))  # fmt: skip
    return found


def _reconciled(bank: UUID, lines: Sequence[ReconItem]) -> Reconciled:
    stored = [id_ for (id_,) in _ask(LINES, bank)]
    assert len(stored) == len(lines), f"{len(lines)} lines were in the file, and {len(stored)} are in the database"
    line_of = {id_: line.id for id_, line in zip(stored, lines, strict=True)}
    posting_of = dict(_ask(POSTINGS, bank))
    found, items = Reconciled(), defaultdict(list)
    for match, residual, line, version in _ask(MATCHES, bank):
        items[match, residual].append((line_of.get(line, ""), posting_of.get(version, "")))
    for (_, residual), of_match in items.items():
        bank_side = tuple(sorted(line for line, _ in of_match if line))
        found.matches[bank_side] = tuple(sorted(posting for _, posting in of_match if posting))
        found.residuals |= dict.fromkeys(bank_side, residual)
    for kind, line, version in _ask(CASES, bank):
        for item in (line_of.get(line), posting_of.get(version)):
            if item is not None:
                found.kinds[item] = kind
    return found


def _compare(account: str, truth: Truth, made: Reconciled, found: Found, profile: str) -> None:
    right: dict[tuple[str, ...], tuple[str, ...]] = {(line,): (posting,) for line, posting in truth.clean.items()}
    right |= {(line,): tuple(sorted(both)) for line, both in truth.merged.items()}
    right |= {(line,): (posting,) for posting, both in truth.doubled.items() for line in both}
    if profile == WITHIN_A_CENT:
        right |= {(line,): (posting,) for line, posting in truth.off_by_a_cent.items()}
    found.confirmed += len(made.matches)
    found.clean += len(truth.clean)
    found.clean_found += sum(made.matches.get((line,)) == (posting,) for line, posting in truth.clean.items())
    found.wrong += [
        f"{account}: {lines} and {ours} are a match" for lines, ours in made.matches.items() if right.get(lines) != ours
    ]
    for line, posting in truth.off_by_a_cent.items():
        if profile == DEFAULT:
            _count(found, account, "amount", made.kinds.get(line, "nothing"))
        else:
            is_listed = made.matches.get((line,)) == (posting,) and made.residuals.get(line) == CENT
            _count(found, account, "residual", "residual" if is_listed else made.kinds.get(line, "nothing"))
    for posting in truth.missing:
        _count(found, account, "missing_in_bank", made.kinds.get(posting, "nothing"))
    for both in truth.doubled.values():
        kinds = [kind for line in both if (kind := made.kinds.get(line))]
        _count(found, account, "duplicate", "duplicate" if "duplicate" in kinds else "".join(kinds) or "nothing")
    for line, ours in truth.merged.items():
        is_group = made.matches.get((line,)) == tuple(sorted(ours))
        _count(found, account, "group", "group" if is_group else made.kinds.get(line, "nothing"))


def _count(found: Found, account: str, wanted: str, named: str) -> None:
    found.named[wanted] += 1
    if named != wanted:
        found.misnamed.append(f"{account}: {wanted} was found as {named}")


def _untied(books: ReconBooks, account: str, ours: Sequence[ReconItem], lines: Sequence[ReconItem]) -> list[str]:
    """What is wrong with the statements in the middle and at the end: they tie, from our balance to the bank's."""
    untied = []
    for day in (lines[len(lines) // 2].day, lines[-1].day):
        (made,) = recon_report(books.entity, day, account).statements
        balances = [Decimal(made.book_balance), None if made.bank_balance is None else Decimal(made.bank_balance)]
        if not made.is_tied:
            untied.append(f"{account} at {day}: {made.unexplained} is explained by nothing")
        if balances != [_balance(ours, day), _balance(lines, day)]:
            untied.append(f"{account} at {day}: the balances are {balances}")
    return untied


def _balance(items: Sequence[ReconItem], day: date) -> Decimal:
    return sum((item.amount for item in items if item.day <= day), Decimal(0))


def _ask(question: str, bank: UUID) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question, [bank])
        return list(cursor.fetchall())
