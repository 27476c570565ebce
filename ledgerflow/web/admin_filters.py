"""Filters of the admin lists: one bar of plain fields. Each follows an index or a column of few values.

Lists show one entity at a time, the one in the address: every index of the books begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ListFilter, ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from ledgerflow.core.locales.current import conventions
from ledgerflow.core.locales.days import TypedSpan, read_typed_period
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.pages.books_of_page import books_open_to, chosen_entity, named_books
from ledgerflow.web.pages.chips import FilterOn

MOST_OPTIONS = 50  # a longer list of entities becomes a field to type a code into


class ParameterFilter(ListFilter):
    """A filter that takes its own parameters from the address and nothing else."""

    parameter_names: ClassVar[tuple[str, ...]]
    template = "ledgerflow/admin/filters/choice.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[Model], model_admin: ModelAdmin[Any]
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.values = {name: params.pop(name, [""])[-1].strip() for name in self.parameter_names}

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameter_names)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        return iter(())

    def what_is_on(self) -> Iterator[FilterOn]:
        """What is on, for the chips above the list."""
        for name, value in self.values.items():
            if value:
                yield FilterOn(str(self.title), value, (name,))

    def wrong(self, message: str) -> IncorrectLookupParameters:
        """What to raise for a value that cannot be: the list comes back without filters, under this message."""
        messages.error(self.request, message)
        return IncorrectLookupParameters(message)


class EntityFilter(ParameterFilter):
    title = "Entity"
    parameter_names = ("entity",)
    template = "ledgerflow/admin/filters/entity.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[Model], model_admin: ModelAdmin[Any]
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.entity = chosen_entity(request)
        if self.entity is None and self.values["entity"]:
            message = gettext("There is no entity '%(entity)s'.") % {"entity": self.values["entity"][:64]}
            raise self.wrong(message)
        # Where the address names the books, the header leads to others.
        options = (
            books_open_to(request.user).values_list("code", "name")
            if named_books(request) is None
            else Entity.objects.none()
        )
        self.options = list(options[: MOST_OPTIONS + 1])
        self.too_many = len(self.options) > MOST_OPTIONS

    def what_is_on(self) -> Iterator[FilterOn]:
        """Nothing: which books they are says the title of the page."""
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.none() if self.entity is None else queryset.filter(entity=self.entity)


def in_words(value: Any, label: Any) -> str:
    """A choice that is called as programs call it is a word of ours; any other is called by its name, or is one."""
    text = str(label)
    return gettext(text) if text and text.lower() == str(value).replace("_", " ").lower() else text


class ChoiceFilter(ParameterFilter):
    """One of a few values. Subclasses give `options` and `narrow`."""

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[Model], model_admin: ModelAdmin[Any]
    ) -> None:
        super().__init__(request, params, model, model_admin)
        (self.parameter_name,) = self.parameter_names
        self.value = self.values[self.parameter_name]
        self.options = [(value, in_words(value, label)) for value, label in self.list_options(chosen_entity(request))]
        if self.value and self.value not in dict(self.options):
            message = gettext("'%(value)s' is not one of the choices of %(filter)s.") % {
                "value": self.value[:64],
                "filter": str(self.title).lower(),
            }
            raise self.wrong(message)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        raise NotImplementedError

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError

    def what_is_on(self) -> Iterator[FilterOn]:
        if self.value:
            yield FilterOn(str(self.title), str(dict(self.options)[self.value]), self.parameter_names)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrow(queryset, self.value) if self.value else queryset


class DateRangeFilter(ParameterFilter):
    """Days from and to, both included, as the person types them; 2026-Q3 and its like may stand alone."""

    title = "Date"
    field: ClassVar[str] = "effective_date"
    parameter_names = ("from", "to")
    template = "ledgerflow/admin/filters/dates.html"

    def what_is_on(self) -> Iterator[FilterOn]:
        for name, label in (("from", _("From")), ("to", _("To"))):
            if self.values[name]:
                yield FilterOn(str(label), self.values[name], (name,))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        begins, ends = self._typed("from"), self._typed("to")
        first, last = begins and begins.first, ends and ends.last
        alone = None if begins and ends else begins or ends
        if alone and alone.first != alone.last:
            first, last = alone
        if first:
            queryset = queryset.filter(**{f"{self.field}__gte": first})
        return queryset.filter(**{f"{self.field}__lte": last}) if last else queryset

    def _typed(self, name: str) -> TypedSpan | None:
        text, current = self.values[name], conventions()
        try:
            return read_typed_period(text, current.days, current.base_day()) if text else None
        except Malformed as refusal:
            raise self.wrong(refusal_text(refusal)) from None
