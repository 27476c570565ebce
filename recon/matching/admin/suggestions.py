"""Admin pages of suggestions, the best first, and of what was rejected."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ledgerflow.core.sentences import name_in_words, said_again
from ledgerflow.web.admin_base import NamedAction, pretty_json
from recon.matching.admin.base import MatchingAdmin, a_key, once
from recon.matching.admin.forms import KeyForm, WhyForm
from recon.matching.admin.naming import Named, lines_named, postings_named, score_in_words
from recon.matching.models import MatchRejection, MatchSuggestion
from recon.matching.use_cases import Worked, confirm_suggestion, reject_suggestion

SHOWN_IN_LIST = 3  # items of a suggestion; its page shows all


def confirm(request: HttpRequest, row: MatchSuggestion, values: dict[str, Any]) -> Worked:
    return confirm_suggestion(row.entity_id, row.pk, **once(request, values))


def reject(request: HttpRequest, row: MatchSuggestion, values: dict[str, Any]) -> Any:
    return reject_suggestion(row.entity_id, row.pk, reason=values["reason"], **once(request, values))


def to_the_list(row: Any, _done: Any) -> tuple[str]:
    """The suggestions of the same bank account."""
    query = urlencode({"account": row.bank_account.account.code})
    return (f"{reverse('admin:matching_matchsuggestion_changelist')}?{query}",)


@admin.register(MatchSuggestion)
class MatchSuggestionAdmin(MatchingAdmin[MatchSuggestion]):
    list_display: Any = ("score", "bank", "lines_text", "postings_text", "why", "residual_text", "decide")
    list_select_related = ("bank_account__account",)
    ordering = ("bank_account", "place")
    not_in_files = ("decide",)
    nothing = "There is nothing to decide here. A run suggests what fits and is not certain."
    detail_template = "ledgerflow/admin/match_suggestion.html"
    named_actions = {
        "confirm": NamedAction(
            "Confirm",
            lambda row: gettext("Confirm what rule %(rule)s suggests") % {"rule": name_in_words(row.rule)},
            confirm,
            lambda _, done: gettext("Match %(number)s is made.") % {"number": done.match.match.number},
            form=KeyForm,
            initial=a_key,
            note=lambda row: f"{row.explanation} {row.reason}",
            leads_to=to_the_list,  # type: ignore[arg-type]
        ),
        "reject": NamedAction(
            "Reject",
            lambda row: gettext("Reject what rule %(rule)s suggests") % {"rule": name_in_words(row.rule)},
            reject,
            lambda _row, _done: gettext("No run suggests it again."),
            form=WhyForm,
            initial=a_key,
            note=lambda row: f"{row.explanation} {row.reason}",
            leads_to=to_the_list,  # type: ignore[arg-type]
        ),
    }

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever may not decide is not offered it."""
        columns = super().get_list_display(request)
        return columns if self.has_manage_permission(request) else [one for one in columns if one != "decide"]

    def attach(self, rows: list[MatchSuggestion]) -> None:
        lines = lines_named(id_ for row in rows for id_ in row.lines)
        versions: dict[UUID, list[str]] = defaultdict(list)
        for row in rows:
            versions[row.bank_account.account_id] += row.postings
        postings = postings_named(versions)
        for row in rows:
            shown: Any = row
            shown.named_lines = [lines[id_] for id_ in row.lines if id_ in lines]
            account = row.bank_account.account_id
            shown.named_postings = [postings[account, one] for one in row.postings if (account, one) in postings]

    @admin.display(description="Lines of the bank")
    def lines_text(self, row: Any) -> SafeString:
        return _in_list(row.named_lines)

    @admin.display(description="Our postings")
    def postings_text(self, row: Any) -> SafeString:
        return _in_list(row.named_postings)

    @admin.display(description="Why, and why it was not confirmed")
    def why(self, row: MatchSuggestion) -> SafeString:
        parts = "; ".join(
            gettext("%(name)s %(points)s of %(most)s: %(words)s") % one._asdict() for one in score_in_words(row.parts)
        )
        return format_html('{}.<br><span class="lf-quiet">{}</span>', parts.capitalize(), said_again(row.reason))

    @admin.display(description="Decide")
    def decide(self, row: MatchSuggestion) -> SafeString:
        """Two buttons of the form around the list; the key is the row's, so that a second click does nothing."""
        named = gettext("%(label)s suggestion %(place)s")
        buttons = format_html_join(
            " ",
            '<button class="button" formaction="{}" name="key" value="admin:{}:{}" aria-label="{}">{}</button>',
            (
                (
                    reverse(f"admin:matching_matchsuggestion_{name}", args=[row.pk]),
                    name,
                    row.pk,
                    named % {"label": label, "place": row.place + 1},
                    label,
                )
                for name, label in (("confirm", gettext("Confirm")), ("reject", gettext("Reject")))
            ),
        )
        return format_html('<span class="lf-decide">{}</span>', buttons)

    def detail_context(self, request: HttpRequest, row: MatchSuggestion) -> dict[str, Any]:
        self.attach([row])
        shown: Any = row
        return {
            "title": gettext("Suggestion %(place)s of %(bank_account)s")
            % {"place": row.place + 1, "bank_account": row.bank_account},
            "sides": [("Lines of the bank", shown.named_lines), ("Our postings", shown.named_postings)],
            "parts": score_in_words(row.parts),
            "residual": self.residual_text(row),
        }


def _in_list(items: list[Named]) -> SafeString:
    more = len(items) - SHOWN_IN_LIST
    shown = format_html_join(
        "",
        '<span class="lf-item"><a href="{}">{} {}</a> {}</span>',
        (
            (one.page, one.day, one.amount_text, (one.reference or one.who or one.text)[:40])
            for one in items[:SHOWN_IN_LIST]
        ),
    )
    return (
        format_html('{}<span class="lf-item">{}</span>', shown, gettext("and %(count)s more") % {"count": more})
        if more > 0
        else shown
    )


@admin.register(MatchRejection)
class MatchRejectionAdmin(MatchingAdmin[MatchRejection]):
    list_display = ("bank", "reason", "recorded_at", "who")
    ordering = ("-event_sequence",)

    def detail_context(self, request: HttpRequest, row: MatchRejection) -> dict[str, Any]:
        return {
            "title": gettext("Rejected in %(bank_account)s") % {"bank_account": row.bank_account},
            "json": pretty_json({"lines": row.lines, "postings": row.postings, "reason": row.reason}),
        }
