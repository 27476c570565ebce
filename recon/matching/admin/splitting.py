"""The pages that split a line of the bank into parts, with the rest shown until it is zero, and join it again."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from ledgerflow.core.money import CONTEXT, ZERO
from ledgerflow.web.admin_base import ReadOnlyAdmin, amount_text, attempt
from recon.matching.admin.base import a_key, once
from recon.matching.admin.forms import KeyForm, PartForm
from recon.matching.use_cases import SplitLine, join_line, split_line
from recon.statements.models import StatementLine
from recon.statements.splitting import MOST_PARTS

MORE_ROWS = 3
PartForms = formset_factory(PartForm, extra=2, max_num=MOST_PARTS, absolute_max=MOST_PARTS)


def line_called(line_id: UUID) -> StatementLine | None:
    return StatementLine.objects.select_related("statement", "entity", "bank_account").filter(pk=line_id).first()


def split_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, line: StatementLine) -> HttpResponse:
    """Rows for the parts; nothing is written before they come to the amount of the line."""
    is_posted, is_acting = request.method == "POST", "split" in request.POST
    parts = PartForms(more_rows(request.POST, "form") if is_posted else None)
    is_whole = is_posted and parts.is_valid()
    form = KeyForm(request.POST) if is_acting else KeyForm(initial=a_key() | key_in(request))
    if is_acting and form.is_valid() and is_whole:
        done = attempt(form, lambda: _split(request, line, parts, form))
        if done is not None:
            messages.success(
                request,
                gettext("Line %(number)s is split into %(count)s parts.")
                % {"number": line.number, "count": len(done.parts)},
            )
            return redirect("admin:statements_statementline_change", line.pk)
    with localcontext(CONTEXT):
        total = sum(_amounts(parts), ZERO) if is_posted else ZERO
        rest = line.amount - total
    return admin.page(
        request, "ledgerflow/admin/split_line.html",
        gettext("Split line %(number)s of statement %(statement)s")
        % {"number": line.number, "statement": line.statement.number},
        form=form, parts=parts, line=line, amount=amount_text(line.amount), total=amount_text(total),
        rest=amount_text(rest), is_settled=rest == 0,
    )  # fmt: skip


def join_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, line: StatementLine) -> HttpResponse:
    """Take the parts back, while none of them is in a match."""
    form = KeyForm(request.POST) if request.method == "POST" else KeyForm(initial=a_key())
    if form.is_valid():
        done = attempt(form, lambda: join_line(line.entity_id, line.pk, **once(request, form.cleaned_data)))
        if done is not None:
            messages.success(request, gettext("Line %(number)s is one again.") % {"number": line.number})
            return redirect("admin:statements_statementline_change", line.pk)
    return admin.form_page(
        request, form,
        gettext("Join the parts of line %(number)s of statement %(statement)s")
        % {"number": line.number, "statement": line.statement.number}, action="Join",
        note=gettext(
            "Its parts count no more, and the line is matched as a whole. A part that is in a match has to be taken"
            " out of it first."
        ), cancel=reverse("admin:statements_statementline_change", args=[line.pk]),
    )  # fmt: skip


def more_rows(posted: Any, prefix: str) -> Any:
    """What was sent, with some rows more where they were asked for; what is no number of rows stays nonsense."""
    name = f"{prefix}-TOTAL_FORMS"
    count = posted.get(name, "")
    if "more" not in posted or not (count.isascii() and count.isdigit() and len(count) < len(str(MOST_PARTS)) + 1):
        return posted
    changed = posted.copy()
    changed[name] = str(int(count) + MORE_ROWS)
    return changed


def key_in(request: HttpRequest) -> dict[str, str]:
    """The key of the form that was sent, so that it stays the same while one looks at the rest."""
    return {"key": request.POST["key"]} if request.POST.get("key") else {}


def _split(request: HttpRequest, line: StatementLine, parts: BaseFormSet[Any], form: KeyForm) -> SplitLine:
    wanted = [part for one in parts.forms if (part := one.part()) is not None]
    return split_line(line.entity_id, line.pk, wanted, **once(request, form.cleaned_data))


def _amounts(parts: BaseFormSet[Any]) -> list[Decimal]:
    """Those that are amounts, also where something else is wrong."""
    typed = (getattr(one, "cleaned_data", {}).get("amount") for one in parts.forms)
    return [amount for amount in typed if amount is not None]
