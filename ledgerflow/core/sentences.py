"""What refusals and findings say on a page: in its language, with amounts and days as who is looking writes them.

Programs are told in English and in figures that machines read, whoever asks; so is whatever is kept. Only what makes
pages asks here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

from django.utils.translation import gettext, pgettext

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.locales.current import amount_text, day_text, moment_text, rate_text
from ledgerflow.core.phrases import read_back
from ledgerflow.core.plugins import JournalKindSpec, registry

# By their names: data are texts as machines read them, and only a name tells an amount from the code of an account.
AMOUNTS = frozenset((
    "amount", "available", "balance", "bank", "books", "closing", "computed", "difference", "excess", "expected",
    "expected_balance", "fee", "found", "held", "lines", "max_balance", "min_balance", "net", "opening", "remaining",
    "spent", "told", "total", "unspent",
))  # fmt: skip
RATES = frozenset(("max_jump_percent", "percent", "previous", "rate", "reference"))
# Those that are words of ours, each of which stands in the catalogue by itself.
WORDS = frozenset((
    "accepted", "fault", "field", "hold_status", "how", "kind", "layer", "mark", "message", "missing", "own", "period",
    "reason", "side", "state", "status", "type", "unit", "until", "validity", "wanted", "what", "which", "words",
))  # fmt: skip
TYPED = frozenset(("example", "iso", "reading", "readings", "text", "value"))  # shown as somebody wrote it, or has to
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")


class _AsWritten(Formatter):
    """Fills a sentence; what stands in quotes was typed by somebody, and stays as it is."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value, used = super().get_field(field_name, args, kwargs)
        return (field_name, value), used

    def convert_field(self, value: Any, conversion: Any) -> Any:
        name, found = value
        if conversion is None:
            return _written(name, found)
        shown = str(super().convert_field(found, conversion))
        return gettext("'%(text)s'") % {"text": shown[1:-1]} if isinstance(found, str) else shown

    def format_field(self, value: Any, format_spec: str) -> Any:
        if isinstance(value, int) and format_spec == ",":
            return amount_text(Decimal(value))
        return super().format_field(value, format_spec)


def refusal_text(refusal: LedgerError) -> str:
    """The sentence of a refusal for who is looking.

    One that was made without its template, such as what is wrong with a body, is looked up as it is.
    """
    if refusal.message != _in_english(refusal):
        return said_again(refusal.message)
    return filled(gettext(refusal.template), refusal.data)


def said_again(text: str) -> str:
    """A sentence that is kept in English, for who is looking: one that `phrase` or a refusal has made known, or marked.

    What nobody knows stays as it is.
    """
    if not text:
        return ""
    found = read_back(text)
    return gettext(text) if found is None else filled(gettext(found.sentence), found.data)


def filled(sentence: str, data: Mapping[str, Any]) -> str:
    """A sentence with the names of its data in braces, filled for who is looking."""
    return _AsWritten().vformat(sentence, (), data)


def _written(name: str, value: Any) -> Any:
    if name in TYPED:
        return value
    if isinstance(value, Decimal) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return _figure(name, value)
    if isinstance(value, date):
        return moment_text(value) if isinstance(value, datetime) else day_text(value)
    if isinstance(value, str) and value:
        return _words(name, value)
    return value


def _figure(name: str, value: Decimal | str) -> str:
    if name in RATES:
        return rate_text(Decimal(value))
    return amount_text(Decimal(value)) if name in AMOUNTS or isinstance(value, Decimal) else value


def _words(name: str, text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return day_text(date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            return moment_text(datetime.fromisoformat(text))
    except ValueError:  # it only looks like one
        return text
    if name == "checks":
        return ", ".join(map(name_in_words, text.split(", ")))
    if name == "kind" and (kind := registry.journal_kinds.get(text) or registry.proposal_kinds.get(text)):
        return gettext(kind.label if isinstance(kind, JournalKindSpec) else kind.title)
    if (name, text) == ("state", "closing"):  # elsewhere it is what closes
        return pgettext("state of a day", "closing")
    return said_again(text) if name in WORDS else text


def name_in_words(name: str) -> str:
    """What programs know by a name of theirs, such as `open_holds`, as people read it."""
    return gettext(name.replace("_", " ")) if name else ""


def _in_english(refusal: LedgerError) -> str | None:
    try:
        return refusal.template.format_map(refusal.data)
    except (KeyError, AttributeError):
        return None
