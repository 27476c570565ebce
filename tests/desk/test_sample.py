"""The sample company: the same from the same seed, in balance, and with something to do at the desk."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from journals.days.closing.running import close_day, next_day
from journals.days.errors import CloseBlocked
from journals.drafts import Draft
from journals.holds.models import Hold
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.desk.sample import seeding
from ledgerflow.desk.sample.trade import Trade
from recon.statements.models import StatementLine

FIRST = date(2026, 3, 2)


def a_month(seed: int) -> list[Draft]:
    trade = Trade(seed)
    return [*trade.opening(FIRST), *(one for day in range(30) for one in trade.on(FIRST + timedelta(days=day)))]


def test_a_seed_makes_the_same_journals_each_time() -> None:
    first = a_month(1)
    assert first == a_month(1)
    assert first != a_month(2)
    assert {sum(line.amount for line in draft.lines) for draft in first} == {Decimal(0)}
    assert len({draft.key for draft in first}) == len(first) > 100


@pytest.mark.usefixtures("_database")
def test_books_are_left_as_somebody_finds_them_at_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "DAYS", 13)
    monkeypatch.setattr(seeding, "OPEN_DAYS", 6)
    code = f"t-{uuid4().hex[:12]}"
    call_command("seed_desk", code=code, first_day=FIRST, stdout=StringIO())
    entity = Entity.objects.get(code=code)
    assert (entity.name, entity.business_date) == ("Hansen & Söhne", date(2026, 3, 14))
    assert entity.accounts.filter(is_header=False, currency="EUR").count() >= 50
    assert Journal.objects.filter(entity=entity).count() > 30
    assert Hold.objects.filter(entity=entity, status="active").count() == 2
    assert StatementLine.objects.filter(statement__entity=entity, amount=Decimal("-12.90")).exists()
    with pytest.raises(CloseBlocked, match="suspense"):
        close_day(entity.pk, next_day(entity), actor="test")
    with pytest.raises(CommandError, match="already"):
        call_command("seed_desk", code=code, first_day=FIRST, stdout=StringIO())
