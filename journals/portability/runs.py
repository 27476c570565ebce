"""One import from its start to its end, however often the process dies in between.

The position, the counts and the refused rows are written in the transaction of the batch they belong to, so what is
in the books and what the run says never differ.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec
from django.db import close_old_connections
from django.db.models.functions import Now

from journals.events import Answer, read_fact
from journals.portability.committing import Committing, Settled, Writer
from journals.portability.models import ImportRun
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.ids import uuid7
from ledgerflow.files.items import Item, limited, raw_text
from ledgerflow.files.problems import BooksBusy, FileProblem, ImportProblem, RunProblem, Stopped
from ledgerflow.files.rows import SourceFile, has_changed
from ledgerflow.files.watching import Watch

BATCH = 1000
BATCH_ROWS = 4000
ATTEMPTS = 6
MAX_REASON = 1000

MOVE_ON = """
    UPDATE portability_importrun
    SET next_row = %s, worker = %s, updated_at = now(), opened = opened + %s, existing = existing + %s,
        posted = posted + %s, replayed = replayed + %s, refused = refused + %s
    WHERE id = %s AND phase = %s AND next_row = %s AND finished_at IS NULL AND abandoned_at IS NULL
"""
WHERE_IT_STANDS = "SELECT next_row, worker FROM portability_importrun WHERE id = %s"
KEEP_REFUSALS = """
    INSERT INTO portability_importrefusal (run_id, row, code, reason, raw, attempts)
    SELECT %s, n.row, n.code, n.reason, n.raw, 1
    FROM json_to_recordset(%s::json) AS n (row bigint, code text, reason text, raw text)
"""
KEEP_BATCH = "INSERT INTO portability_importbatch (run_id, first_number, last_number) VALUES (%s, %s, %s)"
STATUSES = ("opened", "existing", "posted", "replayed", "refused")


def begin(
    entity: Entity, kind: str, source: SourceFile, header: list[str], options: msgspec.Struct, *, abandon: bool
) -> ImportRun:
    """The run of this file with these options: a new one, or the one that was started before.

    Raises `RunProblem` when an import of another version of the file, or with other options, was started and is not
    finished; with `abandon` that one is given up for good, and what it posted stays.
    """
    given = given_options(options)
    options_hash = sha256(canonical.encode(given)).hexdigest()
    identity = {"entity": entity, "kind": kind, "file_hash": source.sha256, "options_hash": options_hash}
    path = str(source.path.resolve())
    unfinished = ImportRun.objects.filter(entity=entity, kind=kind, path=path, finished_at=None, abandoned_at=None)
    for other in unfinished.exclude(file_hash=source.sha256, options_hash=options_hash):
        if not abandon:
            raise RunProblem(_in_the_way(other, source))
        ImportRun.objects.filter(pk=other.pk, finished_at=None).update(abandoned_at=Now())
    run = ImportRun(**identity, path=path, header=header, options=given)
    ImportRun.objects.bulk_create([run], ignore_conflicts=True)
    return ImportRun.objects.get(**identity, abandoned_at=None)


def given_options(options: msgspec.Struct) -> dict[str, Any]:
    """Those that are not at their defaults, so that an option a later version adds makes no other run of this one.

    msgspec's own `omit_defaults` compares by identity: "0" and another "0" are different to it.
    """
    defaults = type(options)()
    return {
        name: getattr(options, name)
        for name in options.__struct_fields__
        if getattr(options, name) != getattr(defaults, name)
    }


@contextmanager
def without_a_trace(run: ImportRun) -> Iterator[None]:
    """Give up a run that a problem of its file or options stops before its first batch.

    What the command is corrected to is another run, and this one would be in its way.
    """
    try:
        yield
    except (Stopped, BooksBusy):  # nothing was wrong with it: the same command goes on
        raise
    except (ImportProblem, LedgerError):
        untouched = ImportRun.objects.filter(pk=run.pk, worker=None, finished_at=None, abandoned_at=None)
        untouched.update(abandoned_at=Now())
        raise


def finish(run: ImportRun) -> None:
    """Nothing is left to do in this run."""
    close_old_connections()  # the server may have been restarted since this connection was used
    ImportRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now())
    run.refresh_from_db()


def enter_phase(run: ImportRun, phase: int) -> None:
    """Go on from the file's first row with the next kind of work."""
    close_old_connections()
    ImportRun.objects.filter(pk=run.pk, phase=phase - 1).update(phase=phase, next_row=0)
    run.refresh_from_db()


class Worker:
    """Takes items in batches to the books, for one run and in its present phase."""

    def __init__(self, run: ImportRun, source: SourceFile, writer: Writer, watch: Watch) -> None:
        self._run = run
        self._source = source
        self._books = Committing(writer, self._record, self._committed)
        self._watch = watch
        self._id = uuid7()
        self._next_row = run.next_row

    def work_through(self, items: Iterable[Item[Any]]) -> None:
        """Commit batch after batch.

        Raises `Stopped` when asked to stop, `FileProblem` when the file changes under it, `RunProblem` when another
        process works on the same run, `BooksBusy` when the books cannot be written; in every case the batches
        committed so far stay, and the next start goes on after them.
        """
        for batch in limited(items, BATCH, BATCH_ROWS):
            if has_changed(self._source):
                message = f"{self._source.path} changed while it was being read; stopped before row {batch[0].row}."
                raise FileProblem(message)
            self._commit_patiently(batch)
            self._watch.advanced(self._next_row, len(batch))
            if self._watch.should_stop():
                message = f"Stopped before row {self._next_row}. The same command goes on from there."
                raise Stopped(message)

    def _commit_patiently(self, batch: list[Item[Any]]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                # A first half may be in the books already.
                return self._books.commit([item for item in batch if item.row >= self._next_row])
            # Of an unknown outcome the keys and the position tell whether it is in the books.
            except (TryAgain, OutcomeUnknown) as error:
                if attempt == ATTEMPTS - 1 or self._watch.should_stop():
                    message = f"{error.message} Stopped before row {batch[0].row}; the same command goes on from there."
                    raise BooksBusy(message) from error
                time.sleep(0.1 * 2**attempt)
        return None

    def _committed(self, batch: list[Item[Any]]) -> None:
        self._next_row = batch[-1].after

    def _record(self, tx: Transaction, settled: list[Settled]) -> None:
        counts = Counter(outcome.status for _, outcome in settled)
        after = settled[-1][0].after
        moved = tx.query(
            MOVE_ON,
            (after, self._id, *(counts[status] for status in STATUSES), self._run.pk, self._run.phase, self._next_row),
        )
        if not moved.rowcount:
            self._is_mine(tx, after)
            return
        keep_batch(tx, self._run, settled)
        refused = [(item, outcome.refusal) for item, outcome in settled if outcome.refusal is not None]
        if refused:
            # As one JSON text: five times cheaper than arrays whose elements are adapted one by one.
            rows = [
                {"row": item.row, "code": refusal.code, "reason": reason_of(refusal), "raw": raw_text(item.raw)}
                for item, refusal in refused
            ]
            tx.query(KEEP_REFUSALS, (self._run.pk, canonical.encode(rows).decode()))

    def _is_mine(self, tx: Transaction, after: int) -> None:
        """Whether this very batch moved the position: its COMMIT may have got through with its answer lost."""
        row = tx.query(WHERE_IT_STANDS, (self._run.pk,)).fetchone()
        if row is None or row != (after, self._id):
            message = "Another process is importing this file; this one stops."
            raise RunProblem(message)


def keep_batch(tx: Transaction, run: ImportRun, settled: Sequence[Settled]) -> None:
    """Keep which journals were posted: those of one transaction have numbers in a row."""
    posted = [one for _, one in settled if isinstance(one, Answer) and one.status == "posted"]
    if posted:
        first, last = (read_fact(one.journal).number for one in (posted[0], posted[-1]))
        tx.query(KEEP_BATCH, (run.pk, first, last))


def reason_of(refusal: LedgerError) -> str:
    """Why, for people; free of what PostgreSQL cannot store."""
    return refusal.message[:MAX_REASON].replace("\x00", "\\x00")


def _in_the_way(other: ImportRun, source: SourceFile) -> str:
    begun = f"{other.started_at:%Y-%m-%d %H:%M} UTC"
    at = f"An import of {other.path} was started at {begun} and stands at row {other.next_row}"
    if other.file_hash != source.sha256:
        return f"{at}; the file has changed since. Put the old file back to finish it, or give it up with --abandon."
    return f"{at}, with other options. Use the same options to finish it, or give it up with --abandon."
