"""Whatever dies in the middle: nothing twice, nothing lost, nobody waits for ever, and the same key tells."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from accounts.errors import AccountExists
from accounts.opening import open_account
from accounts.specs import AccountSpec
from journals.events import Answer
from journals.models import Journal
from journals.posting import post, post_many, post_with_hook
from journals.proof.ledger import verify_books
from ledgerflow.books.connections import close_idle
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import OutcomeUnknown, TryAgain
from tests.attacks import connect
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of
from tests.services.proxy import Cut, CuttingProxy, proxied

PATIENCE_SECONDS = 120
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def entity() -> Iterator[Entity]:
    """Books that are proven again at the end of each test."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", min_balance="0")
    yield entity
    assert verify_books(entity.id) == []


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> Iterator[CuttingProxy]:
    with proxied(monkeypatch) as proxy:
        yield proxy


def journals_of(entity: Entity) -> int:
    return Journal.objects.filter(entity=entity).count()


def state(entity: Entity) -> tuple[int, str]:
    """Journals in the books and what the wallet holds."""
    return journals_of(entity), str(balance_of(entity, "wallet"))


# --- The connection is cut ---


@pytest.mark.parametrize("cut", [Cut.ROWS, Cut.BEFORE, Cut.SENT, Cut.UNANSWERED, Cut.ANSWERED])
def test_one_cut_is_not_noticed_by_the_caller(proxy: CuttingProxy, entity: Entity, cut: Cut) -> None:
    """The second connection looks the key up: it posts, or finds what the first has posted."""
    draft = a_transfer("cash", "wallet", "10.00")
    proxy.arm(cut)
    answer = post(entity.id, draft)
    assert proxy.is_spent
    if cut is not Cut.SENT:
        assert answer.status == ("replayed" if cut is Cut.UNANSWERED else "posted")
    assert post(entity.id, draft)._replace(status=answer.status) == answer
    assert state(entity) == (1, "10.00")


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.SENT, Cut.UNANSWERED])
def test_after_two_cuts_the_outcome_is_unknown_and_the_key_tells(proxy: CuttingProxy, entity: Entity, cut: Cut) -> None:
    draft = a_transfer("cash", "wallet", "10.00")
    proxy.arm(cut, times=2)
    with pytest.raises(OutcomeUnknown):
        post(entity.id, draft)
    assert proxy.is_spent
    there = journals_of(entity)
    answer = post(entity.id, draft)
    if cut is not Cut.SENT:  # whether that one arrived is for the server to say
        assert (there, answer.status) == ((1, "replayed") if cut is Cut.UNANSWERED else (0, "posted"))
    assert state(entity) == (1, "10.00")


def test_two_cuts_before_anything_was_said_of_committing_wrote_nothing(proxy: CuttingProxy, entity: Entity) -> None:
    proxy.arm(Cut.ROWS, times=2)
    with pytest.raises(TryAgain) as caught:
        post(entity.id, a_transfer("cash", "wallet", "10.00"))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert journals_of(entity) == 0


def test_a_batch_is_cut_as_one(proxy: CuttingProxy, entity: Entity) -> None:
    drafts = [a_transfer("cash", "wallet", "1.00") for _ in range(50)]
    proxy.arm(Cut.UNANSWERED)
    assert {answer.status for answer in post_many(entity.id, drafts)} == {"replayed"}
    proxy.arm(Cut.BEFORE)
    assert {answer.status for answer in post_many(entity.id, drafts)} == {"replayed"}
    assert state(entity) == (50, "50.00")


def test_a_commit_that_arrives_late_was_never_called_not_written(
    monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """The client has lost its connection, the server has not: the COMMIT is still on its way, behind the lock."""
    draft = a_transfer("cash", "wallet", "10.00")
    with proxied(monkeypatch, lock_timeout_ms=100) as proxy:
        proxy.arm(Cut.HELD)
        with pytest.raises(OutcomeUnknown):
            post(entity.id, draft)
        assert journals_of(entity) == 0
        proxy.wires[0].deliver()
        assert journals_of(entity) == 1
        assert post(entity.id, draft).status == "replayed"
    assert balance_of(entity, "wallet") == 10


def test_a_commit_that_never_arrives_was_not_written(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    draft = a_transfer("cash", "wallet", "10.00")
    with proxied(monkeypatch, lock_timeout_ms=100) as proxy:
        proxy.arm(Cut.HELD)
        with pytest.raises(OutcomeUnknown):
            post(entity.id, draft)
        with pytest.raises(WriterBusy):
            post(entity.id, draft)
        proxy.wires[0].cut()
    assert post(entity.id, draft).status == "posted"
    assert state(entity) == (1, "10.00")


def test_what_has_no_key_is_not_repeated(proxy: CuttingProxy, entity: Entity) -> None:
    """Opening an account twice would be an error of its own: the caller is told that nobody knows."""
    spec = AccountSpec(code="new", name="New", currency="EUR")
    proxy.arm(Cut.UNANSWERED)
    with pytest.raises(OutcomeUnknown):
        open_account(entity.id, spec, actor="test")
    with pytest.raises(AccountExists):
        open_account(entity.id, spec, actor="test")


def test_a_server_that_cannot_be_reached_is_said_to_be_so(proxy: CuttingProxy, entity: Entity) -> None:
    proxy.close()
    with pytest.raises(TryAgain, match="cannot be reached") as caught:
        post(entity.id, a_transfer("cash", "wallet", "10.00"))
    assert caught.value.retryable
    assert journals_of(entity) == 0


# --- The server ends the session ---


def end_own_session(tx: Transaction) -> None:
    with connect(autocommit=True) as other:
        pid = tx.connection.info.backend_pid
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,)).fetchone() == (True,)


def test_a_session_terminated_in_the_middle_is_begun_again(entity: Entity) -> None:
    """After all rows were written and before COMMIT; the hook runs again with the work."""
    calls: list[Sequence[Answer]] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        calls.append(answers)
        if len(calls) == 1:
            end_own_session(tx)

    (answer,) = post_with_hook(entity.id, [a_transfer("cash", "wallet", "10.00")], hook)
    assert answer.status == "posted"
    assert len(calls) == 2
    assert state(entity) == (1, "10.00")


def test_a_session_terminated_twice_is_given_up(entity: Entity) -> None:
    """The loss is met as late as COMMIT, so that the outcome is called unknown: the same key tells."""
    with pytest.raises(OutcomeUnknown):
        post_with_hook(entity.id, [a_transfer("cash", "wallet", "10.00")], lambda tx, _: end_own_session(tx))
    assert journals_of(entity) == 0


def test_an_idle_connection_that_was_terminated_is_replaced(entity: Entity) -> None:
    """The pool's connection died while nobody used it: the next request does not notice."""
    post(entity.id, a_transfer("cash", "wallet", "1.00"))
    with connect(autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query = 'COMMIT'"
        )
    assert post(entity.id, a_transfer("cash", "wallet", "1.00")).status == "posted"
    assert balance_of(entity, "wallet") == 2


def test_a_server_that_takes_no_writes_is_no_refusal(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failover the old address may be a standby: that is a 503, and not the client's fault."""
    options = connections["writer"].settings_dict["OPTIONS"]
    close_idle()
    with monkeypatch.context() as patch:
        patch.setitem(options, "options", options["options"] + " -c default_transaction_read_only=on")
        with pytest.raises(TryAgain):
            post(entity.id, a_transfer("cash", "wallet", "1.00"))
        with pytest.raises(TryAgain):
            advance_business_date(entity, TODAY.replace(day=20), actor="test")
        close_idle()
    assert journals_of(entity) == 0


# --- The process dies, or stands still ---


@contextmanager
def a_process(database_url: str, entity: Entity, *words: object, **env: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.posting_process", str(entity.id), *map(str, words)],
        cwd=PROJECT, env=os.environ | {"DATABASE_URL": database_url} | env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)


def line_from(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_process_killed_while_posting_and_started_again(database_url: str, entity: Entity) -> None:
    """What it acknowledged is there; what it did not is there or not; in the end each key has posted once."""
    chance = random.Random(7)
    for _ in range(2):
        with a_process(database_url, entity, 1, 400) as process:
            assert line_from(process) == "ready"
            acknowledged = [line_from(process) for _ in range(chance.randint(1, 60))]
            process.kill()
            process.wait(PATIENCE_SECONDS)
        keys = {line.split()[0] for line in acknowledged}
        assert len(keys) == len(acknowledged)
        assert journals_of(entity) >= len(keys)
    answers = post_many(
        entity.id, [a_transfer("cash", "wallet", "1.00", key=f"k-{number}") for number in range(1, 401)]
    )
    assert {answer.status for answer in answers} == {"posted", "replayed"}
    assert state(entity) == (400, "400.00")


def at_once(entity: Entity, count: int) -> list[Any]:
    """So many callers; each gets an answer or an error, none waits for ever."""
    outcomes: list[Any] = []

    def call() -> None:
        try:
            outcomes.append(post(entity.id, a_transfer("cash", "wallet", "1.00")))
        except (TryAgain, OutcomeUnknown) as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    callers = [Thread(target=call, daemon=True) for _ in range(count)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(PATIENCE_SECONDS)
        assert not caller.is_alive(), "somebody waits for ever"
    return outcomes


def test_a_writer_that_stands_still_keeps_nobody_for_ever(
    database_url: str, entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = connections["writer"].settings_dict["OPTIONS"]
    close_idle()
    with monkeypatch.context() as patch, a_process(database_url, entity, "hold") as process:
        patch.setitem(options, "options", options["options"] + " -c lock_timeout=100")
        assert line_from(process) == "holding"
        process.send_signal(signal.SIGSTOP)
        refused = at_once(entity, 5)
        assert {(error.code, error.status, error.retryable) for error in refused} == {("writer_busy", 503, True)}
        process.send_signal(signal.SIGCONT)
        process.communicate("go on\n", timeout=PATIENCE_SECONDS)
        assert [answer.status for answer in at_once(entity, 3)] == ["posted"] * 3
        close_idle()
    assert balance_of(entity, "wallet") == 8


def test_a_writer_that_stands_still_too_long_loses_its_turn(database_url: str, entity: Entity) -> None:
    """The server ends its idle transaction; the others go on, and when it wakes it does its work over."""
    with a_process(database_url, entity, "hold", LEDGERFLOW_IDLE_TIMEOUT_MS="300") as process:
        assert line_from(process) == "holding"
        process.send_signal(signal.SIGSTOP)
        assert post(entity.id, a_transfer("cash", "wallet", "1.00")).status == "posted"
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate("go on\ngo on\n", timeout=PATIENCE_SECONDS)
        assert out.split() == ["holding", "posted"]
    assert state(entity) == (2, "6.00")
