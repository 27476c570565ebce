"""The reports: what may be asked of each, and the endpoints that answer as JSON or with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec
from django.http import HttpRequest

from ledgerflow.books.admission import admitted, within_time
from ledgerflow.core.dates import check_day
from ledgerflow.core.documents import Document
from ledgerflow.web.queries import Parameter, a_choice, a_date, a_flag, a_moment, a_text, text_parameter
from reports.budgets.variance import budget_variance, variance_document
from reports.dimensions.side_by_side import income_by_dimension
from reports.equity.statement import changes_in_equity
from reports.errors import NotDates, NotRanges
from reports.flows.statement import cash_flow
from reports.heads import tree_document
from reports.receivables.aged import aged_balances
from reports.receivables.allocations import allocation_list
from reports.receivables.listing import open_item_list
from reports.receivables.party import party_statement
from reports.receivables.shapes import AllocationsReport, OpenItemsReport, PartyStatement
from reports.shapes import LinesReport, Report, TreeReport
from reports.statements.cash import cash_movement
from reports.statements.postings import general_ledger, statement
from reports.statements.sheet import WHOLE, balance_sheet
from reports.statements.tax import tax_report
from reports.statements.trial import WORKSHEET, trial_balance

DATES = {
    "as_of": "At the end of this date; the business date unless given.",
    "from": "First effective date; the first day of the fiscal year unless given.",
    "to": "Last effective date; the business date unless given.",
    "compare_from": "Beside it, the same from this date …",
    "compare_to": "… to this one.",
}
TEXTS = {
    "currency": '"functional" (the base currency, movements at the rates of their days), or translated to this one.',
    "accounts": "Codes of accounts, with commas between; a header stands for all below it.",
    "account": "Code of the account.",
    "party": "The party, as the dimension of lines names it.",
    "dimension": "Of lines with a value of a dimension or one below it (cost_centre:NORTH); several with commas.",
    "budget": "Name of the budget.",
    "unit": "Unit of credits; all of them unless given.",
    "by": "A column for each value of this dimension, such as cost_centre.",
}
CHOICES = {
    "view": "Before adjustments, with them, or after closing entries too.",
    "totals": "Income and expense from the start of the fiscal year, or all that was ever posted to them.",
    "by": "A column for each account of equity, or for the header right above it.",
    "method": "From profit or loss to the cash flow of operating activities, or what was received and paid.",
    "per": "A balance for the whole, or for each month or year.",
    "columns": "As a whole, or its months, quarters or years side by side.",
    "change": "Where one is compared; or never; or from each that is compared, with percentages where wanted.",
    "zeros": "Also accounts on which nothing stands.",
}
COMPARED_WITH = "Beside it, the same at the end of these dates, twelve at most, with commas between."
COMPARED_RANGES = "Beside it, the same of these ranges, FROM..TO, twelve at most, with commas between."
KNOWN_AT = "From what was recorded by then."
VIEWS = ("after", "adjusted", "before")


class Made(NamedTuple):
    """A report while it can be read: its body, and the document that files and pages are made of."""

    body: Callable[[], Report]
    document: Callable[[], Document]


ReportParameters = Mapping[str, Any]
Make = Callable[[UUID, dict[str, Any]], AbstractContextManager[Made]]


class Listed(Protocol):
    """A report of lines while its snapshot lasts."""

    def report(self) -> Report: ...
    def document(self) -> Document: ...


class ReportKind(NamedTuple):
    """A report: its name in addresses, its title, what may be asked (choices with the default first), who makes it."""

    name: str
    title: str
    parameters: dict[str, tuple[str, ...]]
    make: Make
    required: str = ""  # the parameter without which there is nothing to report
    answer: type[Report] = TreeReport  # its body
    folds: bool = False  # whether a page of very many accounts has some of them on one line
    one_by_one: frozenset[str] | None = None  # of all accounts: with which parameters each is read; None: few are read

    @property
    def query(self) -> list[Parameter]:
        """Its parameters: how each is read, and what the OpenAPI document says of it."""
        return [_parameter(name, choices, self.required) for name, choices in self.parameters.items()]

    def parameters_in(self, request: HttpRequest) -> dict[str, Any]:
        """The use case's arguments from the query; those not given are left out. Raises `Malformed`."""
        asked: dict[str, Any] = {}
        for one in self.query:
            value = one.read(request, one.name) if one.name in request.GET else None
            if value is not None:
                asked[f"{one.name}_date" if one.name in {"from", "to"} else one.name] = value
        return asked

    def reads_each(self, asked: ReportParameters) -> bool:
        """Whether each account of the books is read, however many there are."""
        if self.one_by_one is None or (self.answer is LinesReport and "accounts" in asked):
            return False
        return not self.folds or not self.one_by_one.isdisjoint(asked) or asked.get("view") == WORKSHEET

    @contextmanager
    def making(self, entity_id: UUID, asked: dict[str, Any], *, folded: bool = False) -> Iterator[Made]:
        """Make the report in one of the few places for reports and within their time, its file included.

        `folded`: as a page shows it.

        Raises `ReportsBusy`, `ReportTimedOut`, and what the report itself refuses.
        """
        given = asked | {"folded": True} if folded and self.folds else asked
        with admitted(entity_id), self.make(entity_id, given) as made:
            yield Made(made.body, lambda: _timed(made.document()))


def _timed(document: Document) -> Document:
    return msgspec.structs.replace(document, rows=within_time(document.rows))


def _parameter(name: str, choices: tuple[str, ...], required: str) -> Parameter:
    if name in DATES:
        return a_date(name, DATES[name])
    if name == "known_at":
        return a_moment(name, KNOWN_AT)
    if name in COMPARED_LISTS:
        described, read = COMPARED_LISTS[name]
        return a_text("compare", described)._replace(read=read)
    if name == "accounts":
        return a_text(name, TEXTS[name])._replace(read=_codes)
    if name in TEXTS and not choices:
        return a_text(name, TEXTS[name], required=name == required)
    described = f"{CHOICES[name]} {choices[0]} unless given."
    return a_flag(name, described) if name == "zeros" else a_choice(name, choices, described)


def _codes(request: HttpRequest, name: str) -> list[str] | None:
    text = text_parameter(request, name)
    return None if text is None else text.split(",")


def _dates(request: HttpRequest, name: str) -> list[date] | None:
    text = text_parameter(request, name)
    return None if text is None else [_day(one, name) for one in text.split(",")]


def _ranges(request: HttpRequest, name: str) -> list[tuple[date, date]] | None:
    text = text_parameter(request, name)
    if text is None:
        return None
    pairs = [one.partition("..") for one in text.split(",")]
    if not all(separator for _, separator, _ in pairs):
        raise NotRanges(pointer=f"/{name}")
    return [(_day(start, name), _day(end, name)) for start, _, end in pairs]


def _day(text: str, name: str) -> date:
    try:
        day = msgspec.convert(text, date)
    except msgspec.ValidationError as error:
        raise NotDates(pointer=f"/{name}") from error
    check_day(day, f"/{name}")
    return day


COMPARED_LISTS = {"compare": (COMPARED_WITH, _dates), "compare_ranges": (COMPARED_RANGES, _ranges)}


def _of_tree(use_case: Callable[..., TreeReport], document: Callable[[TreeReport], Document] = tree_document) -> Make:
    @contextmanager
    def make(entity_id: UUID, asked: dict[str, Any]) -> Iterator[Made]:
        report = use_case(entity_id, **asked)
        yield Made(lambda: report, lambda: document(report))

    return make


def of_lines(use_case: Callable[..., AbstractContextManager[Listed]]) -> Make:
    """Make a report of a use case whose snapshot lasts while its lines are read."""

    @contextmanager
    def make(entity_id: UUID, asked: dict[str, Any]) -> Iterator[Made]:
        with use_case(entity_id, **asked) as listing:
            yield Made(listing.report, listing.document)

    return make


ZEROS = {"zeros": ("false", "true")}
RANGE: dict[str, tuple[str, ...]] = {"from": (), "to": ()}
COMPARED: dict[str, tuple[str, ...]] = {"compare_from": (), "compare_to": (), "compare_ranges": ()}
SIDE_BY_SIDE = {"columns": (WHOLE, "month", "quarter", "year"), "change": ("usual", "none", "amount", "percent")}
KNOWN: dict[str, tuple[str, ...]] = {"known_at": ()}
OF_VALUE: dict[str, tuple[str, ...]] = {"dimension": ()}
KINDS = {
    kind.name: kind
    for kind in (
        ReportKind(
            "trial-balance", "Trial balance",
            {
                "as_of": (), **RANGE, **KNOWN, "view": (*VIEWS, "worksheet"), "totals": ("fiscal_year", "lifetime"),
                "currency": (), **OF_VALUE, **ZEROS,
            },
            _of_tree(trial_balance), folds=True,
            one_by_one=frozenset({"from_date", "to_date", "known_at", "currency", "dimension"}),
        ),
        ReportKind(
            "balance-sheet", "Balance sheet",
            {"as_of": (), "compare": (), **SIDE_BY_SIDE, **KNOWN, "view": VIEWS, "currency": (), **ZEROS},
            _of_tree(balance_sheet), folds=True, one_by_one=frozenset({"known_at", "currency"}),
        ),
        ReportKind(
            "income-statement", "Income statement",
            {**RANGE, **COMPARED, **SIDE_BY_SIDE, **KNOWN, "view": VIEWS[1:], "currency": (), **OF_VALUE, "by": (),
             **ZEROS},
            _of_tree(income_by_dimension), folds=True, one_by_one=frozenset({"currency", "dimension", "by"}),
        ),
        ReportKind(
            "cash-flow", "Statement of cash flows",
            {
                **RANGE, "method": ("indirect", "direct"), "accounts": (), **COMPARED, "change": SIDE_BY_SIDE["change"],
                **KNOWN, "view": VIEWS[1:], "currency": (),
            },
            _of_tree(cash_flow), one_by_one=frozenset(),
        ),
        ReportKind(
            "changes-in-equity", "Statement of changes in equity",
            {**RANGE, "by": ("account", "header"), **KNOWN, "view": VIEWS, "currency": ()},
            _of_tree(changes_in_equity), one_by_one=frozenset(),
        ),
        ReportKind(
            "general-ledger", "General ledger",
            {**RANGE, "accounts": (), **KNOWN, "view": VIEWS, **OF_VALUE, **ZEROS}, of_lines(general_ledger),
            answer=LinesReport, one_by_one=frozenset(),
        ),
        ReportKind(
            "statement", "Account statement",
            {"account": (), **RANGE, "per": ("all", "month", "year"), **KNOWN, "view": VIEWS}, of_lines(statement),
            required="account", answer=LinesReport,
        ),
        ReportKind("tax", "Tax report", {**RANGE, **KNOWN}, _of_tree(tax_report)),
        ReportKind(
            "cash-movement", "Cash movement", {**RANGE, "accounts": (), **KNOWN}, _of_tree(cash_movement)
        ),
        ReportKind(
            "open-items", "Open items", {"as_of": (), "accounts": (), "party": (), **KNOWN}, of_lines(open_item_list),
            answer=OpenItemsReport,
        ),
        ReportKind("aged-balances", "Aged balances", {"as_of": (), "accounts": (), **KNOWN}, _of_tree(aged_balances)),
        ReportKind(
            "party-statement", "Statement of account", {"party": (), **RANGE, **KNOWN}, of_lines(party_statement),
            required="party", answer=PartyStatement,
        ),
        ReportKind(
            "allocations", "Allocations", {**RANGE, "accounts": (), **KNOWN}, of_lines(allocation_list),
            answer=AllocationsReport,
        ),
        ReportKind(
            "budget-variance", "Budget variance",
            {"budget": (), **RANGE, **KNOWN, "view": VIEWS[1:], **OF_VALUE, **ZEROS},
            _of_tree(budget_variance, variance_document), required="budget",
        ),
    )
}  # fmt: skip


def add_kind(kind: ReportKind) -> None:
    """Let a room that stands above the reports add one of its own, before the addresses are made of them."""
    KINDS[kind.name] = kind


def filename_of(kind: ReportKind, entity_code: str, asked: ReportParameters) -> str:
    """The name of a download, without extension: report, books and last date."""
    day = asked.get("as_of") or asked.get("to_date")
    return "-".join([kind.name, entity_code, *([str(day)] if day else [])])
