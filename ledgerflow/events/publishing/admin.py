"""Admin pages of sinks: how far the events of each set of books are published, and the button to send some again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from ledgerflow.events.publishing.models import SinkBreaker, SinkPosition
from ledgerflow.events.publishing.reading import breaker_of, head_of
from ledgerflow.events.publishing.rewinding import rewind
from ledgerflow.web.admin_base import LedgerForm, NamedAction, ReadOnlyAdmin, actor_of


class RewindForm(LedgerForm):
    to = forms.IntegerField(
        min_value=0, label="Last event that stays sent", help_text="The events after it are sent again; 0 for all."
    )


def rewound(request: HttpRequest, position: SinkPosition, values: dict[str, Any]) -> int:
    """Send events of one set of books again."""
    return rewind(position.sink, position.entity_id, values["to"], actor=actor_of(request))


@admin.register(SinkPosition)
class SinkPositionAdmin(ReadOnlyAdmin[SinkPosition]):
    list_display = ("entity", "sink", "sent", "head", "lag", "sent_at", "problem", "breaker")
    list_select_related = ("entity",)
    ordering = ("entity__code", "sink")
    detail_template = "ledgerflow/admin/sink_position.html"
    named_actions = {
        "rewind": NamedAction(
            "Send again",
            lambda position: (
                gettext("Send events of %(code)s to %(sink)s again")
                % {"code": position.entity.code, "sink": position.sink}
            ),
            rewound,
            lambda _, count: gettext("%(count)s events are sent again.") % {"count": count},
            form=RewindForm,
            note=lambda position: (
                gettext("Event %(sequence)s is the last one sent. Consumers skip events they know.")
                % {"sequence": position.sequence}
            ),
        )
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[SinkPosition]:
        return super().get_queryset(request).annotate(head=head_of("entity_id")).annotate(lag=F("head") - F("sequence"))

    @admin.display(description="Last event sent")
    def sent(self, position: SinkPosition) -> int:
        return position.sequence

    @admin.display(description="Last sent")
    def sent_at(self, position: SinkPosition) -> Any:
        return position.published_at

    @admin.display(description="Last event recorded")
    def head(self, position: Any) -> int:
        return int(position.head)

    @admin.display(description="Not sent")
    def lag(self, position: Any) -> int:
        return int(position.lag)

    @admin.display(description="Breaker")
    def breaker(self, position: Any) -> str:
        return gettext(str(position.breaker_state))

    def attach(self, rows: list[SinkPosition]) -> None:
        states = dict(SinkBreaker.objects.values_list("sink", "state"))
        for row in rows:
            row.breaker_state = states.get(row.sink, "closed")  # type: ignore[attr-defined]  # for the column

    def detail_context(self, request: HttpRequest, row: SinkPosition) -> dict[str, Any]:
        return {"breaker": breaker_of(row.sink), "may_rewind": self.may_act(request, "rewind", row)}
