"""The page that reconciles a bank account: first what would be done, then doing it."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from ledgerflow.core.sentences import name_in_words
from ledgerflow.web.admin_base import ConfirmForm, ReadOnlyAdmin, actor_of, attempt
from recon.cases.running import Reconciled, reconcile
from recon.statements.models import BankAccount


class Figure(NamedTuple):
    name: str
    number: int


def run_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, bank: BankAccount) -> HttpResponse:
    """Match what has no match and bring the exceptions in line; running it twice is harmless."""
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    shown = None
    if form.is_valid():
        is_dry = "run" not in request.POST
        actor = actor_of(request)
        done = attempt(form, lambda: reconcile(bank.entity_id, bank.pk, actor=actor, dry_run=is_dry))
        if done is not None and not is_dry:
            messages.success(request, _said(done))
            query = urlencode({"entity": bank.entity.code, "account": bank.account.code, "status": "unresolved"})
            return redirect(f"{reverse('admin:cases_reconexception_changelist')}?{query}")
        shown = done
    return admin.page(
        request, "ledgerflow/admin/recon_running.html", gettext("Reconcile %(name)s") % {"name": bank.name},
        form=form, bank=bank,
        address=urlencode({"entity": bank.entity.code, "account": bank.account.code}),
        figures=_figures(shown) if shown else [], kinds=_kinds(shown) if shown else [],
    )  # fmt: skip


def _figures(done: Reconciled) -> list[Figure]:
    return [
        Figure(gettext("Matches"), done.confirmed),
        Figure(gettext("Suggestions"), done.suggested),
        Figure(gettext("Exceptions opened"), sum(done.opened.values())),
        Figure(gettext("Changed"), done.changed),
        Figure(gettext("Resolved"), done.resolved),
        Figure(gettext("Unchanged"), done.unchanged),
    ]


def _kinds(done: Reconciled) -> list[Figure]:
    return [Figure(name_in_words(kind), count) for kind, count in sorted(done.opened.items())]


def _said(done: Reconciled) -> str:
    return " ".join(f"{one.name}: {one.number}." for one in _figures(done))
