"""What the admin pages of immutable things have in common.

Lists never count a huge table, sort only along an index, and take no lookups but their own filters; pages of one row
are templates of ours; forms call one use case and show its refusal beside the field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters, ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import IGNORED_PARAMS, ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import FieldErrors, IdempotencyKeyReused, LedgerError, Malformed
from ledgerflow.core.locales import current
from ledgerflow.core.people import person_of
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.form_fields import ConfirmField, offer_again
from ledgerflow.web.pages.books_of_page import chosen_entity, keep_in_books
from ledgerflow.web.pages.cells import columns_as_written, columns_of_methods
from ledgerflow.web.pages.change_list import LedgerChangeList
from ledgerflow.web.pages.chips import without
from ledgerflow.web.pages.columns import list_name_of
from ledgerflow.web.pages.list_files import LongerThanAnAnswer, list_as_csv
from ledgerflow.web.pages.typed_days import slashes_in_full

amount_text = current.amount_text  # most pages show amounts
MOST_ROWS = 10_000  # a list goes no deeper: nobody reads page 101, and OFFSET pays for every row it skips
PAGE_ROWS = 100

Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")


class BoundedPaginator(Paginator[Any]):
    """Counts to `MOST_ROWS` and stops; the rest is reached by filters."""

    @cached_property
    def _counted(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: MOST_ROWS + 1].count()

    @property
    def capped(self) -> bool:
        return self._counted > MOST_ROWS

    @property
    def count(self) -> int:
        return min(self._counted, MOST_ROWS)


class LedgerForm(forms.Form):
    """A form of one use case."""

    required_css_class = "required"
    key_name: ClassVar[str] = "key"  # the field with the key under which it is done once, of a form that has one

    def full_clean(self) -> None:
        """Read the fields, then what is confirmed of them."""
        super().full_clean()
        for name, field in self.fields.items():
            if self.is_bound and isinstance(field, ConfirmField):
                self.cleaned_data[name] = field.answer(self.cleaned_data, self.cleaned_data.get(name))

    def visible_fields(self) -> list[forms.BoundField]:
        """All but what nobody has to confirm."""
        return [one for one in super().visible_fields() if getattr(one.field, "is_asked", True)]


class ConfirmForm(LedgerForm):
    """Nothing to fill in: the button is the question."""


Values = dict[str, Any]


class NamedAction(NamedTuple):
    """Something that may be done with one row: a page with a form, its use case, and what is said after it."""

    label: str  # on the button
    title: Callable[[Any], str]
    run: Callable[[HttpRequest, Any, Values], Any]  # raises the refusals that the form shows; never gives None
    said: Callable[[Any, Any], str]  # of the row and of what `run` gave
    permission: str = ""  # unless given the model's own, `has_manage_permission`
    form: type[forms.Form] = ConfirmForm
    initial: Callable[[], Values] = dict
    initial_of: Callable[[Any], Values] = lambda _row: {}  # and what the form starts with because of the row
    note: Callable[[Any], str] = lambda _row: ""
    level: Callable[[Any], int] = lambda _done: messages.SUCCESS
    leads_to: Callable[[Any, Any], tuple[str, Any]] | None = None  # unless given to the page of the row


class ReadOnlyAdmin(admin.ModelAdmin[Row]):
    """A list and a page per row, no add, change or delete. `detail_template` shows one row."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = PAGE_ROWS
    list_max_show_all = PAGE_ROWS
    sortable_by = ()
    actions: Sequence[str] | None = None
    empty_value_display = ""
    change_list_template = "ledgerflow/admin/list.html"
    object_history_template = "ledgerflow/admin/history.html"
    detail_template: ClassVar[str]
    nothing: ClassVar[str] = ""  # the sentence in the place of an empty list
    # Whether pages are found by the columns of the order, which name one row within its books: nothing is counted then.
    turns_by_key: ClassVar[bool] = False
    more_columns: ClassVar[tuple[str, ...]] = ()  # that a person may choose besides; a plain field or a method
    not_in_files: ClassVar[tuple[str, ...]] = ()  # columns that tell nothing of the row, such as its buttons
    named_actions: ClassVar[dict[str, NamedAction]] = {}  # by the last part of their address

    def __init__(self, model: type[Row], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        for column in columns_of_methods(self):
            if isinstance(column.short_description, str):  # written in plain English
                column.short_description = gettext_lazy(column.short_description)

    @property
    def media(self) -> forms.Media:
        """Django's scripts of lists; those that fill one field from another weigh 80 kB and have no use here."""
        return forms.Media(js=["admin/js/core.js", "admin/js/actions.js"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Whether the user may run this model's named actions: Django's `change` permission."""
        opts = self.opts
        return request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_manage_permission(request)

    def may_add(self, request: HttpRequest) -> bool:
        """Django's `add` permission, for the admins that have a form to add with."""
        return super().has_add_permission(request)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Days and moments as the person writes them; Django writes them by the language."""
        return [self._columns_of_time.get(str(name), name) for name in super().get_list_display(request)]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        links = super().get_list_display_links(request, list_display)
        return links and [self._columns_of_time.get(str(name), name) for name in links]

    @cached_property
    def _columns_of_time(self) -> dict[str, Callable[[Any], Any]]:
        return columns_as_written(self)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LedgerChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the parameters of our own filters: any other lookup could scan a huge table."""
        return lookup in self.filter_names or lookup in IGNORED_PARAMS

    @property
    def filter_names(self) -> list[str]:
        """The parameters of our own filters, in the order of the bar."""
        return [name for one in self.list_filter or () for name in getattr(one, "parameter_names", ())]

    def columns_besides(self, usual: Sequence[Any]) -> list[Any]:
        """What a person may choose besides the usual columns."""
        return [self._columns_of_time.get(name, name) for name in self.more_columns if name not in usual]

    @admin.display(description="Actor")
    def who(self, row: Any) -> str:
        """Who did it, by name: the column of lists whose rows have an actor."""
        return str(row.actor_label)

    def attach(self, rows: list[Row]) -> None:
        """Put on the rows of one page what its columns need; a query for all, never one per row."""

    def columns_of(self, columns: Sequence[Any], rows: list[Row]) -> Sequence[Any]:
        """The columns that the rows of one page need: all of them, unless an admin leaves out what is empty."""
        return columns

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Row | None:
        """The row with this id, on a page whose address names the row's books: another one leads there."""
        row: Row | None = None if "\x00" in object_id else super().get_object(request, object_id, from_field)
        keep_in_books(request, row)
        return row

    def detail_context(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        """What `detail_template` shows besides `row`."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            return self.not_there(request, unquote(object_id))
        context: dict[str, Any] = {"title": str(row), "row": row} | self.detail_context(request, row)
        return self.page(request, self.detail_template, **context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's, which calls the row as its page does."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.not_there(request, unquote(object_id))
        require(self.has_view_permission(request, row))
        title = str(self.detail_context(request, row).get("title", row))
        shown = {"title": gettext("Change history: %s") % title, "row_title": title, **(extra_context or {})}
        return super().history_view(request, object_id, shown)

    def not_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Home, with the sentence that no row has this id. Django's asks whether it was deleted: nothing here is."""
        message = gettext("There is no %(row)s with the id '%(id)s'.") % {
            "row": self.opts.verbose_name,
            "id": object_id[:64],
        }
        self.message_user(request, message, messages.WARNING)
        return redirect("admin:index")

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, _opts: Any, object_id: str) -> HttpResponse:
        """Django's pages, such as the history, call this one."""
        return self.not_there(request, unquote(object_id))

    def get_urls(self) -> list[URLPattern]:
        """Django's, that of the whole list as a file, and one for each named action."""
        model = f"{self.opts.app_label}_{self.opts.model_name}"
        actions = [
            path(
                f"<uuid:row_id>/{name}/",
                self.admin_site.admin_view(partial(self.action_view, name=name)),
                name=f"{model}_{name}",
            )
            for name in self.named_actions
        ]
        file = path("csv/", self.admin_site.admin_view(self.csv_view), name=f"{model}_csv")
        has_list = tuple(self.list_display) != ("__str__",)
        return [*actions, *([file] if has_list else []), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; a day with slashes leads to the address that everybody reads alike, which views keep."""
        with suppress(Malformed):  # what is wrong with it says its filter
            if (full := slashes_in_full(request.GET, self.filter_names)) is not None:
                return HttpResponseRedirect(f"?{full.urlencode()}")
        return super().changelist_view(request, extra_context)

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """All that the list with these filters has, as a file; what cannot be is said above the list."""
        require(self.has_view_or_change_permission(request))
        try:
            return list_as_csv(self, request)
        except LongerThanAnAnswer:
            asked = {"list": list_name_of(self), "query": without(request).removeprefix("?")}
            return redirect(f"{request.longer_files_at}?{urlencode(asked)}")  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            query = ""
        except LedgerError as refusal:
            messages.error(request, refusal_text(refusal))
            query = without(request)
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist") + query)

    def may_act(self, request: HttpRequest, name: str, row: Row | None) -> bool:
        """Whether the user may run this action; `row` is None where there is none with that id."""
        permission = self.named_actions[name].permission
        return request.user.has_perm(permission) if permission else self.has_manage_permission(request)

    def action_view(self, request: HttpRequest, row_id: UUID, name: str) -> HttpResponse:
        """The page of a named action; what its use case refuses is shown in the form."""
        row, action = self.get_object(request, str(row_id)), self.named_actions[name]
        require(self.may_act(request, name, row))
        if row is None:
            return self.not_there(request, str(row_id))
        # Bound by the method: a POST without a single field is one too.
        form = action.form(
            request.POST if request.method == "POST" else None, initial=action.initial_of(row) | action.initial()
        )
        if form.is_valid():
            done = attempt(form, lambda: action.run(request, row, form.cleaned_data))
            if done is not None:
                messages.add_message(request, action.level(done), action.said(row, done))
                return redirect(*(action.leads_to or self._page_of)(row, done))
        shown = {"action": action.label, "note": action.note(row), "back": row, "entity": getattr(row, "entity", None)}
        return self.form_page(request, form, action.title(row), **shown)

    def _page_of(self, row: Row, _done: Any) -> tuple[str, Any]:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        """A page of the admin site, with navigation and breadcrumbs."""
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_manage": self.has_manage_permission(request),
            "preserved_filters": self.get_preserved_filters(request),
            "is_popup": IS_POPUP_VAR in request.GET,
        }
        return TemplateResponse(request, template, shared | context)

    def form_page(self, request: HttpRequest, form: forms.Form, title: str, **context: Any) -> TemplateResponse:
        """The page of one form; its button says `action`."""
        return self.page(request, "ledgerflow/admin/form.html", title, form=form, **({"action": "Save"} | context))


class AddingAdmin(ReadOnlyAdmin[Row]):
    """A list to which a form adds something of the chosen books."""

    no_books: ClassVar[str]  # what is said where there are none to add to

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(self.may_add(request))
        entity = chosen_entity(request)
        return without_books(request, self.no_books) if entity is None else self.add_page(request, entity)

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """The form for these books, and what became of it."""
        raise NotImplementedError


def without_books(request: HttpRequest, sentence: str) -> HttpResponse:
    """Say that there are no books, where some can be added."""
    messages.error(request, sentence)
    return redirect("admin:books_entity_changelist")


def actor_of(request: HttpRequest) -> str:
    """Who an event names for a change made in the admin: the person, whatever he is called by then."""
    return person_of(request.user)


def person_in(request: HttpRequest) -> str:
    """The person who is signed in, as proposals name him."""
    return person_of(request.user)


def attempt(form: forms.Form, use_case: Callable[[], Result]) -> Result | None:
    """Run a use case; its refusal becomes errors of the form's fields, and None comes out."""
    try:
        return use_case()
    except LedgerError as refusal:
        if isinstance(refusal, IdempotencyKeyReused) and offer_again(form):
            return None
        several = refusal.errors if isinstance(refusal, FieldErrors) else {}
        wrong = {pointer: gettext(message) for pointer, message in several.items()}
        for pointer, message in (wrong or {refusal.pointer: refusal_text(refusal)}).items():
            field = pointer.removeprefix("/").partition("/")[0]
            form.add_error(field if field in form.fields else None, message)
        for asked in form.fields.values():
            if isinstance(asked, ConfirmField) and refusal.code in asked.codes:
                asked.is_asked = True
        return None


def require(allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence: require(self.may_add(request))
    if not allowed:
        raise PermissionDenied


def pretty_json(value: Any) -> str:
    """JSON for people; empty for nothing."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
