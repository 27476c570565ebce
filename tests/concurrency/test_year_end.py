"""The year end while others post: what was acknowledged before it is in it, and nothing comes after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from journals.errors import PeriodClosed
from journals.events import Answer
from journals.models import Journal
from journals.periods import year_end
from journals.periods.use_cases import close_period
from journals.periods.year_end import YearEnd, close_year
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity
from tests.builders import a_transfer
from tests.calendars import YEAR_END, books_on, close, months, year
from tests.concurrency.races import Race, post_elsewhere

pytestmark = pytest.mark.every_server

POSTERS, EACH = 3, 8


def adjusting(entity: Entity) -> Callable[[], list[Answer]]:
    """Adjustments of 1.00, one after the other."""
    late = {"layer": "adjustment", "effective_date": YEAR_END}
    return lambda: [post_elsewhere(entity, a_transfer("rent", "cash", "1.00", **late))[0] for _ in range(EACH)]


def closing(entity: Entity, key: str) -> Callable[[], YearEnd]:
    def work() -> YearEnd:
        close_period(entity.id, months(entity)[-1].id, actor="test")
        return close_year(entity.id, year(entity).id, key=key, actor="test")

    return work


def almost_closed() -> Entity:
    entity = books_on(YEAR_END)
    close(entity, YEAR_END)
    for month in months(entity)[:-1]:
        close_period(entity.id, month.id, actor="test")
    return entity


def test_every_adjustment_is_in_it_or_refused() -> None:
    entity = almost_closed()
    race = Race(*(adjusting(entity) for _ in range(POSTERS)), closing(entity, "k"))
    race.start()
    *answered, done = race.finish()
    outcomes = [answer for answers in answered for answer in answers]
    posted = sum(answer.status == "posted" for answer in outcomes)
    refused = [answer.refusal for answer in outcomes if answer.refusal is not None]
    assert len(outcomes) == POSTERS * EACH == posted + len(refused)
    assert {type(refusal) for refusal in refused} <= {PeriodClosed}
    assert done.status == "posted"
    assert balance_then(entity.id, "rent", as_of=YEAR_END).balance == "0.00"
    assert balance_then(entity.id, "profits", as_of=YEAR_END).balance == f"{-posted}.00".replace("-0.00", "0.00")
    assert verify_books(entity.id) == []


def test_of_two_year_ends_at_once_one_is_done(monkeypatch: Any) -> None:
    entity = almost_closed()
    post_elsewhere(entity, a_transfer("rent", "cash", "5.00", layer="adjustment", effective_date=YEAR_END))
    race = Race(closing(entity, "one"), closing(entity, "two"))
    drafts_of = year_end._drafts

    def stopping(*args: Any) -> Any:
        race.stop_here()  # both have read the figures, neither has posted
        return drafts_of(*args)

    monkeypatch.setattr(year_end, "_drafts", stopping)
    race.start()
    first, second = race.finish()
    assert sorted((first.status, second.status)) == ["posted", "replayed"]
    assert first.journals == second.journals
    assert Journal.objects.filter(entity=entity, kind="closing").count() == 1
