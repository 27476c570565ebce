"""Columns of a list that a person chose: those that the address names, else those kept for him and this list.

The order is that in which the list offers them. A name that the list does not offer to this person counts for nothing:
no choice shows more than he may see, and an address of another release still leads to a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest
from django.utils.text import capfirst

COLUMNS = "columns"  # the parameter of the address
BETWEEN = ","
BOXES = "action_checkbox"
KeptColumns = Callable[[str], str]  # of a list by its name; empty where the person has chosen none


class ColumnOffered(NamedTuple):
    """A column that may be chosen, for the form."""

    name: str
    label: str
    is_shown: bool


class ColumnsOnPage(NamedTuple):
    """The columns of a list for one page. `chosen` is what an address says of them, empty where nobody has chosen."""

    shown: list[Any]
    links: Any  # none for a list whose rows lead nowhere
    offered: list[Any]
    chosen: str


def list_name_of(admin: Any) -> str:
    """What a list is called where something is kept of it."""
    return f"{admin.opts.app_label}_{admin.opts.model_name}"


def name_of(column: Any) -> str:
    """A column of time is a function that is called as its field is."""
    return str(getattr(column, "__name__", column))


def chosen_columns(request: HttpRequest, admin: Any, usual: Sequence[Any], links: Any) -> ColumnsOnPage:
    """What is shown of the `usual` columns and of those that the list offers besides; its buttons stand last."""
    buttons = [one for one in usual if name_of(one) in admin.not_in_files]
    offered = [*(one for one in usual if one not in buttons), *admin.columns_besides(usual), *buttons]
    open_to_choice = [name_of(one) for one in offered if not is_beside_data(admin, name_of(one))]
    names = _named(request, admin, open_to_choice)
    if not names:
        return ColumnsOnPage(list(usual), links, offered, "")
    shown = [one for one in offered if name_of(one) in names or is_beside_data(admin, name_of(one))]
    to_rows = [one for one in links or () if one in shown]
    first = next(one for one in shown if name_of(one) in names)
    return ColumnsOnPage(shown, links and (to_rows or [first]), offered, written(names))


def is_beside_data(admin: Any, name: str) -> bool:
    """What is no column of the row's data: its box and its buttons."""
    return name == BOXES or name in admin.not_in_files


def written(names: Iterable[str]) -> str:
    return BETWEEN.join(names)


def names_in(text: str, known: Iterable[str]) -> list[str]:
    """The known names that a text has, in the order of those known."""
    wanted = set(text.split(BETWEEN))
    return [name for name in known if name in wanted]


def offered_in(columns: ColumnsOnPage, admin: Any) -> list[ColumnOffered]:
    """What the form offers."""
    shown = {name_of(one) for one in columns.shown}
    titled = [(name_of(one), label_for_field(one, admin.model, admin)) for one in columns.offered]
    return [
        ColumnOffered(name, capfirst(str(label)), name in shown)
        for name, label in titled
        if not is_beside_data(admin, name)
    ]


def _named(request: HttpRequest, admin: Any, known: Sequence[str]) -> list[str]:
    said = names_in(request.GET.get(COLUMNS, ""), known)
    kept: KeptColumns | None = getattr(request, "kept_columns", None)
    return said or (names_in(kept(list_name_of(admin)), known) if kept else [])
