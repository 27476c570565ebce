"""News on Home: what is told to a person until he has seen it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ledgerflow.core import clocks
from ledgerflow.core.dates import check_moment, read_moment
from ledgerflow.core.errors import Malformed
from ledgerflow.core.people import person_of
from ledgerflow.core.plugins import HomeEntry, HomeLook
from ledgerflow.desk.models import SeenNews

# Checks whose entries are news, and which figure says when they were made.
NEWS = {"decided_of_mine": "decided_at"}
SEE = """
    INSERT INTO desk_seennews (person, entity_id, name, seen_at)
    SELECT %s, %s, name, %s FROM unnest(%s::text[]) AS news (name)
    ON CONFLICT (person, entity_id, name) DO UPDATE
    SET seen_at = greatest(desk_seennews.seen_at, EXCLUDED.seen_at)
"""


def see_all(user: Any, entity_id: UUID, until: str) -> None:
    """What was told of these books until then has been seen by this user; what came since, his page did not show."""
    now = clocks.now()
    with connection.cursor() as cursor:
        cursor.execute(SEE, (person_of(user), entity_id, min(_moment_in(until) or now, now), list(NEWS)))


def seen_by(user: Any) -> dict[tuple[UUID, str], datetime]:
    """Until when this user has seen the news of each check, by books. One query."""
    rows = SeenNews.objects.filter(person=person_of(user)).values_list("entity_id", "name", "seen_at")
    return {(entity_id, name): seen_at for entity_id, name, seen_at in rows}


def unseen(name: str, look: HomeLook, until: datetime | None) -> HomeLook:
    """A look without what was seen before: until then."""
    figure = NEWS.get(name)
    if figure is None or until is None:
        return look
    return HomeLook(
        [one for one in look.entries if figure not in one.figures or _moment(one, figure) > until], is_told=False
    )


def _moment_in(text: str) -> datetime | None:
    """What a page says of when it was made; None where it says nothing of the kind."""
    try:
        found = check_moment(read_moment(text))
    except (ValueError, Malformed):
        return None
    return found if found.tzinfo is not None else None


def _moment(entry: HomeEntry, figure: str) -> datetime:
    found = entry.figures[figure]
    assert isinstance(found, datetime)  # noqa: S101 - a figure that NEWS names
    return found
