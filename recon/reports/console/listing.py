"""`manage.py recon unmatched|suggestions|matches|exceptions`: what there is to be worked on."""

from __future__ import annotations

from typing import Any

from ledgerflow.books.models import Entity
from ledgerflow.core.money import plain
from recon.cases.ages import AGE_NAMES
from recon.cases.models import CaseKind
from recon.cases.reading import STATUSES, UNRESOLVED, exception_response, exceptions_of
from recon.matching.bodies import posting_response, response_of, suggestion_response
from recon.matching.models import MatchStatus
from recon.matching.reading import items_of, matches_of, suggestions_of, unmatched_lines, unmatched_postings
from recon.reports.console.options import add_bank, add_limit, desk_of
from recon.reports.console.tables import line_name, names_of, write_json, write_table
from recon.statements.reading import line_response

LINES = ("line", "day", "amount", "reference", "counterparty", "text")
POSTINGS = ("posting", "day", "amount", "journal", "reference", "description")
SUGGESTIONS = ("suggestion", "rule", "score", "residual", "lines", "postings", "why it was left")
MATCHES = ("match", "status", "rule", "residual", "lines", "postings", "explanation")
EXCEPTIONS = (
    "exception", "kind", "status", "day", "age", "amount", "line", "posting", "owner", "resolution", "explanation",
)  # fmt: skip


def add_listing(commands: Any) -> None:
    """The options of these subcommands."""
    told = {
        "unmatched": "lines and postings that are in no match",
        "suggestions": "what the last run left to people, the best first",
        "matches": "matches, the newest first",
        "exceptions": "exceptions, the oldest first",
    }
    made = {name: commands.add_parser(name, help=text) for name, text in told.items()}
    for parser in made.values():
        add_bank(parser)
        add_limit(parser)
    made["matches"].add_argument("--status", choices=MatchStatus.values)
    made["exceptions"].add_argument("--status", choices=STATUSES, default=UNRESOLVED)
    made["exceptions"].add_argument("--kind", choices=CaseKind.values)
    made["exceptions"].add_argument("--age", choices=AGE_NAMES, help="in days")
    made["exceptions"].add_argument("--owner", help="who works on it")


def list_unmatched(options: dict[str, Any], stdout: Any) -> None:
    """Lines, then postings."""
    desk, most = desk_of(options), options["limit"]
    lines = unmatched_lines(desk.bank).select_related("bank_account__account", "statement")
    postings = unmatched_postings(desk.bank)
    shown_lines = list(lines.order_by("statement__number", "number", "part")[:most])
    shown_postings = list(postings.order_by("effective_date", "account_version")[:most])
    if desk.as_json:
        answers = {"lines": list(map(line_response, shown_lines))}
        write_json(stdout, answers | {"postings": list(map(posting_response, shown_postings))})
        return
    rows = [
        (
            line_name(one.statement.number, one.number, one.part), one.booking_date, plain(one.amount),
            one.end_to_end or one.customer_reference or one.bank_reference, one.counterparty, one.text,
        )
        for one in shown_lines
    ]  # fmt: skip
    write_table(stdout, LINES, rows, lines.count())
    stdout.write("")
    ours = [
        (
            one.account_version, one.effective_date, plain(one.amount), one.journal.number,
            one.journal.external_reference, one.description or one.journal.description,
        )
        for one in shown_postings
    ]  # fmt: skip
    write_table(stdout, POSTINGS, ours, postings.count())


def list_suggestions(options: dict[str, Any], stdout: Any) -> None:
    """Each with the id that `confirm` and `reject` take."""
    desk = desk_of(options)
    found = suggestions_of(desk.bank).order_by("place")
    answers = [suggestion_response(row) for row in found[: options["limit"]]]
    if desk.as_json:
        write_json(stdout, answers)
        return
    names = names_of(line for one in answers for line in one.lines)
    rows = [
        (
            one.id, one.rule, one.score, one.residual, ", ".join(names[line] for line in one.lines),
            ", ".join(map(str, one.postings)), one.reason,
        )
        for one in answers
    ]  # fmt: skip
    write_table(stdout, SUGGESTIONS, rows, found.count())


def list_matches(options: dict[str, Any], stdout: Any) -> None:
    """Each with its lines and postings."""
    desk = desk_of(options)
    found = matches_of(desk.bank, options["status"]).order_by("-number")
    shown = list(found[: options["limit"]])
    items = items_of([row.id for row in shown])
    answers = [response_of(row, items[row.id]) for row in shown]
    if desk.as_json:
        write_json(stdout, answers)
        return
    names = names_of(item.line for one in answers for item in one.items)
    rows = [
        (
            one.number, one.status, one.rule, one.residual,
            ", ".join(names[item.line] for item in one.items if item.line),
            ", ".join(str(item.posting) for item in one.items if item.posting), one.explanation,
        )
        for one in answers
    ]  # fmt: skip
    write_table(stdout, MATCHES, rows, found.count())


def list_exceptions(options: dict[str, Any], stdout: Any) -> None:
    """Those that are not resolved, unless a status is asked for."""
    desk = desk_of(options)
    on = Entity.objects.values_list("business_date", flat=True).get(pk=desk.bank.entity_id)
    wanted = {name: options[name] for name in ("status", "kind", "age", "owner")}
    found = exceptions_of(desk.bank.entity_id, bank_account=desk.bank.id, **wanted, on=on).order_by("day", "number")
    answers = [exception_response(row, on) for row in found[: options["limit"]]]
    if desk.as_json:
        write_json(stdout, answers)
        return
    names = names_of(one.line for one in answers)
    rows = [
        (
            one.number, one.kind, one.status, one.day, one.age, one.amount, names[one.line], one.account_version,
            one.owner, one.resolution, one.explanation,
        )
        for one in answers
    ]  # fmt: skip
    write_table(stdout, EXCEPTIONS, rows, found.count())
