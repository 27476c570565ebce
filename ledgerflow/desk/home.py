"""Home: what somebody should look at, of one set of books as a queue, of several as a table with the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from journals.reading import overview
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.locales.current import amount_text, day_text, moment_text
from ledgerflow.core.people import may, person_of
from ledgerflow.core.plugins import HOME_MOST, Cure, HomeCheck, HomeEntry, HomeLook, registry
from ledgerflow.desk.figures import unpacked_look
from ledgerflow.desk.helping.tour import is_offered
from ledgerflow.desk.home_charts import charts_of
from ledgerflow.desk.news import NEWS, seen_by, unseen
from ledgerflow.desk.preparing import failed_look, kept_for_page
from ledgerflow.web.pages.books_of_page import VIEW_BOOKS, address_of_books, books_open_to, chosen_entity, named_books

log = structlog.get_logger(__name__)
MOST_BOOKS = 5_000  # of which the worst are looked for
MOST_SHOWN = 100
JOURNALS = 5
JOURNALS_OF_MINE = 8
# How many entries each check has found, for every set of books. One probe of the figures' key for each of them.
FOUND = """
    SELECT e.id, e.code, e.name, e.business_date, made.names, made.found, made.oldest
    FROM books_entity e
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(name) FILTER (WHERE found > 0), '{}'),
               coalesce(array_agg(found) FILTER (WHERE found > 0), '{}'), min(made_at)
        FROM desk_preparedfigures WHERE entity_id = e.id AND name = ANY (%(names)s)
    ) AS made (names, found, oldest)
    WHERE e.id = ANY (%(entities)s)
    ORDER BY e.code
"""
Looks = dict[UUID, dict[str, HomeLook]]


class Sentence(NamedTuple):
    """What is said, and where it is put right."""

    text: SafeString
    links: list[tuple[str, str]]  # address, label


class QueueItem(NamedTuple):
    """One check that found something."""

    name: str
    title: str
    found: str  # how many, or more than so many
    sentences: list[Sentence]
    links: list[tuple[str, str]]  # those that all its sentences have, said once
    is_news: bool


class RowOfBooks(NamedTuple):
    """One set of books among several; `rank` is that of the worst of what was found, the more the calmer."""

    name: str
    code: str
    address: str
    business_date: date
    found: list[str]
    total: int
    rank: int
    made_at: datetime | None


def home_of(request: HttpRequest, root: str) -> dict[str, Any]:
    """What Home shows this person; `root` is the address of the whole admin.

    Raises `InOtherBooks` where the address names no books and there is but one set to show.
    """
    entity = named_books(request)
    if entity is None and "entity" not in request.GET:
        keys = list(books_open_to(request.user).order_by("code").values_list("pk", flat=True)[:MOST_BOOKS])
        if len(keys) > 1:
            rows = _rows(request.user, keys, root)
            return {"title": gettext("Today"), "rows": rows, "most_shown": MOST_SHOWN}
    entity = entity or chosen_entity(request)
    if entity is None:
        return {"title": gettext("Today"), "rows": None if Entity.objects.exists() else []}
    if not request.user.has_perm(VIEW_BOOKS):
        return {"title": gettext("Today"), "rows": None}
    return _queue(request, entity, checks_for(request.user)) | {"root": root}


def checks_for(user: Any, entity_id: UUID | None = None) -> list[HomeCheck]:
    """The checks whose findings this user may see in these books or those of the page, the most severe first."""
    declared = registry.home_checks.values()
    allowed = [check for check in declared if not check.permission or may(user, check.permission, entity_id)]
    return sorted(allowed, key=lambda check: (check.rank, check.name))


def _queue(request: HttpRequest, entity: Entity, checks: Sequence[HomeCheck]) -> dict[str, Any]:
    until = clocks.as_text(clocks.now())  # before it is looked for what to tell
    kept = kept_for_page(entity.pk)
    looks = _looks_for(request.user, checks, [entity.pk]).get(entity.pk, {})
    looks |= {name: unpacked_look(figures) for name, figures in kept.figures.items() if name in registry.home_checks}
    seen = [(check, looks.get(check.name) or HomeLook(is_told=check.name not in NEWS)) for check in checks]
    items = [_item(check, look, kept.figures) for check, look in seen if look.entries]
    calm = [(gettext(check.title), _calm(look)) for check, look in seen if not look.entries and look.is_told]
    return {
        "title": gettext("Today"),
        "entity": entity,
        "items": items,
        "calm": calm,
        "until": until,
        "has_tour": is_offered(request.user, entity),
        **_age(kept.made_at),
        **_journals(request, entity),
        "charts": charts_of(kept.figures) if request.user.has_perm("accounts.view_account") else [],
    }


def _looks_for(user: Any, checks: Iterable[HomeCheck], entities: Sequence[UUID]) -> Looks:
    """What checks find that look for a person, by books and name. A query for each of them, and one."""
    found: Looks = {}
    seen = seen_by(user)
    for check in checks:
        if check.find_for is None:
            continue
        try:
            looks = check.find_for(user, entities)
        except Exception as error:
            log.exception("home_check_failed", check=check.name)
            looks = dict.fromkeys(entities, failed_look(error))
        for entity_id, look in looks.items():
            found.setdefault(entity_id, {})[check.name] = unseen(check.name, look, seen.get((entity_id, check.name)))
    return found


def _rows(user: Any, entities: Sequence[UUID], root: str) -> list[RowOfBooks]:
    """The books, those in which the worst was found first."""
    names = [check.name for check in registry.home_checks.values() if check.find is not None]
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"entities": list(entities), "names": names})
        books = cursor.fetchall()
    allowed = {entity_id: checks_for(user, entity_id) for entity_id in entities}
    looks = _looks_for(user, registry.home_checks.values(), entities)
    rows = [_row(row, looks.get(row[0], {}), allowed[row[0]], root) for row in books]
    return sorted(rows, key=lambda row: (row.rank, -row.total, row.code))[:MOST_SHOWN]


def _row(row: Any, looks: dict[str, HomeLook], checks: Sequence[HomeCheck], root: str) -> RowOfBooks:
    _, code, name, business_date, names, counts, made_at = row
    found = dict(zip(names, counts, strict=True)) | {one: len(look.entries) for one, look in looks.items()}
    seen = [check for check in checks if found.get(check.name)]
    return RowOfBooks(
        name, code, address_of_books(root, code), business_date,
        [f"{gettext(check.title)} ({_count(found[check.name])})" for check in seen],
        sum(found[check.name] for check in seen), seen[0].rank if seen else 1000, made_at,
    )  # fmt: skip


def _item(check: HomeCheck, look: HomeLook, kept: dict[str, Any]) -> QueueItem:
    more = check.name in kept and kept[check.name]["more"]
    same = {entry.cures for entry in look.entries}
    shared = _links(look.entries[0].cures) if len(same) == 1 and len(look.entries) > 1 else []
    sentences = [Sentence(said(entry), [] if shared else _links(entry.cures)) for entry in look.entries]
    found = f"{len(look.entries)}+" if more else str(len(look.entries))
    return QueueItem(check.name, gettext(check.title), found, sentences, shared, check.name in NEWS)


def _count(found: int) -> str:
    return str(found) if found <= HOME_MOST else f"{HOME_MOST}+"


def said(entry: HomeEntry) -> SafeString:
    """The sentence in the reader's language, with its figures."""
    return format_html(gettext(entry.sentence), **{name: _figure_text(value) for name, value in entry.figures.items()})


def _figure_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, datetime):
        return moment_text(value, with_zone=True)
    if isinstance(value, date):
        return day_text(value)
    return amount_text(Decimal(value)) if isinstance(value, int) else str(value)


def _calm(look: HomeLook) -> str:
    return said(look.calm) if look.calm is not None else ""


def _links(cures: Iterable[Cure]) -> list[tuple[str, str]]:
    return [
        (reverse(f"admin:{cure.view}", args=[] if cure.row is None else [cure.row]), gettext(cure.label))
        for cure in cures
    ]


def _age(made_at: datetime | None) -> dict[str, int | None]:
    seconds = None if made_at is None else max(int((clocks.now() - made_at).total_seconds()), 0)
    return {"age_seconds": seconds, "age_minutes": None if seconds is None else seconds // 60}


def _journals(request: HttpRequest, entity: Entity) -> dict[str, Any]:
    """The newest journals with what they move, and the numbers of this person's own, in three queries."""
    if not request.user.has_perm("journals.view_journal"):
        return {}
    latest = overview.latest_journals([entity.pk], JOURNALS)[entity.pk]
    totals = overview.totals_of(journal.id for journal in latest)
    shown = {
        journal: ", ".join(f"{amount_text(amount)} {currency}" for amount, currency in amounts)
        for journal, amounts in totals.items()
    }
    return {
        "journals": [(journal, shown.get(journal.id, "")) for journal in latest],
        "mine": overview.latest_of_person(entity.pk, person_of(request.user), JOURNALS_OF_MINE),
    }
