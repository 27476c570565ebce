"""The page that takes a journal back: both sides, what each account has after it, and what stands in the way."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from journals.by_hand.use_cases import ISSUER
from journals.drafts import MAX_DESCRIPTION
from journals.errors import AlreadyReversed, NotReversible
from journals.events import Answer, JournalFact, LineFact, read_fact
from journals.models import Journal, Layer
from journals.reversal import reverse_journal
from ledgerflow.books.models import Event
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import parse_signed
from ledgerflow.core.plugins import registry
from ledgerflow.web.admin_base import LedgerForm, ReadOnlyAdmin, actor_of, amount_text, attempt
from ledgerflow.web.form_fields import DateField
from ledgerflow.web.pages.amounts import balance_element

TEMPLATE = "by_hand/admin/reversal.html"


class ReversalForm(LedgerForm):
    """The key comes with the page, so that sending it twice makes one reversal."""

    description = forms.CharField(
        label=_("Reason"), max_length=MAX_DESCRIPTION, widget=forms.TextInput(attrs={"autofocus": True, "size": 60})
    )
    effective_date = DateField(label=_("Date"))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class LineBothWays(NamedTuple):
    """A line as it was posted and as it is taken back; `after` is the balance of its account then."""

    account: str
    description: str
    currency: str
    debit: str
    credit: str
    back_debit: str
    back_credit: str
    after: str


def reversal_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, journal: Journal) -> HttpResponse:
    """The form with its preview, or the reversal that was posted."""
    sends = request.method == "POST"
    form = ReversalForm(request.POST if sends else None, initial=_initial(journal))
    if form.is_valid() and "check" not in request.POST:
        answer = attempt(form, partial(_reverse, request, journal, form.cleaned_data))
        if answer is not None:
            number = read_fact(answer.journal).number
            messages.success(
                request,
                gettext("Journal %(number)s is reversed by journal %(other_number)s.")
                % {"number": journal.number, "other_number": number},
            )
            return redirect("admin:journals_journal_change", read_fact(answer.journal).id)
    day = form.cleaned_data.get("effective_date") if sends and hasattr(form, "cleaned_data") else None
    fact = _fact_of(journal)
    preview, refusal = _preview(request, journal, day or form.initial["effective_date"])
    reversal = journal.reversals.first()
    kind = registry.journal_kinds.get(journal.kind)
    context = {
        "journal": journal,
        "entity": journal.entity,
        "form": form,
        "lines": _lines(journal, fact, preview if request.user.has_perm("accounts.view_account") else None),
        "refusal": refusal,
        "reversal": reversal,
        "is_final": reversal is not None or isinstance(refusal, (NotReversible, AlreadyReversed)),
        "cure": kind.undone_at(journal.pk) if kind is not None and kind.undone_at is not None else None,
    }
    return admin.page(
        request,
        TEMPLATE,
        gettext("Reverse journal %(number)s of %(books)s") % {"number": journal.number, "books": journal.entity.name},
        **context,
    )


def _initial(journal: Journal) -> dict[str, Any]:
    on_its_date = journal.layer != Layer.ORDINARY
    day = journal.effective_date if on_its_date else journal.entity.business_date
    return {"effective_date": day, "key": f"desk:{uuid7()}"}


def _reverse(request: HttpRequest, journal: Journal, given: dict[str, Any], *, dry_run: bool = False) -> Answer:
    return reverse_journal(
        journal.entity_id,
        journal.pk,
        key=given["key"],
        effective_date=given["effective_date"],
        description=given["description"],
        issuer=ISSUER,
        actor=actor_of(request),
        dry_run=dry_run,
    )


def _preview(request: HttpRequest, journal: Journal, day: date) -> tuple[JournalFact | None, LedgerError | None]:
    """What the reversal would leave, or why there can be none. Its key is new: nothing of it is posted."""
    given = {"key": f"desk:{uuid7()}", "effective_date": day, "description": ""}
    try:
        return read_fact(_reverse(request, journal, given, dry_run=True).journal), None
    except LedgerError as refusal:
        return None, refusal


def _fact_of(journal: Journal) -> JournalFact:
    events = Event.objects.filter(entity_id=journal.entity_id, sequence=journal.event_sequence)
    return read_fact(events.values_list("data", flat=True).get())


def _lines(journal: Journal, fact: JournalFact, preview: JournalFact | None) -> list[LineBothWays]:
    after = {one.account: one.balance for one in preview.balances} if preview else {}
    codes = {line.account for line in fact.lines}
    accounts = {one.code: str(one) for one in Account.objects.filter(entity=journal.entity, code__in=codes)}
    return [_line(line, accounts[line.account], after.get(line.account, "")) for line in fact.lines]


def _line(line: LineFact, account: str, after: str) -> LineBothWays:
    amount = amount_text(parse_signed(line.amount))
    debit, credit = (amount, "") if line.side == "debit" else ("", amount)
    balance = balance_element(parse_signed(after)) if after else ""
    return LineBothWays(account, line.description, line.currency, debit, credit, credit, debit, balance)
