"""Revaluing foreign monetary accounts: plan in one snapshot, post under the lock, run again as often as one likes.

Everything posted is in base currency, on the account's valuation account against profit or loss; the foreign account
itself is not touched. A run posts the difference to what stands, so that an unchanged day posts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from accounts.bases.eras import eras_of
from fx.deals.quoting import chain_json
from fx.rates.finding import minor_units_of
from fx.rates.policies import Fetch, policy_of
from fx.revaluation.errors import RevaluationNotFound, RevaluationOvertaken
from fx.revaluation.events import FxRevaluedFact, PinFact, RevaluedLine
from fx.revaluation.models import Revaluation, RevaluationLine, RunKind
from fx.revaluation.positions import Positions, RevaluationBooks, Skipped, positions_at
from fx.revaluation.result_accounts import result_accounts
from fx.revaluation.revaluing import ResultAccounts, ResultAmounts, change, lines_of
from journals.drafts import Draft
from journals.errors import BatchRefused, FutureDate
from journals.events import Answer, read_fact
from journals.posting import post_with_hook
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.snapshots import snapshot
from ledgerflow.books.writing import Transaction
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT, at_scale, plain
from ledgerflow.core.plugins import Cure, JournalKindSpec


def run_of(journal_id: UUID) -> Cure | None:
    """The page of the run that posted this journal."""
    found = RevaluationLine.objects.filter(journal=journal_id).values_list("run_id", flat=True).first()
    return None if found is None else Cure("Open the revaluation", "revaluation_revaluation_change", found)


REVALUATION_KIND = JournalKindSpec(
    "fx_revaluation",
    "FX revaluation",
    passes_freeze=True,
    into_closing_day=True,
    reversed_only_by="A revaluation is corrected by running it again, with the right rates.",
    undone_at=run_of,
)
ISSUER = "revaluation"
ACCOUNTS_A_JOURNAL = 200  # of four lines each, and a journal has at most 1,000
ATTEMPTS = 5

BUSINESS_DATE = "SELECT business_date FROM books_entity WHERE id = %s"
SEEN = "SELECT coalesce(max(sequence), 0) FROM books_event WHERE entity_id = %s"
NUMBER = "SELECT coalesce(max(number), 0) FROM revaluation_revaluation WHERE entity_id = %s"
INSERT_RUN = """
    INSERT INTO revaluation_revaluation (id, entity_id, number, day, kind, method, seen_sequence, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_LINE = """
    INSERT INTO revaluation_revaluationline (run_id, account_id, currency, position, cost, realised, closing_value,
        unrealised, chain, posted_gain, posted_loss, posted_realised, journal_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_PIN = "INSERT INTO revaluation_pinnedrate (entity_id, currency, day, chain, run_id) VALUES (%s, %s, %s, %s, %s)"


class RunItem(NamedTuple):
    """One account of a plan."""

    account_id: UUID
    valuation: str
    fact: RevaluedLine
    posted: ResultAmounts


class RunPlan(NamedTuple):
    """A run worked out on one snapshot; `number` is that of the last run it knows of, `seen` that of the last event."""

    number: int
    seen: int
    day: date
    kind: str
    method: str
    items: list[RunItem]
    pins: list[PinFact]
    skipped: list[Skipped]
    results: ResultAccounts | None
    override_lock: str = ""

    @property
    def posting(self) -> list[RunItem]:
        return [item for item in self.items if any(item.posted)]


class Revalued(NamedTuple):
    """What a run came to: `run` is None when there was nothing to write, and of a dry run."""

    day: date
    lines: list[RevaluedLine]
    skipped: list[Skipped]
    run: UUID | None


Planner = Callable[[Fetch], RunPlan]


def revalue(entity_id: UUID, day: date, *, actor: str, dry_run: bool = False, override_lock: str = "") -> Revalued:
    """Revalue all foreign monetary accounts at the closing rates of `day`, and post the differences on that day.

    Accounts without a valuation account or a rate are skipped and named. Running it again posts only what has changed;
    movements keep the rate of their first run. Raises `FxAccountMissing` and `FxAccountAmbiguous` (accounts in profit
    or loss), `DayClosed`, `FutureDate`, and what posting raises; `TryAgain` while others keep revaluing.
    """
    planner = partial(plan_of, entity_id, day, override_lock=override_lock)
    return carry_out(entity_id, planner, actor=actor, dry_run=dry_run)


def plan_of(entity_id: UUID, day: date, fetch: Fetch, *, override_lock: str = "") -> RunPlan:
    """What revaluing `day` would come to, from one snapshot. Raises `FutureDate`: its closing rate is not known."""
    ((business_date,),) = fetch(BUSINESS_DATE, (entity_id,))
    if day > business_date:
        raise FutureDate(pointer="/date", business_date=str(business_date), day=str(day))
    books, number = books_of(entity_id, fetch, day)
    found = positions_at(books, day, fetch=fetch)
    items = [item for item in _items(found, books.minor_units) if Decimal(item.fact.position) or any(item.posted)]
    results = result_accounts(entity_id, books.base, fetch=fetch) if any(any(one.posted) for one in items) else None
    pins = [PinFact(currency, on, chain_json(chain)) for (currency, on), chain in sorted(found.pins.items())]
    method, seen = books.policy.revaluation_method, last_seen(entity_id, fetch)
    return RunPlan(number, seen, day, RunKind.REVALUATION, method, items, pins, found.skipped, results, override_lock)


def carry_out(entity_id: UUID, planner: Planner, *, actor: str, dry_run: bool = False) -> Revalued:
    """Plan and post; planned anew where another run came between. For runs of any kind."""
    for _ in range(ATTEMPTS):
        with snapshot() as connection:
            plan = planner(fetch_on(connection))
        nothing_new = not plan.posting and not plan.pins
        if dry_run or nothing_new:
            return Revalued(plan.day, [item.fact for item in plan.items], plan.skipped, None)
        done = _post(entity_id, plan, actor)
        if done is not None:
            return done
    raise RevaluationOvertaken


def revaluation_of(entity_id: UUID, run_id: UUID) -> Revaluation:
    """A run of these books. Raises `NotFound`."""
    found = Revaluation.objects.filter(entity_id=entity_id, id=run_id).first()
    if found is None:
        raise RevaluationNotFound
    return found


def last_number(entity_id: UUID, fetch: Fetch) -> int:
    ((number,),) = fetch(NUMBER, (entity_id,))
    return int(number)


def last_seen(entity_id: UUID, fetch: Fetch) -> int:
    ((sequence,),) = fetch(SEEN, (entity_id,))
    return int(sequence)


def books_of(entity_id: UUID, fetch: Fetch, on: date) -> tuple[RevaluationBooks, int]:
    """Whose positions, in the base currency of a day, and the number of the last run."""
    policy, revision = policy_of(entity_id, fetch=fetch)
    books: RevaluationBooks | None = None
    for era in eras_of(entity_id, fetch):
        if era.starts_on is None or era.starts_on <= on:
            units = minor_units_of(entity_id, era.currency, fetch=fetch)
            books = RevaluationBooks(entity_id, era, units, policy, revision, books)
    if books is None:
        raise EntityNotFound
    return books, last_number(entity_id, fetch)


def _items(found: Positions, minor_units: int) -> list[RunItem]:
    items = []
    for one in found.valued:
        posted = change(one.position, one.closing_value, one.posted_so_far)
        unrealised = CONTEXT.subtract(one.closing_value, one.position.cost)
        values = (one.position.cost, one.position.realised, one.closing_value, unrealised, *posted)
        cost, realised, worth, left, gain, loss, settled = (plain(at_scale(value, minor_units)) for value in values)
        fact = RevaluedLine(
            one.account.code, one.account.currency, plain(one.position.amount), cost, realised, worth, left, gain,
            loss, settled, chain_json(one.chain),
        )  # fmt: skip
        items.append(RunItem(one.account.id, one.account.valuation, fact, posted))
    return items


def drafts_of(plan: RunPlan, run_id: UUID, actor: str) -> list[tuple[Draft, list[RunItem]]]:
    """The journals of a plan, each with the accounts it is for."""
    if plan.results is None:
        return []
    posting, made = plan.posting, []
    for start in range(0, len(posting), ACCOUNTS_A_JOURNAL):
        items = posting[start : start + ACCOUNTS_A_JOURNAL]
        lines = [line for item in items for line in lines_of(item.posted, item.valuation, plan.results, _words(item))]
        draft = Draft(
            key=f"fx-{plan.kind}:{run_id}:{start // ACCOUNTS_A_JOURNAL}",
            issuer=ISSUER,
            lines=tuple(lines),
            kind=REVALUATION_KIND.name,
            effective_date=plan.day,
            confirm_unusual_date=True,  # of what was posted before the books began, and confirmed then
            description="Revaluation" if plan.kind == RunKind.REVALUATION else "Reversal of unrealised amounts",
            actor=actor,
            override_lock=plan.override_lock,
        )
        made.append((draft, items))
    return made


def _words(item: RunItem) -> str:
    return f"{item.fact.account}: {item.fact.position} {item.fact.currency}"


def _post(entity_id: UUID, plan: RunPlan, actor: str) -> Revalued | None:
    """Write a plan under the lock; None where another run came before it."""
    run_id = uuid7()
    drafts = drafts_of(plan, run_id, actor)
    written: list[RevaluedLine] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        if last_number(entity_id, lambda sql, params: tx.query(sql, params).fetchall()) != plan.number:
            raise _OutdatedError
        _raise_refusal(answers)
        journals = {
            item.account_id: read_fact(answer.journal).id
            for answer, (_, items) in zip(answers, drafts, strict=True)
            for item in items
        }
        written[:] = _write(tx, plan, run_id, journals, actor)

    try:
        answers = post_with_hook(entity_id, [draft for draft, _ in drafts], hook, atomic=True)
    except _OutdatedError:
        return None
    _raise_refusal(answers)
    return Revalued(plan.day, written, plan.skipped, run_id)


class _OutdatedError(Exception):
    """Another run was written since the plan was made."""


def _write(tx: Transaction, plan: RunPlan, run_id: UUID, journals: dict[UUID, UUID], actor: str) -> list[RevaluedLine]:
    lines = [msgspec.structs.replace(item.fact, journal=journals.get(item.account_id)) for item in plan.items]
    fact = FxRevaluedFact(run_id, plan.number + 1, plan.day, plan.kind, plan.method, plan.seen, lines, plan.pins)
    sequence = tx.record(fact, str(run_id), actor)
    row = (run_id, tx.entity_id, fact.number, plan.day, plan.kind, plan.method, plan.seen)
    tx.query(INSERT_RUN, (*row, sequence, tx.recorded_at, actor))
    with tx.connection.pipeline():
        for item, line in zip(plan.items, lines, strict=True):
            numbers = [Decimal(getattr(line, name)) for name in NUMBERS]
            tx.query(
                INSERT_LINE,
                (run_id, item.account_id, line.currency, *numbers[:5], Jsonb(line.chain), *numbers[5:], line.journal),
            )
        for pin in plan.pins:
            tx.query(INSERT_PIN, (tx.entity_id, pin.currency, pin.day, Jsonb(pin.chain), run_id))
    return lines


NUMBERS = (
    "position", "cost", "realised", "closing_value", "unrealised", "posted_gain", "posted_loss", "posted_realised",
)  # fmt: skip


def _raise_refusal(answers: Sequence[Answer]) -> None:
    refusals = [answer.refusal for answer in answers if answer.refusal is not None]
    if refusals:
        raise next((one for one in refusals if not isinstance(one, BatchRefused)), refusals[0])


def fetch_on(connection: psycopg.Connection[Any]) -> Fetch:
    """Rows of a snapshot."""
    return lambda sql, params: connection.execute(sql.encode(), params).fetchall()
