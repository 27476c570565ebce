"""Admin pages of API keys: made and revoked, never changed. A secret is shown once, on the page that made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timeuntil
from django.utils.translation import gettext, gettext_noop

from ledgerflow.access.keys import MAX_APPLICATION, MAX_NAME, create_key, revoke_key, scopes_now
from ledgerflow.access.models import ApiKey
from ledgerflow.access.scopes import scopes_open_to
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, NamedAction, actor_of, attempt, person_in
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.form_fields import MomentField

SCOPE_HELP = {
    "read": gettext_noop("read: see everything of the entity"),
    "post": gettext_noop("post: post and reverse journals"),
    "manage": gettext_noop("manage: open and change accounts, override limits"),
}


class KeyForm(LedgerForm):
    name = forms.CharField(max_length=MAX_NAME, help_text="Who or what uses it.")
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    application = forms.CharField(
        required=False,
        max_length=MAX_APPLICATION,
        help_text="Binds the key to the operations on credits of this application. Empty: it is bound to none.",
    )
    expires_at = MomentField(
        required=False,
        label="Expires",
        help_text="In UTC. Empty: it never expires.",
    )

    def __init__(self, scopes: Iterable[str], *args: Any) -> None:
        super().__init__(*args)
        field = cast("forms.MultipleChoiceField", self.fields["scopes"])
        field.choices = [(scope, gettext(SCOPE_HELP.get(scope, scope))) for scope in scopes]


@admin.register(ApiKey)
class ApiKeyAdmin(AddingAdmin[ApiKey]):
    list_display = (
        "name", "prefix_text", "scopes_text", "application", "created_at", "acts_for", "last_used_at", "status",
    )  # fmt: skip
    list_filter = (EntityFilter,)
    ordering = ("-created_at",)
    detail_template = "ledgerflow/admin/apikey.html"
    no_books = "A key needs an entity: add one first."

    @admin.display(description="Begins with")
    def prefix_text(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="Scopes")
    def scopes_text(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="Acts for")
    def acts_for(self, key: ApiKey) -> str:
        return key.person_name or gettext("nobody")

    @admin.display(description="Status")
    def status(self, key: ApiKey) -> str:
        return status_of(key)

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """The secret is in the answer to this POST and nowhere else: no message, no session, no redirect keeps it."""
        form = KeyForm(scopes_open_to(request.user, entity.pk), request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            actor, person = actor_of(request), person_in(request)
            made = attempt(form, lambda: create_key(entity, **values, actor=actor, person=person))
            if made is not None:
                key, secret = made
                self.log_addition(request, key, "Created")
                title = gettext("API key %(name)s of %(books)s") % {"name": key.name, "books": entity.name}
                page = self.page(request, "ledgerflow/admin/apikey_secret.html", title=title, key=key, secret=secret)
                page.headers["Cache-Control"] = "no-store"
                return page
        return self.form_page(
            request,
            form,
            gettext("Add an API key of %(books)s") % {"books": entity.name},
            action="Create key",
            entity=entity,
        )

    def revoked(self, request: HttpRequest, key: ApiKey) -> ApiKey:
        """Revoke a key, which Django's log of the admin names too."""
        revoke_key(key, actor=actor_of(request))
        self.log_change(request, key, "Revoked")
        return key

    @property
    def named_actions(self) -> dict[str, NamedAction]:  # type: ignore[override]  # of this admin, which keeps a log
        return {
            "revoke": NamedAction(
                "Revoke",
                lambda key: gettext("Revoke %(name)s") % {"name": key.name},
                lambda request, key, _: self.revoked(request, key),
                lambda key, _: gettext("%(name)s is revoked.") % {"name": key.name},
                note=lambda _: gettext("Within seconds whoever uses this key is refused. This cannot be undone."),
            )
        }

    def detail_context(self, request: HttpRequest, row: ApiKey) -> dict[str, Any]:
        scopes = scopes_now(row)
        ended = scopes is None and row.revoked_at is None
        return {
            "title": gettext("API key %(name)s") % {"name": row.name},
            "status": gettext("ended with its person") if ended else status_of(row),
        }


def status_of(key: ApiKey) -> str:
    now = clocks.now()
    if key.revoked_at is not None:
        return gettext("revoked")
    if key.expires_at is None:
        return gettext("active")
    return (
        gettext("expired")
        if key.expires_at <= now
        else gettext("active for %(expires_at)s") % {"expires_at": timeuntil(key.expires_at, now)}
    )
