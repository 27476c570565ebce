"""The engine by property: whatever the drafts, what posts adds up and what is refused leaves nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journals.drafts import Draft, Line
from journals.engine import Books, decide, decide_atomic, rehearse
from ledgerflow.core.errors import LedgerError
from tests.journals.engine.states import a_state, books_of, code_of, codes_of, posted, state_of

pytestmark = pytest.mark.pure

bounded = settings(max_examples=40)

CODES = ("a", "b", "c", "nowhere")
AMOUNTS = st.integers(-2000, 2000).filter(bool).map(lambda cents: Decimal(cents).scaleb(-2))
LINES = st.lists(st.builds(Line, st.sampled_from(CODES[:3]), AMOUNTS), min_size=2, max_size=5)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Journals, most of them balanced, over few accounts and keys, so that they meet."""
    lines = draw(LINES)
    rest = -sum((line.amount for line in lines), Decimal(0))
    if rest and draw(st.integers(0, 9)):
        lines.append(Line(draw(st.sampled_from(CODES)), rest))
    return Draft(
        key=str(draw(st.integers(0, 30))), lines=tuple(lines), override_limits=draw(st.sampled_from(["", "", "yes"]))
    )


def limited_books() -> Books:
    return books_of(a_state("a", min_balance="0"), a_state("b", normal_sign=-1, max_balance="20"), a_state("c"))


@bounded
@given(st.lists(drafts(), max_size=12))
def test_whatever_posts_sums_to_zero_and_adds_up(batch: list[Draft]) -> None:
    books = limited_books()
    outcomes = decide(books, batch)
    lines = [line for outcome in outcomes if code_of(outcome) == "posted" for line in posted(outcome).lines]
    for account in books.accounts.values():
        own = [line for line in lines if line.account is account]
        assert account.debits - account.credits == sum(line.amount for line in own)
        assert [line.version for line in own] == list(range(1, account.version + 1))
        assert not own or own[-1].balance_after == account.debits - account.credits
    assert sum(account.debits - account.credits for account in books.accounts.values()) == 0


@bounded
@given(st.lists(drafts(), max_size=12))
def test_a_limit_is_kept_unless_marked_as_overridden(batch: list[Draft]) -> None:
    books = limited_books()
    decide(books, batch)
    a, b = books.accounts["a"], books.accounts["b"]
    assert a.overridden == (a.normal_balance() < 0)
    assert b.overridden == (b.normal_balance() > 20)


@bounded
@given(st.lists(drafts(), max_size=12))
def test_a_refused_draft_leaves_everything_as_it_was(batch: list[Draft]) -> None:
    books = limited_books()
    for draft in batch:
        before = state_of(books)
        (outcome,) = decide(books, [draft])
        if isinstance(outcome, LedgerError):
            assert state_of(books) == before


@bounded
@given(st.lists(drafts(), max_size=12))
def test_one_batch_decides_like_many(batch: list[Draft]) -> None:
    together, apart = limited_books(), limited_books()
    one_by_one = [decide(apart, [draft])[0] for draft in batch]
    assert codes_of(decide(together, batch)) == codes_of(one_by_one)
    assert state_of(together)[0] == state_of(apart)[0]


@bounded
@given(st.lists(drafts(), max_size=12))
def test_atomic_is_all_or_nothing_and_a_rehearsal_is_nothing(batch: list[Draft]) -> None:
    books = limited_books()
    before = state_of(books)
    codes = codes_of(rehearse(books, batch, atomic=True))
    assert state_of(books) == before
    assert codes_of(decide_atomic(books, batch)) == codes
    if set(codes) - {"posted", "replayed"}:
        assert state_of(books) == before
        assert not set(codes) & {"posted", "replayed"}
