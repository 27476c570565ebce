"""The real ledger, database and all, beside the dictionary ledger of `model.py`: after each step they agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.changing import change_account, close_account, freeze_account
from accounts.models import Balance
from journals.drafts import Draft, Line
from journals.events import Answer, read_fact
from journals.hold_events import read_hold_fact
from journals.hold_states import HoldSpec
from journals.holds import use_cases as holds
from journals.holds.answering import HoldAnswer
from journals.holds.extending import extend_hold
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from tests.builders import TODAY, an_account, an_entity
from tests.holding import Later
from tests.properties.model import Account, CaptureRequest, Entry, Model

pytestmark = pytest.mark.every_server

CODES = ("cash", "wallet", "fees", "loan", "nobody")
TYPES = {"cash": "asset", "wallet": "liability", "fees": "income", "loan": "asset"}

ACCOUNT = st.sampled_from(CODES[:4])
ANY_ACCOUNT = st.sampled_from((*CODES[:4] * 4, CODES[4]))  # now and then one that is not there
CENTS = st.integers(1, 1000)
LIMIT = st.none() | st.integers(-500, 1000)
DAY = st.sampled_from([None, None, None, 0, -1, 1])
RARELY = st.sampled_from([False, False, False, False, False, True])


SOON = timedelta(hours=1)


def money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def the_date(day: int | None) -> date | None:
    return None if day is None else TODAY + timedelta(days=day)


def draft_of(entry: Entry) -> Draft:
    return Draft(
        key=entry.key,
        lines=tuple(Line(code, money(cents) or Decimal(0), expected_version=version) for code, cents, version in entry.lines),
        kind=entry.kind,
        effective_date=the_date(entry.day),
        confirm_unusual_date=True,
        override_limits="agreed" if entry.override else "",
        advance_business_date=entry.advance,
        actor="machine",
    )  # fmt: skip


def code_of(call: Callable[[], Any], done: str = "changed") -> str:
    try:
        answer = call()
    except LedgerError as refusal:
        return refusal.code
    return answer.status if isinstance(answer, Answer | HoldAnswer) else done


@st.composite
def transfers(draw: st.DrawFn) -> tuple[tuple[tuple[str, int, int | None], ...], str]:
    cents = draw(CENTS)
    version = draw(st.integers(0, 5)) if draw(RARELY) else None
    return ((draw(ANY_ACCOUNT), cents, version), (draw(ANY_ACCOUNT), -cents, None)), "transfer"


@st.composite
def journals(draw: st.DrawFn) -> tuple[tuple[tuple[str, int, int | None], ...], str]:
    lines: list[tuple[str, int, int | None]] = draw(
        st.lists(st.tuples(ACCOUNT, st.integers(-500, 500).filter(bool), st.none()), min_size=1, max_size=4)
    )
    rest = -sum(cents for _, cents, _ in lines) + draw(st.sampled_from([0] * 9 + [1])) or 7
    return (*lines, (draw(ACCOUNT), rest, None)), "manual"


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    lines, kind = draw(transfers() | journals())
    return {"lines": lines, "kind": kind, "day": draw(DAY), "override": draw(RARELY), "advance": draw(RARELY)}


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.entity: Entity = an_entity()
        self.keys = map(str, count(1))
        self.asked: list[Entry] = []
        self.ids: dict[str, UUID] = {}
        self.holds: dict[str, UUID] = {}
        self.captures: list[CaptureRequest] = []
        self.patch = pytest.MonkeyPatch()
        self.clock = Later(self.patch)

    @initialize(limits=st.lists(st.sampled_from([None, 0, -300, 1000]), min_size=4, max_size=4))
    def open_accounts(self, limits: list[int | None]) -> None:
        for code, limit in zip(CODES, limits, strict=False):
            low = None if limit is None or limit > 0 else limit
            high = limit if limit is not None and limit > 0 else None
            an_account(self.entity, code, TYPES[code], min_balance=money(low), max_balance=money(high))
            self.model.accounts[code] = Account(1 if TYPES[code] == "asset" else -1, low, high)

    def entry(self, request: dict[str, Any]) -> Entry:
        entry = Entry(next(self.keys), **request)
        self.asked.append(entry)
        return entry

    def remember(self, answers: list[Answer]) -> None:
        for answer in answers:
            if answer.journal:
                fact = read_fact(answer.journal)
                self.ids[fact.idempotency_key] = fact.id

    def post(self, entry: Entry) -> None:
        (answer,) = post_many(self.entity.id, [draft_of(entry)])
        assert (answer.refusal.code if answer.refusal else answer.status) == self.model.post(entry)
        self.remember([answer])

    @rule(request=requests())
    def post_one(self, request: dict[str, Any]) -> None:
        self.post(self.entry(request))

    @rule(some=st.lists(requests(), min_size=2, max_size=6), again=RARELY, atomic=st.booleans())
    def post_batch(self, some: list[dict[str, Any]], again: bool, atomic: bool) -> None:
        entries = [self.entry(request) for request in some]
        entries += entries[:1] if again else []
        answers = post_many(self.entity.id, [draft_of(entry) for entry in entries], atomic=atomic)
        codes = [answer.refusal.code if answer.refusal else answer.status for answer in answers]
        assert codes == self.model.batch(entries, atomic=atomic)
        self.remember(answers)

    @rule(request=requests(), data=st.data())
    def rehearse(self, request: dict[str, Any], data: st.DataObject) -> None:
        entry = Entry(next(self.keys), **request)
        expected = self.copied().post(entry).replace("posted", "would_post")
        assert code_of(lambda: post(self.entity.id, draft_of(entry), dry_run=True)) == expected

    def copied(self) -> Model:
        return Model(**{**self.model.__dict__, "posted": dict(self.model.posted), "reversed": set(self.model.reversed)})

    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        if self.asked:
            self.post(data.draw(st.sampled_from(self.asked)))

    @rule(data=st.data(), what=st.sampled_from(["amounts", "sides", "override", "day"]))
    def ask_something_else_with_a_used_key(self, data: st.DataObject, what: str) -> None:
        if not self.model.posted:
            return
        entry = self.model.posted[data.draw(st.sampled_from(sorted(self.model.posted)))][0]
        other = {
            "amounts": entry._replace(lines=tuple((code, 2 * cents, version) for code, cents, version in entry.lines)),
            "sides": entry._replace(lines=tuple((code, -cents, version) for code, cents, version in entry.lines)),
            "override": entry._replace(override=not entry.override),
            "day": entry._replace(day=-5),
        }
        self.post(other[what])

    @rule(data=st.data(), override=RARELY, day=DAY)
    def reverse(self, data: st.DataObject, override: bool, day: int | None) -> None:
        if not self.model.posted:
            return
        original, key = data.draw(st.sampled_from(sorted(self.model.posted))), next(self.keys)
        reason = "agreed" if override else ""

        def call() -> Answer:
            answer = reverse_journal(
                self.entity.id,
                self.ids[original],
                key=key,
                effective_date=the_date(day),
                override_limits=reason,
                actor="machine",
            )
            self.remember([answer])
            return answer

        assert code_of(call) == self.model.reverse(key, original, day, override=override)

    @rule(code=ANY_ACCOUNT, cents=CENTS, expires=st.booleans())
    def place_hold(self, code: str, cents: int, expires: bool) -> None:
        key = next(self.keys)
        spec = HoldSpec(code, money(cents) or Decimal(0), expires_at=clocks.now() + SOON if expires else None)

        def call() -> HoldAnswer:
            answer = holds.place_hold(self.entity.id, spec, key=key, actor="machine")
            assert holds.place_hold(self.entity.id, spec, key=key, actor="machine").hold == answer.hold
            self.holds[key] = read_hold_fact(answer.hold).id
            return answer

        assert code_of(call) == self.model.place(key, code, cents, expires=expires)

    @rule(data=st.data(), counter=ACCOUNT, cents=st.none() | CENTS, remainder=RARELY)
    def capture_hold(self, data: st.DataObject, counter: str, cents: int | None, remainder: bool) -> None:
        if self.holds:
            hold = data.draw(st.sampled_from(sorted(self.holds)))
            self.captures.append(CaptureRequest(next(self.keys), hold, counter, cents, remainder))
            self.capture(self.captures[-1])

    @rule(data=st.data(), doubled=RARELY)
    def capture_again(self, data: st.DataObject, doubled: bool) -> None:
        if self.captures:
            asked = data.draw(st.sampled_from(self.captures))
            self.capture(asked._replace(cents=2 * (asked.cents or 1)) if doubled else asked)

    def capture(self, asked: CaptureRequest) -> None:
        def call() -> HoldAnswer:
            answer = holds.capture_hold(
                self.entity.id, self.holds[asked.hold], key=asked.key, counter_account=asked.counter,
                amount=money(asked.cents), release_remainder=asked.remainder, actor="machine",
            )  # fmt: skip
            self.ids[asked.key] = read_fact(answer.journal).id
            return answer

        assert code_of(call) == self.model.capture(asked)

    @rule(data=st.data(), cents=st.none() | CENTS)
    def release_hold(self, data: st.DataObject, cents: int | None) -> None:
        if self.holds:
            hold = data.draw(st.sampled_from(sorted(self.holds)))
            key, amount = next(self.keys), money(cents)
            call = lambda: holds.release_hold(self.entity.id, self.holds[hold], key=key, amount=amount, actor="machine")  # noqa: E731
            assert code_of(call) == self.model.release(hold, cents)

    @rule(data=st.data(), expires=st.booleans())
    def extend_hold(self, data: st.DataObject, expires: bool) -> None:
        if self.holds:
            hold = data.draw(st.sampled_from(sorted(self.holds)))
            key, until = next(self.keys), clocks.now() + SOON if expires else None
            call = lambda: extend_hold(self.entity.id, self.holds[hold], key=key, expires_at=until, actor="machine")  # noqa: E731
            assert code_of(call) == self.model.extend(hold, expires=expires)

    @rule(swept=st.booleans())
    def pass_time(self, swept: bool) -> None:
        self.clock.by(hours=2)
        self.model.pass_time()
        if swept:
            assert holds.expire_holds(self.entity.id) == self.model.expire()

    @rule(code=ACCOUNT, outflow=RARELY, inflow=RARELY)
    def freeze(self, code: str, outflow: bool, inflow: bool) -> None:
        account = self.model.accounts[code]
        expected = "account_closed" if account.closed else "changed"
        call = lambda: freeze_account(self.entity.id, code, outflow=outflow, inflow=inflow, actor="machine")  # noqa: E731
        assert code_of(call) == expected
        if not account.closed:
            account.no_outflow, account.no_inflow = outflow, inflow

    @rule(code=ACCOUNT, low=LIMIT, high=LIMIT)
    def change_limits(self, code: str, low: int | None, high: int | None) -> None:
        changes = {"min_balance": money(low), "max_balance": money(high)}
        outcome = code_of(lambda: change_account(self.entity.id, code, changes, actor="machine"))
        assert outcome == self.model.set_limits(code, low, high)

    @rule(code=ACCOUNT, sure=RARELY)
    def close(self, code: str, sure: bool) -> None:
        if not sure:  # a closed account has nothing more to tell
            return
        account = self.model.accounts[code]
        expected = (
            "account_closed"
            if account.closed
            else "account_not_empty"
            if account.balance or account.held
            else "changed"
        )
        assert code_of(lambda: close_account(self.entity.id, code, actor="machine")) == expected
        account.closed = account.closed or expected == "changed"

    @invariant()
    def they_agree(self) -> None:
        rows = Balance.objects.filter(account__entity=self.entity).values_list(
            "account__code", "debits", "credits", "version", "overridden", "min_balance", "max_balance", "held"
        )
        found = {code: tuple(values) for code, *values in rows}
        assert found == {
            code: (
                money(a.debits),
                money(a.credits),
                a.version,
                a.overridden,
                money(a.low),
                money(a.high),
                money(a.held),
            )
            for code, a in self.model.accounts.items()
        }

    def teardown(self) -> None:
        self.patch.undo()
        assert verify_books(self.entity.id) == []
        stored = Entity.objects.get(id=self.entity.id)
        assert stored.business_date == the_date(self.model.today)


TestLedger = LedgerMachine.TestCase
# A quarter of what pure properties get: 25 runs, or 250 with HYPOTHESIS_PROFILE=search.
TestLedger.settings = settings(max_examples=settings().max_examples // 4, stateful_step_count=20)
