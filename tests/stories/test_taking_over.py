"""Books taken over from another system: opening balances against opening equity, which ends at zero."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.rollups import rollup_now
from journals.openings import opening_equity_left, post_opening_balances
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.stories.worksheet import is_proven, total, trial_balance

ASSETS = [("bank", "8000"), ("receivables", "1500.75"), ("machines", "4000"), ("worn off", "1000")]
THE_REST = [("payables", "2300.75"), ("loan", "5000"), ("capital", "5200")]


@pytest.fixture
def workshop() -> Entity:
    entity = an_entity(name="Workshop, 12th year")
    an_account(entity, "assets", is_header=True)
    for code in ("bank", "receivables", "machines"):
        an_account(entity, code, parent="assets")
    an_account(entity, "worn off", parent="assets", normal_side="credit", name="Accumulated depreciation")
    an_account(entity, "payables", "liability")
    an_account(entity, "loan", "liability")
    an_account(entity, "capital", "equity")
    return entity


def take_over(entity: Entity, figures: list[tuple[str, str]]) -> list[str]:
    answers = post_opening_balances(
        entity.id, [(code, Decimal(amount)) for code, amount in figures], actor="accountant"
    )
    return [answer.refusal.code if answer.refusal else answer.status for answer in answers]


def test_the_old_trial_balance_is_the_new_one(workshop: Entity) -> None:
    assert take_over(workshop, ASSETS) == ["posted"] * 4
    assert opening_equity_left(workshop.id) == {"EUR": "12500.75"}
    assert take_over(workshop, THE_REST) == ["posted"] * 3
    assert opening_equity_left(workshop.id) == {"EUR": "0.00"}
    debits, credits_ = trial_balance(workshop)
    assert debits == {"bank": "8000.00", "receivables": "1500.75", "machines": "4000.00"}
    assert credits_ == {"worn off": "1000.00", "payables": "2300.75", "loan": "5000.00", "capital": "5200.00"}
    assert total(debits) == total(credits_) == "13500.75"
    assert rollup_now(workshop.id, "assets").totals[0].balance == "12500.75"
    assert is_proven(workshop)


def test_they_stand_before_the_first_day(workshop: Entity) -> None:
    take_over(workshop, ASSETS + THE_REST)
    posted(workshop, a_transfer("payables", "bank", "2300.75"))
    evening_before = TODAY - timedelta(days=1)
    assert balance_then(workshop.id, "bank", as_of=evening_before - timedelta(days=1)).balance == "0.00"
    assert balance_then(workshop.id, "bank", as_of=evening_before).balance == "8000.00"
    assert balance_then(workshop.id, "bank", as_of=TODAY).balance == "5699.25"


def test_taking_over_again_changes_nothing_and_other_figures_are_refused(workshop: Entity) -> None:
    take_over(workshop, ASSETS)
    assert take_over(workshop, ASSETS) == ["replayed"] * 4
    assert take_over(workshop, [("bank", "8000.01"), *THE_REST]) == ["idempotency_key_reused", *["posted"] * 3]
    assert opening_equity_left(workshop.id) == {"EUR": "0.00"}
    assert is_proven(workshop)
