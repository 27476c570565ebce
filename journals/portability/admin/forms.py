"""Forms of imports: a file and what it holds, and which of its columns is what. The command has the same options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from journals.portability.chart import AccountOptions
from journals.portability.drafting import JournalOptions
from journals.portability.models import MAX_REASON, ImportUpload, UploadKind
from journals.portability.uploading.files import Options
from ledgerflow.files.columns import FREE_FIELD
from ledgerflow.files.layout import DELIMITERS, NAMES
from ledgerflow.files.problems import ImportProblem
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import DateField

AS_IN_FILE = {"translate": "no"}  # columns are called as the file calls them
MAX_TEXT = 200  # that every row gets in a field
AS_FOUND = _("as the file says")
# What the encodings are called by who knows where a file comes from.
ENCODINGS = (
    ("", AS_FOUND),
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("iso-8859-1", "ISO 8859-1"),
    ("iso-8859-15", "ISO 8859-15"),
    ("cp1250", "Windows-1250"),
    ("cp850", "CP 850 (DOS)"),
    ("utf-16", "UTF-16"),
)
DELIMITER_CHOICES = (("", AS_FOUND), *((mark, NAMES[mark]) for mark in DELIMITERS))
DECIMAL_MARKS = (("", AS_FOUND), (",", _("comma: 12,50")), (".", _("point: 12.50")))
KINDS = (
    (UploadKind.TRANSFERS, _("Journals, each in one row: who is debited, who is credited, how much")),
    (UploadKind.JOURNALS, _("Journals of several rows: an account and an amount in each")),
    (UploadKind.ACCOUNTS, _("Accounts, with opening balances if the file has them")),
)
FIELD_LABELS: dict[str, Any] = {
    "date": _("Date"),
    "debit_account": _("Account debited"),
    "credit_account": _("Account credited"),
    "account": _("Account"),
    "amount": _("Amount"),
    "side": _("Side (debit, credit)"),
    "debit": _("Debit"),
    "credit": _("Credit"),
    "currency": _("Currency"),
    "description": _("Description"),
    "line_description": _("Description of the line"),
    "reference": _("External reference"),
    "key": _("Idempotency key"),
    "metadata": _("Metadata (a JSON object)"),
    "kind": _("Kind"),
    "layer": _("Layer"),
    "original_date": _("Original date"),
    "reverses": _("Key of the journal that is reversed"),
    "code": _("Code"),
    "name": _("Name"),
    "type": _("Type (asset, liability, equity, income, expense)"),
    "parent": _("Code of the parent"),
    "normal_side": _("Normal side (debit, credit)"),
    "is_header": _("Is a header (true, false)"),
    "owner_id": _("Owner"),
    "role": _("Role"),
    "min_balance": _("Least balance"),
    "max_balance": _("Greatest balance"),
    "opening": _("Opening balance"),
    "monetary": _("Is monetary (true, false)"),
    "cash_flow": _("Cash flow"),
    "term": _("Term"),
    "keeps_lots": _("Keeps lots (true, false)"),
}
SHOWN_FIELDS: dict[str, tuple[str, ...]] = {
    UploadKind.TRANSFERS: (
        "date", "debit_account", "credit_account", "amount", "currency", "description", "reference", "key", "metadata",
    ),
    UploadKind.JOURNALS: (
        "date", "account", "amount", "side", "debit", "credit", "currency", "description", "line_description",
        "reference", "key", "metadata", "kind", "layer", "original_date", "reverses",
    ),
    UploadKind.ACCOUNTS: (
        "code", "name", "type", "currency", "parent", "is_header", "owner_id", "role", "normal_side", "min_balance",
        "max_balance", "opening", "monetary", "cash_flow", "term", "keeps_lots", "metadata",
    ),
}  # fmt: skip


def in_words(problem: ImportProblem) -> str:
    """What is wrong, with the options of the command called as the fields of these pages are."""
    return re.sub(r"--([a-z][a-z-]*)", lambda found: f"“{found[1].replace('-', ' ').capitalize()}”", str(problem))


class ImportFileForm(LedgerForm):
    """A CSV file, and what it holds."""

    kind = forms.ChoiceField(label=_("What it holds"))
    file = forms.FileField(label=_("File"), help_text=_("CSV whose first line names the columns."))
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITER_CHOICES, required=False)

    def __init__(self, *args: Any, kinds: Iterable[str], **given: Any) -> None:
        super().__init__(*args, **given)
        allowed = set(kinds)
        field: Any = self.fields["kind"]
        field.choices = [(kind, label) for kind, label in KINDS if kind in allowed]

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.LEDGERFLOW_MAX_BODY_BYTES:
            message = _("A file has at most %(most)s bytes; the command takes larger ones.")
            raise forms.ValidationError(message, params={"most": settings.LEDGERFLOW_MAX_BODY_BYTES})
        return upload


class FieldRow(NamedTuple):
    """One of our fields on the page: where it comes from, and what stands there in the first rows."""

    label: Any
    column: Any
    text: Any


class ColumnsForm(LedgerForm):
    """Which column is which field, or what text every row has there, and how numbers and dates are written."""

    decimal_mark = forms.ChoiceField(label=_("Decimal mark"), choices=DECIMAL_MARKS, required=False)
    thousands_mark = forms.CharField(
        label=_("Thousands mark"), max_length=1, required=False, strip=False, widget=forms.TextInput(attrs={"size": 2})
    )
    date_format = forms.CharField(
        label=_("Date format"),
        max_length=20,
        required=False,
        help_text=_("Such as DD.MM.YYYY or MM/DD/YYYY; empty for 2026-10-31."),
        widget=forms.TextInput(attrs={"size": 14}),
    )

    def __init__(
        self, *args: Any, upload: ImportUpload, header: Sequence[str], dimensions: Sequence[str], **given: Any
    ) -> None:
        super().__init__(*args, **given)
        self._upload, self._header = upload, header
        named = () if upload.kind == UploadKind.ACCOUNTS else tuple(f"dimension.{name}" for name in dimensions)
        free = [name for name in header if FREE_FIELD.fullmatch(name)]
        self._names = list(dict.fromkeys([*SHOWN_FIELDS[upload.kind], *named, *free]))
        columns = [("", "—"), *((name, name) for name in dict.fromkeys(header) if name)]
        for name in self._names:
            label = FIELD_LABELS.get(name, name)
            self.fields[f"column:{name}"] = forms.ChoiceField(
                label=label, choices=columns, required=False, widget=forms.Select(attrs=AS_IN_FILE)
            )
            self.fields[f"text:{name}"] = forms.CharField(
                label=label, max_length=MAX_TEXT, required=False, widget=forms.TextInput(attrs={"size": 20})
            )
        self._add_choices(columns)

    def _add_choices(self, columns: list[tuple[str, str]]) -> None:
        """What else the command may be told of such a file."""
        if self._upload.kind == UploadKind.JOURNALS:
            group: Any = forms.ChoiceField(
                label=_("One journal is"),
                choices=columns[1:],
                widget=forms.Select(attrs=AS_IN_FILE),
                help_text=_("Consecutive rows with the same cell in this column are one journal."),
            )
            self.fields["group_by"] = group
        if self._upload.kind == UploadKind.ACCOUNTS:
            self.fields["opening_account"] = forms.CharField(
                label=_("Opening account"),
                max_length=100,
                required=False,
                help_text=_("The code of the account that opening balances come from."),
            )
            self.fields["opening_date"] = DateField(
                label=_("Opening date"), required=False, help_text=_("Empty for the day before the first business day.")
            )
        else:
            self.fields["advance"] = forms.BooleanField(label=_("Move the business date along"), required=False)
            self.fields["post_again"] = forms.BooleanField(
                label=_("Rows that were posted before are meant once more"), required=False
            )
        self.fields["confirm_unusual_dates"] = forms.BooleanField(
            label=_("Dates before the first business date are meant"), required=False
        )

    def rows(self) -> Iterator[FieldRow]:
        """The fields of the file, each with its two places."""
        for name in self._names:
            yield FieldRow(FIELD_LABELS.get(name, name), self[f"column:{name}"], self[f"text:{name}"])

    def others(self) -> list[Any]:
        """What is said of the file as a whole."""
        return [self[name] for name in self.fields if ":" not in name]

    @staticmethod
    def initial_of(options: dict[str, Any]) -> dict[str, Any]:
        """The fields as these options have them."""
        columns = {f"column:{field}": column for field, column in options.get("columns", {}).items()}
        texts = {f"text:{field}": text for field, text in options.get("constants", {}).items()}
        return {**options, **columns, **texts}

    def as_options(self, actor: str) -> Options:
        """What was said, as the import takes it."""
        typed = self.cleaned_data
        said: dict[str, Any] = {
            "columns": self._said("column:"),
            "constants": self._said("text:"),
            "encoding": self._upload.options.get("encoding", ""),
            "delimiter": self._upload.options.get("delimiter", ""),
            "actor": actor,
            **{name: typed[name] for name in ("decimal_mark", "thousands_mark", "date_format")},
            "confirm_unusual_dates": typed["confirm_unusual_dates"],
        }
        if self._upload.kind == UploadKind.ACCOUNTS:
            day = typed["opening_date"]
            said["opening_date"] = "" if day is None else day.isoformat()
            return AccountOptions(**said, opening_account=typed["opening_account"])
        more = {name: typed[name] for name in ("advance", "post_again")}
        return JournalOptions(**said, **more, group_by=typed.get("group_by", ""))

    def _said(self, place: str) -> dict[str, str]:
        found = {name: self.cleaned_data[f"{place}{name}"] for name in self._names}
        return {name: text for name, text in found.items() if text}


class UndoImportForm(LedgerForm):
    """Why an import is taken back: each reversal says it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=MAX_REASON, widget=forms.TextInput(attrs={"autofocus": True, "size": 60})
    )
