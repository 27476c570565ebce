"""What was asked for becomes the draft of a journal: its lines, what it says of lots, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

from accounts.specs import AccountSpec
from apps.credits import wallets
from apps.credits.applications import (
    BASE_TEMPLATES,
    BREAKAGE,
    DEFERRED,
    EXPIRED,
    INCOME,
    ISSUED,
    RECEIVABLE,
    REDEEMED,
    Application,
    known_to,
)
from apps.credits.definitions import NAME_FORM, Operation
from apps.credits.entries import MEMBERS
from apps.credits.wallets import KIND, Known, Place, Wanted
from apps.operations import running
from apps.operations.running import Runner
from journals.drafts import Draft, Line, LotTerms, check
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.idempotency import Claim
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import ZERO, plain

MONEY = (RECEIVABLE, DEFERRED, INCOME, BREAKAGE)
OWN_TEMPLATES = frozenset(one.code for one in BASE_TEMPLATES)  # which need no version in the books


class Run(NamedTuple):
    """An operation that was asked for and makes sense: of which definition, for whom, how much, under which key."""

    application: Application
    definition: Operation
    owner_id: str
    amount: Decimal
    claim: Claim
    cost: Decimal = ZERO

    @property
    def cost_currency(self) -> str:
        return self.definition.cost.currency if self.definition.cost is not None and self.cost else ""

    @property
    def moves(self) -> bool:
        """Whether it has a journal."""
        return self.definition.direction != "none" and bool(self.amount)

    @property
    def is_due_once(self) -> bool:
        return self.definition.once_per != "none"

    @property
    def by_template(self) -> bool:
        """Whether a template of the books makes its lines."""
        return self.definition.posts_by not in OWN_TEMPLATES

    @property
    def needs_day(self) -> bool:
        """Whether what it says depends on its date: of others, posting has the date of the day."""
        return self.is_due_once or self.definition.expires_after_days is not None


def look_up(entity_id: UUID, runs: Collection[Run], *, anew: bool = False) -> Known:
    """What has to be known of the books to draft these."""
    owners: dict[tuple[str, str], None] = {}
    roles: dict[tuple[str, str], None] = {}
    turns = [
        (run.owner_id, run.application.NAME, run.definition.name, run.definition.once_per)
        for run in runs
        if run.is_due_once
    ]
    for run in runs:
        if run.moves:
            unit = run.application.UNIT
            owners[run.owner_id, unit] = None
            if not run.by_template:
                roles[_other_role(run), unit] = None
            if run.definition.expires_after_days is not None:
                roles[EXPIRED, unit] = None
            if run.cost_currency:
                roles |= dict.fromkeys((role, run.cost_currency) for role in MONEY)
    dated = any(run.needs_day for run in runs)
    return wallets.look_up(entity_id, Wanted(owners, roles, turns, dated), anew=anew)


def drafts_of(entity_id: UUID, runs: Mapping[int, Run], runner: Runner, known: Known) -> dict[int, Draft | LedgerError]:
    """The journal of each that moves something, checked for form, or what it is refused for.

    What is granted expires so many days after the date of its journal, and is due again after that.
    """
    templated = _by_templates(entity_id, runs, runner)
    made: dict[int, Draft | LedgerError] = {}
    for place, run in runs.items():
        if run.moves:
            try:
                made[place] = _draft(run, known, runner, templated.get(place))
            except LedgerError as refusal:
                made[place] = refusal
    opening = {place for place, one in made.items() if isinstance(one, Draft) and one.opens}
    for application in {runs[place].application.UNIT: runs[place].application for place in opening}.values():
        wallets.add_unit(entity_id, application, runner.actor)
    return made


def _other_role(run: Run) -> str:
    return REDEEMED if run.definition.direction == "spend" else ISSUED


def _draft(run: Run, known: Known, runner: Runner, made: Draft | LedgerError | None) -> Draft:
    """The journal of one; `made` is what its template made of it. Raises what it is refused for."""
    if isinstance(made, LedgerError):
        raise made
    wallet = known.wallet(run.application, run.owner_id)
    if made is None:
        return check(_usual(run, known, wallet, runner))
    day = made.effective_date or known.day
    terms, opens = _terms(run, known, day)
    return check(
        msgspec.structs.replace(
            made,
            effective_date=day,
            lots=terms,
            opens=(*made.opens, *opens),
            metadata=_told(run, wallet.code),
            request=run.claim.fingerprint,
        )
    )


def _usual(run: Run, known: Known, wallet: Place, runner: Runner) -> Draft:
    """Two lines. A spend opens the wallet too where there is none, and so is refused for what is not in it."""
    terms, opens = _terms(run, known, known.day)
    unit, less = run.application.UNIT, run.amount.copy_negate()
    other = known.other(unit, _other_role(run))
    debit, credit = (wallet, other) if run.definition.direction == "spend" else (other, wallet)
    lines = [Line(debit.code, run.amount, unit), Line(credit.code, less, unit)]
    if run.cost_currency:  # the sale itself is part of the journal that grants what was sold
        owed, deferred = (known.other(run.cost_currency, role) for role in (RECEIVABLE, DEFERRED))
        lines.append(Line(owed.code, run.cost, run.cost_currency))
        lines.append(Line(deferred.code, run.cost.copy_negate(), run.cost_currency))
        opens = (*opens, *owed.opens)
    return Draft(
        run.claim.key, tuple(lines), kind=KIND, effective_date=known.day,
        description=run.definition.name, metadata=_told(run, wallet.code), actor=runner.actor, issuer=runner.issuer,
        request=run.claim.fingerprint, opens=(*wallet.opens, *other.opens, *opens), lots=terms,
    )  # fmt: skip


def _terms(run: Run, known: Known, day: date | None) -> tuple[LotTerms, tuple[AccountSpec, ...]]:
    """What the journal says of lots, what a grant is or what a spend is for; and the accounts opened for that."""
    definition = run.definition
    if definition.direction == "spend":
        return LotTerms(purpose=(f"app:{run.application.NAME}", f"operation:{definition.name}")), ()
    terms = LotTerms(
        priority=definition.priority,
        paid=definition.origin == "paid",
        usable_for=tuple(_word(word) for word in definition.usable_for),
    )
    opens: tuple[AccountSpec, ...] = ()
    if definition.expires_after_days is not None and day is not None:
        expired = known.other(run.application.UNIT, EXPIRED)
        last = day + timedelta(days=definition.expires_after_days)
        terms = msgspec.structs.replace(terms, expires_on=last, expiry_account=expired.code)
        opens = expired.opens
    if run.cost_currency:
        deferred, income, breakage = (known.other(run.cost_currency, role) for role in (DEFERRED, INCOME, BREAKAGE))
        terms = msgspec.structs.replace(
            terms, cost=run.cost, cost_currency=run.cost_currency, deferred_account=deferred.code,
            income_account=income.code, breakage_account=breakage.code,
        )  # fmt: skip
        opens = (*opens, *deferred.opens, *income.opens, *breakage.opens)
    return terms, opens


def _told(run: Run, wallet: str) -> dict[str, str]:
    """The metadata of a journal, by which its entry is read (`entries.entry_of`)."""
    amount = run.amount.copy_negate() if run.definition.direction == "spend" else run.amount
    values = (run.application.NAME, run.definition.name, run.owner_id, plain(amount), wallet)
    return dict(zip(MEMBERS, values, strict=True))


def _by_templates(entity_id: UUID, runs: Mapping[int, Run], runner: Runner) -> dict[int, Draft | LedgerError]:
    """What templates make of those that name one, each of which gets what it has parameters for."""
    named = {place: run for place, run in runs.items() if run.moves and run.by_template}
    if not named:
        return {}
    with borrowed_connection():
        made = running.drafts_of(entity_id, [_for_template(run) for run in named.values()], runner)
    return dict(zip(named, made, strict=True))


def _for_template(run: Run) -> running.Operation:
    definition, application = run.definition, run.application
    usual = {"owner": run.owner_id, "amount": plain(run.amount)}
    optional = {"unit": application.UNIT, "role": definition.role}
    shape = known_to(application).templates[definition.posts_by]
    given = {name: value for name, value in optional.items() if value and name in shape.parameters}
    return running.Operation(shape.code, usual | given | definition.parameters, run.claim.key)


def _word(word: str) -> str:
    """A word of a definition as lots have it: in capital letters it is an operation, and else an application."""
    return f"operation:{word}" if NAME_FORM.fullmatch(word) else f"app:{word}"
