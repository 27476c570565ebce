"""How scattered the code is: a transfer and a close go from file to file no more often than is agreed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.trace import MOST, Crossings, crossings_of, traced
from ledgerflow.books import writing
from ledgerflow.core.money import normalised, normalised_texts, plain


@pytest.fixture(scope="module", autouse=True)
def _nobody_listens() -> Iterator[None]:
    """Whoever has waited for news in this process listens to its commits: that is no part of posting or closing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "commit_listeners", [])
        yield


@pytest.fixture(scope="module")
def found(_nobody_listens: None) -> dict[str, Crossings]:
    return traced()


@pytest.mark.parametrize("name", MOST)
def test_it_crosses_files_no_more_often_than_agreed(found: dict[str, Crossings], name: str) -> None:
    # `make bench-trace BENCH_ARGS=--pairs` shows between which files: put together what belongs together.
    assert found[name].total() <= MOST[name]


def test_the_figure_is_the_same_each_time(found: dict[str, Crossings]) -> None:
    assert traced() == found


# A check that cannot fail is a defect.


def test_a_crossing_is_counted_and_a_call_within_a_file_is_none() -> None:
    from decimal import Decimal

    from journals.days.closing.snapshots import Frozen

    zero = Decimal(0)
    frozen = Frozen("cash", "EUR", zero, zero, zero, zero, 0, 0)
    counted = crossings_of(frozen.text)
    assert {(one.rpartition("/")[2], other.rpartition("/")[2]): count for (one, other), count in counted.items()} == {
        ("snapshots.py", "money.py"): 1  # and money.py calls itself eight times
    }
    # This file is none of ours.
    assert crossings_of(lambda: plain(zero)) == {}
    assert normalised_texts([zero]) == [normalised(zero)]
