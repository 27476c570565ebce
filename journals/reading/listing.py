"""Reading journals back: one, or pages of those that pass a filter, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.errors import AccountNotFound
from accounts.models import Account
from journals.errors import JournalNotFound, UnknownDimension
from journals.models import Journal, Posting
from ledgerflow.books.models import Entity, Event

BY_JOURNAL = ("-effective_date", "-number")
BY_POSTING = ("-effective_date", "-account_version")  # of one account: the same order as by journal


class JournalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What journals to list: dates are effective dates and inclusive, `account` is a code."""

    starts_on: date | None = None
    ends_on: date | None = None
    account: str | None = None
    external_reference: str | None = None
    kind: str | None = None
    layer: str | None = None
    series_number: str | None = None
    template: str | None = None
    dimensions: dict[str, str] = {}


class ListedJournal(NamedTuple):
    """A journal as it stands in the books: `fact` is the canonical JSON of `facts.JournalFact`."""

    fact: bytes
    event_sequence: int
    recorded_at: datetime
    actor: str
    reversed_by: UUID | None
    series_number: str | None


Page = tuple[list[Any], Sequence[Any] | None]
TakePage = Callable[[QuerySet[Any], tuple[str, ...]], Page]


def list_journals(
    entity_id: UUID, wanted: JournalFilter, take_page: TakePage
) -> tuple[list[ListedJournal], Sequence[Any] | None]:
    """The page that `take_page` cuts out of the matching journals, and the position after it.

    `take_page` gets the rows and their order. Raises `NotFound` for an account and `UnknownDimension` for a dimension
    that these books do not have.
    """
    _check_dimensions(entity_id, wanted)
    if wanted.account is None:
        rows, position = take_page(_journals(entity_id, wanted), BY_JOURNAL)
        return _recorded(entity_id, rows), position
    rows, position = take_page(_postings(entity_id, wanted), BY_POSTING)
    return _recorded(entity_id, [row.journal for row in rows]), position


def read_journal(entity_id: UUID, journal_id: UUID) -> ListedJournal:
    """One journal. Raises `NotFound`."""
    found = _recorded(entity_id, Journal.objects.filter(entity_id=entity_id, id=journal_id))
    if not found:
        raise JournalNotFound
    return found[0]


def series_numbers_of(journal_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The numbers that some journals have in their series, in one query; those without one yet are left out."""
    rows = Journal.objects.filter(pk__in=list(journal_ids), series_number__isnull=False)
    return dict(rows.values_list("pk", "series_number__text"))


def journals_numbered(entity_id: UUID, text: str) -> list[UUID]:
    """The journals that have this number in their series: one, unless two series have the same pattern."""
    rows = Journal.objects.filter(series_number__entity=entity_id, series_number__text=text)
    return list(rows.values_list("pk", flat=True))


def _check_dimensions(entity_id: UUID, wanted: JournalFilter) -> None:
    if not wanted.dimensions:
        return
    unknown = wanted.dimensions.keys() - set(Entity.objects.get(id=entity_id).dimensions)
    if unknown:
        name = min(unknown)
        raise UnknownDimension(pointer=f"/dimension.{name}", dimension=name)


def _journals(entity_id: UUID, wanted: JournalFilter) -> QuerySet[Any]:
    rows = Journal.objects.filter(_dated(wanted), **_conditions(entity_id, wanted, ""), entity_id=entity_id)
    if wanted.dimensions:
        tagged = Posting.objects.filter(journal=OuterRef("pk"), dimensions__contains=wanted.dimensions)
        rows = rows.filter(Exists(tagged))
    return rows


def _postings(entity_id: UUID, wanted: JournalFilter) -> QuerySet[Any]:
    """One posting of the account for each journal: its first that matches."""
    account = Account.objects.filter(entity_id=entity_id, code=wanted.account).first()
    if account is None:
        raise AccountNotFound(pointer="/account", account=wanted.account)
    tagged: dict[str, Any] = {"dimensions__contains": wanted.dimensions} if wanted.dimensions else {}
    earlier = Posting.objects.filter(journal=OuterRef("journal"), account=account, line__lt=OuterRef("line"), **tagged)
    return Posting.objects.filter(
        _dated(wanted), ~Exists(earlier), **_conditions(entity_id, wanted, "journal__"), **tagged, account=account
    ).select_related("journal")


def _dated(wanted: JournalFilter) -> Q:
    dated = Q()
    if wanted.starts_on is not None:
        dated &= Q(effective_date__gte=wanted.starts_on)
    if wanted.ends_on is not None:
        dated &= Q(effective_date__lte=wanted.ends_on)
    return dated


def _conditions(entity_id: UUID, wanted: JournalFilter, prefix: str) -> dict[str, Any]:
    given = {name: getattr(wanted, name) for name in ("external_reference", "kind", "layer", "template")}
    conditions = {f"{prefix}{name}": value for name, value in given.items() if value is not None}
    if wanted.series_number is not None:
        conditions[f"{prefix}id__in"] = journals_numbered(entity_id, wanted.series_number)
    return conditions


def _recorded(entity_id: UUID, journals: Sequence[Journal] | QuerySet[Journal]) -> list[ListedJournal]:
    rows = list(journals)
    sequences = [row.event_sequence for row in rows]
    facts = dict(Event.objects.filter(entity_id=entity_id, sequence__in=sequences).values_list("sequence", "data"))
    reversals = dict(Journal.objects.filter(reverses_id__in=[row.id for row in rows]).values_list("reverses_id", "id"))
    numbers = series_numbers_of(row.id for row in rows)
    return [
        ListedJournal(
            facts[row.event_sequence].encode(),
            row.event_sequence,
            row.recorded_at,
            row.actor,
            reversals.get(row.id),
            numbers.get(row.id),
        )
        for row in rows
    ]
