"""Running an operation on the credits of an owner: once, however often it is asked for.

What is due once in a period takes a row in the transaction of its journal. The row decides who was first, and a retry
with the same key is answered before it is looked at.
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

from apps.credits.applications import BASE_TEMPLATES, Application, known_to
from apps.credits.asking import amount_asked, due_again, period_of
from apps.credits.definitions import MAX_OWNER, Operation
from apps.credits.entries import MEMBERS
from apps.credits.errors import AlreadyGranted, GrantedForEver, OwnerRefused
from apps.credits.events import CreditsNotedFact, CreditTurnTakenFact
from apps.credits.wallets import KIND, lines_of, terms_of, wallet_code, wallet_of
from apps.operations import running
from apps.operations.running import Runner
from journals.drafts import Draft, check
from journals.errors import DayClosed
from journals.events import Answer, read_fact
from journals.posting import post, post_with_hook
from ledgerflow.books import once
from ledgerflow.books.idempotency import Claim, claim_of
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.errors.form import ScopeMissing
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised, plain
from ledgerflow.core.texts import check_text

TAKE = """
    INSERT INTO credits_turn (id, entity_id, owner_id, application, operation, period, journal_id, event_sequence,
                              recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (entity_id, owner_id, application, operation, period) DO NOTHING
"""


# Runs in the transaction of an operation that is new, after its rows; what it raises takes all of it back. It gets the
# transaction and the id of the entry.
Hook = Callable[[Transaction, UUID], object]


class Request(NamedTuple):
    """What is asked for: an operation of an application, for an owner; the amount where the caller says one."""

    application: Application
    operation: str
    owner_id: str
    key: str
    amount: Decimal | None = None


class _Run(NamedTuple):
    """A request with what its definition makes of it."""

    entity_id: UUID
    request: Request
    runner: Runner
    claim: Claim
    definition: Operation
    amount: Decimal
    hook: Hook | None


def run_operation(entity_id: UUID, request: Request, runner: Runner, hook: Hook | None = None) -> Answer:
    """Run an operation. The answer has its journal, or the fact `CreditsNotedFact` where nothing is moved.

    A caller that must remember something together with it gives a `hook`, which has the operation posted outside the
    group commit. The same request with the same key is answered as before, whatever became of the definition or the
    lots meanwhile.
    Raises `OwnerRefused`, `InvalidOperation`, `ScopeMissing`, `AmountOutOfRange`, `AlreadyGranted`, `WalletUnclear`,
    `IdempotencyKeyReused`, and as `posting.post` and, of an operation with a template, as `running.run`.
    """
    check_text(request.owner_id, MAX_OWNER, "/owner_id")
    if not request.owner_id.strip():
        raise OwnerRefused(pointer="/owner_id", most=MAX_OWNER)
    content = content_of(request.application.NAME, request.operation, request.owner_id, request.amount)
    claim = claim_of(request.key, content, runner.issuer)
    return once.once(
        entity_id, claim, partial(_work, entity_id, request, runner, claim, hook), partial(_answered, entity_id)
    )


def content_of(application: str, operation: str, owner_id: str, amount: Decimal | None) -> list[Any]:
    """What a request asks for: its fingerprint is of this."""
    return ["credits", application, operation, owner_id, None if amount is None else normalised(amount)]


def _work(entity_id: UUID, request: Request, runner: Runner, claim: Claim, hook: Hook | None) -> Answer:
    definition = request.application.operation(request.operation)
    if definition.scope not in runner.scopes:
        raise ScopeMissing(scope=definition.scope)
    run = _Run(entity_id, request, runner, claim, definition, amount_asked(definition, request.amount), hook)
    if definition.direction == "none" or not run.amount:
        return _note(run)
    day = _business_date(entity_id)
    try:
        return _post(run, _draft(run, day))
    except DayClosed:
        if _business_date(entity_id) == day:
            raise
    # The day was closed between the look at it and the posting: the caller named none, and has the new one.
    return _post(run, _draft(run, _business_date(entity_id)))


def _business_date(entity_id: UUID) -> date:
    return Entity.objects.get(id=entity_id).business_date


def _post(run: _Run, draft: Draft) -> Answer:
    if run.hook is None and run.definition.once_per == "none":
        return post(run.entity_id, draft)
    return _post_hooked(run, draft)


def _draft(run: _Run, day: date) -> Draft:
    """The journal, dated: what it grants expires so many days after its own date, and is due again after it."""
    if run.definition.posts_by in {one.code for one in BASE_TEMPLATES}:
        sides = lines_of(
            run.entity_id, run.request.application, run.definition, run.request.owner_id, run.amount, run.runner.actor
        )
        draft = Draft(
            run.request.key, sides.lines, kind=KIND, description=run.definition.name, actor=run.runner.actor,
            issuer=run.runner.issuer, opens=sides.opens,
        )  # fmt: skip
        wallet = sides.wallet
    else:
        draft = _by_template(run)
        unit, owner = run.request.application.UNIT, run.request.owner_id
        wallet = wallet_of(run.entity_id, unit, owner) or wallet_code(unit, owner)
    day = draft.effective_date or day
    terms = terms_of(run.entity_id, run.request.application, run.definition, day, run.runner.actor)
    return check(
        msgspec.structs.replace(
            draft, effective_date=day, lots=terms, metadata=_told(run, wallet), request=run.claim.fingerprint
        )
    )


def _told(run: _Run, wallet: str) -> dict[str, str]:
    """The metadata of a journal, by which its entry is read (`entries.entry_of`)."""
    amount = run.amount.copy_negate() if run.definition.direction == "spend" else run.amount
    values = (run.request.application.NAME, run.definition.name, run.request.owner_id, plain(amount), wallet)
    return dict(zip(MEMBERS, values, strict=True))


def _by_template(run: _Run) -> Draft:
    """The draft of the template that the definition names, which gets what it has parameters for."""
    definition, application = run.definition, run.request.application
    usual = {"owner": run.request.owner_id, "amount": plain(run.amount)}
    optional = {"unit": application.UNIT, "role": definition.role}
    shape = known_to(application).templates[definition.posts_by]
    given = {name: value for name, value in optional.items() if value and name in shape.parameters}
    operation = running.Operation(shape.code, usual | given | definition.parameters, run.request.key)
    (made,) = running.drafts_of(run.entity_id, [operation], run.runner)
    if isinstance(made, LedgerError):
        raise made
    return made


def _post_hooked(run: _Run, draft: Draft) -> Answer:
    """Post with what belongs into the same transaction: the turn where it is due once, and the hook of the caller."""

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        if answers[0].status == "posted":
            fact = read_fact(answers[0].journal)
            _remember(tx, run, fact.effective_date, fact.id, fact.id)

    (answer,) = post_with_hook(run.entity_id, [draft], hook, checked=True)
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def _remember(tx: Transaction, run: _Run, day: date, entry: UUID, journal: UUID | None) -> None:
    if run.definition.once_per != "none":
        _take(tx, run, day, journal)
    if run.hook is not None:
        run.hook(tx, entry)


def _take(tx: Transaction, run: _Run, day: date, journal: UUID | None) -> None:
    """Take the owner's turn, or raise `AlreadyGranted`, which takes all back that the transaction wrote."""
    once_per, request, name = run.definition.once_per, run.request, run.definition.name
    turn = uuid7()
    period = period_of(once_per, day)
    fact = CreditTurnTakenFact(turn, request.application.NAME, name, request.owner_id, period, journal)
    sequence = tx.record(fact, str(turn), run.runner.actor)
    taken = tx.query(
        TAKE,
        (turn, tx.entity_id, request.owner_id, request.application.NAME, name, period, journal, sequence,
         tx.recorded_at, run.runner.actor),
    )  # fmt: skip
    if taken.rowcount == 1:
        return
    due = due_again(once_per, day)
    if due is None:
        raise GrantedForEver(owner_id=request.owner_id, operation=name, due=None)
    raise AlreadyGranted(owner_id=request.owner_id, operation=name, due=due)


def _note(run: _Run) -> Answer:
    """An event without a journal, and the turn where it is due once."""

    def work(tx: Transaction, keys: psycopg.Cursor[Any]) -> int:
        if once.loaded(run.claim, keys) is not None:
            raise once.KeyTakenError
        request, entry = run.request, uuid7()
        fact = CreditsNotedFact(
            entry, request.application.NAME, run.definition.name, request.owner_id, **run.claim.fact()
        )
        sequence = tx.record(fact, request.application.NAME, run.runner.actor)
        tx.remember(*run.claim, sequence)
        _remember(tx, run, tx.entity.business_date, entry, None)
        return sequence

    sequence = write(run.entity_id, work, load=lambda tx: once.load(tx, run.claim), repeatable=True)
    return _answered(run.entity_id, sequence)._replace(status="posted")


def _answered(entity_id: UUID, sequence: int) -> Answer:
    """The answer that an event is."""
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Answer("replayed", event.data.encode(), sequence, event.recorded_at)
