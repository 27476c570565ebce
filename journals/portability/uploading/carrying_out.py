"""An uploaded file becomes an import: as the command does it, once, and on from where it was whoever was killed.

A small file is imported while its page waits. What is left over, of a larger one or after a kill, is done by the job of
each minute: who sent it is written down before anything else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from journals.portability.accounts import AccountImport
from journals.portability.chart import AccountOptions
from journals.portability.journals import JournalImport
from journals.portability.models import ImportRun, ImportUpload, UploadKind
from journals.portability.runs import without_a_trace
from journals.portability.uploading.files import options_of, source_of, times_undone
from journals.portability.uploading.undoing import undo_what_is_due
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.errors import BusyElsewhere
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.problems import BooksBusy, ImportProblem, Stopped
from ledgerflow.files.watching import Watch

MOST_AT_ONCE = 1000  # lines of a file, or journals to take back, that a page waits for
JOB_SECONDS = 40  # of the job in one go, so that the entities take turns


def send(upload: ImportUpload) -> None:
    """Write down that the file is to be imported, once its columns are said. Doing it again changes nothing."""
    own = ImportUpload.objects.filter(pk=upload.pk, mapped_at__isnull=False, sent_at=None)
    again = 0 if upload.kind == UploadKind.ACCOUNTS else times_undone(upload.entity_id, upload.file_hash)
    options = upload.options | ({"again": again} if again and upload.run_id is None else {})
    own.update(sent_at=clocks.now(), options=options, problem="")
    upload.refresh_from_db()


def carry_out(upload: ImportUpload, watch: Watch | None = None) -> None:
    """Go on with a file that was sent, until it is done or `watch` says stop. Raises nothing: its page tells.

    What the file, its options or another import stop is written down as its problem, and waits to be sent again.
    """
    if upload.sent_at is None:
        return
    try:
        with one_at_a_time(f"import {upload.entity_id} {upload.file_hash}"):
            _work(upload, watch or Watch())
    except (BusyElsewhere, Stopped, BooksBusy):
        return  # somebody is at it, or the job of the next minute goes on
    except ImportProblem as problem:
        _stop_at(upload, str(problem))
    except LedgerError as refusal:
        _stop_at(upload, refusal.message)


def what_is_due(entity_id: UUID | None = None) -> QuerySet[ImportUpload]:
    """The files that were sent and are not imported yet, of all books unless some are named."""
    unfinished = Q(run=None) | Q(run__finished_at=None, run__abandoned_at=None)
    due = ImportUpload.objects.filter(unfinished, sent_at__isnull=False)
    return due if entity_id is None else due.filter(entity_id=entity_id)


def books_with_work() -> Iterable[UUID]:
    """Where an import is to be carried on, or taken back."""
    undone = ImportRun.objects.filter(undo_due_at__isnull=False).values_list("entity_id", flat=True)
    return {*what_is_due().values_list("entity_id", flat=True), *undone}


def carry_on(entity_id: UUID) -> bool:
    """The job: go on with everything that is due in these books for a while. True where something is left over."""
    until = time.monotonic() + JOB_SECONDS
    watch = Watch(should_stop=lambda: time.monotonic() > until)
    for upload in what_is_due(entity_id).order_by("sent_at"):
        carry_out(upload, watch)
    undo_what_is_due(entity_id, watch)
    return watch.should_stop() and entity_id in books_with_work()


def _work(upload: ImportUpload, watch: Watch) -> None:
    source, options = source_of(upload), options_of(upload)
    importing = (
        AccountImport(upload.entity, source, options)
        if isinstance(options, AccountOptions)
        else JournalImport(upload.entity, source, options)
    )
    upload.run = importing.run
    upload.save(update_fields=["run"])
    with without_a_trace(importing.run):
        importing.work(watch)


def _stop_at(upload: ImportUpload, problem: str) -> None:
    """A run that was given up before it did anything is none."""
    run = upload.run
    if run is not None:
        run.refresh_from_db()
        upload.run = None if run.abandoned_at is not None and run.worker is None else run
    upload.sent_at, upload.problem = None, problem
    upload.save(update_fields=["run", "sent_at", "problem"])
