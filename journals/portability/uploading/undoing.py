"""Taking an import back: all of its journals are reversed, the newest first, each once.

What it posted is known by the numbers of its batches. The accounts it opened stay: they are history. What stands in
the way of a reversal leaves its journal as it is, and is told before anything is done.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from journals.drafts import Draft
from journals.events import Answer
from journals.models import Journal
from journals.portability.drafting import ISSUER
from journals.portability.errors import ImportJournalsUnknown, ImportNotOver
from journals.portability.models import ImportRun
from journals.posting import post_many
from journals.reversal import drafts_that_reverse
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.files.watching import Watch

MOST_REHEARSED = 1000
MOST_ACCOUNTS = 50
BATCH = 200
NEWEST = 2**63 - 1

# The journals of a run. Its reversals of its own journals, and these, come to zero already: neither is taken back.
OF_RUN = """
    FROM portability_importbatch b
    JOIN journals_journal j ON j.entity_id = %(entity)s AND j.number BETWEEN b.first_number AND b.last_number
    WHERE b.run_id = %(run)s
"""
STANDS = """
    AND NOT EXISTS (SELECT FROM journals_journal r WHERE r.reverses_id = j.id)
    AND NOT EXISTS (
        SELECT FROM journals_journal o
        JOIN portability_importbatch c ON c.run_id = %(run)s AND o.number BETWEEN c.first_number AND c.last_number
        WHERE o.id = j.reverses_id
    )
"""
COUNT = f"SELECT count(*) {OF_RUN} {STANDS}"
NEXT = f"SELECT j.id {OF_RUN} {STANDS} AND j.number < %(before)s ORDER BY j.number DESC LIMIT %(most)s"
TOTALS = f"""
    SELECT p.currency, sum(p.amount) FROM journals_posting p
    WHERE p.amount > 0 AND p.journal_id IN (SELECT j.id {OF_RUN} {STANDS}) GROUP BY p.currency ORDER BY p.currency
"""  # noqa: S608
EFFECTS = f"""
    SELECT a.id, a.code, a.name, p.currency, -sum(p.amount) * bal.normal_sign,
           (bal.debits - bal.credits - sum(p.amount)) * bal.normal_sign
    FROM journals_posting p
    JOIN accounts_account a ON a.id = p.account_id
    JOIN accounts_balance bal ON bal.account_id = a.id
    WHERE p.journal_id IN (SELECT j.id {OF_RUN} {STANDS})
    GROUP BY a.id, a.code, a.name, p.currency, bal.normal_sign, bal.debits, bal.credits
    ORDER BY a.code LIMIT %(most)s
"""  # noqa: S608


class Effect(NamedTuple):
    """What undoing does to an account, on its normal side."""

    account_id: UUID
    code: str
    name: str
    currency: str
    change: Decimal
    after: Decimal


class StandsInTheWay(NamedTuple):
    journal: Journal
    refusal: LedgerError


class UndoFound(NamedTuple):
    """What undoing would do: `refused` are the journals that would stay, of the newest `MOST_REHEARSED`."""

    left: int
    totals: list[tuple[str, Decimal]]
    effects: list[Effect]
    refused: list[StandsInTheWay]


def journals_left(run: ImportRun) -> int:
    """How many of its journals stand and are to be taken back."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _given(run))
        return int(cursor.fetchone()[0])


def look_at_undo(run: ImportRun, actor: str) -> UndoFound:
    """The dry run: each reversal follows the one before, by the rules of posting and without the lock.

    Raises `ImportNotOver` and `ImportJournalsUnknown`.
    """
    check_undoable(run)
    given = _given(run) | {"most": MOST_ACCOUNTS}
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, given)
        totals = [(currency, amount) for currency, amount in cursor.fetchall()]
        cursor.execute(EFFECTS, given)
        effects = [Effect(*row) for row in cursor.fetchall()]
    journals = _next_back(run, NEWEST, MOST_REHEARSED)
    answers = _reverse(run, journals, run.undo_reason or "-", actor, dry_run=True)
    refused = [
        StandsInTheWay(journal, answer.refusal)
        for journal, answer in zip(journals, answers, strict=True)
        if answer.refusal is not None
    ]
    return UndoFound(journals_left(run), totals, effects, refused)


def ask_to_undo(run: ImportRun, *, reason: str, person: str) -> None:
    """Write down that an import is to be taken back. Asking again goes on with the reason that was given first.

    Raises `ImportNotOver` and `ImportJournalsUnknown`.
    """
    check_undoable(run)
    asked = ImportRun.objects.filter(pk=run.pk, undone_at=None, undo_due_at=None)
    asked.filter(undo_reason="").update(undo_reason=reason, undo_by=person)
    asked.update(undo_due_at=clocks.now())
    run.refresh_from_db()


def check_undoable(run: ImportRun) -> None:
    """Raise what makes it impossible to take an import back as a whole."""
    if not run.is_over:
        raise ImportNotOver
    known = run.batches.aggregate(n=Sum(F("last_number") - F("first_number") + 1))["n"] or 0
    if known < run.posted:
        raise ImportJournalsUnknown


def undo_what_is_due(entity_id: UUID, watch: Watch) -> None:
    """Go on with the imports of these books that are to be taken back, until `watch` says stop."""
    for run in ImportRun.objects.filter(entity_id=entity_id, undo_due_at__isnull=False).order_by("undo_due_at"):
        carry_undo_on(run, watch)


def carry_undo_on(run: ImportRun, watch: Watch | None = None) -> None:
    """Reverse what stands, the newest first. Raises nothing: what is left over is done by the next who tries.

    Where something is refused the import is not undone, and somebody has to ask for the rest again.
    """
    watch = watch or Watch()
    try:
        with one_at_a_time(f"undo {run.pk}"):
            run.refresh_from_db()
            if run.undo_due_at is not None and _go_through(run, watch):
                _end(run)
    except (TryAgain, OutcomeUnknown):
        return  # the keys of the reversals tell what is in the books


def _go_through(run: ImportRun, watch: Watch) -> bool:
    """Whether all of its journals had their turn."""
    before = NEWEST
    while journals := _next_back(run, before, BATCH):
        if watch.should_stop():
            return False
        _reverse(run, journals, run.undo_reason, run.undo_by)
        before = journals[-1].number
    return True


def _end(run: ImportRun) -> None:
    undone_at = None if journals_left(run) else clocks.now()
    ImportRun.objects.filter(pk=run.pk).update(undo_due_at=None, undone_at=undone_at)
    run.refresh_from_db()


def _next_back(run: ImportRun, before: int, most: int) -> list[Journal]:
    """The next ones to take back, the newest first: so each account goes back the way it came."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, _given(run) | {"before": before, "most": most})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Journal.objects.filter(pk__in=ids).order_by("-number"))


def _reverse(
    run: ImportRun, journals: list[Journal], reason: str, actor: str, *, dry_run: bool = False
) -> list[Answer]:
    """What becomes of each of the journals."""
    wanted = drafts_that_reverse(
        journals, lambda one: f"undo:{run.pk}:{one.number}", description=reason, issuer=ISSUER, actor=actor
    )
    drafts = [one for one in wanted if isinstance(one, Draft)]
    answers = iter(post_many(run.entity_id, drafts, dry_run=dry_run))
    return [next(answers) if isinstance(one, Draft) else Answer("refused", refusal=one) for one in wanted]


def _given(run: ImportRun) -> dict[str, Any]:
    return {"entity": run.entity_id, "run": run.pk}
