"""Two at the same moment: an item is in one match, whoever comes first, and a killed run leaves whole matches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.books import writing as books_writing
from ledgerflow.core.errors import LedgerError
from recon.matching import rows
from recon.matching import writing as match_writing
from recon.matching.differences import Difference, post_difference
from recon.matching.models import Match, MatchItem
from recon.matching.proof import check_matches
from recon.matching.rows import Bank
from recon.matching.use_cases import split_line, unmatch
from recon.statements.changing import undo_import
from recon.statements.models import StatementLine
from recon.statements.splitting import Part
from tests.attacks import connect
from tests.concurrency.races import Race
from tests.matches.banking import a_bank, a_line, a_posting, by_hand, ran, tied

pytestmark = pytest.mark.every_server

Work = Callable[[], Any]


@pytest.fixture
def bank() -> Bank:
    return a_bank()


def raced(monkeypatch: pytest.MonkeyPatch, held: list[Work], *free: Work) -> list[Any]:
    """The held works stop between what they found free and what they write."""
    race = Race(*held)
    original = rows.write_matches

    def stop_and_go_on(*given: Any) -> Any:
        race.stop_here()
        return original(*given)

    with monkeypatch.context() as patch:
        patch.setattr(match_writing, "write_matches", stop_and_go_on)
        race.start()
        if free:
            race.start(*free)
        return race.finish()


def told(outcomes: list[Any]) -> list[str]:
    return sorted(one.code if isinstance(one, LedgerError) else type(one).__name__ for one in outcomes)


def faults(bank: Bank) -> list[str]:
    with connect() as connection:
        return [str(fault) for fault in check_matches(connection, bank.entity_id)]


def test_two_operators_who_match_the_same_line(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    line, ours = a_line(bank, "10.00"), [a_posting(bank, "10.00") for _ in range(2)]
    works = [lambda version=version: by_hand(bank, [line], [version]) for version in ours]
    outcomes = raced(monkeypatch, list(works))
    assert told(outcomes) == ["Worked", "item_taken"]
    assert any(isinstance(one, LedgerError) and one.data.get("items") == str(line) for one in outcomes)
    assert len(tied(bank)) == 1
    assert faults(bank) == []


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books_writing, "LOCK", books_writing.LOCK.replace("FOR NO KEY UPDATE", ""))


def test_without_the_lock_the_index_has_the_last_word(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    """Both found the line free: the second one is refused for the number of its match, or for the line itself."""
    line, ours = a_line(bank, "10.00"), [a_posting(bank, "10.00") for _ in range(2)]
    without_lock(monkeypatch)
    works = [lambda version=version: by_hand(bank, [line], [version]) for version in ours]
    outcomes = raced(monkeypatch, list(works))
    assert sum(isinstance(one, LedgerError) for one in outcomes) == 1
    assert not any(isinstance(one, LedgerError) and "items" in one.data for one in outcomes)  # it was not looked at
    assert len(tied(bank)) == 1


def test_without_lock_and_index_the_line_is_in_two_matches(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    """The twin: what the lock and the index keep out, and what the proof then finds."""
    line, ours = a_line(bank, "10.00"), [a_posting(bank, "10.00") for _ in range(2)]
    for version in ours:
        monkeypatch.setattr(rows, "FREE_LINES", rows.FREE_LINES.replace("AND i.is_active", "AND false"))
        if version == ours[1]:
            with connect(autocommit=True) as owner:
                owner.execute("DROP INDEX match_line_once")
        by_hand(bank, [line], [version])
    try:
        assert len(tied(bank)) == 2
        assert [fault for fault in faults(bank) if "active items should be 1, is 2" in fault]
    finally:
        unmatch(bank.entity_id, Match.objects.filter(bank_account_id=bank.id)[0].id, key="k", actor="t")
        with connect(autocommit=True) as owner:
            owner.execute(
                "CREATE UNIQUE INDEX match_line_once ON matching_matchitem (line_id)"
                " WHERE is_active AND line_id IS NOT NULL"
            )


def test_a_person_waits_for_a_run_and_is_told(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    line, version = a_line(bank, "10.00", "INV-7701"), a_posting(bank, "10.00", "INV-7701")
    outcomes = raced(monkeypatch, [lambda: ran(bank)], lambda: by_hand(bank, [line], [version]))
    assert told(outcomes) == ["Ran", "item_taken"]
    assert Match.objects.get(bank_account_id=bank.id).rule == "reference"


def test_a_run_waits_for_a_person_and_leaves_the_items_out(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    line, version = a_line(bank, "10.00", "INV-7701"), a_posting(bank, "10.00", "INV-7701")
    person, run = raced(monkeypatch, [lambda: by_hand(bank, [line], [version])], lambda: ran(bank))
    assert person.match.match.rule == "manual"
    assert run.confirmed == 0
    assert faults(bank) == []


def test_two_who_take_the_same_match_back(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    match = by_hand(bank, [a_line(bank, "10.00")], [a_posting(bank, "10.00")]).match.match
    race = Race()
    race.start(*[lambda: unmatch(bank.entity_id, match.id, key=uuid4().hex, actor="t")] * 2)
    assert told(race.finish()) == ["Worked", "already_unmatched"]
    assert MatchItem.objects.filter(match_id=match.id, is_active=True).count() == 0


def test_one_key_posts_one_difference(monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    line = a_line(bank, "-3.50")
    race = Race()
    given = Difference("fee", "SALES")
    race.start(*[lambda: post_difference(bank.entity_id, bank.id, [line], [], given, key="k", actor="t")] * 2)
    assert sorted(one.replayed for one in race.finish()) == [False, True]
    assert len(tied(bank)) == 1


@pytest.mark.parametrize("how", ["split", "undo"])
def test_a_line_that_is_being_matched_is_neither_split_nor_undone(
    monkeypatch: pytest.MonkeyPatch, bank: Bank, how: str
) -> None:
    version, line = a_posting(bank, "10.00"), a_line(bank, "10.00")
    statement = StatementLine.objects.get(id=line).statement_id

    def other() -> Any:
        if how == "undo":
            return undo_import(bank.entity_id, statement, reason="r", key="k", actor="t")
        return split_line(bank.entity_id, line, [Part(part) for part in amounts], key="k", actor="t")

    amounts = [StatementLine.objects.get(id=line).amount / 2] * 2
    outcomes = raced(monkeypatch, [lambda: by_hand(bank, [line], [version])], other)
    assert told(outcomes) == ["Worked", "line_matched"]
    assert faults(bank) == []


KILLED = """
import django, os, signal, sys
django.setup()
from uuid import UUID
from recon.matching import running
running.MATCHES_AT_ONCE = 3
original, calls = running._confirm, []
def killed(*given):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given)
running._confirm = killed
running.run_matching(UUID(sys.argv[1]), UUID(sys.argv[2]), actor="test")
"""


def test_a_run_that_was_killed_is_gone_on_with(bank: Bank) -> None:
    for number in range(10):
        a_line(bank, f"{number + 10}.00", f"INV-77{number:02}")
        a_posting(bank, f"{number + 10}.00", f"INV-77{number:02}")
    with connect() as connection:
        info = connection.info
        url = f"postgresql://{info.user}:{info.password}@/{info.dbname}?host={info.host}&port={info.port}"
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ledgerflow.settings"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(bank.entity_id), str(bank.id)],
        env=environment, cwd=Path(__file__).parents[2], check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(tied(bank)) == 6
    assert faults(bank) == []
    assert ran(bank).confirmed == 4
    assert len(tied(bank)) == 10
    assert faults(bank) == []
