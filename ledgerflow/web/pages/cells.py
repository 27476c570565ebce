"""Cells of lists: moments, days and words of ours, as the person writes and reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import admin
from django.db.models import DateField, DateTimeField, Field
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ledgerflow.core.locales import current
from ledgerflow.core.plugins import Cure
from ledgerflow.core.sentences import name_in_words

COLUMNS_OF_WORDS = frozenset(("status", "status_text", "kind_text", "state", "queue_text", "title"))
COLUMNS_OF_NAMES = frozenset(("method", "rule"))  # fields with names that programs know


def columns_as_written(page: Any) -> dict[str, Callable[[Any], Any]]:
    """The columns of an admin that the person reads otherwise than they are kept, by their names."""
    fields = page.opts.concrete_fields
    found = {field.name: column_of_time(field) for field in fields if isinstance(field, DateField)}
    named = [field for field in fields if field.name in COLUMNS_OF_NAMES and not field.choices]
    found |= {field.name: column_of_names(field) for field in named}
    of_words = [name for name in map(str, page.list_display) if name in COLUMNS_OF_WORDS]
    return found | {
        name: column_of_words(column)
        for name in of_words
        if (column := getattr(page, name, None)) is not None and not isinstance(column, str)
    }


def columns_of_methods(page: Any) -> list[Any]:
    """The methods of an admin that say what their column is called."""
    methods = [getattr(type(page), name, None) for name in dir(type(page))]
    return [one for one in methods if getattr(one, "short_description", None)]


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


def link_to(cure: Cure | None, entity_code: str) -> SafeString:
    """A link to where something is put right; nothing where nobody knows. What is no page of a row gets its entity."""
    if cure is None:
        return SafeString()
    if cure.row is None:
        address = reverse(f"admin:{cure.view}", query={"entity": entity_code})
    else:
        address = reverse(f"admin:{cure.view}", args=[cure.row])
    return format_html('<a href="{}">{}</a>', address, gettext(cure.label))
