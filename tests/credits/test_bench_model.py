"""The model that `make bench-credits` compares the books with, on cases that were worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.credits.model import POSTED, REFUSED, TO_ITSELF, Lots, Move, moves, openings, waves

pytestmark = pytest.mark.pure


def test_lots_are_spent_by_their_last_day_and_end_with_it() -> None:
    lots = Lots()
    for owner, amount in {"1": 100, "2": 50, "3": 0}.items():
        lots.grant(owner, amount, 100)
    # Of 1 goes 30 to 2, where it ends on day 31, and is taken before what ends on day 100.
    assert lots.move(Move(1, "1", "2", 30), 30) == POSTED
    assert (lots.of("1"), lots.of("2")) == ([(100, 70)], [(31, 30), (100, 50)])
    assert lots.move(Move(2, "2", "3", 35), 30) == POSTED
    assert (lots.of("2"), lots.of("3")) == ([(100, 45)], [(32, 35)])
    assert lots.move(Move(2, "2", "2", 1), 30) == TO_ITSELF
    assert lots.move(Move(2, "4", "1", 1), 30) == REFUSED
    assert lots.move(Move(2, "2", "1", 46), 30) == REFUSED
    # Two of the same last day: what came first is taken first.
    assert lots.move(Move(2, "1", "3", 5), 30) == POSTED
    assert lots.move(Move(32, "3", "1", 36), 68) == POSTED
    assert (lots.of("3"), lots.of("1")) == ([(32, 4)], [(100, 65), (100, 36)])
    assert [lots.close(day) for day in (31, 32, 33)] == [0, 4, 0]
    assert lots.move(Move(33, "3", "1", 1), 30) == REFUSED
    assert [lots.balance(owner) for owner in "1234"] == [101, 45, 0, 0]
    assert (lots.close(100), lots.balance("1"), lots.of("2")) == (146, 0, [])


def test_amounts_of_the_files_are_credits(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("nodeid,isFraud,init_balance,fraudStep\n0,0,184.44,-1\n1,0,7.50,-1\n")
    (tmp_path / "transactions.csv").write_text("sourceNodeId,targetNodeId,value,time\n0,1,163.3,1\n1,0,2,3\n")
    assert openings(tmp_path) == {"0": 18444, "1": 750}
    assert list(moves(tmp_path)) == [Move(1, "0", "1", 16330), Move(3, "1", "0", 200)]


def test_nobody_is_in_two_transfers_that_are_posted_side_by_side() -> None:
    pairs = ["ab", "cd", "bc", "ef", "aa", "ae"]
    numbered = [(number, Move(1, pair[0], pair[1], 1)) for number, pair in enumerate(pairs)]
    assert [[number for number, _ in wave] for wave in waves(numbered)] == [[0, 1, 3], [2, 4], [5]]
    assert waves([]) == []
