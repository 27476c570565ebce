"""Files of lists that are too long for an answer: a job makes them in parts, within one snapshot of the books.

Rows are read by a cursor of the database and written a part at a time, so that memory does not grow with them. When the
worker dies, the next tick of the job begins the file anew: its rows would otherwise be of two moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import structlog
from django.contrib.admin import site
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.db.models import F, Q
from django.http import QueryDict

from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import models_of_one_moment, own_connection
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.locales.current import MACHINE, written_as
from ledgerflow.desk.errors import FileQueryTooLong, ListNotYours, NotMade, TooManyFiles
from ledgerflow.desk.lists.admins import admin_of_list
from ledgerflow.desk.lists.columns import keep_columns_for
from ledgerflow.desk.lists.file_requests import list_request
from ledgerflow.desk.lists.saved_views import kept_of
from ledgerflow.desk.models import MAX_FILE_QUERY, ListFile
from ledgerflow.desk.preferences import in_the_way_of
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.pages.columns import COLUMNS, list_name_of
from ledgerflow.web.pages.list_files import BATCH_ROWS, list_lines

log = structlog.get_logger(__name__)
Item = TypeVar("Item")
MOST_FILES = 10  # of a person
KEPT_FOR = timedelta(days=1)
TRIES = 3
PART_CHARACTERS = 500_000
# Nothing where the file is gone or somebody else has begun it anew.
WRITE = """
    WITH still AS (
        UPDATE desk_listfile SET rows = %(rows)s, all_rows = %(all_rows)s, octets = octets + octet_length(%(content)s)
        WHERE id = %(id)s AND tries = %(tries)s RETURNING id
    )
    INSERT INTO desk_listfilepart (file_id, number, content) SELECT id, %(number)s, %(content)s FROM still
"""
DONE = """
    UPDATE desk_listfile SET rows = %(rows)s, made_at = %(now)s, kept_until = %(kept_until)s
    WHERE id = %(id)s AND tries = %(tries)s
"""


class OvertakenError(Exception):
    """The file was deleted, or begun anew elsewhere, while it was made here."""


def want_file(user: User, entity: Entity, admin: ReadOnlyAdmin[Any], query: str) -> ListFile:
    """Note that a person wants the file of a list. Raises `Malformed` and its kinds, and what filters raise."""
    wanted = QueryDict(query, mutable=True)
    request = list_request(user, entity, query)
    keep_columns_for(request)
    changelist: Any = admin.get_changelist_instance(request)
    wanted[COLUMNS] = changelist.columns.chosen
    kept = kept_of(admin, wanted)
    filters = ", ".join(f"{chip.label}: {chip.text}" for chip in changelist.chips)
    if max(len(kept), len(filters)) > MAX_FILE_QUERY:
        raise FileQueryTooLong(most=MAX_FILE_QUERY)
    if ListFile.objects.filter(user=user).count() >= MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)
    now = clocks.now()
    return ListFile.objects.create(
        user=user, entity=entity, list_name=list_name_of(admin), query=kept, title=str(changelist.title)[:300],
        filters=filters, wanted_at=now, kept_until=now + KEPT_FOR,
    )  # fmt: skip


def entities_with_files() -> Iterable[UUID]:
    """Those for which a file waits, or one is over."""
    wanted = Q(made_at=None, failure="") | Q(kept_until__lte=clocks.now())
    return ListFile.objects.filter(wanted).order_by().values_list("entity_id", flat=True).distinct()


def make_files(entity_id: UUID) -> bool:
    """The job: remove what is over, and make the file that waits longest. True where another one waits."""
    of_entity = ListFile.objects.filter(entity_id=entity_id)
    of_entity.filter(kept_until__lte=clocks.now()).delete()
    waiting = of_entity.filter(made_at=None, failure="").order_by("pk")
    file = waiting.select_related("user", "entity").first()
    if file is None:
        return False
    _begin(file)
    try:
        if file.tries > TRIES:
            raise NotMade(tries=TRIES)
        _make(file)
    except OvertakenError:
        log.info("list_file_overtaken", file=file.pk)
    except (LedgerError, IncorrectLookupParameters) as refusal:
        message = refusal.message if isinstance(refusal, LedgerError) else str(refusal)
        of_entity.filter(pk=file.pk, tries=file.tries).update(failure=message[:500])
    return waiting.exists()


def content_of(file: ListFile) -> Iterator[bytes]:
    """The parts of a file that is made, one in memory at a time."""
    for number in file.parts.order_by("number").values_list("number", flat=True):
        part = file.parts.filter(number=number).values_list("content", flat=True).first()
        if part is None:
            return  # removed meanwhile: the answer is shorter than it said, which its reader notices
        yield part.encode()


def _begin(file: ListFile) -> None:
    ListFile.objects.filter(pk=file.pk).update(
        tries=F("tries") + 1, begun_at=clocks.now(), rows=0, all_rows=None, octets=0
    )
    file.refresh_from_db(fields=["tries"])
    file.parts.all().delete()


def _make(file: ListFile) -> None:
    admin, request = admin_of_list(file.list_name, site), list_request(file.user, file.entity, file.query)
    if not file.user.is_active or not admin.has_view_or_change_permission(request):
        raise ListNotYours
    with own_connection() as connection, in_the_way_of(request), models_of_one_moment():
        changelist: Any = admin.get_changelist_instance(request)
        progress = {"id": file.pk, "tries": file.tries, "rows": 0, "all_rows": changelist.queryset.order_by().count()}
        with written_as(MACHINE):
            rows = _counted(changelist.queryset.iterator(chunk_size=BATCH_ROWS), progress)
            for number, part in enumerate(_in_parts(list_lines(changelist, rows))):
                _run(connection, WRITE, progress | {"number": number, "content": part})
        now = clocks.now()
        _run(connection, DONE, progress | {"now": now, "kept_until": now + KEPT_FOR})


def _run(connection: psycopg.Connection[Any], sql: str, values: dict[str, Any]) -> None:
    if connection.execute(sql, values).rowcount != 1:
        raise OvertakenError


def _counted(rows: Iterable[Item], progress: dict[str, Any]) -> Iterator[Item]:
    for row in rows:
        progress["rows"] += 1
        yield row


def _in_parts(lines: Iterable[str]) -> Iterator[str]:
    part, size = [], 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= PART_CHARACTERS:
            yield "".join(part)
            part, size = [], 0
    if part:
        yield "".join(part)
