"""The newest journals, which the read model may not know of yet, from the tables of the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from journals.models import Journal, Posting
from ledgerflow.core.money import ZERO, plain
from ledgerflow.desk.finding.probes import JournalHit, JournalPage, PageStart, place_on
from ledgerflow.desk.finding.wanted import ComparedJournal, WantedJournals

MOST = 200  # more than a builder at work is ever behind


def newest(entity_id: UUID, after_event: int) -> list[Journal]:
    """The newest journals that came after this event, the newest first, with their lines."""
    rows = Journal.objects.filter(entity_id=entity_id).order_by("-number")[:MOST]
    fresh = [row.pk for row in rows if row.event_sequence > after_event]
    return list(with_lines(Journal.objects.filter(pk__in=fresh)).order_by("-number"))


def with_lines(rows: QuerySet[Journal]) -> QuerySet[Journal]:
    """With lines, their accounts, and whether it is reversed: what a hit shows."""
    postings = Posting.objects.select_related("account").order_by("line")
    reversals = Journal.objects.filter(reverses=OuterRef("pk"))
    return rows.annotate(is_reversed=Exists(reversals)).prefetch_related(Prefetch("postings", queryset=postings))


def hit_of(row: Any) -> JournalHit:
    """A journal with its lines as it is shown."""
    amounts = {currency: plain(amount) for currency, amount in _debits(row.postings.all()).items()}
    accounts = dict.fromkeys((line.account.code, line.account.name) for line in row.postings.all())
    facts = (row.pk, row.number, row.effective_date, row.kind, row.description, row.external_reference)
    return JournalHit(*facts, amounts, list(accounts), row.is_reversed)


def wanted_among(rows: Iterable[Journal], wanted: WantedJournals) -> list[JournalHit]:
    return [hit_of(row) for row in rows if wanted.matches(_candidate(row))]


def merged(page: JournalPage, fresh: Sequence[JournalHit], place: PageStart | None, limit: int) -> JournalPage:
    """The page with those journals on it that the read model does not have, in its order, and cut to its length."""
    place = place_on(place, by_date=page.by_date)
    known = {hit.id for hit in page.hits}
    is_newer = place is not None and place.is_newer
    added = [hit for hit in fresh if hit.id not in known and _lies_beyond(hit, place, by_date=page.by_date)]
    if not added:
        return page
    hits = sorted([*page.hits, *added], key=lambda hit: _order(hit, by_date=page.by_date), reverse=True)
    if len(hits) <= limit:
        return page._replace(hits=hits)
    if is_newer:
        return page._replace(hits=hits[-limit:], newer=_place(hits[-limit], page)._replace(is_newer=True))
    return page._replace(hits=hits[:limit], older=_place(hits[limit - 1], page))


def _place(hit: JournalHit, page: JournalPage) -> PageStart:
    return PageStart(hit.number, hit.effective_date if page.by_date else None)


def _order(hit: JournalHit, *, by_date: bool) -> Any:
    return (hit.effective_date, hit.number) if by_date else (hit.number,)


def _lies_beyond(hit: JournalHit, place: PageStart | None, *, by_date: bool) -> bool:
    if place is None:
        return True
    here = (place.day, place.number) if by_date else (place.number,)
    there = _order(hit, by_date=by_date)
    return bool(there > here if place.is_newer else there < here)


def _candidate(row: Any) -> ComparedJournal:
    lines = list(row.postings.all())
    debits = _debits(lines)
    accounts = [text for line in lines for text in (line.account.code, line.account.name)]
    metadata = [str(value) for value in (row.metadata or {}).values()]
    texts = [str(row.number), row.description, row.external_reference, *[line.description for line in lines]]
    return ComparedJournal(
        actor=row.actor,
        kind=row.kind,
        effective_date=row.effective_date,
        reference=row.external_reference,
        accounts=tuple(line.account.code for line in lines),
        currencies=tuple(debits),
        figures=(*[line.amount.copy_abs() for line in lines], *debits.values()),
        texts=(*texts, *accounts, *metadata),
    )


def _debits(lines: Iterable[Posting]) -> dict[str, Any]:
    debits: dict[str, Any] = {}
    for line in lines:
        if line.amount > 0:
            debits[line.currency] = debits.get(line.currency, ZERO) + line.amount
    return debits
