"""Admin pages of webhooks: how each stands, what may be done with it, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_noop

from ledgerflow.books.models import Entity
from ledgerflow.events.webhooks import use_cases
from ledgerflow.events.webhooks.deliveries import discard, resend, send_test
from ledgerflow.events.webhooks.models import (
    MAX_DESCRIPTION,
    DeliveryStatus,
    Webhook,
    WebhookDelivery,
    WebhookStatus,
)
from ledgerflow.events.webhooks.reading import queue_state, with_head
from ledgerflow.events.webhooks.sending.addresses import MOST_CHARACTERS
from ledgerflow.events.webhooks.sending.client import Outcome
from ledgerflow.events.webhooks.use_cases import (
    KEPT_HOURS,
    MOST_KEPT_HOURS,
    WithSecret,
    change_webhook,
    create_webhook,
    rotate_secret,
)
from ledgerflow.web.admin_base import (
    AddingAdmin,
    ConfirmForm,
    LedgerForm,
    NamedAction,
    ReadOnlyAdmin,
    actor_of,
    attempt,
    require,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.cells import moment_element

SHOWN = 20
LONGEST_SHOWN = 44
MAY_CHANGE = "webhooks.change_webhook"
OFFERED = {
    WebhookStatus.ENABLED: ("test", "edit", "rotate", "disable", "delete"),
    WebhookStatus.DISABLED: ("test", "edit", "rotate", "enable", "delete"),
    WebhookStatus.DELETED: (),
}
LABELS = {"test": gettext_noop("Send a test"), "edit": "Change", "rotate": gettext_noop("New secret")}
# How the sentence of each status of a queue reads.
QUEUES = {
    "idle": gettext_noop("nothing waits"),
    "sending": gettext_noop("on their way"),
    "retrying": gettext_noop("being tried again"),
    "parked": gettext_noop("parked: resend or discard the first"),
}


class WebhookForm(LedgerForm):
    url = forms.CharField(max_length=MOST_CHARACTERS, label="URL", help_text="https:// and where the receiver listens.")
    event_types = forms.CharField(
        label="Types of events",
        widget=forms.Textarea(attrs={"rows": 4}),
        initial="*",
        help_text="One a line: journal.posted.v1, journal.* for a group, or * for all.",
    )
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False)

    def values(self) -> dict[str, Any]:
        """What the use cases take."""
        given = self.cleaned_data
        return given | {"event_types": given["event_types"].split()}


class WebhookChangeForm(WebhookForm):
    """`revision` is the state that the form was filled from."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)

    def values(self) -> dict[str, Any]:
        """What the use case takes."""
        return {name: value for name, value in super().values().items() if name != "revision"}


class RotationForm(LedgerForm):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    kept_hours = forms.IntegerField(
        min_value=0,
        max_value=MOST_KEPT_HOURS,
        initial=KEPT_HOURS,
        label="Keep the old one for",
        help_text="Hours in which messages are signed with both.",
    )


class ReasonForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_DESCRIPTION, help_text="For whoever reads it later.")


class WebhookStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return WebhookStatus.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class DeliveryStatusFilter(WebhookStatusFilter):
    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return DeliveryStatus.choices


class WebhookFilter(ChoiceFilter):
    title = "Webhook"
    parameter_names = ("webhook",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        rows = Webhook.objects.filter(entity=entity).order_by("-id").values_list("id", "url") if entity else ()
        return [(str(id_), truncated(url)) for id_, url in rows]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(webhook_id=value)


def truncated(url: str) -> str:
    """A URL as far as it fits into a column."""
    return Truncator(url).chars(LONGEST_SHOWN)


def words_of(outcome: Outcome) -> str:
    """How a receiver took a message."""
    if outcome.error:
        return f"{outcome.error.replace('_', ' ')}: {outcome.detail}"
    return gettext("%(http_status)s after %(duration_ms)s ms") % {
        "http_status": outcome.http_status,
        "duration_ms": outcome.duration_ms,
    }


def tried(_request: HttpRequest, webhook: Webhook, _values: dict[str, Any]) -> Outcome:
    return send_test(webhook.entity, webhook.pk)


def changing(name: str, use_case: Callable[..., Webhook], note: str, form: type[forms.Form]) -> NamedAction:
    """One change of a webhook's status."""

    def run(request: HttpRequest, webhook: Webhook, values: dict[str, Any]) -> Webhook:
        return use_case(webhook.entity_id, webhook.pk, **values, actor=actor_of(request))

    return NamedAction(
        name.capitalize(),
        lambda webhook: f"{gettext(name.capitalize())}: {webhook.url}",
        run,
        lambda _, changed: gettext("The webhook is %(status)s.") % {"status": gettext(changed.status)},
        form=form,
        note=lambda _: gettext(note),
    )


ACTIONS = {
    "test": NamedAction(
        "Send",
        lambda webhook: gettext("Send a test to %(url)s") % {"url": webhook.url},
        tried,
        lambda _, outcome: gettext("The receiver: %(outcome)s.") % {"outcome": words_of(outcome)},
        note=lambda _: gettext(
            "webhook.test.v1 is sent now, signed as every message is. Nothing of it stays in the books."
        ),
        level=lambda outcome: messages.SUCCESS if outcome.is_delivered else messages.WARNING,
    ),
    "disable": changing("disable", use_cases.disable_webhook, gettext_noop("What waits is kept."), ReasonForm),
    "enable": changing(
        "enable",
        use_cases.enable_webhook,
        gettext_noop("What waits is sent. What happened meanwhile is not."),
        ConfirmForm,
    ),
    "delete": changing(
        "delete", use_cases.delete_webhook, gettext_noop("Nothing is sent any more, for good."), ConfirmForm
    ),
}


@admin.register(Webhook)
class WebhookAdmin(AddingAdmin[Webhook]):
    list_display = ("url", "types_text", "status", "queue_text", "created_at", "who")
    list_filter = (EntityFilter, WebhookStatusFilter)
    ordering = ("-id",)
    detail_template = "ledgerflow/admin/webhook.html"
    named_actions = ACTIONS
    no_books = "A webhook needs an entity: add one first."

    @admin.display(description="Types of events")
    def types_text(self, webhook: Webhook) -> str:
        return ", ".join(webhook.event_types)

    @admin.display(description="Messages")
    def queue_text(self, webhook: Webhook) -> str:
        return QUEUES[queue_state(webhook)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        return with_head(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:webhook_id>/edit/", wrap(self.edit_view), name="webhooks_webhook_edit"),
            path("<uuid:webhook_id>/rotate/", wrap(self.rotate_view), name="webhooks_webhook_rotate"),
        ]
        return own + super().get_urls()

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = WebhookForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = attempt(form, lambda: create_webhook(entity.pk, **form.values(), actor=actor_of(request)))
            if made is not None:
                return self._with_secret(request, made)
        return self.form_page(
            request, form, gettext("Add a webhook to %(books)s") % {"books": entity.name}, action="Add", entity=entity
        )

    def edit_view(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        webhook = self._changeable(request, webhook_id)
        if isinstance(webhook, HttpResponse):
            return webhook
        now = {"url": webhook.url, "event_types": "\n".join(webhook.event_types), "description": webhook.description}
        form = WebhookChangeForm(request.POST or None, initial=now | {"revision": webhook.revision})
        if request.method == "POST" and form.is_valid():
            which, actor = (webhook.entity_id, webhook.pk), actor_of(request)
            expected = form.cleaned_data["revision"]
            changed = attempt(
                form, lambda: change_webhook(*which, form.values(), actor=actor, expected_revision=expected)
            )
            if changed is not None:
                messages.success(request, gettext("The webhook is changed."))
                return redirect("admin:webhooks_webhook_change", webhook.pk)
        return self.form_page(
            request, form, gettext("Change %(url)s") % {"url": webhook.url}, action="Change", back=webhook
        )

    def rotate_view(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        webhook = self._changeable(request, webhook_id)
        if isinstance(webhook, HttpResponse):
            return webhook
        form = RotationForm(request.POST or None, initial={"revision": webhook.revision})
        if request.method == "POST" and form.is_valid():
            which, actor = (webhook.entity_id, webhook.pk), actor_of(request)
            # Pressed twice it would end the secret that the receiver knows.
            wanted = {"kept_hours": form.cleaned_data["kept_hours"], "expected_revision": form.cleaned_data["revision"]}
            made = attempt(form, lambda: rotate_secret(*which, **wanted, actor=actor))
            if made is not None:
                return self._with_secret(request, made)
        return self.form_page(
            request, form, gettext("A new secret for %(url)s") % {"url": webhook.url}, action="Make it", back=webhook
        )

    def detail_context(self, request: HttpRequest, row: Webhook) -> dict[str, Any]:
        offered = OFFERED[WebhookStatus(row.status)] if self.has_manage_permission(request) else ()
        latest = row.deliveries.order_by("-event_sequence")[:SHOWN]
        return {
            "title": gettext("Webhook to %(url)s") % {"url": row.url},
            "types": ", ".join(row.event_types),
            "queue": gettext(QUEUES[queue_state(row)]),
            "actions": [(f"admin:webhooks_webhook_{name}", LABELS.get(name, name.capitalize())) for name in offered],
            "deliveries": latest,
        }

    def _changeable(self, request: HttpRequest, webhook_id: UUID) -> Webhook | HttpResponse:
        """The webhook, or where to go when there is none."""
        require(self.has_manage_permission(request))
        found = self.get_object(request, str(webhook_id))
        return self.not_there(request, str(webhook_id)) if found is None else found

    def _with_secret(self, request: HttpRequest, made: WithSecret) -> HttpResponse:
        """The secret is in the answer to this POST and nowhere else: no message, no session, no redirect keeps it."""
        title = gettext("The secret of %(url)s") % {"url": made.webhook.url}
        page = self.page(
            request, "ledgerflow/admin/webhook_secret.html", title=title, row=made.webhook, secret=made.secret
        )
        page.headers["Cache-Control"] = "no-store"
        return page


def deciding(label: str, use_case: Callable[..., WebhookDelivery], note: str, form: type[forms.Form]) -> NamedAction:
    """One decision about a message."""

    def run(request: HttpRequest, delivery: WebhookDelivery, values: dict[str, Any]) -> WebhookDelivery:
        which = (delivery.entity_id, delivery.webhook_id, delivery.pk)
        return use_case(*which, **values, actor=actor_of(request))

    return NamedAction(
        label,
        lambda delivery: f"{gettext(label)}: {delivery}",
        run,
        lambda _, decided: gettext("The message is %(status)s.") % {"status": gettext(decided.status)},
        permission=MAY_CHANGE,
        form=form,
        note=lambda _: gettext(note),
    )


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin[WebhookDelivery]):
    list_display = ("event_sequence", "event_type", "receiver", "status", "attempts", "next_text", "ended_at")
    list_filter = (EntityFilter, WebhookFilter, DeliveryStatusFilter)
    list_select_related = ("webhook",)
    ordering = ("-event_sequence",)
    detail_template = "ledgerflow/admin/webhook_delivery.html"
    named_actions = {
        "resend": deciding(
            "Resend", resend, gettext_noop("It is sent before all that waits, with the same id."), ConfirmForm
        ),
        "discard": deciding(
            "Discard", discard, gettext_noop("The receiver never gets it; what waits behind it goes on."), ReasonForm
        ),
    }

    @admin.display(description="Webhook")
    def receiver(self, delivery: WebhookDelivery) -> str:
        return truncated(delivery.webhook.url)

    @admin.display(description="Next attempt")
    def next_text(self, delivery: WebhookDelivery) -> str:
        return moment_element(delivery.next_attempt_at) if delivery.status == DeliveryStatus.WAITING else ""

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Who may change webhooks decides about their messages."""
        return request.user.has_perm(MAY_CHANGE)

    def detail_context(self, request: HttpRequest, row: WebhookDelivery) -> dict[str, Any]:
        is_unsent = row.status in {DeliveryStatus.WAITING, DeliveryStatus.FAILED}
        offered = ("resend", "discard") if is_unsent else ("resend",)
        may = self.has_manage_permission(request) and row.webhook.status != WebhookStatus.DELETED
        return {
            "title": gettext("%(what)s to %(url)s")
            % {"what": f"{row.event_type} {row.event_sequence}", "url": row.webhook.url},
            "attempts": row.tries.order_by("number"),
            "actions": [(f"admin:webhooks_webhookdelivery_{name}", name.capitalize()) for name in offered if may],
        }
