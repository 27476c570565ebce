"""The admin page of an entity's policy of rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from fx.rates.admin.forms import PolicyForm
from fx.rates.events import FxPolicyFact
from fx.rates.models import FxPolicy, RevaluationMethod, RoundingMode
from fx.rates.policies import policy_of, set_policy
from ledgerflow.core.money import plain
from ledgerflow.web.admin_base import ReadOnlyAdmin, actor_of, attempt, require
from ledgerflow.web.pages.books_of_page import chosen_entity

PERCENTS = ("max_jump_percent", "max_revaluation_percent")


@admin.register(FxPolicy)
class FxPolicyAdmin(ReadOnlyAdmin[FxPolicy]):
    """One page for the books chosen, whether somebody has set their policy yet or the defaults apply."""

    list_filter = ()

    def get_urls(self) -> list[URLPattern]:
        return [
            path("edit/", self.admin_site.admin_view(self.edit_view), name="rates_fxpolicy_edit"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require(self.has_view_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, gettext("A policy needs an entity: add one first."))
            return redirect("admin:index")
        policy, revision = policy_of(entity.pk)
        return self.page(
            request,
            "ledgerflow/admin/fx_policy.html",
            gettext("FX policy of %(books)s") % {"books": entity.name},
            entity=entity,
            policy=policy,
            revision=revision,
            rounding=RoundingMode(policy.rounding).label,
            method=RevaluationMethod(policy.revaluation_method).label,
        )

    def detail_context(self, request: HttpRequest, row: FxPolicy) -> dict[str, Any]:
        """Of its history: it has no page of its own."""
        return {"title": gettext("FX policy of %(books)s") % {"books": row.entity.name}}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:rates_fxpolicy_changelist")

    def edit_view(self, request: HttpRequest) -> HttpResponse:
        require(self.has_manage_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, gettext("A policy needs an entity: add one first."))
            return redirect("admin:index")
        policy, revision = policy_of(entity.pk)
        form = PolicyForm(request.POST or None, initial=_initial(policy, revision))
        if request.method == "POST" and form.is_valid():
            changes = dict(form.cleaned_data) | {name: plain(form.cleaned_data[name]) for name in PERCENTS}
            expected = changes.pop("revision")
            changed = attempt(
                form, lambda: set_policy(entity.pk, changes, actor=actor_of(request), expected_revision=expected)
            )
            if changed is not None:
                messages.success(request, gettext("The FX policy of %(books)s is set.") % {"books": entity.name})
                return redirect("admin:rates_fxpolicy_changelist")
        return self.form_page(
            request,
            form,
            gettext("FX policy of %(books)s") % {"books": entity.name},
            action="Set policy",
            entity=entity,
        )


def _initial(policy: FxPolicyFact, revision: int) -> dict[str, Any]:
    percents = {name: Decimal(getattr(policy, name)) for name in PERCENTS}
    return msgspec.structs.asdict(policy) | percents | {"revision": revision}
