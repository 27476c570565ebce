"""The real books beside the model of a wallet: after each step every lot stands as the model says."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from journals.drafts import Draft
from journals.events import Answer
from journals.hold_events import read_hold_fact
from journals.hold_states import HoldSpec
from journals.holds.use_cases import capture_hold, place_hold, release_hold
from journals.lots.expiring import expire_lots
from journals.lots.models import Lot
from journals.posting import post_many
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.entities import advance_business_date
from ledgerflow.core.errors import LedgerError
from tests.builders import balance_of
from tests.lots.granting import credit_books, day, fact_of, grant, sale, spend
from tests.lots.model import FOREVER, WalletModel

pytestmark = pytest.mark.every_server

AMOUNT = st.integers(1, 12)
WORD = st.sampled_from(["", "", "app:ai"])
GRANT = st.tuples(
    AMOUNT, st.integers(0, 1), st.none() | st.integers(0, 2), st.booleans(), WORD, st.sampled_from([0, 0, 1])
)
SPEND = st.tuples(AMOUNT, WORD)


class LotMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.books = credit_books()
        self.model = WalletModel()
        self.numbers = count(1)
        self.journals: dict[int, UUID] = {}
        self.holds: dict[int, tuple[UUID, int]] = {}

    def granted(self, wanted: tuple[int, int, int | None, bool, str, int]) -> tuple[Draft, int]:
        """The draft of a grant, and the same in the model; what is paid for costs a cent for three."""
        amount, priority, lasts, paid, word, waits = wanted
        today, number = self.model.today, next(self.numbers)
        valid, last = today + waits, FOREVER if lasts is None else today + waits + lasts
        self.model.grant(number, amount, priority=priority, last=last, paid=paid, valid=valid, word=word)
        terms: dict[str, Any] = {"priority": priority, "valid_from": day(valid), "usable_for": (word,) if word else ()}
        if lasts is not None:
            terms |= {"expires_on": day(last), "expiry_account": "expired"}
        if paid:
            return sale(str(amount), str(Decimal(amount + 2) / 100), **terms), number
        return grant(str(amount), **terms), number

    def same(self, drafts: list[tuple[Draft, int, str]]) -> None:
        """Post drafts in one request: each is answered as the model says."""
        answers = post_many(self.books.id, [draft for draft, _, _ in drafts])
        assert [self.told(answer) for answer in answers] == [said for _, _, said in drafts]
        for answer, (_, number, said) in zip(answers, drafts, strict=True):
            if said == "posted":
                self.journals[number] = fact_of(answer).id

    def told(self, answer: Answer) -> str:
        return answer.refusal.code if answer.refusal else answer.status

    @rule(steps=st.lists(GRANT | SPEND, min_size=1, max_size=4))
    def batch(self, steps: list[tuple[int, ...]]) -> None:
        drafts = []
        for step in steps:
            if len(step) > 2:
                drafts.append((*self.granted(step), "posted"))  # type: ignore[arg-type]
            else:
                amount, word = step
                number = next(self.numbers)
                said = self.model.spend(number, amount, str(word))
                drafts.append((spend(str(amount), *([str(word)] if word else [])), number, said))
        self.same(drafts)

    @rule(which=st.integers(0, 99), override=st.booleans())
    def reverse(self, which: int, override: bool) -> None:
        if not self.journals:
            return
        number = list(self.journals)[which % len(self.journals)]
        by = next(self.numbers)
        said = self.model.reverse(number, by, override=override)
        reason = "told to" if override else ""
        try:
            reverse_journal(self.books.id, self.journals[number], key=f"r{by}", override_limits=reason, actor="test")
            found = "posted"
        except LedgerError as refusal:
            found = refusal.code
        assert found == said
        if found == "posted":
            del self.journals[number]

    @rule(amount=AMOUNT)
    def hold(self, amount: int) -> None:
        number = next(self.numbers)
        said = self.model.hold(number, amount)
        try:
            spec = HoldSpec("wallet", Decimal(amount))
            answer = place_hold(self.books.id, spec, key=f"h{number}", actor="test")
            self.holds[number] = read_hold_fact(answer.hold).id, amount
            found = answer.status
        except LedgerError as refusal:
            found = refusal.code
        assert found == said

    @rule(which=st.integers(0, 9), amount=AMOUNT, captures=st.booleans())
    def end_hold(self, which: int, amount: int, captures: bool) -> None:
        if not self.holds:
            return
        number = list(self.holds)[which % len(self.holds)]
        hold, left = self.holds.pop(number)
        amount, journal = min(amount, left), next(self.numbers)
        if left > amount:
            self.holds[number] = hold, left - amount
        part = Decimal(amount)
        if captures:
            self.model.capture(journal, number, amount)
            answer = capture_hold(
                self.books.id, hold, key=f"c{journal}", counter_account="used", amount=part, actor="test"
            )
            assert answer.status == "captured"
        else:
            self.model.release(number, amount)
            release_hold(self.books.id, hold, key=f"c{journal}", amount=part, actor="test")

    @rule()
    def next_day(self) -> None:
        self.model.today += 1
        advance_business_date(self.books, day(self.model.today), actor="test")
        self.model.expire()
        assert "refused" not in expire_lots(self.books.id, day(self.model.today), "test")

    @invariant()
    def they_agree(self) -> None:
        rows = Lot.objects.filter(entity=self.books).order_by("arrival")
        assert [(int(lot.remaining), int(lot.pinned)) for lot in rows] == [
            (lot["left"], sum(lot["pins"].values())) for lot in self.model.lots
        ]
        left = sum(lot["left"] for lot in self.model.lots)
        assert str(balance_of(self.books, "wallet")).lstrip("-") == str(abs(left - self.model.owed))
        deferred = sum((lot.cost_left for lot in rows), Decimal(0))
        assert str(balance_of(self.books, "deferred")).lstrip("-") == f"{deferred:.2f}"

    def teardown(self) -> None:
        assert verify_books(self.books.id) == []


TestLots = LotMachine.TestCase
# Six runs, or sixty with HYPOTHESIS_PROFILE=search.
TestLots.settings = settings(max_examples=settings().max_examples // 16, stateful_step_count=25)
