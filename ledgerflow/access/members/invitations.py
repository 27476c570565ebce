"""Invitations: an address with which a new person chooses a password, once, within Django's `PASSWORD_RESET_TIMEOUT`.

It is one of Django's addresses for a forgotten password: signed, of this user with this password, and worth nothing
any more as soon as he has chosen another one.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy

from ledgerflow.web.policy.content import under_policy

NAME = "ledger_roles_invitation"


def address_of_invitation(user: Any, site_name: str) -> str:
    """The path of the page on which this user chooses his password."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse(f"admin:{NAME}", args=[key, default_token_generator.make_token(user)], current_app=site_name)


class InvitationView(PasswordResetConfirmView):
    """The page behind the address; Django takes the token out of it before it shows the form."""

    template_name = "ledger_roles/admin/choose_password.html"
    success_url = reverse_lazy("admin:login")
    title = gettext_lazy("Choose your password")


def invitation_urls(site: AdminSite) -> list[URLPattern]:
    """The page of invitations, below the admin site: the one page there besides signing in that asks for no log-in."""

    @login_not_required
    def invited(request: HttpRequest, **place: Any) -> HttpResponseBase:
        return InvitationView.as_view(extra_context=site.each_context(request))(request, **place)

    return [path("invitation/<uidb64>/<token>/", under_policy(invited), name=NAME)]
