"""What admin pages of versions have in common: their status as a filter, proposing to activate one, retiring one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from apps.operations.versioning.keeping import Row, Versions
from apps.operations.versioning.rows import STATUSES, VersionRow
from ledgerflow.approvals.models import Proposal
from ledgerflow.books.models import Entity
from ledgerflow.web.admin_base import LedgerForm, NamedAction, Values, actor_of, person_in
from ledgerflow.web.admin_filters import ChoiceFilter

MAX_REASON = 500


class ReasonForm(LedgerForm):
    """Why something is proposed."""

    reason = forms.CharField(max_length=MAX_REASON)


class StatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one, one) for one in STATUSES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


def compared(kept: Versions[Row], row: Row, asked: str) -> dict[str, Any]:
    """What a page shows of the versions beside it: all, and how it differs from the one asked for, if any is."""
    rows = list(kept.of_books(row.entity_id).filter(code=row.code).order_by("-number"))
    number = next((one.number for one in rows if str(one.number) == asked and one != row), None)
    found = kept.compare(row, number)
    return {"versions": rows, "other": found.other, "differences": found.differences}


def actions_of(
    permission: str, propose: Callable[..., Proposal], retire: Callable[..., VersionRow]
) -> dict[str, NamedAction]:
    """What may be done with a version: `propose` and `retire` are those of its `Versions`."""

    def activated(request: HttpRequest, row: VersionRow, given: Values) -> Proposal:
        person = person_in(request)
        return propose(row.entity_id, row.code, row.number, reason=given["reason"], person=person, via=person)

    def retired(request: HttpRequest, row: VersionRow, _: Values) -> VersionRow:
        return retire(row.entity_id, row.code, row.number, actor=actor_of(request))

    return {
        "activate": NamedAction(
            "Propose to activate",
            lambda row: gettext("Activate %(row)s") % {"row": row},
            activated,
            lambda row, _: gettext("%(row)s is proposed: another person approves it.") % {"row": row},
            permission=permission,
            form=ReasonForm,
            note=lambda _: gettext("It takes the place of the active version when another person has approved it."),
            leads_to=lambda _, proposal: ("admin:approvals_proposal_change", proposal.pk),
        ),
        "retire": NamedAction(
            "Retire",
            lambda row: gettext("Retire %(row)s") % {"row": row},
            retired,
            lambda row, _: gettext("%(row)s is retired.") % {"row": row},
            permission=permission,
            note=lambda _: gettext("No operation is made with it any more, and no other version takes its place."),
        ),
    }
