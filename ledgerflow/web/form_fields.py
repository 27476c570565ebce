"""Fields of the admin's forms whose values have bounds of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms

from ledgerflow.core.dates import check_day, check_moment
from ledgerflow.core.errors import DateOutOfRange


class DateField(forms.DateField):
    """A business date, picked from a calendar where the browser has one."""

    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        try:
            check_day(day)
        except DateOutOfRange as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return day


class MomentField(forms.DateTimeField):
    """A moment in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return None if moment is None else check_moment(moment)
        except DateOutOfRange as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class ConfirmField(forms.BooleanField):
    """That a date before the books began is meant. It is there from the start, as the page has no second step."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label="Confirm an unusual date",
            help_text="A date before the first business date of the books is meant.",
        )
