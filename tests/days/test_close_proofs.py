"""What a close must prove, and what becomes of one that cannot, or whose steps are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from django.db import connections

from accounts.errors import AccountFrozen
from fx.rates.errors import RateMissing
from journals.days.closing import running
from journals.days.closing.running import cancel_close, close_day, close_through
from journals.days.closing.snapshots import frozen_trial_balance, summed
from journals.days.closing.totals import prove
from journals.days.errors import CloseFailed, CloseInProgress
from journals.days.models import DayClose
from journals.days.policies import MAX_HOLIDAYS, set_day_policy
from journals.proof.ledger import verify_books
from ledgerflow.books.connections import close_idle
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed, NotFound
from ledgerflow.core.plugins import CloseStep, NewDayJob, registry
from tests.attacks import connect
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted

TOMORROW = TODAY + timedelta(days=1)
OF = "account_id = (SELECT id FROM accounts_account WHERE entity_id = %s AND code = %s) AND day = %s"


def some_books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    return entity


@pytest.fixture(scope="module")
def books() -> Entity:
    """Two closed days; on the second, only equity and a third account moved."""
    entity = some_books()
    an_account(entity, "loan", "liability")
    posted(entity, a_transfer("cash", "equity", "10.00"))
    close_day(entity.id, actor="t")
    posted(entity, a_transfer("equity", "loan", "4.00"))
    close_day(entity.id, actor="t")
    return entity


@pytest.fixture
def forger(forger: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    for check in ("day_snapshot_adds_up", "day_snapshot_amounts_sane"):
        forger.execute(f"ALTER TABLE days_daysnapshot DROP CONSTRAINT {check}".encode())
    return forger


def forge(connection: psycopg.Connection[Any], books: Entity, code: str, day: date, change: str) -> None:
    done = connection.execute(f"UPDATE days_daysnapshot SET {change} WHERE {OF}".encode(), (books.id, code, day))
    assert done.rowcount == 1


def proof_of(connection: psycopg.Connection[Any], books: Entity) -> list[str]:
    """The faults of the second day's close, proven again."""
    run = DayClose.objects.get(entity=books, day=TOMORROW)
    params = {"entity": books.id, "day": run.day, "number": run.number, "previous": TODAY, "base": TODAY}
    lines = frozen_trial_balance(connection, books.id, run.day, run.number)
    return prove(connection, params, summed(lines, books.code, run.day)).faults


def test_an_honest_snapshot_is_proven(forger: psycopg.Connection[Any], books: Entity) -> None:
    assert proof_of(forger, books) == []


@pytest.mark.parametrize(
    "code, day, change, faults",
    [
        ("loan", TOMORROW, "closing = closing - 1", [
            "In EUR, opening and movements do not make the closing balance.",
            "All accounts in EUR add up to -1.00, not to zero.",
        ]),
        ("loan", TOMORROW, "credits = credits + 1, closing = closing - 1", [
            "All accounts in EUR add up to -1.00, not to zero.",
            "loan: debits, credits or count are not those of its postings.",
        ]),
        ("loan", TOMORROW, "count = count + 1", ["loan: debits, credits or count are not those of its postings."]),
        ("equity", TOMORROW, "opening = opening + 1", [
            "In EUR, opening and movements do not make the closing balance.",
            "equity: opens with -9.00, but closed the day before with -10.00.",
        ]),
        ("cash", TODAY, "closing = closing + 1", ["All accounts in EUR add up to 1.00, not to zero."]),
    ],
    ids=["closing", "movement", "count", "opening", "of an idle account"],
)  # fmt: skip
def test_what_was_tampered_with_is_named(
    forger: psycopg.Connection[Any], books: Entity, code: str, day: date, change: str, faults: list[str]
) -> None:
    forge(forger, books, code, day, change)
    found = proof_of(forger, books)
    assert [fault for fault in found if "from the first on" not in fault] == faults


def test_the_sample_goes_back_to_the_first_posting(forger: psycopg.Connection[Any], books: Entity) -> None:
    """All that is frozen agrees with itself, and with nothing that was posted."""
    forge(forger, books, "cash", TODAY, "opening = opening + 1, closing = closing + 1")
    forge(forger, books, "equity", TODAY, "opening = opening - 1, closing = closing - 1")
    forge(forger, books, "equity", TOMORROW, "opening = opening - 1, closing = closing - 1")
    forge(forger, books, "loan", TOMORROW, "opening = opening - 1, closing = closing - 1")
    found = [fault for fault in proof_of(forger, books) if "from the first on" in fault]
    assert len(found) == 1, "one account of three is looked at"


def tampering(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody changes the snapshot before it is proven, and commits."""
    original = running.WORK["proof"]

    def work(*given: Any) -> Any:
        with connect() as connection:
            connection.execute("SET session_replication_role = replica")
            change = "debits = debits + 1, closing = closing + 1, total_debits = total_debits + 1"
            forge(connection, books, "cash", TODAY, change)
            connection.commit()
        return original(*given)

    monkeypatch.setitem(running.WORK, "proof", work)


def test_a_close_that_is_not_proven_fails_and_starts_again_from_a_new_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    books = some_books()
    posted(books, a_transfer("cash", "equity", "10.00"))
    with monkeypatch.context() as patch:
        tampering(books, patch)
        with pytest.raises(CloseFailed) as refused:
            close_day(books.id, actor="t")
    assert "All accounts in EUR add up to 1.00, not to zero." in refused.value.data["faults"]
    assert DayClose.objects.get(entity=books).day == TODAY
    with pytest.raises(CloseFailed):
        close_day(books.id, actor="t")
    cancel_close(books.id, TODAY, reason="somebody was in the database", actor="t")
    assert close_day(books.id, actor="t").version == 2
    assert verify_books(books.id) == []


@contextmanager
def without_guards() -> Iterator[None]:
    """The writer connects as a superuser who has switched triggers off."""
    options = connections["writer"].settings_dict["OPTIONS"]
    usual = options["options"]
    close_idle()
    options["options"] = f"{usual} -c session_replication_role=replica"
    yield
    options["options"] = usual
    close_idle()


def test_what_gets_in_behind_the_snapshot_fails_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    books = some_books()
    posted(books, a_transfer("cash", "equity", "10.00"))
    original = running.WORK["close"]

    def close(*given: Any) -> Any:
        late = a_transfer("cash", "equity", "1.00", effective_date=TODAY)
        with without_guards():
            posted(books, msgspec.structs.replace(late, kind="fx_revaluation"))
        return original(*given)

    with monkeypatch.context() as patch:
        patch.setitem(running.WORK, "close", close)
        with pytest.raises(CloseFailed, match="Journal 2 was dated into the day"):
            close_day(books.id, actor="t")
    cancel_close(books.id, TODAY, reason="start again", actor="t")
    assert close_day(books.id, actor="t").totals == {"EUR": {"debits": "11.00", "credits": "11.00"}}
    assert verify_books(books.id) == []


def test_a_revaluation_that_is_refused_stops_the_close_until_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    books = some_books()

    def refused(*_given: Any) -> dict[str, Any]:
        message = "There is no rate."
        raise RateMissing(message)

    with monkeypatch.context() as patch:
        patch.setattr(registry, "close_steps", {"revaluation": CloseStep("revaluation", refused)})
        with pytest.raises(RateMissing):
            close_day(books.id, actor="t")
    record = close_day(books.id, actor="t")
    steps = [(step.step, step.outcome) for step in record.steps if step.step == "revaluation"]
    assert steps == [("revaluation", "failed"), ("revaluation", "done")]


def test_what_is_refused_on_the_new_day_does_not_keep_the_old_one_open(monkeypatch: pytest.MonkeyPatch) -> None:
    books = some_books()

    def refused(*_given: Any) -> dict[str, Any]:
        message = "The account is frozen."
        raise AccountFrozen(message)

    monkeypatch.setattr(registry, "new_day_jobs", {"rent": NewDayJob("rent", refused)})
    record = close_day(books.id, actor="t")
    assert (record.status, record.steps[-1].outcome) == ("closed", "warned")
    refused_job = {"job": "rent", "code": "account_frozen", "message": "The account is frozen."}
    assert record.steps[-1].detail == {"refused": [refused_job]}


@pytest.mark.parametrize("again", ["close_day", "close_through", "finish_close"])
def test_a_new_day_that_was_cut_short_is_begun_by_whoever_comes_next(
    monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    books = some_books()
    begun: list[date] = []

    def begin(_entity: UUID, day: date, _actor: str) -> dict[str, Any]:
        if not begun:
            begun.append(day)
            message = "the power is gone"
            raise KeyboardInterrupt(message)
        begun.append(day)
        return {}

    monkeypatch.setattr(registry, "new_day_jobs", {"rent": NewDayJob("rent", begin)})
    with pytest.raises(KeyboardInterrupt):
        close_day(books.id, actor="t")
    ways: dict[str, Callable[[], object]] = {
        "close_day": lambda: close_day(books.id, TODAY, actor="t"),
        "close_through": lambda: list(close_through(books.id, TODAY, actor="t")),
        "finish_close": lambda: running.finish_close(books.id, actor="t"),
    }
    for _ in range(2):
        ways[again]()
    assert begun == [TOMORROW, TOMORROW]


@pytest.mark.parametrize("step", ["checks", "snapshot"])
def test_who_lost_the_turn_unnoticed_is_told_that_somebody_else_has_gone_on(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    entity = some_books()
    posted(entity, a_transfer("cash", "equity", "10.00"))
    with monkeypatch.context() as patched:
        patched.setattr(running, "_left", lambda _: [step, step])
        with pytest.raises(CloseInProgress):
            close_day(entity.id, actor="t")
    assert close_day(entity.id, actor="t").status == "closed"
    assert verify_books(entity.id) == []


def test_books_that_are_not_there() -> None:
    with pytest.raises(NotFound):
        close_day(uuid4(), actor="t")


@pytest.mark.parametrize(
    "changes, pointer",
    [
        ({"cutoff": 1}, "/cutoff"),
        ({"holidays": {str(date(2026, 1, 1) + timedelta(days=n)): "x" for n in range(MAX_HOLIDAYS + 1)}}, "/holidays"),
        ({"cut_off_minutes": "noon"}, "/cut_off_minutes"),
    ],
    ids=["unknown", "holidays", "type"],
)
def test_a_policy_is_checked_whoever_sets_it(books: Entity, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        set_day_policy(books.id, changes, actor="t")
    assert refused.value.pointer == pointer


def test_giving_up_needs_a_reason(books: Entity) -> None:
    with pytest.raises(Malformed):
        cancel_close(books.id, TODAY, reason=" ", actor="t")
