"""What is on in a list: each filter and the search as a chip, which leads to the list without it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, SEARCH_VAR, ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

KEYS = ("older", "newer")  # than the row with this key
PLACES = (PAGE_VAR, ALL_VAR, ERROR_FLAG, *KEYS)  # where one is in the list: of another list it says nothing

ORDER = "order"  # the parameter by which a list stands in another order: it keeps nothing out


class FilterOn(NamedTuple):
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
    specs: list[Any] = changelist.filter_specs
    found = [one for spec in specs for one in spec.what_is_on() if ORDER not in one.names]
    if changelist.query:
        found.append(FilterOn(str(_("Search")), changelist.query, (SEARCH_VAR,)))
    said = [one for one in found if any(request.GET.get(name) for name in one.names)]  # not what is on by itself
    return [Chip(str(one.label), one.text, without(request, *one.names)) for one in said]


def without(request: HttpRequest, *names: str) -> str:
    """The query of the same list without some of its parameters, from its beginning."""
    query = request.GET.copy()
    for name in (*names, *PLACES):
        query.pop(name, None)
    return f"?{query.urlencode()}"
