"""Cells of lists: moments, days and words of ours, as the person writes and reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import admin
from django.db.models import DateField, DateTimeField, Field
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ledgerflow.core.locales import current
from ledgerflow.core.sentences import name_in_words


def column_of_words(given: Any) -> Callable[[Any], Any]:
    """A column whose cells are words of ours, such as a status, in the language of the page."""

    @wraps(given)
    def column(row: Any) -> Any:
        value = given(row)
        return gettext(value) if type(value) is str and value else value

    return column


def column_of_time(field: DateField[Any, Any]) -> Callable[[Any], str]:
    """A column of a list with the day or the moment of a field; it is called as the field is."""

    @admin.display(description=field.verbose_name)
    def column(row: Any) -> str:
        value = getattr(row, field.name)
        if value is None:
            return ""
        return moment_element(value) if isinstance(field, DateTimeField) else current.day_text(value)

    column.__name__ = field.name
    return column


def column_of_names(field: Field[Any, Any]) -> Callable[[Any], str]:
    """A column with what programs know by a name of theirs, such as a rule; it is called as the field is."""

    @admin.display(description=field.verbose_name)
    def column(row: Any) -> str:
        return name_in_words(getattr(row, field.name))

    column.__name__ = field.name
    return column


def moment_element(moment: datetime, *, always_with_zone: bool = False) -> SafeString:
    """A moment in the person's zone; what it is in UTC, to the microsecond, is in its title."""
    utc = moment.astimezone(UTC)
    text = current.moment_text(moment, with_zone=always_with_zone or None)
    title = f"{utc:%Y-%m-%d %H:%M:%S.%f} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', f"{utc:%Y-%m-%dT%H:%M:%S.%fZ}", title, text)
