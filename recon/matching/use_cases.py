"""Working by hand: confirm or reject a suggestion, match items, take a match back, split a line.

Each takes an idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import localcontext
from typing import NamedTuple
from uuid import UUID

import psycopg

from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT, normalised
from ledgerflow.core.texts import check_text
from recon.matching.errors import (
    CurrenciesDiffer,
    ItemNamedTwice,
    ItemTaken,
    MatchDiffers,
    SuggestionNotFound,
    TooFewItems,
)
from recon.matching.events import MatchRejectedFact, MatchUnmatchedFact
from recon.matching.models import MatchRejection, MatchStatus
from recon.matching.passes.shapes import Parts
from recon.matching.reading import MatchWithItems, bank_of, match_of, suggestion_of
from recon.matching.rows import (
    DELETE_SUGGESTION,
    DELETE_SUGGESTIONS_OF,
    MOST_REASON,
    Bank,
    Found,
    Free,
    Item,
    Wanted,
    forget_suggestions,
    free_from,
    insert_rejection,
    load_free,
    residual_of,
)
from recon.matching.writing import confirm_in, unmatch_in, write_matching
from recon.statements.events import LineSplitFact
from recon.statements.models import StatementLine
from recon.statements.reading import line_in
from recon.statements.splitting import Part, join_in, split_in

MANUAL, POSTED = "manual", "posted"  # rules of matches that no rule made
MOST_ITEMS = 500
MOST_EXPLANATION = 500
# Where a suggestion went since it was read, nobody is told that it was confirmed.
STILL_THERE = "SELECT FROM matching_matchsuggestion WHERE id = %s"
Loaded = tuple[psycopg.Cursor[object], Found, psycopg.Cursor[object] | None]


class Worked(NamedTuple):
    """A match as it stands, and whether the request was done before under this key."""

    match: MatchWithItems
    replayed: bool


class Rejected(NamedTuple):
    rejection: MatchRejection
    replayed: bool


def confirm_suggestion(entity_id: UUID, suggestion_id: UUID, *, key: str, issuer: str = CLIENT, actor: str) -> Worked:
    """Confirm what a run suggested, its residual included.

    The same key replays. Raises `SuggestionNotFound`, and `ItemTaken` when one of its items has its match meanwhile.
    """
    claim = claim_of(key, ["match.confirm", suggestion_id], issuer)

    def work() -> Worked:
        suggestion = suggestion_of(entity_id, suggestion_id)
        bank = bank_of(entity_id, suggestion.bank_account_id)
        parts = Parts(**suggestion.parts)

        def wanted(items: tuple[Item, ...]) -> Wanted:
            return Wanted(
                items, suggestion.rule, suggestion.explanation, suggestion.rules_version, suggestion.score, parts
            )

        postings = [int(version) for version in suggestion.postings]
        return _match(bank, suggestion.lines, postings, wanted, claim, actor, suggestion_id)

    return once.once(entity_id, claim, work, lambda sequence: earlier(entity_id, sequence))


def reject_suggestion(
    entity_id: UUID, suggestion_id: UUID, *, reason: str, key: str, issuer: str = CLIENT, actor: str
) -> Rejected:
    """Say that the items of a suggestion do not belong together: no run puts them together again.

    The same key replays. Raises `SuggestionNotFound`, `TextTooLong`.
    """
    check_text(reason, MOST_REASON, "/reason")
    claim = claim_of(key, ["match.reject", suggestion_id, reason], issuer)

    def work() -> Rejected:
        suggestion = suggestion_of(entity_id, suggestion_id)
        id_ = uuid7()

        def write_it(tx: Transaction, present: psycopg.Cursor[object]) -> None:
            once.take(tx, claim)
            if present.fetchone() is None:
                raise SuggestionNotFound
            lines, postings = suggestion.lines, suggestion.postings
            fact = MatchRejectedFact(
                suggestion.bank_account_id, [UUID(line) for line in lines], [int(one) for one in postings], reason,
                **claim.fact(),
            )  # fmt: skip
            sequence = tx.record(fact, str(id_), actor)
            tx.remember(*claim, sequence)
            insert_rejection(tx, id_, suggestion.bank_account_id, lines, postings, reason, sequence, actor)
            tx.query(DELETE_SUGGESTION, (suggestion_id,))

        write_matching(entity_id, write_it, lambda tx: tx.query(STILL_THERE, (suggestion_id,)))
        return Rejected(MatchRejection.objects.get(id=id_), replayed=False)

    def replay(sequence: int) -> Rejected:
        row = MatchRejection.objects.get(id=_subject(entity_id, sequence))
        return Rejected(row, replayed=True)

    return once.once(entity_id, claim, work, replay)


def match_by_hand(
    entity_id: UUID,
    bank_account_id: UUID,
    lines: Sequence[UUID],
    postings: Sequence[int],
    *,
    explanation: str = "",
    key: str,
    issuer: str = CLIENT,
    actor: str,
) -> Worked:
    """Match any lines with any postings (their versions of the account) whose sums are equal.

    One side may be empty: two lines, or two postings, that cancel each other out. The same key replays. Raises
    `NotFound`, `TooFewItems`, `ItemNamedTwice`, `ItemTaken`, `CurrenciesDiffer` and `MatchDiffers`.
    """
    check_named(lines, postings)
    check_text(explanation, MOST_EXPLANATION, "/explanation")
    content = ["match.by_hand", bank_account_id, sorted(map(str, lines)), sorted(postings), explanation]
    claim = claim_of(key, content, issuer)

    def wanted(items: tuple[Item, ...]) -> Wanted:
        check_equal(items)
        return Wanted(items, MANUAL, explanation or by_hand(items))

    def work() -> Worked:
        return _match(bank_of(entity_id, bank_account_id), lines, postings, wanted, claim, actor)

    return once.once(entity_id, claim, work, lambda sequence: earlier(entity_id, sequence))


def unmatch(entity_id: UUID, match_id: UUID, *, reason: str = "", key: str, issuer: str = CLIENT, actor: str) -> Worked:
    """Take a match back: its lines and postings are free again, what was posted with it stays posted.

    The same key replays. Raises `MatchNotFound`, `AlreadyUnmatched`.
    """
    check_text(reason, MOST_REASON, "/reason")
    claim = claim_of(key, ["match.unmatch", match_id, reason], issuer)

    def work() -> Worked:
        def write_it(tx: Transaction, _: None) -> None:
            once.take(tx, claim)
            unmatch_in(tx, match_id, reason, actor, claim)

        write_matching(entity_id, write_it, lambda _tx: None)
        return Worked(match_of(entity_id, match_id), replayed=False)

    return once.once(entity_id, claim, work, lambda sequence: earlier(entity_id, sequence))


def check_named(lines: Sequence[UUID], postings: Sequence[int], least: int = 2) -> None:
    """Raise unless so many items are named, each once."""
    if not least <= len(lines) + len(postings) <= MOST_ITEMS:
        raise TooFewItems(most=MOST_ITEMS)
    if len({*lines, *postings}) < len(lines) + len(postings):
        raise ItemNamedTwice


def named_items(bank: Bank, free: Free, lines: Sequence[UUID | str], postings: Sequence[int]) -> tuple[Item, ...]:
    """The items that were named, which have to be free and in the account's currency."""
    wanted = [*map(str, lines), *map(str, postings)]
    missing = [key for key in wanted if key not in free.items]
    if missing:
        raise ItemTaken(items=", ".join(missing[:5]))
    other = free.currencies - {bank.currency}
    if other:
        raise CurrenciesDiffer(lines=", ".join(sorted(other)), account=bank.currency)
    return tuple(free.items[key] for key in wanted)


def check_equal(items: Sequence[Item]) -> None:
    """Raise `MatchDiffers` unless both sides come to the same."""
    with localcontext(CONTEXT):
        difference = residual_of(items)
        if difference:
            theirs, ours = (residual_of([item for item in items if item.side == side]) for side in ("bank", "books"))
            raise MatchDiffers(
                bank=normalised(theirs), books=normalised(-ours), difference=normalised(difference)
            )  # fmt: skip


def by_hand(items: Sequence[Item]) -> str:
    lines = sum(item.side == "bank" for item in items)
    ours = len(items) - lines
    return f"By hand: {lines} {'line' if lines == 1 else 'lines'} and {ours} {'posting' if ours == 1 else 'postings'}."


def _match(
    bank: Bank,
    lines: Sequence[UUID | str],
    postings: Sequence[int],
    wanted: Callable[[tuple[Item, ...]], Wanted],
    claim: Claim,
    actor: str,
    suggestion_id: UUID | None = None,
) -> Worked:
    """Write one match of these items, if they are free and what `wanted` makes of them may be."""

    def load(tx: Transaction) -> Loaded:
        present = tx.query(STILL_THERE, (suggestion_id,)) if suggestion_id else None
        return once.load(tx, claim), load_free(tx, bank, lines, postings), present

    def work(tx: Transaction, loaded: Loaded) -> UUID:
        known, found, present = loaded
        if once.loaded(claim, known) is not None:
            raise once.KeyTakenError
        if present is not None and present.fetchone() is None:
            raise SuggestionNotFound
        free = free_from(bank, found)
        one = wanted(named_items(bank, free, lines, postings))
        (made,) = confirm_in(tx, bank, [one], free.number, actor, claim)
        forget_suggestions(tx, bank.id, one.items)
        return made.id

    match_id = write_matching(bank.entity_id, work, load)
    return Worked(match_of(bank.entity_id, match_id), replayed=False)


def earlier(entity_id: UUID, sequence: int) -> Worked:
    """The match that an event is about, as it stood then: nothing of it changes but that it is taken back."""
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    found = match_of(entity_id, UUID(event.subject))
    is_back = event.type == MatchUnmatchedFact.event_type
    found.match.status = (MatchStatus.UNMATCHED if is_back else MatchStatus.CONFIRMED).value
    return Worked(found, replayed=True)


def _subject(entity_id: UUID, sequence: int) -> UUID:
    return UUID(Event.objects.values_list("subject", flat=True).get(entity_id=entity_id, sequence=sequence))


class SplitLine(NamedTuple):
    """A line, the parts that stand for it, none where they are joined, and whether the key was used before."""

    line: StatementLine
    parts: list[StatementLine]
    replayed: bool


def split_line(
    entity_id: UUID, line_id: UUID, parts: Sequence[Part], *, key: str, issuer: str = CLIENT, actor: str
) -> SplitLine:
    """Split a line into parts that are matched by themselves. The same key replays.

    Raises `LineMatched` for a line that is in a match, and what the parts may be wrong with
    (`recon.statements.splitting.split_in`).
    """
    said = [[normalised(part.amount), part.customer_reference, part.text] for part in parts if part.amount.is_finite()]
    claim = claim_of(key, ["line.split", line_id, said], issuer)

    def work() -> SplitLine:
        def write_it(tx: Transaction, _: None) -> None:
            once.take(tx, claim)
            split_in(tx, line_id, parts, actor=actor, claim=claim)
            tx.later(DELETE_SUGGESTIONS_OF, (_bank_account(entity_id, line_id), [str(line_id)], []))

        write_matching(entity_id, write_it, lambda _tx: None)
        return _as_it_is(entity_id, line_id)

    return once.once(entity_id, claim, work, lambda sequence: _split_earlier(entity_id, sequence))


def join_line(entity_id: UUID, line_id: UUID, *, key: str, issuer: str = CLIENT, actor: str) -> SplitLine:
    """Take a split back. The same key replays. Raises `LineMatched` where a part is in a match, and `LineNotSplit`."""
    claim = claim_of(key, ["line.join", line_id], issuer)

    def work() -> SplitLine:
        def write_it(tx: Transaction, _: None) -> None:
            once.take(tx, claim)
            parts = join_in(tx, line_id, actor=actor, claim=claim)
            tx.later(DELETE_SUGGESTIONS_OF, (_bank_account(entity_id, line_id), list(map(str, parts)), []))

        write_matching(entity_id, write_it, lambda _tx: None)
        return _as_it_is(entity_id, line_id)

    return once.once(entity_id, claim, work, lambda sequence: _split_earlier(entity_id, sequence))


def _bank_account(entity_id: UUID, line_id: UUID) -> UUID:
    return line_in(entity_id, line_id).bank_account_id


def _as_it_is(entity_id: UUID, line_id: UUID) -> SplitLine:
    line = line_in(entity_id, line_id)
    parts = StatementLine.objects.filter(parent_id=line_id, is_undone=False)
    return SplitLine(line, list(parts.select_related("bank_account__account").order_by("part")), replayed=False)


def _split_earlier(entity_id: UUID, sequence: int) -> SplitLine:
    """The line as a split or a join has left it, and the parts that stood for it then."""
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    line = line_in(entity_id, UUID(event.subject))
    line.is_split, line.is_undone = event.type == LineSplitFact.event_type, False
    ids = [part.id for part in LineSplitFact.read(event.data).parts] if line.is_split else []
    parts = list(StatementLine.objects.filter(pk__in=ids).select_related("bank_account__account").order_by("part"))
    for part in parts:
        part.is_undone = False
    return SplitLine(line, parts, replayed=True)
