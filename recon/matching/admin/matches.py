"""Admin pages of matches: the list, one match, matching by hand, and splitting a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.web.admin_base import NamedAction, ReadOnlyAdmin, amount_text, require
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from recon.matching.admin.base import MANAGE, POST, MatchingAdmin, a_key, bank_in, choose_first, once
from recon.matching.admin.by_hand import by_hand_page
from recon.matching.admin.forms import ResidualForm, WhyForm, difference_of
from recon.matching.admin.naming import lines_named, postings_named, score_in_words
from recon.matching.admin.splitting import join_page, line_called, split_page
from recon.matching.differences import post_residual
from recon.matching.models import Match, MatchItem, MatchStatus
from recon.matching.reading import items_of
from recon.matching.use_cases import Worked, unmatch
from recon.statements.admin.filters import BankAccountFilter
from recon.statements.models import StatementLine

LinePage = Callable[[ReadOnlyAdmin[Any], HttpRequest, StatementLine], HttpResponse]


class MatchStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one.value, one.value) for one in MatchStatus]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


def take_back(request: HttpRequest, match: Match, values: dict[str, Any]) -> Worked:
    return unmatch(match.entity_id, match.pk, reason=values["reason"], **once(request, values))


def post_rest(request: HttpRequest, match: Match, values: dict[str, Any]) -> Worked:
    require(request.user.has_perm(MANAGE))
    return post_residual(match.entity_id, match.pk, difference_of(values), **once(request, values))


@admin.register(Match)
class MatchAdmin(MatchingAdmin[Match]):
    list_display = ("number", "bank", "status", "rule", "score", "residual_text", "explanation", "who")
    list_filter = (EntityFilter, BankAccountFilter, MatchStatusFilter)
    ordering = ("-event_sequence",)
    nothing = "No match is here. A run makes them, and so do people."
    change_list_template = "ledgerflow/admin/matches.html"
    detail_template = "ledgerflow/admin/match.html"
    named_actions = {
        "unmatch": NamedAction(
            "Unmatch",
            lambda match: gettext("Take match %(number)s back") % {"number": match.number},
            take_back,
            lambda match, _: gettext("Match %(number)s is taken back.") % {"number": match.number},
            form=WhyForm,
            initial=a_key,
        ),
        "residual": NamedAction(
            "Post the residual",
            lambda match: (
                gettext("Post %(residual)s that match %(number)s leaves")
                % {"residual": amount_text(match.residual), "number": match.number}
            ),
            post_rest,
            lambda _, done: (
                gettext("It is posted, and the items are in match %(number)s.") % {"number": done.match.match.number}
            ),
            permission=POST,
            form=ResidualForm,
            initial=a_key,
        ),
    }

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        line_pages = [
            path(
                f"line/<uuid:line_id>/{name}/", site.admin_view(partial(self.line_view, page=page)),
                name=f"matching_match_{name}_line",
            )
            for name, page in (("split", split_page), ("join", join_page))
        ]  # fmt: skip
        by_hand = path("by-hand/", site.admin_view(self.by_hand_view), name="matching_match_by_hand")
        return [by_hand, *line_pages, *super().get_urls()]

    def detail_context(self, request: HttpRequest, row: Match) -> dict[str, Any]:
        items = items_of([row.pk])[row.pk]
        return {
            "title": gettext("Match %(number)s of %(bank_account)s")
            % {"number": row.number, "bank_account": row.bank_account},
            "items": _items_shown(items),
            "parts": score_in_words(row.parts),
            "residual": amount_text(row.residual),
            "may_post": row.residual and self.may_act(request, "residual", row),
        }

    def by_hand_view(self, request: HttpRequest) -> HttpResponse:
        """Choose lines and postings of a bank account, and match them."""
        require(self.has_manage_permission(request))
        bank = bank_in(request)
        return choose_first(request) if bank is None else by_hand_page(self, request, bank)

    def line_view(self, request: HttpRequest, line_id: UUID, page: LinePage) -> HttpResponse:
        """Split a line, or join it again."""
        require(self.has_manage_permission(request))
        line = line_called(line_id)
        if line is None:
            messages.error(request, gettext("There is no such line."))
            return redirect("admin:statements_statementline_changelist")
        return page(self, request, line)


def _items_shown(items: list[MatchItem]) -> list[tuple[str, Any, str]]:
    """Items with what people know them by; one whose line or posting is not found has its id alone."""
    lines = lines_named(item.line_id for item in items if item.line_id)
    accounts = {item.account_id for item in items if item.account_id}
    postings = postings_named(
        {one: [item.account_version for item in items if item.account_version] for one in accounts}
    )
    shown = []
    for item in items:
        named = lines.get(str(item.line_id)) if item.line_id else None
        if item.account_id:
            named = postings.get((item.account_id, str(item.account_version)))
        shown.append(("bank" if item.line_id else "books", named, amount_text(item.amount)))
    return shown
