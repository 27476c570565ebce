"""The page to match by hand: look for items of both sides, choose some, see the difference, match or post it.

All of it is one form without a script: what is chosen stands above what is found, and stays while one looks on.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_noop

from ledgerflow.core.money import CONTEXT, ZERO, normalised
from ledgerflow.web.admin_base import ReadOnlyAdmin, amount_text, attempt, require
from recon.matching.admin.base import POST, a_key, here, once
from recon.matching.admin.forms import MOST_PAGES, ChoiceForm, SearchForm, ValuesField, difference_of
from recon.matching.admin.naming import Named, of_line, of_posting
from recon.matching.differences import post_difference
from recon.matching.reading import unmatched_lines, unmatched_postings
from recon.matching.rows import Bank
from recon.matching.use_cases import Worked, match_by_hand

ROWS = 50  # of each side on a page
KEPT = ("explanation", "template", "counter_account", "description", "effective_date")
IN_LINES = ("customer_reference", "end_to_end", "bank_reference", "counterparty", "iban", "text")
IN_POSTINGS = ("journal__external_reference", "journal__description", "description")


class Side(NamedTuple):
    """One side of the page. `gone` counts what was chosen and is matched meanwhile."""

    name: str  # of its checkboxes
    title: str
    who: str  # the heading of a column
    form: SearchForm
    chosen: list[Named]
    found: list[Named]
    total: Decimal
    gone: int
    page: int
    has_more: bool

    @property
    def total_text(self) -> str:
        return amount_text(self.total)


class _Items(NamedTuple):
    """What a side consists of, and how it is read and looked through."""

    name: str
    title: str
    who: str
    prefix: str
    id_type: type[UUID | int]
    rows: QuerySet[Any]
    named: Callable[[Any], Named]
    id_field: str
    order: tuple[str, ...]  # by the day first
    texts: tuple[str, ...]


def by_hand_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, bank: Bank) -> HttpResponse:
    """Choose lines and postings, look at the difference, match them; what is left may be posted with the match."""
    may_post = request.user.has_perm(POST)
    require(may_post or "post" not in request.POST)
    asked = request.POST if request.method == "POST" else request.GET
    is_acting = "match" in asked or "post" in asked
    typed = {name: asked[name] for name in KEPT if name in asked}
    key = a_key() | ({"key": asked["key"]} if asked.get("key") else {})
    form = ChoiceForm(request.POST) if is_acting and request.method == "POST" else ChoiceForm(initial=typed | key)
    sides = _sides(bank, asked)
    with localcontext(CONTEXT):
        difference = sides[0].total - sides[1].total
    if form.is_valid():
        done = _act(request, bank, form, difference, is_whole=not any(side.gone for side in sides))
        if done is not None:
            match = done.match.match
            page = reverse("admin:matching_match_change", args=[match.pk])
            messages.success(
                request,
                format_html(
                    '<a href="{}">{}</a>', page, gettext("Match %(number)s is made.") % {"number": match.number}
                ),
            )
            return redirect(f"{reverse('admin:matching_match_by_hand')}?{_same_search(request, bank, sides)}")
    return admin.page(
        request, "ledgerflow/admin/match_by_hand.html",
        gettext("Match items of %(name)s by hand") % {"name": bank.name}, form=form, bank=bank,
        sides=sides, difference=difference, difference_text=amount_text(difference), seen=normalised(difference),
        may_post=may_post and difference != 0, is_chosen=any(side.chosen for side in sides),
        gone=sum(side.gone for side in sides), address=urlencode(here(request, bank)),
    )  # fmt: skip


def _act(request: HttpRequest, bank: Bank, form: ChoiceForm, difference: Decimal, *, is_whole: bool) -> Worked | None:
    typed = form.cleaned_data
    lines, postings, keys = typed["lines"], typed["postings"], once(request, typed)
    if "post" not in request.POST:
        explanation = typed["explanation"]
        wanted = lambda: match_by_hand(bank.entity_id, bank.id, lines, postings, explanation=explanation, **keys)  # noqa: E731
        return attempt(form, wanted)
    if not typed["template"]:
        form.add_error("template", gettext("Choose what the difference is."))
        return None
    if is_whole and typed["seen"] != normalised(difference):
        form.add_error(
            None,
            gettext("The difference is %(difference)s now. Look at it, then post it.")
            % {"difference": amount_text(difference)},
        )
        return None
    posted = difference_of(typed)
    return attempt(form, lambda: post_difference(bank.entity_id, bank.id, lines, postings, posted, **keys))


def _sides(bank: Bank, asked: QueryDict) -> list[Side]:
    """Both sides in four queries, however much is chosen and found."""
    return [
        _side(
            _Items(
                "lines", gettext_noop("Lines of the bank"), gettext_noop("Counterparty"), "bank", UUID,
                unmatched_lines(bank), of_line, "pk", ("booking_date", "number", "id"), IN_LINES,
            ),
            asked,
        ),
        _side(
            _Items(
                "postings", gettext_noop("Our postings"), gettext_noop("Journal"), "books", int,
                unmatched_postings(bank), of_posting, "account_version", ("effective_date", "account_version"),
                IN_POSTINGS,
            ),
            asked,
        ),
    ]  # fmt: skip


def _side(items: _Items, asked: QueryDict) -> Side:
    chosen = _chosen(asked, items)
    form = SearchForm(asked, prefix=items.prefix)
    among = {f"{items.id_field}__in": chosen}
    rows = items.rows.order_by(*items.order)
    kept = [items.named(row) for row in rows.filter(**among)] if chosen else []
    page = _page(asked, form, items.prefix)
    found = []
    if form.is_valid():
        start = (page - 1) * ROWS
        narrowed = _narrowed(rows.exclude(**among) if chosen else rows, form.cleaned_data, items)
        found = [items.named(row) for row in narrowed[start : start + ROWS + 1]]
    with localcontext(CONTEXT):
        total = sum((one.amount for one in kept), ZERO)
    has_more = len(found) > ROWS and page < MOST_PAGES
    gone = len(chosen) - len(kept)
    return Side(items.name, items.title, items.who, form, kept, found[:ROWS], total, gone, page, has_more)


def _chosen(asked: QueryDict, items: _Items) -> list[Any]:
    """What is ticked; nonsense counts for nothing here, and is refused when something is to be done with it."""
    try:
        return list(ValuesField(items.id_type).clean(asked.getlist(items.name)))
    except forms.ValidationError:
        return []


def _page(asked: QueryDict, form: SearchForm, prefix: str) -> int:
    """The page that was asked for; a new search begins at the first."""
    wanted = asked.get(f"{prefix}-go", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(MOST_PAGES)):
        return min(max(int(wanted), 1), MOST_PAGES)
    is_kept = form.is_valid() and "search" not in asked
    return form.cleaned_data["page"] or 1 if is_kept else 1


def _narrowed(rows: QuerySet[Any], wanted: dict[str, Any], items: _Items) -> QuerySet[Any]:
    bounds = {
        "amount__gte": wanted["least"], "amount__lte": wanted["most"], f"{items.order[0]}__gte": wanted["first"],
        f"{items.order[0]}__lte": wanted["last"],
    }  # fmt: skip
    rows = rows.filter(**{name: bound for name, bound in bounds.items() if bound is not None})
    if not wanted["text"]:
        return rows
    return rows.filter(reduce(or_, (Q(**{f"{field}__icontains": wanted["text"]}) for field in items.texts)))


def _same_search(request: HttpRequest, bank: Bank, sides: list[Side]) -> str:
    """The address of this page with what was looked for."""
    given = {
        side.form.add_prefix(name): side.form.data[side.form.add_prefix(name)]
        for side in sides
        for name in side.form.fields
        if side.form.data.get(side.form.add_prefix(name))
    }
    return urlencode(here(request, bank) | given)
