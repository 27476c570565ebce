"""Forms of the admin pages of rates. They shape what was typed; the use cases decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fx.rates.csv_rates import read_csv_rates
from fx.rates.ecb import SOURCE, read_ecb
from fx.rates.files import FileRefused, RateFile
from fx.rates.models import MOST_DAYS, RateKind, RevaluationDays, RevaluationMethod, RoundingMode
from fx.rates.quotes import MAX_SOURCE, SPOT, Quote, parse_rate
from ledgerflow.core.money import plain
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import ConfirmField, DateField, RateField

CONFIRM_HELP = "Record it even where it is further from the rates around it than the policy allows."
FORMATS = [("ecb", "European Central Bank: eurofxref as ZIP, CSV or XML"), ("csv", "CSV: base,quote,date,kind,value")]


class RateForm(LedgerForm):
    """One rate, by hand."""

    base = forms.CharField(max_length=12, help_text="Such as EUR: the currency of which 1 has a price.")
    quote = forms.CharField(max_length=12, help_text="Such as USD: the currency the price is in.")
    date = DateField()
    kind = forms.ChoiceField(choices=RateKind.choices, initial=SPOT)
    value = RateField(help_text="The inverse is computed, never stored.")
    source = forms.CharField(max_length=MAX_SOURCE, initial="manual")
    confirm_jump = ConfirmField(
        ("rate_jump", "first_rate"),
        ("base", "quote", "date", "kind", "value"),
        label=_("It is right"),
        help_text=_("Record this rate, as it stands here."),
    )

    asked: Mapping[str, Any] | None = None  # what the value was compared with, where it was refused for that

    def as_quote(self) -> Quote:
        """Raises `Malformed` for a value that is no rate."""
        typed = self.cleaned_data
        value = parse_rate(plain(typed["value"]), "/value")
        return Quote(typed["base"].upper(), typed["quote"].upper(), typed["date"], typed["kind"], value)


class UploadForm(LedgerForm):
    """A file of rates; it is read here, so that a file that is none is an error of its field."""

    file = forms.FileField()
    format = forms.ChoiceField(choices=FORMATS)
    source = forms.CharField(
        max_length=MAX_SOURCE, required=False, help_text="Whose rates they are, for a CSV without that column."
    )
    confirm_jump = forms.BooleanField(required=False, label="Confirm jumps", help_text=CONFIRM_HELP)

    rates: RateFile

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        upload = typed.get("file")
        if upload is None:
            return typed
        if upload.size > settings.LEDGERFLOW_MAX_BODY_BYTES:
            self.add_error(
                "file", gettext("A file has at most %(most)s bytes.") % {"most": settings.LEDGERFLOW_MAX_BODY_BYTES}
            )
            return typed
        try:
            self.rates = (read_ecb if typed.get("format") == "ecb" else read_csv_rates)(upload.read())
        except FileRefused as refusal:
            self.add_error("file", str(refusal))
        return typed

    @property
    def source_of_rates(self) -> str:
        typed: str = self.cleaned_data["source"]
        return SOURCE if self.cleaned_data["format"] == "ecb" else typed or "file"


class PolicyForm(LedgerForm):
    max_age_days = forms.IntegerField(
        min_value=0, max_value=MOST_DAYS, label="Oldest rate", help_text="Days a rate is used after its date."
    )
    max_jump_percent = RateField(label="Largest jump", help_text="Percent a new rate may differ from those around it.")
    rounding = forms.ChoiceField(choices=RoundingMode.choices)
    revaluation_method = forms.ChoiceField(choices=RevaluationMethod.choices)
    revalue = forms.ChoiceField(choices=RevaluationDays.choices, help_text="On which days a close revalues.")
    max_revaluation_percent = RateField(
        label="Largest revaluation", help_text="Percent a currency may move before a close is blocked."
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**62)
