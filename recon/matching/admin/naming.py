"""What people know lines and postings by, read for a whole page at once, and a score in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from journals.models import Posting
from ledgerflow.web.admin_base import amount_text
from recon.statements.models import StatementLine


class Named(NamedTuple):
    """A line of the bank or a posting of ours; `value` is its id in a run."""

    value: str
    day: date
    amount: Decimal
    amount_text: str
    reference: str
    who: str  # the counterparty of a line, the number of a posting's journal
    text: str
    page: str


class ScorePart(NamedTuple):
    """One part of a score, of the most it can be, and what it says."""

    name: str
    points: int
    most: int
    words: str


def of_line(line: StatementLine) -> Named:
    reference = line.customer_reference or line.end_to_end or line.bank_reference
    page = reverse("admin:statements_statementline_change", args=[line.pk])
    return Named(
        str(line.pk), line.booking_date, line.amount, amount_text(line.amount), reference, line.counterparty,
        line.text, page,
    )  # fmt: skip


def of_posting(posting: Posting) -> Named:
    journal = posting.journal
    return Named(
        str(posting.account_version), posting.effective_date, posting.amount, amount_text(posting.amount),
        journal.external_reference, gettext("journal %(number)s") % {"number": journal.number},
        posting.description or journal.description,
        reverse("admin:journals_journal_change", args=[journal.pk]),
    )  # fmt: skip


def lines_named(ids: Iterable[UUID | str]) -> dict[str, Named]:
    """Lines by their ids, in one query."""
    return {str(line.pk): of_line(line) for line in StatementLine.objects.filter(pk__in=list(ids))}


def postings_named(versions: Mapping[UUID, Iterable[int | str]]) -> dict[tuple[UUID, str], Named]:
    """Postings by account and by its version, in one query for all accounts."""
    wanted = [
        Q(account_id=account, account_version__in=[int(one) for one in some]) for account, some in versions.items()
    ]
    if not wanted:
        return {}
    rows = Posting.objects.filter(reduce(or_, wanted)).select_related("journal")
    return {(row.account_id, str(row.account_version)): of_posting(row) for row in rows}


BY_REFERENCE = {
    50: gettext_noop("the reference is the same"),
    49: gettext_noop("the reference is the same but for how it is written"),
    48: gettext_noop("the text of one holds the reference of the other"),
    47: gettext_noop("a long number is the same"),
    46: gettext_noop("a part of the reference is the same"),
}


def score_in_words(parts: Mapping[str, int] | None) -> list[ScorePart]:
    """What a score is made of (docs/matching.md); nothing for a match that was made by hand."""
    if not parts:
        return []
    reference, amount, date_, counterparty = (parts[name] for name in ("reference", "amount", "date", "counterparty"))
    if amount > 30:  # noqa: PLR2004 - matched by the amount, which then counts for more
        most = (10, 60, 15, 15)
        named = {10: gettext_noop("one names the other"), 9: gettext_noop("one has no reference")}.get(
            reference, gettext_noop("neither names the other")
        )
        missing = 14
    else:
        most = (50, 30, 10, 10)
        named = BY_REFERENCE.get(reference, gettext_noop("too many others have it as well"))
        missing = 9
    return [
        ScorePart(gettext("reference"), reference, most[0], gettext(named)),
        ScorePart(
            gettext("amount"), amount, most[1],
            gettext("the same") if amount == most[1] else gettext("within the tolerance"),
        ),
        ScorePart(
            gettext("date"), date_, most[2],
            gettext("the same day") if date_ == most[2] else gettext("some days apart"),
        ),
        ScorePart(
            gettext("counterparty"), counterparty, most[3],
            gettext("the same name") if counterparty == most[3]
            else gettext("no name on one side") if counterparty == missing
            else gettext("the names differ"),
        ),
    ]  # fmt: skip
