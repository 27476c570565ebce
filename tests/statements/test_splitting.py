"""Splitting a line and joining it again, as the room of matches does inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.books.writing import write
from ledgerflow.core.errors import LedgerError, PrecisionExceeded
from recon.statements.changing import undo_import
from recon.statements.errors import (
    LineNotSplit,
    LineSplit,
    PartRefused,
    PartsCount,
    PartsDisagree,
    StatementLineNotFound,
    StatementUndone,
)
from recon.statements.models import BankAccount, StatementLine
from recon.statements.splitting import Part, join_in, split_in
from tests.builders import an_entity
from tests.statements.banking import a_bank_account, a_statement_file, imported, lines_stored


def a_line() -> tuple[Entity, BankAccount, UUID]:
    entity = an_entity()
    bank = a_bank_account(entity)
    imported(entity, bank, a_statement_file(("97.00", "PAYOUT"), ("1.00", "B")))
    return entity, bank, lines_stored(bank)[0].pk


def split(entity: Entity, line: UUID, *parts: Any) -> list[UUID]:
    wanted: Sequence[Part] = [one if isinstance(one, Part) else Part(Decimal(one)) for one in parts]
    return write(entity.id, lambda tx, _: split_in(tx, line, wanted, actor="test"))


def join(entity: Entity, line: UUID) -> list[UUID]:
    return write(entity.id, lambda tx, _: join_in(tx, line, actor="test"))


def test_parts_stand_for_their_line_until_it_is_joined() -> None:
    entity, bank, line = a_line()
    ids = split(entity, line, Part(Decimal("100.00"), text="sales"), Part(Decimal("-3.00"), "FEE"))
    parts = list(StatementLine.objects.filter(parent=line).order_by("part"))
    assert [one.pk for one in parts] == ids
    assert [(str(one.amount), one.customer_reference, one.text) for one in parts] == [
        ("100.00", "PAYOUT", "sales"), ("-3.00", "FEE", "a payment"),
    ]  # fmt: skip
    assert StatementLine.objects.get(pk=line).is_split
    assert join(entity, line) == ids
    assert [str(one.amount) for one in lines_stored(bank)] == ["97.00", "1.00"]
    split(entity, line, "90.00", "7.00")
    assert [one.part for one in StatementLine.objects.filter(parent=line, is_undone=False).order_by("part")] == [3, 4]


@pytest.mark.parametrize(
    "parts, refusal",
    [
        (["97.00"], PartsCount),
        (["0.97"] * 101, PartsCount),
        (["97.00", "0.00"], PartRefused),
        (["97.00", "NaN"], PartRefused),
        (["96.995", "0.005"], PrecisionExceeded),
        (["96.00", "0.99"], PartsDisagree),
    ],
)
def test_parts_that_are_refused(parts: list[str], refusal: type[LedgerError]) -> None:
    entity, _, line = a_line()
    with pytest.raises(refusal):
        split(entity, line, *parts)


def test_a_line_is_split_once_and_a_part_never() -> None:
    entity, _, line = a_line()
    first, _ = split(entity, line, "90.00", "7.00")
    for one in (line, first):
        with pytest.raises(LineSplit):
            split(entity, one, "45.00", "45.00")
    with pytest.raises(LineNotSplit):
        join(entity, first)
    with pytest.raises(StatementLineNotFound):
        split(entity, uuid4(), "1.00", "1.00")


def test_undoing_an_import_takes_the_parts_along() -> None:
    entity, bank, line = a_line()
    split(entity, line, "90.00", "7.00")
    statement = StatementLine.objects.get(pk=line).statement_id
    undo_import(entity.id, statement, reason="wrong", key=uuid4().hex, actor="test")
    assert lines_stored(bank) == []
    with pytest.raises(StatementUndone):
        join(entity, line)
