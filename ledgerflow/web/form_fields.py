"""Fields of the admin's forms: amounts, rates, days and moments, as the person whose page it is writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext

from ledgerflow.core.dates import check_moment
from ledgerflow.core.errors import AmountNotPositive, DateOutOfRange, Malformed
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import amount_text, conventions, day_text, rate_text
from ledgerflow.core.locales.days import read_typed_day
from ledgerflow.core.locales.errors import AmountAmbiguous, AmountOfOtherFormat
from ledgerflow.core.locales.numbers import read_amount, read_rate, unmistakable_decimals
from ledgerflow.core.sentences import refusal_text


class TypedField(forms.Field):
    """What is typed is text, and what comes out is read from it, or refused beside the field."""

    def read(self, text: str) -> Any:
        """What the text says. Raises `Malformed`."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else value
        if not text or not isinstance(text, str):
            return text or None
        try:
            return self.read(text)
        except Malformed as refusal:
            raise forms.ValidationError(refusal_text(refusal)) from refusal


class NumberField(TypedField):
    def __init__(self, **given: Any) -> None:
        attrs = {"inputmode": "decimal", "size": 14, "class": "lf-number", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **given)


class AmountField(NumberField):
    """An amount.

    `decimals` are those of its currency, where the form knows it; else the books know the most that any
    currency of their accounts has. `currency` is the code that may stand beside it.
    """

    def __init__(
        self, *, decimals: int | None = None, currency: str | None = None, is_positive: bool = False, **given: Any
    ) -> None:
        super().__init__(**given)
        self.decimals, self.currency, self.is_positive = decimals, currency, is_positive

    def read(self, text: str) -> Decimal:
        amount = self._read(text)
        if self.is_positive and amount <= 0:
            raise AmountNotPositive
        return amount

    def _read(self, text: str) -> Decimal:
        current = conventions()
        try:
            return read_amount(text, current.numbers, decimals=self.decimals, currency=self.currency)
        except (AmountAmbiguous, AmountOfOtherFormat):
            if self.decimals is not None:
                raise
            # What the books know takes a query, and decides only where there are two readings.
            return read_amount(text, current.numbers, decimals=current.most_decimals(), currency=self.currency)

    def prepare_value(self, value: Any) -> Any:
        """So that it is read as itself where nobody touches it: without its currency `1,160` could be 1.16 as well."""
        if not isinstance(value, Decimal):
            return value
        return amount_text(value, unmistakable_decimals(value) if self.decimals is None else self.decimals)


class RateField(NumberField):
    """A rate or a share: a number without groups."""

    def read(self, text: str) -> Decimal:
        return read_rate(text, conventions().numbers)

    def prepare_value(self, value: Any) -> Any:
        return rate_text(value) if isinstance(value, Decimal) else value


class DateField(TypedField):
    """A business date: as the person writes days, as 2026-10-31, a day of the month, or days from the business date."""

    def __init__(self, **given: Any) -> None:
        attrs = {"size": 12, "autocomplete": "off", "class": "lf-day"}
        super().__init__(**({"widget": forms.TextInput(attrs=attrs)} | given))

    def read(self, text: str) -> date:
        current = conventions()
        return read_typed_day(text, current.days, current.base_day())

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, date):
            return value
        return value.isoformat() if self.widget.is_hidden else day_text(value)


class MomentField(forms.DateTimeField):
    """A moment in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")

    def to_python(self, value: Any) -> datetime | None:
        try:
            with timezone.override(UTC):
                moment = super().to_python(value)
            return None if moment is None else check_moment(moment)
        except DateOutOfRange as refusal:
            raise forms.ValidationError(refusal_text(refusal)) from refusal

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(UTC):
            return super().prepare_value(value)


class ConfirmationInput(forms.CheckboxInput):
    """A box whose value is what it confirms: a tick that was given to something else counts for nothing."""

    asks = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002 - what Django calls
        return data.get(name, "")

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, self.is_given(value), attrs)
        context["widget"]["value"] = self.asks
        return context

    def is_given(self, value: Any) -> bool:
        """Whether this is the tick that is asked for."""
        return bool(self.asks) and value == self.asks


class ConfirmField(forms.Field):
    """That something unusual is meant, asked once it was refused with `code`, and of what stood in the fields `about`.

    The form knows the answer once all its fields are read. Another value in one of them is asked about again, and
    nothing can be confirmed before it was shown what is unusual about it.
    """

    def __init__(self, codes: tuple[str, ...], about: tuple[str, ...], **given: Any) -> None:
        super().__init__(required=False, widget=ConfirmationInput(), **given)
        self.codes, self.about = codes, about
        self.is_asked = False

    def answer(self, cleaned: Mapping[str, Any], sent: Any) -> bool:
        """Whether what stands in the fields now is what was confirmed."""
        box: Any = self.widget
        box.asks = " ".join(str(cleaned.get(name)) for name in self.about)
        self.is_asked = box.is_given(sent)
        return self.is_asked


class ConfirmDateField(ConfirmField):
    """That a date before the books began is meant."""

    def __init__(self, about: str = "effective_date") -> None:
        super().__init__(
            ("unusual_date",),
            (about,),
            label="Confirm an unusual date",
            help_text="A date before the first business date of the books is meant.",
        )


def offer_again(form: forms.Form) -> bool:
    """Give the form a new key: Back led to a page that was sent before, and what stands in it now is something else.

    False for a form without a key, which can offer nothing.
    """
    key = getattr(form, "key_name", "")
    if key not in form.fields:
        return False
    sent: Any = form.data
    again = sent.copy()  # that of a request cannot be changed
    again[form.add_prefix(key)] = f"admin:{uuid7()}"
    form.data = again
    said = gettext(
        "What this page was sent with before is done. What stands here now is something else: send it again to have it"
        " done as well."
    )
    form.add_error(None, said)
    return True
