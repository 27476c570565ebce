"""What templates of the admin call without loading it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import template
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.views.main import ChangeList
from django.template import Context
from django.utils.translation import gettext

from accounts.dimensions.specs import PARTY
from ledgerflow.core.locales.current import conventions, day_text, rate_text
from ledgerflow.core.locales.numbers import Format
from ledgerflow.core.people import labels_of
from ledgerflow.core.sentences import name_in_words, said_again
from ledgerflow.desk.lists.admins import filters_of
from ledgerflow.desk.lists.saved_views import views_on_page
from ledgerflow.desk.palette import CommandOnPage, commands_for
from ledgerflow.web.pages.amounts import amount_element, rate_element
from ledgerflow.web.pages.cells import moment_element
from ledgerflow.web.pages.columns import list_name_of, offered_in

register = template.Library()


@register.inclusion_tag("ledgerflow/admin/pagination.html")
def bounded_pagination(cl: ChangeList) -> dict[str, Any]:
    """Django's, of a list that is counted to a bound only, and says so."""
    return admin_list.pagination(cl)


@register.inclusion_tag("desk/parts/saved_views.html", takes_context=True)
def saved_views(context: Context, cl: ChangeList) -> dict[str, Any]:
    """The saved views of a list on a page of the desk; nothing elsewhere."""
    return {"on_page": views_on_page(cast("Any", context).request, cl) if context.get("frame") else None}


@register.inclusion_tag("desk/parts/columns.html", takes_context=True)
def list_columns(context: Context, cl: Any) -> dict[str, Any]:
    """The form that chooses the columns of a list, on a page of the desk; nothing elsewhere."""
    if not context.get("frame"):
        return {"columns": []}
    query = filters_of(cl.model_admin, cast("Any", context).request.GET)
    return {
        "columns": offered_in(cl.columns, cl.model_admin),
        "is_chosen": bool(cl.columns.chosen),
        "list_name": list_name_of(cl.model_admin),
        "query": query,
    }


@register.simple_tag
def number_format() -> Format:
    """How who is looking writes numbers, for the script that sums."""
    return conventions().numbers


@register.simple_tag(takes_context=True)
def desk_commands(context: Context) -> list[CommandOnPage]:
    """The commands that whoever sees the page may give; those with a key are under that key."""
    user = context.get("user")
    return commands_for(user) if user is not None and user.is_active else []


@register.simple_tag(takes_context=True)
def known_as(context: Context, actor: str) -> str:
    """An actor by name, "ann (user:5)". Asked once a page for each."""
    known: dict[str, str] = cast("Any", context.render_context).setdefault("known_as", {})
    if actor not in known:
        known |= labels_of([actor])
    return known[actor]


@register.filter
def day(value: Any) -> str:
    """A day as who is looking writes it, also of an event's text; nothing for nothing."""
    found = date.fromisoformat(value) if value and isinstance(value, str) else value
    return day_text(found) if isinstance(found, date) else ""


@register.filter
def moment(value: Any, wanted: str = "") -> str:
    """A moment in the zone of who is looking, with UTC in its title; `zone` says the zone also where it is UTC."""
    return moment_element(value, always_with_zone=wanted == "zone") if isinstance(value, datetime) else ""


@register.filter
def amount(value: Any, currency: Any = None) -> str:
    """An amount as who is looking writes it, and for machines in the element; with all decimals of a currency."""
    if value is None or value == "":
        return ""
    return amount_element(Decimal(value), decimals=getattr(currency, "minor_units", None))


@register.filter
def in_words(name: str) -> str:
    """The name of a dimension as people read it: "Cost centre" for cost_centre. That of parties is ours."""
    text = name.replace("_", " ")[:1].upper() + name.replace("_", " ")[1:]
    return gettext(text) if name == PARTY else text


@register.filter
def words(name: str) -> str:
    """What programs know by a name, such as a kind, a rule or a status, as who is looking reads it."""
    return name_in_words(str(name or ""))


@register.filter
def rate_cell(value: Any) -> str:
    """A rate in a column of rates, their points below each other."""
    return "" if value is None or value == "" else rate_element(Decimal(value))


@register.filter
def said(text: str) -> str:
    """A sentence that is kept in English, as who is looking reads it."""
    return said_again(str(text or ""))


@register.filter
def rate(value: Any) -> str:
    """A rate or a share as who is looking writes it; nothing for nothing."""
    return "" if value is None or value == "" else rate_text(Decimal(value))
