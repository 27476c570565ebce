"""Forms of the admin pages of templates; that of an operation is made from the parameters of its template."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from apps.operations.definitions import Definition
from apps.operations.parameters import MAX_TEXT, Parameter, json_schema
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import DateField

MAX_REASON = 500
# Fields of the page itself; a parameter's name is in front of none of them, as it begins with a letter.
KEY, REASON = "_key", "_reason"


class ReasonForm(LedgerForm):
    """Why something is proposed."""

    reason = forms.CharField(max_length=MAX_REASON)


class OperationForm(LedgerForm):
    """The parameters of one template. The key comes with the page, so that sending it twice posts one journal."""

    def __init__(self, definition: Definition, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        described = json_schema(definition.parameters)["properties"]
        for parameter in definition.parameters:
            self.fields[parameter.name] = _field(parameter, described[parameter.name].get("description", ""))
        if definition.four_eyes:
            self.fields[REASON] = forms.CharField(label="Reason", max_length=MAX_REASON)
        self.fields[KEY] = forms.CharField(max_length=64, widget=forms.HiddenInput)
        self._names = [parameter.name for parameter in definition.parameters]

    def parameters(self) -> dict[str, Any]:
        """What was filled in, as JSON has it."""
        values = {name: self.cleaned_data[name] for name in self._names}
        shown = {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
        return {name: value for name, value in shown.items() if value not in (None, "")}


def _field(parameter: Parameter, help_text: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": parameter.name.replace("_", " ").capitalize(),
        "required": parameter.required and parameter.default is None,
        "initial": parameter.default,
        "help_text": help_text,
    }
    if parameter.kind == "date":
        return DateField(**common)
    if parameter.kind == "integer":
        return forms.IntegerField(**common)
    if parameter.kind == "choice":
        empty = [] if common["required"] else [("", "")]
        return forms.ChoiceField(choices=[*empty, *((one, one) for one in parameter.choices)], **common)
    return forms.CharField(max_length=parameter.max_length or MAX_TEXT, **common)
