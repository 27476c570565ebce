"""What an import would make of a file, before anything is written: a dry run, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from accounts.models import Account
from accounts.specs import AccountSpec
from journals.drafts import Draft
from journals.portability.chart import ACCOUNT_FIELDS, AMOUNTS, AccountOptions, Charting
from journals.portability.drafting import Drafting, JournalOptions
from journals.portability.errors import PostedBefore
from journals.portability.imported import Reversing
from journals.portability.journals import journal_layout, naming_of, sifted
from journals.portability.overlaps import Overlaps
from journals.posting import post_many
from ledgerflow.books.models import Entity
from ledgerflow.core.money import CONTEXT, ZERO, plain
from ledgerflow.files.items import Item
from ledgerflow.files.layout import Layout, layout_of, lines_about
from ledgerflow.files.rows import SourceFile, open_rows

FIRST = 5
LISTED = 20
LINES = 4


class MostKept(NamedTuple):
    """How many items of a preview are kept to be shown: of what is understood, and of what is refused."""

    understood: int = FIRST
    refused: int = LISTED


@dataclass
class FilePreview:
    """What was found: how many there are of each, and the first of them."""

    layout: Layout
    rows: int = 0
    understood: int = 0
    refused: int = 0
    known: int = 0  # refused because they were posted before
    items: list[Item[Any]] = field(default_factory=list)
    refused_items: list[Item[Any]] = field(default_factory=list)
    known_items: list[Item[Any]] = field(default_factory=list)
    is_whole: bool = True


SHOWN = MostKept()


def look_at_journals(
    entity: Entity, source: SourceFile, options: JournalOptions, *, most_rows: int | None = None, kept: MostKept = SHOWN
) -> FilePreview:
    """How the first rows of a file of journals are understood, all of them unless there are more than `most_rows`.

    Says nothing of what only the books refuse, such as a limit or a closed day (`rehearse`). Raises `ImportProblem`
    kinds.
    """
    layout = journal_layout(source, options)
    naming = naming_of(entity, source, options, layout, opens=False)
    drafting = Drafting(layout.header, options, source.sha256, naming, layout.numbers)
    overlaps = None if options.post_again else Overlaps(entity.id, source.sha256)
    return _found(source, layout, lambda rows: sifted(overlaps, drafting.items(rows)), most_rows, kept)


def look_at_accounts(
    source: SourceFile, options: AccountOptions, *, most_rows: int | None = None, kept: MostKept = SHOWN
) -> FilePreview:
    """The same of a file of accounts. Raises `ImportProblem` kinds."""
    layout = layout_of(source, options, ACCOUNT_FIELDS, AMOUNTS)
    charting = Charting(layout.header, options, layout.numbers)
    return _found(source, layout, charting.accounts, most_rows, kept)


def rehearse(entity: Entity, found: FilePreview, most: int) -> None:
    """Ask the books for the first journals, one after the other as they would be posted.

    Those that reverse one of the same file are left out: their originals are not in the books yet.
    """
    asked = [item for item in found.items[:most] if not isinstance(item.wanted, Reversing)]
    drafts: list[Any] = [item.wanted for item in asked]
    answers = post_many(entity.pk, drafts, dry_run=True, checked=True)
    refusals = {
        item.row: answer.refusal for item, answer in zip(asked, answers, strict=True) if answer.refusal is not None
    }
    refused = [item._replace(refusal=refusals[item.row]) for item in asked if item.row in refusals]
    found.items = [item for item in found.items if item.row not in refusals]
    found.refused_items = sorted([*found.refused_items, *refused], key=lambda item: item.row)
    found.understood -= len(refused)
    found.refused += len(refused)


def totals_of(entity: Entity, found: FilePreview) -> dict[str, Decimal]:
    """What the journals that were kept debit, by currency."""
    drafts: list[Any] = [item.wanted for item in found.items]
    lines = [line for draft in drafts for line in draft.lines if line.amount > 0]
    codes = {line.account for line in lines}
    known = dict(Account.objects.filter(entity=entity, code__in=codes).values_list("code", "currency"))
    totals: dict[str, Decimal] = {}
    for line in lines:
        currency = line.currency or known.get(line.account, "")
        totals[currency] = CONTEXT.add(totals.get(currency, ZERO), line.amount)
    return dict(sorted(totals.items()))


def preview_journals(entity: Entity, source: SourceFile, options: JournalOptions) -> str:
    """For people at a terminal: the layout, the first journals as understood, and what was posted before."""
    return _described(source, look_at_journals(entity, source, options), journal_text)


def preview_accounts(source: SourceFile, options: AccountOptions) -> str:
    """The same of a file of accounts. Raises `ImportProblem` kinds."""
    return _described(source, look_at_accounts(source, options), account_text)


def _found(
    source: SourceFile,
    layout: Layout,
    items_of: Callable[[Iterator[Any]], Iterable[Item[Any]]],
    most_rows: int | None,
    kept: MostKept,
) -> FilePreview:
    found = FilePreview(layout)
    with open_rows(source, layout.delimiter.mark) as (_, rows):
        for item in items_of(islice(rows, most_rows)):
            found.rows += len(item.raw)
            if isinstance(item.refusal, PostedBefore):
                found.known += 1
                _keep(found.known_items, item, kept.refused)
            elif item.refusal is not None:
                found.refused += 1
                _keep(found.refused_items, item, kept.refused)
            else:
                found.understood += 1
                _keep(found.items, item, kept.understood)
        found.is_whole = next(rows, None) is None
    return found


def _keep(kept: list[Item[Any]], item: Item[Any], most: int) -> None:
    if len(kept) < most:
        kept.append(item)


def _described(source: SourceFile, found: FilePreview, shown: Callable[[Any], str]) -> str:
    return "\n".join([
        *lines_about(source, found.layout),
        f"{'rows':<14}{found.rows:,}",
        f"{'understood':<14}{found.understood:,}" + ("; the first ones:" if found.items else ""),
        *(f"  line {item.row}: {shown(item.wanted)}" for item in found.items),
        f"{'posted before':<14}{found.known:,}",
        *_listed(found.known_items),
        f"{'refused':<14}{found.refused:,}",
        *_listed(found.refused_items),
        "Nothing was written. What only the books refuse, such as a limit or a closed day, is not looked for here.",
    ])  # fmt: skip


def _listed(items: list[Item[Any]]) -> list[str]:
    refusals = [(item.row, item.refusal) for item in items if item.refusal is not None]
    return [f"  line {row}: {refusal.code}: {refusal.message}" for row, refusal in refusals]


def journal_text(draft: Draft) -> str:
    """A journal in a line."""
    day = "business date" if draft.effective_date is None else draft.effective_date
    lines = [
        f"{side} {line.account} {plain(line.amount.copy_abs())} {line.currency}".strip()
        for line in draft.lines[:LINES]
        for side in ("debit" if line.amount > 0 else "credit",)
    ]
    more = f", and {len(draft.lines) - LINES} more lines" if len(draft.lines) > LINES else ""
    return f"{day} {draft.description[:60]!r} {', '.join(lines)}{more}"


def account_text(spec: AccountSpec) -> str:
    """An account in a line."""
    return f"{spec.code} {spec.name[:60]!r}, {spec.type} in {spec.currency}"
