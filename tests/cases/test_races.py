"""Two runs that have found the same at the same time: the second one looks again, under the lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from journals.proof.ledger import verify_books
from recon.cases import running
from recon.cases.errors import ReconExceptionOpenAlready
from recon.cases.findings import AccountOfBank
from recon.cases.planning import FoundCase, Subject
from recon.statements.models import BankAccount
from tests.builders import TODAY
from tests.cases.reconciling import books_with_a_bank, open_cases, said

pytestmark = pytest.mark.every_server
RUNS = 4


@pytest.fixture
def bank() -> BankAccount:
    found = books_with_a_bank()
    said(found, ("-3.00", "FEE-77777"))
    return found


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of some threads gives that begin together, or what it raises."""
    barrier = Barrier(RUNS)

    def one(_: int) -> Any:
        barrier.wait()
        try:
            return work()
        except ReconExceptionOpenAlready as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(RUNS) as pool:
        return list(pool.map(one, range(RUNS)))


def opening(bank: BankAccount) -> Callable[[], int]:
    """What every run wants to open, whatever the others have done since it looked."""
    line = bank.lines.get()
    found = FoundCase("missing_in_books", Subject(line.pk), TODAY, line.amount, (), "found by several")
    account = AccountOfBank(bank.pk, bank.account_id, "BANK")
    return lambda: running._open(bank.entity_id, account, [found], "test").total()


def test_one_of_them_opens_the_exception(bank: BankAccount) -> None:
    assert sorted(at_once(opening(bank))) == [0] * (RUNS - 1) + [1]
    assert open_cases(bank) == [("missing_in_books", "-3.00")]
    assert verify_books(bank.entity_id) == []


def test_without_the_look_under_the_lock_only_the_database_is_in_the_way(
    bank: BankAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_held", lambda *_: set())
    answers = at_once(opening(bank))
    assert [one for one in answers if one == 1] == [1]
    assert sum(isinstance(one, ReconExceptionOpenAlready) for one in answers) == RUNS - 1
