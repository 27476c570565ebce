"""`manage.py recon match|unmatch|confirm|reject|post|split|join|resolve`: the rest, worked on by a person."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

import msgspec
from django.core.management.base import CommandError

from ledgerflow.core.dates import read_day
from ledgerflow.core.money import parse_signed, plain
from recon.cases.bodies import ExceptionsActionResponse
from recon.cases.use_cases import BY_PEOPLE, CaseAction, change_exceptions
from recon.matching.bodies import match_response, rejection_response
from recon.matching.differences import ROLES, Difference, post_difference, post_residual
from recon.matching.errors import SuggestionNotFound
from recon.matching.use_cases import (
    SplitLine,
    Worked,
    confirm_suggestion,
    join_line,
    match_by_hand,
    reject_suggestion,
    split_line,
    unmatch,
)
from recon.reports.console.options import (
    Desk,
    add_bank,
    add_items,
    add_key,
    desk_of,
    exception_called,
    id_called,
    lines_called,
    match_called,
)
from recon.reports.console.tables import names_of, write_json
from recon.statements.reading import LineResponse, line_response
from recon.statements.splitting import Part


class SplitAnswer(msgspec.Struct):
    """A line and its parts, as the API tells them."""

    line: LineResponse
    parts: list[LineResponse]


def add_working(commands: Any) -> None:
    """The options of these subcommands."""
    told = {
        "match": "match lines and postings whose sums are equal",
        "unmatch": "take a match back",
        "confirm": "make a suggestion a match",
        "reject": "say that what is suggested does not belong together",
        "post": "match lines and postings and post what they differ by, or post what a match left",
        "split": "split a line into parts that add up to it",
        "join": "take a split back",
        "resolve": "say how exceptions are explained",
    }
    made: dict[str, ArgumentParser] = {name: commands.add_parser(name, help=text) for name, text in told.items()}
    for parser in made.values():
        add_bank(parser)
        add_key(parser)
    add_items(made["match"])
    made["match"].add_argument("--explanation", default="")
    for name in ("unmatch", "reject"):
        made[name].add_argument("--reason", default="")
    made["unmatch"].add_argument("match", metavar="MATCH", help="its number")
    for name in ("confirm", "reject"):
        made[name].add_argument("suggestion", metavar="ID", help="as `recon suggestions` shows it")
    _add_post(made["post"])
    for name in ("split", "join"):
        made[name].add_argument("line", metavar="LINE", help="as 3/7")
    made["split"].add_argument(
        "--part", dest="parts", action="append", default=[], metavar="AMOUNT[:REFERENCE[:TEXT]]",
        help="what is empty is as in the line; write --part=-3.00:FEE where money goes out",
    )  # fmt: skip
    made["resolve"].add_argument("exceptions", nargs="+", metavar="EXCEPTION", help="their numbers")
    made["resolve"].add_argument("--resolution", required=True, choices=BY_PEOPLE)
    made["resolve"].add_argument("--note", default="", help="such as which line it is a duplicate of")
    made["resolve"].add_argument("--comment", default="")


def _add_post(parser: ArgumentParser) -> None:
    add_items(parser)
    parser.add_argument("--match", metavar="MATCH", help="a match whose residual is posted")
    parser.add_argument("--template", required=True, choices=list(ROLES))
    parser.add_argument("--counter-account", default="", metavar="CODE", help="the one with the role unless given")
    parser.add_argument("--description", default="")
    parser.add_argument("--date", type=read_day, metavar="DATE", help="YYYY-MM-DD; that of the lines without it")


def run_match(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    lines, postings = _items(desk, options)
    done = match_by_hand(
        desk.bank.entity_id, desk.bank.id, lines, postings, explanation=options["explanation"], **desk.keys
    )
    _tell_match(stdout, desk, done)


def run_unmatch(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    own = match_called(desk.bank, options["match"])
    _tell_match(stdout, desk, unmatch(desk.bank.entity_id, own, reason=options["reason"], **desk.keys))


def run_confirm(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    suggestion = id_called(options["suggestion"], SuggestionNotFound)
    _tell_match(stdout, desk, confirm_suggestion(desk.bank.entity_id, suggestion, **desk.keys))


def run_reject(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    suggestion = id_called(options["suggestion"], SuggestionNotFound)
    done = reject_suggestion(desk.bank.entity_id, suggestion, reason=options["reason"], **desk.keys)
    if desk.as_json:
        write_json(stdout, rejection_response(done))
    else:
        stdout.write(f"No run suggests it again.{_again(is_replayed=done.replayed)}")


def run_post(options: dict[str, Any], stdout: Any) -> None:
    """Of lines and postings, or of a match that is there."""
    desk = desk_of(options)
    lines, postings = _items(desk, options)
    wanted = Difference(
        options["template"], options["counter_account"], options["description"], options["date"]
    )  # fmt: skip
    if bool(lines or postings) == bool(options["match"]):
        message = "Give either lines and postings or a match."
        raise CommandError(message, returncode=2)
    if options["match"]:
        own = match_called(desk.bank, options["match"])
        done = post_residual(desk.bank.entity_id, own, wanted, **desk.keys)
    else:
        done = post_difference(desk.bank.entity_id, desk.bank.id, lines, postings, wanted, **desk.keys)
    _tell_match(stdout, desk, done)


def run_split(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    (line,) = lines_called(desk.bank, [options["line"]])
    parts = [part_of(text, f"/parts/{place}/amount") for place, text in enumerate(options["parts"])]
    _tell_parts(stdout, desk, split_line(desk.bank.entity_id, line, parts, **desk.keys))


def run_join(options: dict[str, Any], stdout: Any) -> None:
    desk = desk_of(options)
    (line,) = lines_called(desk.bank, [options["line"]])
    _tell_parts(stdout, desk, join_line(desk.bank.entity_id, line, **desk.keys))


def run_resolve(options: dict[str, Any], stdout: Any) -> None:
    """All that are named, or none."""
    desk = desk_of(options)
    ids = [exception_called(desk.bank, name) for name in options["exceptions"]]
    wanted = CaseAction("resolve", options["resolution"], options["note"], options["comment"])
    done = change_exceptions(desk.bank.entity_id, ids, wanted, **desk.keys)
    if desk.as_json:
        write_json(stdout, ExceptionsActionResponse("replayed" if done.is_replayed else "changed", done.changed))
    else:
        stdout.write(f"Exceptions resolved: {done.changed}.{_again(is_replayed=done.is_replayed)}")


def part_of(text: str, pointer: str = "") -> Part:
    """AMOUNT, AMOUNT:REFERENCE or AMOUNT:REFERENCE:TEXT. Raises `Malformed`."""
    amount, _, rest = text.partition(":")
    reference, _, about = rest.partition(":")
    return Part(parse_signed(amount, pointer), reference or None, about or None)


def _items(desk: Desk, options: dict[str, Any]) -> tuple[list[UUID], list[int]]:
    return lines_called(desk.bank, options["lines"]), options["postings"]


def _tell_match(stdout: Any, desk: Desk, done: Worked) -> None:
    if desk.as_json:
        write_json(stdout, match_response(done.match))
        return
    match = done.match.match
    residual = f" It leaves {plain(match.residual)}." if match.residual else ""
    said = f"Match {match.number} is {match.status}. {match.explanation}{residual}"
    stdout.write(f"{said}{_again(is_replayed=done.replayed)}")


def _tell_parts(stdout: Any, desk: Desk, done: SplitLine) -> None:
    if desk.as_json:
        write_json(stdout, SplitAnswer(line_response(done.line), [line_response(part) for part in done.parts]))
        return
    names = names_of([done.line.pk, *(part.pk for part in done.parts)])
    parts = [f"{names[part.pk]} of {plain(part.amount)}" for part in done.parts]
    said = f"is split into {', '.join(parts)}" if parts else "is whole"
    stdout.write(f"Line {names[done.line.pk]} {said}.{_again(is_replayed=done.replayed)}")


def _again(*, is_replayed: bool) -> str:
    return " This was done before under the same key." if is_replayed else ""
