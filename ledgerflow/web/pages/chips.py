"""What is on in a list: each filter and the search as a chip, which leads to the list without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.contrib.admin import ListFilter
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, SEARCH_VAR, ChangeList
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

PLACES = (PAGE_VAR, ALL_VAR, ERROR_FLAG)  # where one is in the list: of another list it says nothing


class Shown(NamedTuple):
    """A filter that is on, in words, and the parameters of the address that say so."""

    label: str
    text: str
    names: tuple[str, ...]


class Chip(NamedTuple):
    label: str
    text: str
    address: str  # of the same list without it


def chips_of(changelist: ChangeList, request: HttpRequest) -> list[Chip]:
    """One for each filter that is on, in the order of the bar, and one for the search."""
    shown = [one for spec in changelist.filter_specs for one in _shown(spec, changelist)]
    if changelist.query:
        shown.append(Shown(str(_("Search")), changelist.query, (SEARCH_VAR,)))
    return [Chip(str(one.label), one.text, _without(request, one.names)) for one in shown]


def _shown(spec: Any, changelist: ChangeList) -> Iterable[Shown]:
    """What a filter says of itself; one of Django's own tells which of its choices is taken."""
    return spec.shown() if hasattr(spec, "shown") else _of_django(spec, changelist)


def _of_django(spec: ListFilter, changelist: ChangeList) -> Iterator[Shown]:
    if spec.used_parameters:
        taken = [str(one["display"]) for one in spec.choices(changelist) if one["selected"]]
        yield Shown(capfirst(str(spec.title)), ", ".join(taken), tuple(spec.used_parameters))


def _without(request: HttpRequest, names: tuple[str, ...]) -> str:
    query = request.GET.copy()
    for name in (*names, *PLACES):
        query.pop(name, None)
    return f"?{query.urlencode()}"
