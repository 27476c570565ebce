"""Running operations on the credits of owners, one or thousands: once, however often they are asked for.

What is due once in a period takes a row in the transaction of its journal. The row decides who was first, and a retry
with the same key is answered before it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings

from accounts.errors import AccountClosed
from apps.credits import turns
from apps.credits.applications import Application
from apps.credits.asking import amount_asked, check_owner, cost_asked
from apps.credits.drafting import Run, drafts_of, look_up
from apps.credits.errors import CreditsNeedTwoPeople
from apps.credits.turns import TakenBackError, Turn
from apps.credits.wallets import Known
from apps.operations.running import Runner
from journals.drafts import Draft
from journals.errors import DayClosed, NeighbourRefused
from journals.events import Answer
from journals.posting import post_many, post_with_hook
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.idempotency import Claim, claim_of
from ledgerflow.books.models import Event, IdempotencyKey
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.errors.form import ScopeMissing
from ledgerflow.core.money import normalised

# Runs in the transaction of an operation that is new, after its rows; what it raises takes all of it back. It gets the
# transaction and the id of the entry.
Hook = Callable[[Transaction, UUID], object]
Item = TypeVar("Item")


class Request(NamedTuple):
    """What is asked for: an operation of an application, for an owner; the amount where the caller says one.

    `cost` is what was paid for a grant that is sold, in the currency of its definition. Of a key that may be used once
    only, `attempt` is a text of this request alone: the same asked again is another request then, and is refused; what
    was cut off and is tried again by ourselves is not.
    """

    application: Application
    operation: str
    owner_id: str
    key: str
    amount: Decimal | None = None
    cost: Decimal | None = None
    attempt: str = ""


def run_operation(entity_id: UUID, request: Request, runner: Runner, hook: Hook | None = None) -> Answer:
    """Run an operation. The answer has its journal, or the fact `CreditsNotedFact` where nothing is moved.

    A caller that must remember something together with it gives a `hook`, which has the operation posted outside the
    group commit. The same request with the same key is answered as before, whatever became of the definition or the
    lots meanwhile.
    Raises `OwnerRefused`, `InvalidOperation`, `ScopeMissing`, `CreditsNeedTwoPeople`, `AmountOutOfRange`,
    `AlreadyGranted`, `WalletUnclear`, `IdempotencyKeyReused`, and as `posting.post` and, of an operation with a
    template, as `running.run`.
    """
    (answer,) = _Batch(entity_id, [request], runner, hook=hook).answers()
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def run_operations(
    entity_id: UUID, requests: Sequence[Request], runner: Runner, *, atomic: bool = False
) -> list[Answer]:
    """Run operations in order, each for itself or (`atomic`) all or nothing; one answer each, in the same order.

    One may use what those before it have granted. Refusals are answers, not exceptions. What is not atomic is committed
    in parts, and of a retry with the same keys each answers as it did before.
    Raises `TryAgain` kinds and `OutcomeUnknown` as `posting.post_many`.
    """
    return _Batch(entity_id, requests, runner, atomic=atomic).answers()


def answer_of_key(entity_id: UUID, issuer: str, key: str) -> Answer:
    """What a key that was used was answered with, whatever was asked for."""
    with borrowed_connection():
        used = IdempotencyKey.objects.get(entity_id=entity_id, issuer=issuer, key=key)
        event = Event.objects.get(entity_id=entity_id, sequence=used.event_sequence)
    return Answer("replayed", event.data.encode(), event.sequence, event.recorded_at)


def content_of(
    application: str, operation: str, owner_id: str, amount: Decimal | None, cost: Decimal | None = None
) -> list[Any]:
    """What a request asks for: its fingerprint is of this."""
    content = ["credits", application, operation, owner_id, None if amount is None else normalised(amount)]
    return content if cost is None else [*content, normalised(cost)]


def _claimed(request: Request, runner: Runner) -> Claim:
    check_owner(request.owner_id)
    content = content_of(request.application.NAME, request.operation, request.owner_id, request.amount, request.cost)
    content += [request.attempt] if request.attempt else []
    return claim_of(request.key, content, runner.issuer)


def _run_of(request: Request, claim: Claim, runner: Runner) -> Run:
    definition = request.application.operation(request.operation)
    if definition.scope not in runner.scopes:
        raise ScopeMissing(scope=definition.scope)
    if definition.four_eyes and not runner.has_two_people:
        raise CreditsNeedTwoPeople(operation=definition.name)
    amount = amount_asked(definition, request.amount)
    cost = cost_asked(definition, amount, request.cost)
    return Run(request.application, definition, request.owner_id, amount, claim, cost)


class _Posted(msgspec.Struct):
    """The members of a journal's event that say which one it is."""

    id: UUID
    idempotency_key: str
    fingerprint: str
    effective_date: date


_POSTED = msgspec.json.Decoder(_Posted)


@dataclass
class _Batch:
    """Requests on their way; everything is by their places."""

    entity_id: UUID
    requests: Sequence[Request]
    runner: Runner
    atomic: bool = False
    hook: Hook | None = None

    def answers(self) -> list[Answer]:
        """Read them, and do those that make sense."""
        claims: dict[int, Claim] = {}
        runs: dict[int, Run] = {}
        refused: dict[int, LedgerError] = {}
        for place, request in enumerate(self.requests):
            try:
                claims[place] = _claimed(request, self.runner)
                runs[place] = _run_of(request, claims[place], self.runner)
            except LedgerError as refusal:
                refused[place] = refusal
        known = look_up(self.entity_id, runs.values())
        done = self._attempt(runs, claims, refused, known)
        # Who named no date and no account is not refused because a day or an account was closed after the look at it.
        stale = [place for place, answer in done.items() if isinstance(answer.refusal, DayClosed | AccountClosed)]
        if stale and (now := look_up(self.entity_id, runs.values(), anew=True)) != known:
            again = runs if self.atomic else {place: runs[place] for place in stale}
            done |= self._attempt(again, claims, refused if self.atomic else {}, now)
        for answer in done.values():
            if answer.refusal is not None:
                answer.refusal.pointer = _pointer(answer.refusal.pointer)
        return [done[place] for place in range(len(self.requests))]

    def _attempt(
        self,
        runs: Mapping[int, Run],
        claims: Mapping[int, Claim],
        refused: Mapping[int, LedgerError],
        books: Known,
    ) -> dict[int, Answer]:
        """Post what can be; what is refused before is replayed where its key is known, because posting knows how."""
        made = drafts_of(self.entity_id, runs, self.runner, books)
        notes = {place: run for place, run in runs.items() if not run.moves}
        drafts = {place: one for place, one in made.items() if isinstance(one, Draft)}
        failed = {place: one for place, one in made.items() if isinstance(one, LedgerError)} | dict(refused)
        due = _turns(runs, drafts, notes, books.day)
        failed |= {place: turn.refusal() for place, turn in due.items() if turn.names() in books.taken}
        if failed:
            known = self._known({place: claims[place] for place in failed if place in claims})
            drafts, notes = _without(drafts, failed) | known, _without(notes, failed)
            failed = _without(failed, known)
        if failed and self.atomic:
            return self._refused_together(failed)
        once = {place: runs[place] for place in drafts if place in due}
        return self._written(dict(sorted(drafts.items())), once, notes) | _refusals(failed)

    def _known(self, claims: Mapping[int, Claim]) -> dict[int, Draft]:
        """Of those whose key was used before a draft without lines, which is enough to find what it was answered."""
        if not claims:
            return {}
        keys = {claim.key for claim in claims.values()}
        rows = IdempotencyKey.objects.filter(entity_id=self.entity_id, key__in=keys, issuer=self.runner.issuer)
        with borrowed_connection():
            used = set(rows.values_list("key", flat=True))
        return {
            place: Draft(claim.key, (), actor=self.runner.actor, issuer=claim.issuer, request=claim.fingerprint)
            for place, claim in claims.items()
            if claim.key in used
        }

    def _written(
        self, drafts: Mapping[int, Draft], due: Mapping[int, Run], notes: Mapping[int, Run]
    ) -> dict[int, Answer]:
        """Write them: through the group commit where nothing has to be remembered together with a journal."""
        if self.atomic and drafts and (due or notes):
            return self._going_again(drafts, partial(self._hooked, due=due, notes=notes))
        answers: dict[int, Answer] = {}
        if due or (drafts and self.hook is not None):
            step, places = settings.LEDGERFLOW_WRITER_BATCH_LIMIT, list(drafts)
            for start in range(0, len(places), step):
                part = {place: drafts[place] for place in places[start : start + step]}
                answers |= self._going_again(part, partial(self._hooked, due=due, notes={}))
        elif drafts:
            posted = post_many(self.entity_id, list(drafts.values()), atomic=self.atomic, checked=True)
            answers = self._whole(dict(zip(drafts, posted, strict=True)))
        return answers | (self._going_again(notes, self._noted) if notes else {})

    def _going_again(
        self, items: Mapping[int, Item], write_them: Callable[[Mapping[int, Item]], dict[int, Answer]]
    ) -> dict[int, Answer]:
        """Write items; when their transaction is taken back because some are refused, write it without those.

        Each time at least one is refused, so that it comes to an end.
        """
        refused: dict[int, LedgerError] = {}
        while len(refused) < len(items):
            try:
                return write_them(_without(items, refused)) | _refusals(refused)
            except TakenBackError as back:
                if self.atomic:
                    return self._refused_together(back.refusals)
                refused |= back.refusals
        return _refusals(refused)

    def _hooked(
        self, drafts: Mapping[int, Draft], due: Mapping[int, Run], notes: Mapping[int, Run]
    ) -> dict[int, Answer]:
        """Post with what belongs into the same transaction: turns, notes of what is atomic, and the caller's hook."""
        noted: dict[int, tuple[str, int]] = {}
        places: dict[tuple[str, str], int] = {}
        for place, draft in drafts.items():
            places.setdefault((draft.key, draft.request.hex()), place)

        def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
            if self.atomic and any(answer.refusal is not None for answer in answers):
                return
            new = [_POSTED.decode(answer.journal) for answer in answers if answer.status == "posted"]
            placed = [(places[one.idempotency_key, one.fingerprint], one) for one in new]
            wanted = {place: Turn(due[place], one.effective_date, one.id) for place, one in placed if place in due}
            if refused := turns.take(tx, wanted, self.runner.actor):
                raise TakenBackError(refused)
            if self.hook is not None:
                for one in new:
                    self.hook(tx, one.id)
            noted.update(turns.note(tx, notes, self.runner.actor, self.hook) if notes else {})

        posted = post_with_hook(self.entity_id, list(drafts.values()), hook, atomic=self.atomic, checked=True)
        answers = self._whole(dict(zip(drafts, posted, strict=True)))
        return answers | self._read(noted)

    def _noted(self, notes: Mapping[int, Run]) -> dict[int, Answer]:
        """Write the events of what moves nothing, in a transaction of their own."""

        def work(tx: Transaction, _: None) -> dict[int, tuple[str, int]]:
            return turns.note(tx, notes, self.runner.actor, self.hook)

        return self._read(write(self.entity_id, work, repeatable=True))

    def _read(self, noted: Mapping[int, tuple[str, int]]) -> dict[int, Answer]:
        """The answers that events are."""
        if not noted:
            return {}
        sequences = {sequence for _, sequence in noted.values()}
        with borrowed_connection():
            rows = Event.objects.filter(entity_id=self.entity_id, sequence__in=sequences)
            events = {one.sequence: one for one in rows}
        return {
            place: Answer(status, events[sequence].data.encode(), sequence, events[sequence].recorded_at)
            for place, (status, sequence) in noted.items()
        }

    def _whole(self, answers: dict[int, Answer]) -> dict[int, Answer]:
        """The answers; of what is atomic and was refused, those to everything that was asked for."""
        if not self.atomic:
            return answers
        faults = {place: answer.refusal for place, answer in answers.items() if answer.refusal is not None}
        own = {place: one for place, one in faults.items() if not isinstance(one, NeighbourRefused)}
        return self._refused_together(own) if own else answers

    def _refused_together(self, refused: Mapping[int, LedgerError]) -> dict[int, Answer]:
        """All are refused because of some."""
        neighbour = NeighbourRefused(item=min(refused))
        return _refusals({place: refused.get(place, neighbour) for place in range(len(self.requests))})


def _turns(
    runs: Mapping[int, Run], drafts: Mapping[int, Draft], notes: Mapping[int, Run], day: date | None
) -> dict[int, Turn]:
    """The turns of those that are due once."""
    dated = {place: draft.effective_date or day for place, draft in drafts.items()} | dict.fromkeys(notes, day)
    return {place: Turn(runs[place], on) for place, on in dated.items() if on is not None and runs[place].is_due_once}


def _pointer(of_draft: str) -> str:
    """Where in the request stands what is wrong with a draft, which its caller does not see."""
    if of_draft.startswith(("/lines/2/amount", "/lines/3/amount", "/lots/cost")):
        return "/cost"
    if of_draft.startswith("/lines/") and of_draft.endswith("/amount"):
        return "/amount"
    return "" if of_draft.startswith(("/lines/", "/lots/")) else of_draft


def _refusals(refused: Mapping[int, LedgerError]) -> dict[int, Answer]:
    return {place: Answer("refused", refusal=refusal) for place, refusal in refused.items()}


def _without(items: Mapping[int, Item], others: Mapping[int, Any]) -> dict[int, Item]:
    return {place: item for place, item in items.items() if place not in others}
