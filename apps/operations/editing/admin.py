"""From a template into the editor of journals: its lines are a draft there, to be changed and posted by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from apps.operations.editing.forms import KEY, OperationForm
from apps.operations.models import TemplateVersion
from apps.operations.running import Operation, Runner, drafts_of
from apps.operations.versions import TEMPLATES
from journals.by_hand.errors import DraftMoved
from journals.by_hand.keeping import keep
from journals.by_hand.sheets import Sheet, SheetLine
from journals.drafts import Draft, Line
from ledgerflow.books.idempotency import reused
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import amount_text
from ledgerflow.web.admin_base import ReadOnlyAdmin, actor_of, attempt, person_in

ISSUER = "admin"


def into_journal_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, entity: Entity) -> HttpResponse:
    """The active templates; of the one that is chosen, its parameters; and then the editor with its lines.

    Those that take two people are not offered: what they make is posted as they make it.
    """
    rows = [row for row in TEMPLATES.active(entity.pk).order_by("code") if not row.read().four_eyes]
    chosen = next((row for row in rows if str(row.pk) == request.GET.get("template", "")), None)
    if chosen is None:
        title = gettext("New journal of %(books)s from a template") % {"books": entity.name}
        choices = [(row, row.read().name) for row in rows]
        return admin.page(request, "operations/admin/into_journal.html", title, choices=choices, entity=entity)
    sends = request.method == "POST"
    form = OperationForm(chosen.read(), request.POST if sends else None, initial={KEY: f"desk:{uuid7()}"})
    if form.is_valid():
        draft_id = attempt(form, lambda: _begin_draft(request, entity, chosen, form))
        if draft_id is not None:
            return redirect(f"{reverse('admin:journals_journal_add')}?draft={draft_id}")
    return admin.form_page(
        request,
        form,
        gettext("New journal from %(template)s") % {"template": chosen.read().name},
        action="Put into the editor",
        note=gettext("Nothing is posted yet: the lines can be changed in the editor."),
        cancel=reverse("admin:journals_journal_add"),
    )


def _begin_draft(request: HttpRequest, entity: Entity, row: TemplateVersion, form: OperationForm) -> UUID:
    """Keep the lines as a draft of the person, once for each time that the form was opened. Raises what refuses it."""
    key = form.cleaned_data[KEY]
    operation = Operation(row.code, form.parameters(), key, row.number)
    (made,) = drafts_of(entity.pk, [operation], Runner(actor_of(request), frozenset({"post", "manage"}), ISSUER))
    if isinstance(made, LedgerError):
        made.pointer = made.pointer.removeprefix("/parameters")
        raise made
    draft_id = uuid5(NAMESPACE_URL, f"{person_in(request)} {key}")
    try:
        keep(entity.pk, person_in(request), draft_id, 0, _sheet(entity, row, key, made))
    except DraftMoved as moved:  # it was begun before, and is another one by now
        raise reused(key) from moved
    return draft_id


def _sheet(entity: Entity, row: TemplateVersion, key: str, draft: Draft) -> Sheet:
    day = entity.business_date if draft.effective_date is None else draft.effective_date
    return Sheet(
        key=key,
        date=day.isoformat(),  # as drafts are kept
        reference=draft.external_reference,
        description=draft.description,
        lines=[_line(line) for line in draft.lines],
        made_from=f"{row.code} v{row.number}",
    )


def _line(line: Line) -> SheetLine:
    debit, credit = _cell(line.amount), _cell(line.amount.copy_negate())
    return SheetLine(line.account, line.description, debit, credit, line.dimensions or {})


def _cell(amount: Decimal) -> str:
    return amount_text(amount) if amount > 0 else ""
