"""The page that finds anything: one box, chips for what narrows, groups of hits with the surest first."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import registry
from ledgerflow.core.texts import is_storable
from ledgerflow.desk.finding.grammar import ACCEPTED, Query, parse
from ledgerflow.desk.finding.probes import PageStart
from ledgerflow.desk.finding.results import A_GROUP, A_PAGE, JOURNALS, TITLES, Hit, HitGroup, SearchResult, find
from ledgerflow.web.pages.books_of_page import chosen_entity

LONGEST_TEXT = 2_000  # of an address; the grammar says what it takes
_NUMBER = re.compile(r"#[0-9]{1,18}", re.ASCII)
_PLACE = re.compile(r"(?P<number>[0-9]{1,18})(?::(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}))?", re.ASCII)


class HitOnPage(NamedTuple):
    title: str
    detail: str
    amount: str
    url: str


class GroupOnPage(NamedTuple):
    """`more` shows this group alone; `older` and `newer` are its next pages then."""

    name: str
    title: Any
    hits: list[HitOnPage]
    more: str = ""
    older: str = ""
    newer: str = ""


def text_in(request: HttpRequest) -> str:
    """What was typed, without what no column can hold."""
    return "".join(one for one in request.GET.get("q", "")[:LONGEST_TEXT] if is_storable(one)).strip()


def query_in(text: str, entity: Entity) -> Query:
    """Raises the refusals of the grammar."""
    return parse(text, entity.business_date, registry.journal_kinds.keys())


def find_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """`find/?q=`; `#466` leads straight to the journal of that number."""
    entity, text = chosen_entity(request), text_in(request)
    shown: dict[str, Any] = {"title": _("Find"), "q": text, "entity": entity, "accepted": ACCEPTED, "groups": []}
    if entity is not None and text:
        try:
            query = query_in(text, entity)
        except LedgerError as refusal:
            shown["refusal"] = str(refusal)
        else:
            only = request.GET.get("only", "")
            place = _place_in(request)
            is_list = only in TITLES
            limit = A_PAGE if is_list else A_GROUP
            found = find(request.user, entity, query, limit=limit, only=only if is_list else "", place=place)
            straight = _straight(text, found)
            if straight:
                return redirect(straight)
            shown |= _context(query, found, is_list=is_list)
    return TemplateResponse(request, "desk/find.html", site.each_context(request) | shown)


# Where a hit leads, if not to the page of its row: who looks for an account mostly wants to know what moved it.
PAGES = {"accounts_account": "accounts_account_register"}


def hits_on_page(group: HitGroup) -> list[HitOnPage]:
    return [HitOnPage(str(hit.title), hit.detail, hit.amount, url_of(hit)) for hit in group.hits]


def url_of(hit: Hit) -> str:
    """The page of a hit; "" where it has none, or this admin does not show it."""
    try:
        return reverse(f"admin:{PAGES.get(hit.model, f'{hit.model}_change')}", args=[hit.row]) if hit.model else ""
    except NoReverseMatch:
        return ""


def _context(query: Query, found: SearchResult, *, is_list: bool) -> dict[str, Any]:
    return {
        "chips": [(text, _address(q=rest)) for text, rest in query.chips],
        "groups": [_group(query, group, is_list=is_list) for group in found.groups],
        "found": found,
        "is_list": is_list,
        "back": _address(q=query.text),
        "behind": found.head - found.read_to if found.read_to is not None else 0,
    }


def _group(query: Query, group: HitGroup, *, is_list: bool) -> GroupOnPage:
    shown = GroupOnPage(group.name, group.title, hits_on_page(group))
    alone = {"q": query.text, "only": group.name}
    older, newer = group.page.older, group.page.newer
    if is_list or group.name == JOURNALS:
        return shown._replace(
            older=_address(**alone, older=_text_of(older)) if older else "",
            newer=_address(**alone, newer=_text_of(newer)) if newer else "",
        )
    return shown._replace(more=_address(**alone) if older else "")


def _straight(text: str, found: SearchResult) -> str:
    """Where `#466` leads: to the one journal of that number."""
    called = [group for group in found.groups if group.name == "called"]
    hits = called[0].hits if called and _NUMBER.fullmatch(text) else []
    return url_of(hits[0]) if len(hits) == 1 else ""


def _address(**parameters: str) -> str:
    return "?" + urlencode(parameters)


def _text_of(place: PageStart) -> str:
    return f"{place.number}:{place.day}" if place.day else str(place.number)


def _place_in(request: HttpRequest) -> PageStart | None:
    """Where the page begins; the first page for an address that somebody wrote otherwise."""
    for name in ("older", "newer"):
        found = _PLACE.fullmatch(request.GET.get(name, ""))
        if found:
            try:
                day = date.fromisoformat(found["day"]) if found["day"] else None
            except ValueError:
                return None
            return PageStart(int(found["number"]), day, is_newer=name == "newer")
    return None
