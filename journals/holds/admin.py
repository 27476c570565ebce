"""Admin pages of holds: what is held and what was done to it; to place a hold, to capture it, to let go of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from accounts.balances import balance_now
from accounts.models import Account
from journals.errors import InsufficientFunds
from journals.events import read_fact
from journals.hold_events import HoldFact, read_hold_fact
from journals.hold_states import HoldStatus
from journals.holds.answering import HoldAnswer
from journals.holds.extending import extend_hold
from journals.holds.forms import CaptureForm, ExtendForm, PlaceForm, ReleaseForm, a_key
from journals.holds.models import Hold
from journals.holds.reading import read_hold
from journals.holds.use_cases import capture_hold, place_hold, release_hold
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.locales import current
from ledgerflow.core.texts import is_storable
from ledgerflow.web.admin_base import (
    AddingAdmin,
    NamedAction,
    actor_of,
    amount_text,
    attempt,
    pretty_json,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.amounts import amount_element

ISSUER = "admin"


class HoldStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one.value, _(one.value)) for one in HoldStatus]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


def place(request: HttpRequest, entity: Entity, form: PlaceForm) -> HoldAnswer:
    """Place what the form asks for. What the account lacks is told beside the amount."""
    try:
        return place_hold(entity.pk, form.spec(), key=form.cleaned_data["key"], issuer=ISSUER, actor=actor_of(request))
    except InsufficientFunds as refusal:
        refusal.pointer = "/amount"
        raise


def capture(request: HttpRequest, hold: Hold, values: dict[str, Any]) -> HoldAnswer:
    """Move a part of a hold to another account, or all that is left."""
    return capture_hold(hold.entity_id, hold.pk, issuer=ISSUER, actor=actor_of(request), **values)


def release(request: HttpRequest, hold: Hold, values: dict[str, Any]) -> HoldAnswer:
    """Let go of a part of a hold, or of all that is left."""
    return release_hold(hold.entity_id, hold.pk, issuer=ISSUER, actor=actor_of(request), **values)


def extend(request: HttpRequest, hold: Hold, values: dict[str, Any]) -> HoldAnswer:
    """Let a hold expire at another moment, as long as it is still what the form was filled from."""
    revision = values.pop("revision")
    return extend_hold(
        hold.entity_id, hold.pk, expected_revision=revision, issuer=ISSUER, actor=actor_of(request), **values
    )


def captured_text(_hold: Hold, answer: HoldAnswer) -> str:
    """What a capture did, from the facts that are stored: the same where the form was sent twice."""
    fact, journal = read_hold_fact(answer.hold), read_fact(answer.journal)
    moved, counter = journal.lines  # what was released with it is the last step of the hold
    values = {"number": journal.number, "account": counter.account, "moved": amount_text(Decimal(moved.amount))}
    return _("%(moved)s %(currency)s went to %(account)s with journal %(number)s. %(left)s is left.") % (
        _figures(fact) | values
    )


def released_text(_hold: Hold, answer: HoldAnswer) -> str:
    """The same of a release."""
    return _("%(moved)s %(currency)s is released. %(left)s is left.") % _figures(read_hold_fact(answer.hold))


def extended_text(_hold: Hold, answer: HoldAnswer) -> str:
    """The same of an extension: when the hold would have expired, and when it does now."""
    fact = read_hold_fact(answer.hold)
    moments = {"before": moment_text(fact.expired_before), "after": moment_text(fact.expires_at)}
    return _("The hold on %(account)s expires: %(before)s → %(after)s.") % (moments | {"account": fact.account})


def moment_text(moment: str | datetime | None) -> str:
    """When a hold expires, as the person writes moments."""
    if moment is None:
        return _("never")
    return current.moment_text(datetime.fromisoformat(moment) if isinstance(moment, str) else moment, with_zone=True)


def _figures(fact: HoldFact) -> dict[str, Any]:
    return {
        "currency": fact.currency,
        "moved": amount_text(Decimal(fact.moved)),
        "left": amount_text(Decimal(fact.remaining)),
    }


def remaining_of(hold: Hold) -> dict[str, Any]:
    """What is asked for unless somebody says otherwise: all that is left."""
    return {"amount": hold.remaining}


def expiry_of(hold: Hold) -> dict[str, Any]:
    """What the form of an extension starts with."""
    return {"expires_at": hold.expires_at, "revision": hold.entries}


def when_it_expires(hold: Hold) -> str:
    """The note above that form."""
    return _("It holds %(amount)s %(currency)s and expires: %(moment)s.") % (
        _held_by(hold) | {"moment": moment_text(hold.expires_at)}
    )


def what_is_left(hold: Hold) -> str:
    """The note above a form, so that nobody has to go back for it."""
    return _("%(amount)s %(currency)s of it is left.") % {
        "amount": amount_text(hold.remaining),
        "currency": hold.currency,
    }


def what_is_available(account: Account | None) -> str:
    """The same above the form that places a hold, where its address names the account."""
    if account is None or account.is_header:
        return ""
    now = balance_now(account.entity_id, account.code)
    return _("%(amount)s %(currency)s is available on %(account)s %(name)s.") % {
        "amount": amount_text(Decimal(now.available)),
        "currency": now.currency,
        "account": account.code,
        "name": account.name,
    }


def capture_title(hold: Hold) -> str:
    return _("Capture %(amount)s %(currency)s held on %(account)s") % _held_by(hold)


def release_title(hold: Hold) -> str:
    return _("Release %(amount)s %(currency)s held on %(account)s") % _held_by(hold)


def extend_title(hold: Hold) -> str:
    return _("Extend the hold of %(amount)s %(currency)s on %(account)s") % _held_by(hold)


def _held_by(hold: Hold) -> dict[str, str]:
    return {"amount": amount_text(hold.remaining), "currency": hold.currency, "account": hold.account.code}


@admin.register(Hold)
class HoldAdmin(AddingAdmin[Hold]):
    list_display = (
        "placed_at",
        "account",
        "amount_text",
        "captured_text",
        "released_text",
        "remaining_text",
        "currency",
        "status",
        "expires_at",
        "description",
    )
    more_columns = ("external_reference", "who")
    list_filter = (EntityFilter, HoldStatusFilter)
    list_select_related = ("account",)
    ordering = ("-event_sequence",)
    search_fields = ("account__code",)  # shows the field; get_search_results does the work
    search_help_text = "code of the account"
    detail_template = "ledgerflow/admin/hold.html"
    change_list_template = "holds/admin/holds.html"
    turns_by_key = True
    not_in_files = ("next_steps",)
    no_books = "A hold needs an account: add an entity first."
    named_actions = {
        "capture": NamedAction(
            "Capture",
            capture_title,
            capture,
            captured_text,
            form=CaptureForm,
            initial=a_key,
            initial_of=remaining_of,
            note=what_is_left,
        ),
        "release": NamedAction(
            "Release",
            release_title,
            release,
            released_text,
            form=ReleaseForm,
            initial=a_key,
            initial_of=remaining_of,
            note=what_is_left,
        ),
        "extend": NamedAction(
            "Extend",
            extend_title,
            extend,
            extended_text,
            form=ExtendForm,
            initial=a_key,
            initial_of=expiry_of,
            note=when_it_expires,
        ),
    }

    def may_add(self, request: HttpRequest) -> bool:
        """Who may capture and release may place, as a key with the scope `post` may."""
        return self.has_manage_permission(request)

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        code = request.GET.get("account", "").strip()
        posted = request.POST if request.method == "POST" else None
        form = PlaceForm(posted, initial=a_key() | {"account": code})
        if form.is_valid():
            placed = attempt(form, lambda: place(request, entity, form))
            if placed is not None:
                fact = read_hold_fact(placed.hold)
                said = _("%(moved)s %(currency)s is held on %(account)s.")
                messages.success(request, said % (_figures(fact) | {"account": fact.account}))
                return redirect("admin:holds_hold_change", fact.id)
        account = Account.objects.filter(entity=entity, code=code).first() if is_storable(code) else None
        shown = {
            "action": _("Place hold"),
            "note": what_is_available(account) if request.user.has_perm("accounts.view_account") else "",
        }
        if account is not None:
            shown["cancel"] = reverse("admin:accounts_account_change", args=[account.pk])
        return self.form_page(request, form, _("Place a hold in %(books)s") % {"books": entity.name}, **shown)

    def get_list_display(self, request: HttpRequest) -> Any:
        """With what may be done, for who may do it."""
        columns = super().get_list_display(request)
        return [*columns, "next_steps"] if self.has_manage_permission(request) else columns

    @admin.display(description="Next")
    def next_steps(self, hold: Hold) -> str:
        if hold.status != HoldStatus.ACTIVE:
            return ""
        return format_html(
            '<a href="{}">{}</a> <a href="{}">{}</a> <a href="{}">{}</a>',
            reverse("admin:holds_hold_capture", args=[hold.pk]),
            _("Capture"),
            reverse("admin:holds_hold_release", args=[hold.pk]),
            _("Release"),
            reverse("admin:holds_hold_extend", args=[hold.pk]),
            _("Extend"),
        )

    @admin.display(description="Amount")
    def amount_text(self, hold: Hold) -> str:
        return amount_element(hold.amount, hold.currency)

    @admin.display(description="Captured")
    def captured_text(self, hold: Hold) -> str:
        return amount_element(hold.captured, hold.currency)

    @admin.display(description="Released")
    def released_text(self, hold: Hold) -> str:
        return amount_element(hold.amount - hold.captured - hold.remaining, hold.currency)

    @admin.display(description="Left")
    def remaining_text(self, hold: Hold) -> str:
        return amount_element(hold.remaining, hold.currency)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Hold], search_term: str
    ) -> tuple[QuerySet[Hold], bool]:
        """The holds of one account, found by its whole code."""
        term = search_term.strip()
        return (queryset.filter(account__code=term) if term else queryset), False

    def detail_context(self, request: HttpRequest, row: Hold) -> dict[str, Any]:
        hold = read_hold(row.entity_id, row.pk)
        captures = [step.journal for step in hold.steps if step.journal is not None]
        numbers = dict(Journal.objects.filter(pk__in=captures).values_list("pk", "number"))
        return {
            "title": gettext("Hold of %(amount)s %(currency)s on %(code)s")
            % {"amount": amount_text(row.amount), "currency": row.currency, "code": row.account.code},
            "hold": hold,
            "steps": [(step, step.journal and numbers[step.journal]) for step in hold.steps],
            "remaining": amount_text(row.remaining),
            "captured": amount_text(row.captured),
            "released": amount_text(row.amount - row.captured - row.remaining),
            "metadata": pretty_json(row.metadata),
        }
