"""Posting what two sides differ by: the journal and the match that it completes, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from journals.drafts import MAX_CODE, MAX_DESCRIPTION, Draft, Line
from journals.errors import BatchRefused
from journals.events import Answer, JournalFact, read_fact
from journals.posting import post_with_hook
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError, NotOneOf
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.plugins import JournalKindSpec
from ledgerflow.core.texts import check_text
from recon.matching.errors import (
    AlreadyUnmatched,
    DifferenceAccountAmbiguous,
    DifferenceAccountMissing,
    ItemTaken,
    MatchDiffers,
    NothingToPost,
)
from recon.matching.models import MatchItem, MatchStatus
from recon.matching.reading import bank_of, match_of, unmatched_lines, unmatched_postings
from recon.matching.rows import Bank, Item, Wanted, forget_suggestions, free_from, load_free, residual_of
from recon.matching.use_cases import POSTED, Worked, check_named, earlier, named_items
from recon.matching.writing import confirm_in, unmatch_in

DIFFERENCE = JournalKindSpec("recon_difference", "Difference of a reconciliation")
ISSUER = "matching"  # of the keys of these journals
# By template, the role of the account that it posts to.
ROLES = {"fee": "bank_fees", "interest": "interest", "rounding": "rounding", "write_off": "write_off"}
WORDS = {
    "fee": "Fee of the bank", "interest": "Interest", "rounding": "Rounding difference", "write_off": "Written off",
}  # fmt: skip
WITH_ROLE = """
    SELECT code FROM accounts_account
    WHERE entity_id = %s AND role = %s AND currency = %s AND NOT is_header AND closed_at IS NULL ORDER BY code LIMIT 6
"""


class Difference(NamedTuple):
    """How a difference is posted: by which template, and where the template does not say, to which account and when.

    `effective_date` is the last booking date of the lines unless given, or the business date where there is no line.
    `confirm_unusual_date` says that a given one before the books began is meant; a date of the bank's always is.
    """

    template: str
    counter_account: str = ""
    description: str = ""
    effective_date: date | None = None
    confirm_unusual_date: bool = False

    def content(self) -> list[Any]:
        """What is asked for: what it confirms is no part of it."""
        return list(self[:-1])


def post_difference(
    entity_id: UUID,
    bank_account_id: UUID,
    lines: Sequence[UUID],
    postings: Sequence[int],
    difference: Difference,
    *,
    key: str,
    issuer: str = CLIENT,
    actor: str,
) -> Worked:
    """Match lines with postings and post what is between them, so that nothing is: journal and match, both or none.

    The bank's sum less ours goes to the account in the books, debit where it is positive, and to the counter account.
    The same key replays. Raises as `match_by_hand`, `NothingToPost`, `DifferenceAccountMissing`,
    `DifferenceAccountAmbiguous`, and what posting does (`journals.posting.post`).
    """
    check_named(lines, postings, least=1)
    content = ["match.difference", bank_account_id, sorted(map(str, lines)), sorted(postings), difference.content()]
    claim = claim_of(key, content, issuer)

    def work() -> Worked:
        bank = bank_of(entity_id, bank_account_id)
        items = _present(bank, lines, postings)
        return _post(bank, items, difference, claim, actor)

    return once.once(entity_id, claim, work, lambda sequence: earlier(entity_id, sequence))


def post_residual(
    entity_id: UUID, match_id: UUID, difference: Difference, *, key: str, issuer: str = CLIENT, actor: str
) -> Worked:
    """Post what a match left unexplained: it is taken back, and its items are matched anew with the posting.

    The same key replays. Raises `MatchNotFound`, `AlreadyUnmatched`, and as `post_difference`.
    """
    claim = claim_of(key, ["match.residual", match_id, difference.content()], issuer)

    def work() -> Worked:
        old = match_of(entity_id, match_id)
        if old.match.status != MatchStatus.CONFIRMED:
            raise AlreadyUnmatched
        bank = bank_of(entity_id, old.match.bank_account_id)
        return _post(bank, [_item(one) for one in old.items], difference, claim, actor, match_id)

    return once.once(entity_id, claim, work, lambda sequence: earlier(entity_id, sequence))


def _post(
    bank: Bank,
    items: Sequence[Item],
    difference: Difference,
    claim: Claim,
    actor: str,
    replaces: UUID | None = None,
) -> Worked:
    with localcontext(CONTEXT):
        amount = residual_of(items)
    if not amount:
        raise NothingToPost
    draft = _draft(bank, items, amount, difference, actor)
    lines = [item.line_id for item in items if item.line_id is not None]
    postings = [item.account_version for item in items if item.account_version is not None]
    made: list[UUID] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        once.take(tx, claim)
        _raise_refusal(answers)
        if replaces is not None:
            unmatch_in(tx, replaces, "its residual is posted", actor)
        free = free_from(bank, load_free(tx, bank, lines, postings))
        whole = (*named_items(bank, free, lines, postings), _posted(bank, read_fact(answers[0].journal), amount))
        if residual_of(whole):
            raise MatchDiffers(bank="", books="", difference=str(residual_of(whole)))
        one = Wanted(whole, POSTED, _words(difference, amount, bank), journal_id=read_fact(answers[0].journal).id)
        made.extend(written.id for written in confirm_in(tx, bank, [one], free.number, actor, claim))
        forget_suggestions(tx, bank.id, whole)

    _raise_refusal(post_with_hook(bank.entity_id, [draft], hook, atomic=True))
    return Worked(match_of(bank.entity_id, made[-1]), replayed=False)


def _draft(bank: Bank, items: Sequence[Item], amount: Decimal, difference: Difference, actor: str) -> Draft:
    check_text(difference.description, MAX_DESCRIPTION, "/description")
    check_text(difference.counter_account, MAX_CODE, "/counter_account")
    if difference.template not in ROLES:
        raise NotOneOf(pointer="/template", choices=", ".join(ROLES), what="template")
    counter = difference.counter_account or _account_with(bank, ROLES[difference.template])
    days = [item.day for item in items if item.side == "bank"]
    return Draft(
        key=str(uuid7()),
        issuer=ISSUER,
        kind=DIFFERENCE.name,
        # Not `-amount`: minus rounds to the 28 digits of the default context.
        lines=(Line(bank.account, amount), Line(counter, amount.copy_negate())),
        effective_date=difference.effective_date or max(days, default=None),
        description=difference.description or WORDS[difference.template],
        actor=actor,
        confirm_unusual_date=difference.confirm_unusual_date or difference.effective_date is None,
    )


def _posted(bank: Bank, journal: JournalFact, amount: Decimal) -> Item:
    """The line of the journal on the bank account: its version is the one that the account has after it."""
    after = next(balance for balance in journal.balances if balance.account == bank.account)
    return Item("books", None, bank.account_id, after.version, journal.effective_date, amount)


def _words(difference: Difference, amount: Decimal, bank: Bank) -> str:
    said = difference.description or WORDS[difference.template]
    return f"{said}: the difference of {amount:f} {bank.currency} is posted with the match."[:1000]


def _account_with(bank: Bank, role: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(WITH_ROLE, (bank.entity_id, role, bank.currency))
        codes = [code for (code,) in cursor.fetchall()]
    if len(codes) == 1:
        return str(codes[0])
    if not codes:
        raise DifferenceAccountMissing(pointer="/counter_account", role=role, currency=bank.currency)
    raise DifferenceAccountAmbiguous(
        pointer="/counter_account", role=role, currency=bank.currency, accounts=codes, first=", ".join(codes[:5])
    )


def _present(bank: Bank, lines: Sequence[UUID], postings: Sequence[int]) -> list[Item]:
    """The items as they are now, so that the difference is known before the lock; they are read again under it."""
    found = [
        Item("bank", line.id, None, None, line.booking_date, line.amount)
        for line in unmatched_lines(bank).filter(id__in=lines)
    ]
    found += [
        Item("books", None, bank.account_id, posting.account_version, posting.effective_date, posting.amount)
        for posting in unmatched_postings(bank).filter(account_version__in=postings)
    ]
    missing = {*map(str, lines), *map(str, postings)} - {item.key for item in found}
    if missing:
        raise ItemTaken(items=", ".join(sorted(missing)[:5]))
    return found


def _item(row: MatchItem) -> Item:
    return Item(row.side, row.line_id, row.account_id, row.account_version, row.day, row.amount)


def _raise_refusal(answers: Sequence[Answer]) -> None:
    refusals = [answer.refusal for answer in answers if answer.refusal is not None]
    if refusals:
        own: LedgerError = next((one for one in refusals if not isinstance(one, BatchRefused)), refusals[0])
        # Lines are ours, not the caller's: of what stands in his request only the date is wrong.
        own.pointer = own.pointer if own.pointer == "/effective_date" else ""
        raise own
