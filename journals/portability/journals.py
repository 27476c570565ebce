"""Importing journals: a file of transfers, of many-line journals, or what hledger printed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from uuid import UUID

from accounts.currencies import add_currency
from accounts.errors import CurrencyExists
from accounts.models import Account, Currency
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from journals.drafts import Draft
from journals.events import Answer
from journals.portability.committing import ItemOutcome, RefusedItem, Settle, Writer
from journals.portability.drafting import AMOUNTS, Drafting, JournalOptions, Naming, fields_of, unchanged_names
from journals.portability.errors import PostedBefore
from journals.portability.hledger import Names, Survey, possible_codes, survey, type_of
from journals.portability.imported import Reversing
from journals.portability.models import ImportKind, ImportRun
from journals.portability.originals import with_originals
from journals.portability.overlaps import Overlaps
from journals.portability.runs import Worker, begin, finish
from journals.posting import post_with_hook
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.items import Item
from ledgerflow.files.layout import Layout, layout_of
from ledgerflow.files.problems import ImportProblem, OptionProblem
from ledgerflow.files.rows import SourceFile, open_rows
from ledgerflow.files.watching import Watch

CHUNK = 1000


class JournalImport:
    """One start of an import of journals. `run` tells how far it is, before and after `work`."""

    def __init__(self, entity: Entity, source: SourceFile, options: JournalOptions, *, abandon: bool = False) -> None:
        """Take up or begin the run. Raises `ImportProblem` kinds; nothing is posted yet."""
        self.source = source
        self._entity = entity
        self._options = options
        self._layout = journal_layout(source, options)
        header = self._layout.header
        Drafting(header, options, source.sha256)  # the options must fit before a run is made of them
        self._overlaps = None if options.post_again else Overlaps(entity.id, source.sha256)
        self.run = begin(entity, ImportKind.JOURNALS, source, header, options, abandon=abandon)

    def work(self, watch: Watch | None = None) -> ImportRun:
        """Post what is left of the file, in its order, in batches; gives the run.

        Raises what `Worker.work_through` raises.
        """
        if self.run.finished_at is not None:
            return self.run
        drafting = self.drafting()
        worker = Worker(self.run, self.source, self.writer(), watch or Watch())
        with open_rows(self.source, self._layout.delimiter.mark) as (_, rows):
            items = sifted(self._overlaps, drafting.items(rows))
            worker.work_through(item for item in items if item.row >= self.run.next_row)
        finish(self.run)
        return self.run

    def writer(self) -> Writer:
        """Posts what the file asks for; of rows without keys, what nobody else has posted by then."""
        writer = journal_writer(self._entity.id)
        return writer if self._overlaps is None else self._overlaps.guarded(writer)

    def posted_before(self, drafting: Drafting, wanted: Container[int]) -> dict[int, LedgerError]:
        """Of the rows that are wanted those that stand in the books by now, each with its refusal."""
        with open_rows(self.source, self._layout.delimiter.mark) as (_, rows):
            items = sifted(self._overlaps, drafting.items(rows))
            return {
                item.row: item.refusal
                for item in items
                if isinstance(item.refusal, PostedBefore) and item.row in wanted
            }

    def drafting(self) -> Drafting:
        """The parser of this file; for hledger's it needs a pass over the file, and may open accounts."""
        entity, source, options, layout = self._entity, self.source, self._options, self._layout
        naming = naming_of(entity, source, options, layout, opens=options.open_accounts)
        units = _minor_units_for(entity, options)
        return Drafting(self.run.header, options, source.sha256, naming, layout.numbers, units)


def journal_layout(source: SourceFile, options: JournalOptions) -> Layout:
    """How a file of journals is laid out. hledger's own is known. Raises `ImportProblem` kinds."""
    if options.date_format and options.start_date:
        message = "--date-format is about dates, and --start-date says that the file has numbers of days."
        raise OptionProblem(message)
    is_hledger = options.format == "hledger"
    if is_hledger and (options.decimal_mark or options.thousands_mark or options.date_format):
        message = "--decimal-mark, --thousands-mark and --date-format do not go with --format hledger."
        raise OptionProblem(message)
    return layout_of(source, options, fields_of(options), frozenset() if is_hledger else AMOUNTS)


def sifted(overlaps: Overlaps | None, items: Iterator[Item[Draft]]) -> Iterator[Item[Draft]]:
    """The items of a file, those that were posted before refused, unless they are wanted again: None."""
    return items if overlaps is None else overlaps.sift(items)


def naming_of(entity: Entity, source: SourceFile, options: JournalOptions, layout: Layout, *, opens: bool) -> Naming:
    """How the file's accounts are called in the books; `opens` those of hledger that are missing."""
    if options.format != "hledger":
        return unchanged_names
    with open_rows(source, layout.delimiter.mark) as (header, rows):
        found = survey(header, rows, options, _minor_units_for(entity, options))
    names = Names(found, _existing(entity, found, options), options)
    if opens:
        _add_currencies(entity, found, options)
        _open(entity, names, options)
    return names


def _minor_units_for(entity: Entity, options: JournalOptions) -> dict[str, int]:
    """With an account for what it leaves, each line of hledger is rounded; without one, what is too fine is refused."""
    return _minor_units(entity) if options.format == "hledger" and options.rounding_account else {}


def journal_writer(entity_id: UUID) -> Writer:
    """Posts drafts and settles them in the same transaction."""

    def write(drafts: Sequence[Draft], settle: Settle) -> Sequence[ItemOutcome]:
        if not any(isinstance(draft, Reversing) for draft in drafts):
            return post_with_hook(entity_id, drafts, settle, checked=True)  # by `Drafting`, which names the row
        found = with_originals(entity_id, drafts)
        valid = [one for one in found if isinstance(one, Draft)]

        def all_of(answers: Sequence[Answer]) -> list[ItemOutcome]:
            rest = iter(answers)
            return [next(rest) if isinstance(one, Draft) else RefusedItem(one) for one in found]

        def settle_all(tx: Transaction, answers: Sequence[Answer]) -> None:
            # A part of a batch that posting has halved is told as it is: `Committing` then halves by itself.
            settle(tx, all_of(answers) if len(answers) == len(valid) else answers)

        return all_of(post_with_hook(entity_id, valid, settle_all, checked=True))

    return write


def _minor_units(entity: Entity) -> dict[str, int]:
    """Of the currencies in the books; one that the file brings is as fine as the file uses it."""
    return dict(Currency.objects.filter(entity=entity).values_list("code", "minor_units"))


def _existing(entity: Entity, found: Survey, options: JournalOptions) -> dict[str, str]:
    """Currencies of the accounts in the books that the file may mean."""
    codes = [
        code
        for name, currencies in found.holdings.items()
        for currency in currencies
        for code in possible_codes(name, currency, options.slash)
    ]
    accounts = Account.objects.filter(entity=entity)
    existing: dict[str, str] = {}
    for start in range(0, len(codes), CHUNK):
        existing.update(accounts.filter(code__in=codes[start : start + CHUNK]).values_list("code", "currency"))
    return existing


def _add_currencies(entity: Entity, found: Survey, options: JournalOptions) -> None:
    known = set(Currency.objects.filter(entity=entity).values_list("code", flat=True))
    for code, decimals in sorted(found.decimals.items()):
        if code not in known:
            with suppress(CurrencyExists):  # somebody added it at this moment
                add_currency(entity, code=code, name=code, minor_units=decimals, actor=options.actor)


def _open(entity: Entity, names: Names, options: JournalOptions) -> None:
    """Open what is missing; what is there stays as it is, whatever its type or name."""
    there = set(
        Account.objects.filter(entity=entity, code__in=list(names.codes.values())).values_list("code", flat=True)
    )
    specs = [
        AccountSpec(
            code=code, name=name[:200], currency=currency, type=type_of(name, options.types, options.default_type)
        )
        for (name, currency), code in names.codes.items()
        if code not in there
    ]
    for start in range(0, len(specs), CHUNK):
        for spec, opened in zip(
            specs[start : start + CHUNK],
            open_accounts(entity.id, specs[start : start + CHUNK], actor=options.actor),
            strict=True,
        ):
            if opened.refusal is not None:
                raise _cannot_open(spec, opened.refusal)


def _cannot_open(spec: AccountSpec, refusal: LedgerError) -> ImportProblem:
    hint = " Say what stands for it with --slash CHARACTER." if "/" in spec.code else ""
    return ImportProblem(f"The account {spec.code!r} cannot be opened: {refusal.message}{hint}")
