"""The form of an operation: a field for each parameter of its template."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext

from apps.operations.definitions import Definition
from apps.operations.parameters import MAX_TEXT, WORDS, Parameter, json_schema
from apps.operations.versioning.admin import MAX_REASON
from ledgerflow.core.money import plain
from ledgerflow.core.phrases import phrase
from ledgerflow.core.sentences import said_again
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, DateField, RateField

# Fields of the page itself; a parameter's name is in front of none of them, as it begins with a letter.
KEY, REASON = "_key", "_reason"


class OperationForm(LedgerForm):
    """The parameters of one template. The key comes with the page, so that sending it twice posts one journal."""

    key_name = KEY

    def __init__(self, definition: Definition, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for parameter, takes in described(definition):
            self.fields[parameter.name] = _field(parameter, takes)
        if definition.four_eyes:
            self.fields[REASON] = forms.CharField(label="Reason", max_length=MAX_REASON)
        self.fields[KEY] = forms.CharField(max_length=64, widget=forms.HiddenInput)
        self._names = [parameter.name for parameter in definition.parameters]

    def parameters(self) -> dict[str, Any]:
        """What was filled in, as JSON has it."""
        values = {name: self.cleaned_data[name] for name in self._names}
        return {name: _in_json(value) for name, value in values.items() if value not in (None, "")}


TAKES = (
    phrase("An amount greater than zero."),
    phrase("An amount greater than zero, {most} at most."),
    phrase("An amount of at least {least}."),
    phrase("An amount from {least} to {most}."),
    phrase("A percent from {least} to {most}."),
    phrase("An integer from {least} to {most}."),
    phrase("A date from {least} to {most}."),
    phrase("the code of an account"),
    phrase("the code of a currency such as EUR"),
)


def described(definition: Definition) -> list[tuple[Parameter, str]]:
    """Each parameter, and in words what it is and takes."""
    schema = json_schema(definition.parameters)["properties"]
    return [(one, _words(one, schema[one.name])) for one in definition.parameters]


def _words(parameter: Parameter, schema: dict[str, Any]) -> str:
    words = said_again(schema.get("description", ""))
    if parameter.kind in ("account", "currency"):
        return f"{words} {capfirst(gettext(WORDS[parameter.kind]))}.".strip()
    if parameter.choices:
        return f"{words} {gettext('One of %(choices)s.') % {'choices': ', '.join(parameter.choices)}}".strip()
    if parameter.pattern:
        return f"{words} {gettext('Of the form %(pattern)s') % {'pattern': parameter.pattern}}".strip()
    return words


def _field(parameter: Parameter, help_text: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": gettext(parameter.name.replace("_", " ").capitalize()),
        "required": parameter.required and parameter.default is None,
        "initial": parameter.default,
        "help_text": help_text,
    }
    if parameter.kind == "date":
        return DateField(**common)
    if parameter.kind == "integer":
        return forms.IntegerField(**common)
    if parameter.kind in {"amount", "percent"}:
        usual = None if parameter.default is None else Decimal(parameter.default)
        return (AmountField if parameter.kind == "amount" else RateField)(**common | {"initial": usual})
    if parameter.kind == "choice":
        empty = [] if common["required"] else [("", "")]
        return forms.ChoiceField(choices=[*empty, *((one, one) for one in parameter.choices)], **common)
    return forms.CharField(max_length=parameter.max_length or MAX_TEXT, **common)


def _in_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value
