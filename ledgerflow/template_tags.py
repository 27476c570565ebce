"""What templates of the admin call without loading it."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.views.main import ChangeList
from django.template import Context

from ledgerflow.core.people import labels_of

register = template.Library()


@register.inclusion_tag("ledgerflow/admin/pagination.html")
def bounded_pagination(cl: ChangeList) -> dict[str, Any]:
    """Django's, of a list that is counted to a bound only, and says so."""
    return admin_list.pagination(cl)


@register.simple_tag(takes_context=True)
def known_as(context: Context, actor: str) -> str:
    """An actor by name, "ann (user:5)". Asked once a page for each."""
    known: dict[str, str] = cast("Any", context.render_context).setdefault("known_as", {})
    if actor not in known:
        known |= labels_of([actor])
    return known[actor]
