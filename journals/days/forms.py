"""Forms of the admin pages of business days. They shape what was typed; the use cases decide."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext

from journals.days.closing.checks import effect_of
from journals.days.models import HolidayPolicy
from journals.days.policies import DayPolicyFact
from ledgerflow.core.dates import read_day
from ledgerflow.core.plugins import registry
from ledgerflow.core.sentences import name_in_words
from ledgerflow.web.form_fields import DateField

MINUTES_AN_HOUR = 60
MAX_REASON = 500
WEEKDAYS = list(enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], 1))
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])", re.ASCII)


class CutOffField(forms.CharField):
    """HH:MM after the local midnight of the business date; 24:00 is midnight at its end, 25:30 is after it."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        clock = _CLOCK.fullmatch(text)
        if clock is None:
            message = gettext("A cut-off is HH:MM, such as 18:00, 24:00 or 25:30.")
            raise forms.ValidationError(message)
        return int(clock[1]) * MINUTES_AN_HOUR + int(clock[2])

    def prepare_value(self, value: Any) -> Any:
        return on_the_clock(value) if isinstance(value, int) else value


class HolidaysField(forms.CharField):
    """A line for each holiday: its date and its name."""

    widget = forms.Textarea(attrs={"rows": 8, "cols": 40, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        holidays: dict[date, str] = {}
        for number, line in enumerate((super().to_python(value) or "").splitlines(), 1):
            if not line.strip():
                continue
            day, _, name = line.strip().partition(" ")
            try:
                holidays[read_day(day)] = name.strip()
            except ValueError:
                message = gettext(
                    "Line %(number)s: a holiday is a date and its name, such as 2026-12-25 Christmas."
                ) % {"number": number}
                raise forms.ValidationError(message) from None
        return holidays

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{day} {name}".strip() for day, name in sorted(value.items()))
        return value


class DayReasonForm(forms.Form):
    """Why: kept with what is done."""

    required_css_class = "required"
    reason = forms.CharField(max_length=MAX_REASON)


class CloseForm(forms.Form):
    """The day is the one that the person saw; `accept` passes checks that block."""

    day = DateField(widget=forms.HiddenInput)
    accept = forms.CharField(
        max_length=MAX_REASON,
        required=False,
        widget=forms.TextInput(attrs={"autofocus": True}),
        label="Close all the same",
        help_text="A reason for which what blocks is accepted. It is kept with the close.",
    )


class DayPolicyForm(forms.Form):
    """The policy of an entity's days; a field for what each check does."""

    required_css_class = "required"
    cut_off_minutes = CutOffField(
        required=False,
        label="Cut-off",
        help_text="HH:MM after midnight of the day, in the entity's time zone; 24:00 and more is after its end."
        " Empty: days are closed by hand.",
    )
    weekend = forms.TypedMultipleChoiceField(
        required=False, coerce=int, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    holidays = HolidaysField(required=False, help_text="A line for each, such as 2026-12-25 Christmas.")
    holiday_policy = forms.ChoiceField(
        choices=HolidayPolicy.choices,
        label="Postings on other days",
        help_text="What becomes of an ordinary journal dated on a weekend or holiday.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**62)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in sorted(registry.checks):
            usual = effect_of(name, {})
            choices = [
                ("", gettext("as usual: %(effect)s") % {"effect": gettext(usual)}),
                ("block", gettext("block the close")),
                ("warn", gettext("warn")),
            ]
            label = gettext("Check: %(name)s") % {"name": name_in_words(name)}
            self.fields[f"check_{name}"] = forms.ChoiceField(required=False, choices=choices, label=label)

    def changes(self) -> dict[str, Any]:
        """The whole policy, as the use case takes it."""
        typed = self.cleaned_data
        effects = {name.removeprefix("check_"): typed[name] for name in typed if name.startswith("check_")}
        names = ("cut_off_minutes", "weekend", "holidays", "holiday_policy")
        return {name: typed[name] for name in names} | {"checks": {name: do for name, do in effects.items() if do}}


def initial_of(policy: DayPolicyFact, revision: int) -> dict[str, Any]:
    """What the form of the policy starts with."""
    names = ("cut_off_minutes", "weekend", "holidays", "holiday_policy")
    checks = {f"check_{name}": effect for name, effect in policy.checks.items()}
    return {name: getattr(policy, name) for name in names} | checks | {"revision": revision}


def on_the_clock(minutes: int) -> str:
    """Minutes after midnight as HH:MM; a day may have more than 24 hours here."""
    return f"{minutes // MINUTES_AN_HOUR:02}:{minutes % MINUTES_AN_HOUR:02}"
