"""Trying refused rows again. An import does not: what it refused is settled until somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.db.models import QuerySet

from journals.portability.accounts import AccountImport, account_writer, opening_day
from journals.portability.chart import AccountOptions
from journals.portability.committing import Committing, Settled
from journals.portability.drafting import JournalOptions
from journals.portability.errors import PostedBefore
from journals.portability.journals import JournalImport, journal_writer
from journals.portability.models import ImportKind, ImportRefusal, ImportRun
from journals.portability.rejects import still_refused
from journals.portability.runs import STATUSES, keep_batch, reason_of
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import IdempotencyKeyMissing, Malformed, OutcomeUnknown, TryAgain
from ledgerflow.files.items import Item, read_raw
from ledgerflow.files.problems import BooksBusy, RunProblem, Stopped
from ledgerflow.files.rows import FileRow, SourceFile, digest_of
from ledgerflow.files.watching import Watch

# The row itself is wrong, and it will not change: it has to be corrected and imported in another file. What was posted
# before is posted again only by an import with --post-again.
FOR_GOOD = (Malformed.code, IdempotencyKeyMissing.code, PostedBefore.code)
BATCH = 500

SETTLE = """
    UPDATE portability_importrefusal r
    SET attempts = r.attempts + 1, code = coalesce(n.code, r.code), reason = coalesce(n.reason, r.reason),
        settled_at = CASE WHEN n.code IS NULL THEN now() END
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n (row, code, reason)
    WHERE r.run_id = %s AND r.row = n.row AND r.settled_at IS NULL
    RETURNING r.row, n.code IS NULL
"""
COUNT = """
    UPDATE portability_importrun
    SET opened = opened + %s, existing = existing + %s, posted = posted + %s, replayed = replayed + %s,
        refused = refused - %s, updated_at = now()
    WHERE id = %s
"""


def find_run(entity: Entity, path: Path, run_id: str = "") -> ImportRun:
    """The finished import of this very file. Raises `RunProblem` when there is none, or a choice."""
    runs = ImportRun.objects.filter(entity=entity, file_hash=digest_of(path), abandoned_at=None)
    found = [run for run in runs if run_id in ("", str(run.id))]
    if not found:
        message = f"No import of {path}, as it is now, into {entity.code} is known."
        raise RunProblem(message)
    if len(found) > 1:
        shown = ", ".join(f"{run.id} ({run.kind}, {run.started_at:%Y-%m-%d %H:%M})" for run in found)
        message = f"This file was imported with several sets of options; choose one with --run: {shown}"
        raise RunProblem(message)
    if found[0].finished_at is None:
        message = f"The import of {path} is not finished; finish it first."
        raise RunProblem(message)
    return found[0]


def retry(entity: Entity, source: SourceFile, run: ImportRun, watch: Watch | None = None) -> ImportRun:
    """Try what was refused again, in the order of the file and under the same keys; gives the run.

    Rows that are wrong in themselves (`FOR_GOOD`) are left out. Each batch commits with its rows' new state, so this
    too may be killed and started again. Raises `Stopped` and `BooksBusy`.
    """
    watch = watch or Watch()
    trying = _journals if run.kind == ImportKind.JOURNALS else _accounts
    attempt = trying(entity, source, run)
    for rows in _refused(run):
        try:
            for committing, items in attempt(rows):
                committing.commit(items)
        except (TryAgain, OutcomeUnknown) as error:
            message = f"{error.message} The same command goes on from here."
            raise BooksBusy(message) from error
        watch.advanced(rows[-1][-1].number, len(rows))
        if watch.should_stop():
            message = f"Stopped after row {rows[-1][-1].number}. The same command tries what is left."
            raise Stopped(message)
    run.refresh_from_db()
    return run


Steps = Iterator[tuple[Committing, list[Item[Any]]]]


def _journals(entity: Entity, source: SourceFile, run: ImportRun) -> Any:
    """A row may have been posted since from another file: all of the file is looked through, as at its import."""
    importing = JournalImport(entity, source, msgspec.convert(run.options, JournalOptions))
    drafting = importing.drafting()
    known = importing.posted_before(drafting, set(_retried(run).values_list("row", flat=True)))
    committing = Committing(importing.writer(), _RetryRecording(run).settle)

    def attempt(rows: list[list[FileRow]]) -> Steps:
        items = [drafting.item(group, whole=True) for group in rows]
        yield (
            committing,
            [item._replace(wanted=None, refusal=known[item.row]) if item.row in known else item for item in items],
        )

    return attempt


def _accounts(entity: Entity, source: SourceFile, run: ImportRun) -> Any:
    """An account refused at its opening is opened and funded, one refused at its funding is there already."""
    options = msgspec.convert(run.options, AccountOptions)
    charting = AccountImport(entity, source, options).charting
    day = opening_day(entity, options)

    def attempt(rows: list[list[FileRow]]) -> Steps:
        flat = [row for (row,) in rows]
        money = {item.row: item for item in charting.openings(iter(flat), day)} if options.opening_account else {}
        opening = _RetryRecording(run, later=frozenset(money))
        yield Committing(account_writer(entity, options.actor), opening.settle), list(charting.accounts(iter(flat)))
        funded = [item for row, item in money.items() if row in opening.passed]
        if funded:
            yield Committing(journal_writer(entity.id), _RetryRecording(run).settle), funded

    return attempt


class _RetryRecording:
    """Writes what became of refused rows. Those in `later` that pass have one more step to go and stay refused."""

    def __init__(self, run: ImportRun, later: frozenset[int] = frozenset()) -> None:
        self._run = run
        self._later = later
        self.passed: set[int] = set()

    def settle(self, tx: Transaction, settled: list[Settled]) -> None:
        self.passed |= {item.row for item, outcome in settled if outcome.refusal is None}
        reported = [(item, outcome) for item, outcome in settled if outcome.refusal or item.row not in self._later]
        changed = tx.query(
            SETTLE,
            (
                [item.row for item, _ in reported],
                [None if outcome.refusal is None else outcome.refusal.code for _, outcome in reported],
                [None if outcome.refusal is None else reason_of(outcome.refusal) for _, outcome in reported],
                self._run.pk,
            ),
        )
        states = dict(changed.fetchall())
        counts = Counter(
            outcome.status for item, outcome in settled if states.get(item.row) or outcome.status == "opened"
        )
        keep_batch(tx, self._run, settled)
        tx.query(COUNT, (*(counts[status] for status in STATUSES[:-1]), sum(states.values()), self._run.pk))


def _retried(run: ImportRun) -> QuerySet[ImportRefusal]:
    return still_refused(run).exclude(code__in=FOR_GOOD)


def _refused(run: ImportRun) -> Iterator[list[list[FileRow]]]:
    """The rows of the items that may be tried again, in batches."""
    last = -1
    while True:
        found = _retried(run).filter(row__gt=last).order_by("row")[:BATCH]
        groups = [(row, read_raw(raw)) for row, raw in found.values_list("row", "raw")]
        if not groups:
            return
        last = groups[-1][0]
        yield [[FileRow(row + number, cells) for number, cells in enumerate(raw)] for row, raw in groups]
