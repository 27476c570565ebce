"""The palette: hits as somebody types, and commands; the keys of the desk are those of its commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from journals.views.words import words_of
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import Command, registry
from ledgerflow.desk.finding.results import find
from ledgerflow.desk.search import hits_on_page, query_in, text_in
from ledgerflow.web.pages.books_of_page import chosen_entity
from reports.admin import PERMISSION as MAY_SEE_REPORTS
from reports.kinds import KINDS

HITS = 5  # a group
COMMANDS = 8


class CommandOnPage(NamedTuple):
    label: str
    url: str
    key: str
    words: str = ""


def palette(request: HttpRequest) -> JsonResponse:
    """`palette/?q=`: groups of hits as JSON, commands among them. A text that is not understood yet has a note."""
    text, entity = text_in(request), chosen_entity(request)
    groups: list[dict[str, Any]] = []
    note = ""
    commands = matching(commands_for(request.user), text)[:COMMANDS]
    if commands:
        hits = [{"title": one.label, "detail": "", "amount": one.key, "url": one.url} for one in commands]
        groups.append({"name": "commands", "title": gettext("Commands"), "hits": hits})
    if entity is not None and text:
        try:
            found = find(request.user, entity, query_in(text, entity), limit=HITS)
        except LedgerError as refusal:
            note = str(refusal)
        else:
            shown = [(group, [hit for hit in hits_on_page(group) if hit.url]) for group in found.groups]
            groups += [
                {"name": group.name, "title": str(group.title), "hits": [hit._asdict() for hit in hits]}
                for group, hits in shown
                if hits
            ]
    return JsonResponse({"groups": groups, "note": note}, headers={"Cache-Control": "no-store"})


def commands_for(user: Any) -> list[CommandOnPage]:
    """What the palette offers to a person: the commands of the rooms, then the reports by their names."""
    reports = [
        Command(f"report_{kind.name}", kind.title, f"report_{kind.name}", "report", MAY_SEE_REPORTS)
        for kind in KINDS.values()
    ]
    offered = [
        one for one in [*registry.commands.values(), *reports] if not one.permission or user.has_perm(one.permission)
    ]
    return [_on_page(one, url) for one in offered if (url := _url(one.view))]


def matching(commands: Iterable[CommandOnPage], text: str) -> list[CommandOnPage]:
    """Those with all the words of the text, each by its beginning; those called so come first. All of them for none."""
    words = words_of(text)
    found = [one for one in commands if all(_has(one, word) for word in words)]
    return sorted(found, key=lambda one: not _is_called(one, words))


def _is_called(command: CommandOnPage, words: list[str]) -> bool:
    called = words_of(command.label)
    return len(called) >= len(words) and all(map(str.startswith, called, words))


def _has(command: CommandOnPage, beginning: str) -> bool:
    return any(word.startswith(beginning) for word in words_of(f"{command.label} {command.words}"))


def _on_page(command: Command, url: str) -> CommandOnPage:
    """In the language of the person, and found by the words of English too."""
    return CommandOnPage(gettext(command.label), url, command.key, f"{command.label} {command.words}")


def _url(view: str) -> str:
    """The address of a page of the admin; "" where this admin does not have it."""
    try:
        return reverse(f"admin:{view}")
    except NoReverseMatch:
        return ""
