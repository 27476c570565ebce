"""Admin pages of recurring journals: templates, their schedules, what became of each date; accruals that wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from journals.schedules.dates import FREQUENCIES, HOLIDAY_RULES, MONTHS, MONTHS_OF, MOST_EVERY, MOST_TIMES, DueDates
from journals.schedules.errors import LineUnreadable
from journals.schedules.models import RecurringJournal
from journals.schedules.recurring import MAX_NAME, Created, create_recurring, end, pause, resume, runs_of
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import AmountNotPositive, Malformed
from ledgerflow.core.ids import uuid7
from ledgerflow.core.json_bodies import placed_at
from ledgerflow.core.locales.current import conventions, day_text
from ledgerflow.core.locales.numbers import read_amount
from ledgerflow.core.money import normalised
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, NamedAction, actor_of, amount_text, attempt
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.form_fields import ConfirmDateField, DateField

RUNS_SHOWN = 50
NOTES = {
    "pause": gettext_noop("It is not posted until somebody resumes it."),
    "resume": gettext_noop("It goes on from the business date; dates that fell into the pause are left out."),
    "end": gettext_noop("It is never posted again."),
}
USE_CASES: dict[str, Callable[..., RecurringJournal]] = {"pause": pause, "resume": resume, "end": end}
OFFERED = {"active": ["pause", "end"], "paused": ["resume", "end"], "ended": []}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AMOUNTS = ("amount", "last_amount")
YEARS = gettext_noop("%(day)s of month %(month)s, every %(count)s years")
_LINE = re.compile(r"(debit|credit)\s+(\S+)\s+(.+)", re.IGNORECASE)


class RecurringForm(LedgerForm):
    """The key comes with the page, so that sending it twice makes one recurring journal."""

    name = forms.CharField(max_length=MAX_NAME)
    description = forms.CharField(max_length=500, required=False, help_text="Of each journal; the name unless given.")
    lines = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "debit 5100 1200.00\ncredit 1100 1200.00"}),
        help_text="One a line: debit or credit, the account's code, the amount.",
    )
    frequency = forms.ChoiceField(choices=[(one, one) for one in FREQUENCIES])
    day = forms.IntegerField(
        min_value=1, max_value=31, help_text="Of the month, where 31 is its last; weekly: 1 is Monday, 7 Sunday."
    )
    month = forms.IntegerField(min_value=1, max_value=MONTHS, required=False, help_text="Of a yearly one.")
    every = forms.IntegerField(
        min_value=1, max_value=MOST_EVERY, initial=1, required=False, help_text="2 leaves out every second one."
    )
    starts_on = DateField(label="From")
    ends_on = DateField(label="To", required=False)
    times = forms.IntegerField(
        min_value=1, max_value=MOST_TIMES, required=False, help_text="After how many it ends, instead of on a day."
    )
    split = forms.BooleanField(
        required=False, help_text="The amounts are those of all times together; the last date takes what is left."
    )
    holiday_rule = forms.ChoiceField(
        choices=[(one, one) for one in HOLIDAY_RULES],
        help_text="What becomes of a date that is no business day: it stays, or moves.",
    )
    confirm_unusual_date = ConfirmDateField("starts_on")
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def template(self) -> Template:
        """What the use case takes. Raises `Malformed` for lines that are none."""
        given = self.cleaned_data
        when = ("frequency", "day", "starts_on", "month", "ends_on", "holiday_rule", "times")
        dates = DueDates(**{name: given[name] for name in when}, every=given["every"] or 1)
        return Template(given["name"], lines_from(given["lines"]), dates, given["description"], given["split"])


def action_called(name: str) -> NamedAction:
    """One change of the status of a recurring journal."""
    return NamedAction(
        name.capitalize(),
        lambda row: f"{gettext(name.capitalize())}: {row.name}",
        lambda request, row, _: USE_CASES[name](row.entity_id, row.pk, actor=actor_of(request)),
        lambda _, changed: (
            gettext("%(name)s is %(status)s.") % {"name": changed.name, "status": gettext(changed.status)}
        ),
        note=lambda _: gettext(NOTES[name]),
    )


@admin.register(RecurringJournal)
class RecurringJournalAdmin(AddingAdmin[RecurringJournal]):
    list_display = ("name", "when", "next_due", "ends_on", "status")
    list_filter = (EntityFilter,)
    ordering = ("id",)
    detail_template = "ledgerflow/admin/recurring.html"
    named_actions = {name: action_called(name) for name in NOTES}
    no_books = "A recurring journal needs an entity: add one first."

    @admin.display(description="When")
    def when(self, recurring: RecurringJournal) -> str:
        return words_of(recurring)

    def detail_context(self, request: HttpRequest, row: RecurringJournal) -> dict[str, Any]:
        actions = OFFERED[row.status] if self.has_manage_permission(request) else []
        return {
            "when": words_of(row),
            "actions": [(f"admin:schedules_recurringjournal_{action}", action.capitalize()) for action in actions],
            "lines": [
                (
                    line,
                    *(amount_text(Decimal(line[name])) if line.get(name) else "" for name in ("amount", "last_amount")),
                )
                for line in row.lines
            ],
            "runs": runs_of(row, RUNS_SHOWN),
        }

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = RecurringForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: _create(entity, form, actor_of(request)))
            if done is not None:
                messages.success(
                    request,
                    gettext("%(name)s recurs from %(day)s on.")
                    % {
                        "name": done.recurring.name,
                        "day": done.recurring.next_due and day_text(done.recurring.next_due),
                    },
                )
                return redirect("admin:schedules_recurringjournal_change", done.recurring.pk)
        title = gettext("Add a recurring journal to %(books)s") % {"books": entity.name}
        return self.form_page(request, form, title, action="Have it recur", entity=entity)


def _create(entity: Entity, form: RecurringForm, actor: str) -> Created:
    given = form.cleaned_data
    return create_recurring(
        entity.pk,
        form.template(),
        key=given["key"],
        confirm_unusual_date=given["confirm_unusual_date"],
        issuer="admin",
        actor=actor,
    )


def lines_from(text: str) -> list[TemplateLine]:
    """The lines of a template as a person types them. Raises `Malformed` that points at `lines`."""
    lines = []
    for typed in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(typed)
        if found is None:
            raise LineUnreadable(pointer="/lines", typed=typed[:60])
        side, account, amount = found.groups()
        lines.append(TemplateLine(account, side.lower(), normalised(_amount_from(amount))))
    return lines


def _amount_from(text: str) -> Decimal:
    """As the person writes amounts, in any currency of the books. Raises `Malformed` that points at `lines`."""
    current = conventions()
    try:
        amount = read_amount(text, current.numbers, decimals=current.most_decimals())
    except Malformed as refusal:
        raise placed_at(refusal, "/lines") from None
    if amount <= 0:
        raise AmountNotPositive(pointer="/lines")
    return amount


def words_of(recurring: RecurringJournal) -> str:
    """A schedule in words."""
    every, of = recurring.every, recurring.frequency
    end = gettext(", %(count)s times") % {"count": recurring.times} if recurring.times else ""
    if of == "weekly":
        weekday = gettext(WEEKDAYS[recurring.day - 1])
        said = gettext("every %(weekday)s") if every == 1 else gettext("%(weekday)s, every %(count)s weeks")
        return said % {"weekday": weekday, "count": every} + end
    is_last = recurring.day == 31  # noqa: PLR2004 - of the longest months
    day = gettext("the last day") if is_last else gettext("day %(day)s") % {"day": recurring.day}
    figures = {"day": day, "month": recurring.month, "count": every}
    if recurring.month:
        said = gettext("%(day)s of month %(month)s, yearly") if every == 1 else gettext(YEARS)
        return said % figures + end
    months = every * MONTHS_OF[of]
    said = gettext("%(day)s of each month") if months == 1 else gettext("%(day)s of every %(count)s months")
    return said % (figures | {"count": months}) + end
