"""What an import would make of a file, before anything is written: a dry run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from accounts.specs import AccountSpec
from journals.drafts import Draft
from journals.portability.chart import ACCOUNT_FIELDS, AMOUNTS, AccountOptions, Charting
from journals.portability.drafting import Drafting, JournalOptions
from journals.portability.errors import PostedBefore
from journals.portability.journals import journal_layout, naming_of, sifted
from journals.portability.overlaps import Overlaps
from ledgerflow.books.models import Entity
from ledgerflow.core.money import plain
from ledgerflow.files.items import Item
from ledgerflow.files.layout import Layout, layout_of, lines_about
from ledgerflow.files.rows import SourceFile, open_rows

FIRST = 5
LISTED = 20
LINES = 4


def preview_journals(entity: Entity, source: SourceFile, options: JournalOptions) -> str:
    """For people: the layout, the first journals as understood, and what of the file was posted before.

    Says nothing of what only the books refuse, such as a limit or a closed day. Raises `ImportProblem` kinds.
    """
    layout = journal_layout(source, options)
    naming = naming_of(entity, source, options, layout, opens=False)
    drafting = Drafting(layout.header, options, source.sha256, naming, layout.numbers)
    with open_rows(source, layout.delimiter.mark) as (_, rows):
        overlaps = None if options.post_again else Overlaps(entity.id, source.sha256)
        return _described(source, layout, sifted(overlaps, drafting.items(rows)), _journal)


def preview_accounts(source: SourceFile, options: AccountOptions) -> str:
    """The same of a file of accounts. Raises `ImportProblem` kinds."""
    layout = layout_of(source, options, ACCOUNT_FIELDS, AMOUNTS)
    charting = Charting(layout.header, options, layout.numbers)
    with open_rows(source, layout.delimiter.mark) as (_, rows):
        return _described(source, layout, charting.accounts(rows), _account)


def _described(source: SourceFile, layout: Layout, items: Iterable[Item[Any]], shown: Any) -> str:
    rows = good = 0
    first: list[str] = []
    refused: list[str] = []
    known: list[str] = []
    codes: Counter[str] = Counter()
    for item in items:
        rows += len(item.raw)
        if item.refusal is not None:
            codes[item.refusal.code] += 1
            listed = known if isinstance(item.refusal, PostedBefore) else refused
            if len(listed) < LISTED:
                listed.append(f"  line {item.row}: {item.refusal.code}: {item.refusal.message}")
        else:
            good += 1
            if len(first) < FIRST:
                first.append(f"  line {item.row}: {shown(item.wanted)}")
    before = codes.pop(PostedBefore.code, 0)
    return "\n".join([
        *lines_about(source, layout),
        f"{'rows':<14}{rows:,}",
        f"{'understood':<14}{good:,}" + ("; the first ones:" if first else ""),
        *first,
        f"{'posted before':<14}{before:,}",
        *known,
        f"{'refused':<14}{codes.total():,}",
        *refused,
        "Nothing was written. What only the books refuse, such as a limit or a closed day, is not looked for here.",
    ])  # fmt: skip


def _journal(draft: Draft) -> str:
    day = "business date" if draft.effective_date is None else draft.effective_date
    lines = [
        f"{'debit' if line.amount > 0 else 'credit'} {line.account} {plain(abs(line.amount))} {line.currency}".strip()
        for line in draft.lines[:LINES]
    ]
    more = f", and {len(draft.lines) - LINES} more lines" if len(draft.lines) > LINES else ""
    return f"{day} {draft.description[:60]!r} {', '.join(lines)}{more}"


def _account(spec: AccountSpec) -> str:
    return f"{spec.code} {spec.name[:60]!r}, {spec.type} in {spec.currency}"
