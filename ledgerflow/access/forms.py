"""The form that people sign in with."""

from __future__ import annotations

from typing import Any

import structlog
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext

from ledgerflow.access import logins

log = structlog.get_logger(__name__)

TOO_MANY = "too_many_tries"


class LoginForm(AdminAuthenticationForm):
    """Django's own, with a bound on tries; `wait_seconds` is how long the next one has to wait."""

    wait_seconds = 0

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if not name or not password:
            return super().clean()
        self.wait_seconds = logins.take_try(name, address)
        if self.wait_seconds:
            log.warning("login_refused", address=address, seconds=self.wait_seconds)
            message = gettext("Too many tries to sign in. Try again in %(what)s minutes.") % {
                "what": -(-self.wait_seconds // 60)
            }
            raise forms.ValidationError(message, code=TOO_MANY)
        cleaned = super().clean()
        logins.succeeded(name, address)
        return cleaned
