"""What templates of the admin call without loading it."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.template import Context

from ledgerflow.core.people import labels_of

register = template.Library()


@register.simple_tag(takes_context=True)
def known_as(context: Context, actor: str) -> str:
    """An actor by name, "ann (user:5)". Asked once a page for each."""
    known: dict[str, str] = cast("Any", context.render_context).setdefault("known_as", {})
    if actor not in known:
        known |= labels_of([actor])
    return known[actor]
